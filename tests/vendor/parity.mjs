// What our documents say of requests beside what the vendors' say: members, what is required, enums, types, bounds, how
// many, and whether there may be others. Both ways: what we let through although the vendor does not is a fault, unless
// known.yaml says why; what we refuse although the vendor does not is told.
//
//   node parity.mjs FOLDER [--stricter]

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DOCUMENTS, known, load, operations, resolve, vendor } from './document.mjs';

const BOUNDS = {
  minimum: 1, exclusiveMinimum: 1, minLength: 1, minItems: 1, minProperties: 1,
  maximum: -1, exclusiveMaximum: -1, maxLength: -1, maxItems: -1, maxProperties: -1,
};
/** How deep objects are compared. */
const DEEPEST = 7;

/** What is said of each place of a schema, alternatives taken together: the loosest of them is what is said. */
function facts(document, schema, place = '', out = new Map(), depth = 0) {
  const whole = resolved(document, schema, depth);
  const alternatives = whole.alternatives ?? [whole];
  const shapes = alternatives.filter((one) => Object.keys(one).length > 0);
  if (shapes.length === 0 || depth > DEEPEST) return out;
  const all = (read) => shapes.every((one) => read(one) !== undefined);
  const fact = { place };
  if (all((one) => one.type)) fact.type = new Set(shapes.flatMap((one) => (one.nullable ? [one.type, 'null'].flat() : one.type)));
  if (all((one) => values(one))) fact.enum = new Set(shapes.flatMap(values));
  if (all((one) => one.pattern)) fact.pattern = shapes[0].pattern;
  for (const [bound, sign] of Object.entries(BOUNDS)) {
    const known = shapes.map((one) => one[bound]);
    if (known.every((one) => typeof one === 'number')) fact[bound] = sign > 0 ? Math.min(...known) : Math.max(...known);
  }
  const objects = shapes.filter((one) => one.properties);
  if (objects.length === shapes.length) {
    fact.members = new Set(objects.flatMap((one) => Object.keys(one.properties)));
    fact.required = new Set([...fact.members].filter((name) => objects.every((one) => one.required?.includes(name))));
    fact.closed = objects.every((one) => one.additionalProperties === false);
    fact.open = objects.some((one) => one.additionalProperties && one.additionalProperties !== false);
  }
  out.set(place, fact);
  for (const name of new Set(objects.flatMap((one) => Object.keys(one.properties)))) {
    const members = objects.map((one) => one.properties[name]).filter(Boolean);
    facts(document, members.length === 1 ? members[0] : { anyOf: members }, `${place}/${name}`, out, depth + 1);
  }
  for (const [word, step] of [['items', '[]'], ['additionalProperties', '{}']]) {
    const inner = shapes.map((one) => one[word]).filter((one) => one && typeof one === 'object');
    if (inner.length > 0) facts(document, inner.length === 1 ? inner[0] : { anyOf: inner }, place + step, out, depth + 1);
  }
  return out;
}

const values = (one) => (one.const === undefined ? one.enum?.filter((value) => value !== null) : [one.const]);

/** A schema with its references followed and its parts put together; alternatives stand in a list. */
function resolved(document, schema, depth) {
  if (depth > DEEPEST + 4) return {};
  const { allOf, oneOf, anyOf, ...own } = resolve(document, schema);
  let wholes = [own];
  const join = (parts) => {
    wholes = wholes.flatMap((whole) => parts.map((part) => both(whole, part)));
  };
  for (const part of allOf ?? []) {
    const read = resolved(document, part, depth + 1);
    join(read.alternatives ?? [read]);
  }
  for (const list of [oneOf, anyOf].filter(Boolean)) {
    join(list.flatMap((one) => {
      const read = resolved(document, one, depth + 1);
      return read.alternatives ?? [read];
    }));
  }
  return wholes.length === 1 ? wholes[0] : { alternatives: wholes };
}

function both(one, other) {
  const out = { ...one, ...other };
  if (one.properties && other.properties) out.properties = { ...one.properties, ...other.properties };
  if (one.required || other.required) out.required = [...(one.required ?? []), ...(other.required ?? [])];
  return out;
}

/** How `mine` lets more through than `theirs` does, in words. */
function looser(mine, theirs) {
  const out = [];
  const missing = (set, other) => [...(set ?? [])].filter((value) => !other?.has(value));
  for (const name of missing(theirs.required, mine.required)) if (mine.members?.has(name)) out.push(`does not require ${name}`);
  if (theirs.enum && !mine.enum) out.push('any value instead of an enum');
  if (theirs.enum && mine.enum) {
    const more = missing(mine.enum, theirs.enum);
    if (more.length > 0) out.push(`takes ${more.join(', ')}`);
  }
  if (theirs.type) {
    const more = missing(mine.type, theirs.type).filter((type) => !(type === 'integer' && theirs.type.has('number')));
    if (more.length > 0) out.push(`takes ${more.join(', ')} instead of ${[...theirs.type].join(', ')}`);
    if (!mine.type && !mine.enum) out.push(`takes anything instead of ${[...theirs.type].join(', ')}`);
  }
  for (const [bound, sign] of Object.entries(BOUNDS)) {
    if (theirs[bound] === undefined) continue;
    if (mine[bound] === undefined || sign * mine[bound] < sign * theirs[bound]) out.push(`${bound} ${mine[bound] ?? 'none'} instead of ${theirs[bound]}`);
  }
  if (theirs.pattern && !mine.pattern && !mine.enum) out.push('no pattern');
  if (theirs.closed && mine.open) out.push('takes further members');
  return out;
}

function compare(mine, theirs) {
  const lines = { looser: [], stricter: [], absent: [] };
  for (const [place, theirFact] of theirs) {
    const myFact = mine.get(place);
    if (!myFact) {
      lines.absent.push(`${place || '/'} is not known`);
      continue;
    }
    for (const said of looser(myFact, theirFact)) lines.looser.push(`${place || '/'} ${said}`);
    for (const said of looser(theirFact, myFact)) lines.stricter.push(`${place || '/'}: the vendor ${said}`);
  }
  return lines;
}

function parts(operation) {
  const out = new Map();
  for (const parameter of operation.parameters) {
    if (parameter.in === 'header' || parameter.in === 'cookie') continue;
    const name = parameter.in === 'path' ? '{}' : parameter.name;
    // Variables of paths are told apart by their places.
    const index = [...out.keys()].filter((one) => one.startsWith(`${parameter.in} ${name}`)).length;
    const required = parameter.required === true;
    // JSON is sent as a text, and so is a list whose items are joined.
    const joined = parameter.explode === false && resolve(operation.document, parameter.schema).type === 'array';
    const schema = parameter.schema ?? (parameter.content ? { type: 'string' } : {});
    out.set(`${parameter.in} ${name}${parameter.in === 'path' ? index : ''}`, { schema, required, joined });
  }
  for (const [media, { schema }] of Object.entries(operation.body?.content ?? {})) out.set(`body ${media}`, { schema: schema ?? {}, required: false });
  return out;
}

const [folder, ...flags] = process.argv.slice(2);
const here = process.env.VENDOR_TESTS ?? dirname(fileURLToPath(import.meta.url));
const reasons = known(here);
let failed = 0;
const counts = { places: 0, known: 0, stricter: 0 };
for (const api of Object.keys(DOCUMENTS)) {
  const ours = operations(load(join(here, '../../specs', api, 'openapi.yaml')), '/');
  for (const [name, theirs] of vendor(folder, api)) {
    const mine = ours.get(name);
    const say = (line) => {
      const why = reasons.find((row) => row.api === api && row.parity && row.matches.test(`${name}: ${line}`));
      if (why) counts.known += 1;
      else {
        failed += 1;
        console.log(`not ok ${api} ${name}: ${line}`);
      }
    };
    if (!mine) {
      say('is not known');
      continue;
    }
    const own = parts(mine);
    for (const [part, { schema, required }] of parts(theirs)) {
      const found = own.get(part) ?? (part.startsWith('body ') ? [...own].find(([one]) => one.startsWith('body '))?.[1] : undefined);
      if (!found) {
        say(`${part} is not known`);
        continue;
      }
      if (required && !found.required) say(`${part} is not required`);
      const asText = found.joined && resolve(theirs.document, schema).type === 'string';
      const myFacts = facts(mine.document, asText ? { type: 'string' } : found.schema);
      const theirFacts = facts(theirs.document, schema);
      counts.places += theirFacts.size;
      const lines = compare(myFacts, theirFacts);
      for (const line of [...lines.looser, ...lines.absent]) say(`${part} ${line}`);
      counts.stricter += lines.stricter.length;
      if (flags.includes('--stricter')) for (const line of lines.stricter) console.log(`stricter ${api} ${name}: ${part} ${line}`);
    }
  }
}
console.log(`parity: ${counts.places} places compared, ${failed} looser than the vendor's, ${counts.known} with a reason, ${counts.stricter} stricter`);
process.exitCode = failed > 0 ? 1 : 0;
