// Arguments that a full schema admits: the least, the most, every value of every enum, every branch of every union
// alone, and random ones from a seed.

/** How many samples of one tool are made of enums and branches. */
const MOST_CHOICES = 400;

/**
 * All samples of a schema, each `{kind, value}`. `admits` says whether a value is valid: what is made member by member
 * need not meet what a schema says of several members, and is left out then.
 */
export function samples(schema, admits, random = 20, seed = 1) {
  const found = new Map();
  const offer = (kind, value) => {
    const text = JSON.stringify(value);
    if (value !== undefined && !found.has(text) && admits(value)) found.set(text, { kind, value });
  };
  for (const [kind, full] of [['minimal', false], ['maximal', true]]) {
    // Every choice that comes up on the way is tried once, with those that led to it.
    const waiting = [{}];
    const tried = new Set();
    for (let rounds = 0; waiting.length > 0 && rounds < MOST_CHOICES; rounds += 1) {
      const forced = waiting.shift();
      const choices = new Map();
      const pick = (place, among) => {
        choices.set(place, among);
        return forced[place] ?? 0;
      };
      const last = Object.keys(forced).at(-1);
      const name = last === undefined ? kind : `${kind}, ${last} = ${forced[last]}`;
      offer(name, make(schema, { pick, give: () => full, many: full ? 2 : 0, turn: last === undefined ? 0 : forced[last] }, ''));
      for (const [place, among] of choices) {
        for (let index = 1; index < among; index += 1) {
          const key = `${place}=${index}`;
          if (!tried.has(key)) {
            tried.add(key);
            waiting.push({ ...forced, [place]: index });
          }
        }
      }
    }
  }
  const next = generator(seed);
  for (let round = 0; round < random; round += 1) {
    const share = next();
    const strategy = { pick: (_, among) => Math.floor(next() * among), give: () => next() < share, many: Math.floor(next() * 3), turn: round };
    offer('random', make(schema, strategy, ''));
  }
  return [...found.values()];
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function make(schema, how, place) {
  if (schema === true || schema === undefined) return `any ${how.turn}`;
  const plain = chosen(schema, how, place);
  if ('const' in plain) return plain.const;
  if (plain.enum) return plain.enum[how.pick(`${place}/enum`, plain.enum.length)];
  const types = [plain.type ?? (plain.properties ? 'object' : plain.items ? 'array' : 'string')].flat();
  switch (types[types.length > 1 ? how.pick(`${place}/type`, types.length) : 0]) {
    case 'null': return null;
    case 'boolean': return how.pick(`${place}/boolean`, 2) === 0;
    case 'integer': return number(plain, how, 1);
    case 'number': return number(plain, how, 0.5);
    case 'array': return list(plain, how, place);
    case 'object': return object(plain, how, place);
    default: return text(plain, how, place);
  }
}

/** A schema without alternatives and parts: those that were chosen stand in it. */
function chosen(schema, how, place) {
  let { allOf, anyOf, oneOf, ...out } = schema;
  for (const part of allOf ?? []) out = both(out, chosen(part, how, place));
  for (const [word, branches] of [['anyOf', anyOf], ['oneOf', oneOf]]) {
    if (!branches) continue;
    const index = how.pick(`${place}/${word}`, branches.length);
    out = both(out, chosen(branches[index], how, `${place}/${word}/${index}`));
  }
  return out;
}

/** What two schemas ask for together, as far as samples need it. */
function both(one, other) {
  if (one === true || one === undefined) return other;
  if (other === true || other === undefined) return one;
  const out = { ...one, ...other };
  if (one.required && other.required) out.required = [...new Set([...one.required, ...other.required])];
  if (one.enum && other.enum) out.enum = one.enum.filter((value) => other.enum.includes(value));
  if (one.properties && other.properties) {
    out.properties = { ...one.properties };
    for (const [name, member] of Object.entries(other.properties)) out.properties[name] = both(one.properties[name], member);
  }
  return out;
}

function number(schema, how, step) {
  const least = schema.minimum ?? (schema.exclusiveMinimum !== undefined ? schema.exclusiveMinimum + step : undefined);
  const most = schema.maximum ?? (schema.exclusiveMaximum !== undefined ? schema.exclusiveMaximum - step : undefined);
  const bounds = [least, most].filter((bound) => bound !== undefined);
  return bounds.length > 0 ? bounds[how.turn % bounds.length] : how.turn * step;
}

function list(schema, how, place) {
  const least = schema.minItems ?? 0;
  const length = Math.min(Math.max(how.many, least), schema.maxItems ?? Infinity);
  return Array.from({ length }, () => make(schema.items, how, `${place}/items`));
}

function object(schema, how, place) {
  const out = {};
  const members = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required ?? []);
  // A file is given by content or by address, never by both.
  const file = members.some(([name]) => name === 'content_base64');
  if (file) return { name: 'sample.pdf', content_base64: 'JVBERi0xLjQK', content_type: 'application/pdf' };
  for (const name of required) if (!schema.properties?.[name]) members.push([name, true]);
  for (const [name, member] of members) {
    if (required.has(name) || how.give()) out[name] = make(member, how, `${place}/${name}`);
  }
  const more = schema.additionalProperties;
  const wanted = (schema.minProperties ?? 0) - Object.keys(out).length;
  for (const [name, member] of members) {
    if (Object.keys(out).length < (schema.minProperties ?? 0) && !(name in out)) out[name] = make(member, how, `${place}/${name}`);
  }
  if (more && typeof more === 'object' && Object.keys(more).length > 0) {
    for (let index = 0; index < Math.max(how.many, wanted); index += 1) out[`own${index}`] = make(more, how, `${place}/*`);
  }
  return out;
}

/** Texts that are checked beyond their schema, before they are sent: by what the tenant's metadata says of them. */
const MEANT = { '/amount/currency': 'USD', '/dueDate': '2026-12-31T10:00:00Z', '/assigneeUserId': '5f0c1a2b3c4d5e6f70819203' };

function text(schema, how, place) {
  if (place in MEANT) return MEANT[place];
  const turn = how.turn % 28;
  const day = `2026-12-${String(turn + 1).padStart(2, '0')}`;
  switch (schema.format) {
    case 'date': return day;
    case 'date-time': return `${day}T10:00:00Z`;
    case 'email': return `a${turn}@b.example`;
    case 'uri': return `https://h.example/x${turn}`;
    case 'uuid': return '0190a6b0-0000-7000-8000-000000000001';
    default:
  }
  if (schema.pattern === '^-?[0-9]+(\\.[0-9]+)?$') return String(turn);
  const least = schema.minLength ?? (how.many === 0 ? 0 : 1);
  return `x${turn}`.padEnd(least, 'x').slice(0, Math.max(least, Math.min(schema.maxLength ?? Infinity, how.many === 0 ? least : Infinity)));
}
