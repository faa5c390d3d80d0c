// Client x way of sign-in x era of the protocol: what each client makes of a server that its URL opens, of one that asks
// for an API token, and of one with sign-in (OAuth), where a person in Chromium lets it in or does not.
//
//   node matrix.mjs [NAME]     all clients, or only those of this name
//
// Needs PROGRAM_URL, PROGRAM_TOKEN, CHROMIUM, PYTHON, CLIENTS (where matrix.py is), PACKAGES and BROWSER_PACKAGES, and to
// lie beside the packages it imports. ANSWER=No has the person refuse, which every cell with sign-in must fail of. One line
// a cell, with what the client shows when it is not let in; of `mcp` for Python and 1.x of the TypeScript client, which leave
// the way back to the program around them, those words are the error that they end with here.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Person } from './person.mjs';
import { CLIENTS } from './ways.mjs';

const { PROGRAM_URL: program, PROGRAM_TOKEN: token, ANSWER = 'Let it in' } = process.env;
const ERAS = ['2025-11-25', '2026-07-28'];
const AT_ONCE = 3;

async function admin(path, body) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(program + path, body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
}

const torii = (await admin('/integrated-account')).result.find((row) => row.integration === 'torii').id;

async function server(auth) {
  const config = { methods: ['read'], auth };
  return (await admin(`/integrated-account/${torii}/mcp`, { name: 'Matrix', config })).url;
}

async function works(client, era) {
  const { tools, rows, version } = await client.use();
  assert.ok(tools > 5 && rows === 2, `${tools} tools, ${rows} rows`);
  assert.equal(version, era);
}

/** What a client says for itself when it is not let in, in one line; or the page that it leads to, when that is the end. */
async function refused(client, visit) {
  const error = client.use().then(() => null, (error) => error.message);
  const words = await Promise.race([error, visit.stuck.then((words) => `in the browser: ${words}`)]);
  assert.ok(words, 'it gets in');
  return words.replace(/\s+/g, ' ').trim();
}

const oauth = (path, fields) => fetch(`${program}/oauth/${path}`, { method: 'POST', body: new URLSearchParams(fields) });

async function signsIn(client, { url, era, person }) {
  const visit = person.visits(url);
  visit.answer = ANSWER;
  await works(client, era);
  assert.deepEqual([visit.asked, visit.faults], [1, []], 'consents and their faults');
  const first = await client.tokens();
  await client.expire();
  await works(client, era);
  const second = await client.tokens();
  assert.equal(visit.asked, 1, 'somebody is asked again for a new access token');
  assert.ok(first.refresh !== second.refresh && first.access !== second.access, 'the tokens are the old ones');
  assert.equal(first.client, second.client, 'it registers twice');
  assert.equal((await oauth('revoke', { token: second.refresh, client_id: second.client })).status, 200);
  const again = { grant_type: 'refresh_token', refresh_token: second.refresh, client_id: second.client };
  assert.equal((await (await oauth('token', again)).json()).error, 'invalid_grant');
  visit.answer = 'No';
  const shown = await refused(client, visit);
  assert.ok(visit.asked > 1, `nobody is asked; it says: ${shown}`);
  return `shut out, it asks again and shows "${shown}"`;
}

const ways = {
  async none(client, { url, era, person }) {
    await works(client, era);
    assert.equal(person.visits(url).asked, 0, 'somebody is asked');
  },
  async api_token(client, { url, era, person, without }) {
    await works(client, era);
    assert.equal(person.visits(url).asked, 0, 'somebody is asked');
    return `without one it shows "${await refused(without(), person.visits(url))}"`;
  },
  oauth: signsIn,
};

/** One cell: a server, a home and a client of its own. */
async function cell(person, { name, kind, lacks }, way, era) {
  if (lacks?.(era)) return console.log(`skipped sign-in ${name} ${way} ${era}: ${lacks(era)}`);
  const home = mkdtempSync(join(tmpdir(), 'matrix-'));
  const url = await server(way === 'none' ? 'url' : way);
  const environment = { ...process.env, HOME: home, BROWSER: person.opener(url, home) };
  const about = { url, home, environment };
  if (way === 'api_token') about.bearer = token;
  if (way === 'oauth') about.person = person;
  const clients = [];
  const another = (about) => clients[clients.push(new kind(name, era, about)) - 1];
  try {
    const without = () => another({ ...about, bearer: undefined });
    const words = await ways[way](another(about), { url, era, person, without });
    console.log(`ok sign-in ${name} ${way} ${era}${words ? `: ${words}` : ''}`);
  } catch (error) {
    console.log(`not ok sign-in ${name} ${way} ${era}: ${error.stack} ${person.visits(url).faults}`);
    process.exitCode = 1;
  } finally {
    for (const client of clients) await client.close();
    rmSync(home, { recursive: true, force: true });
  }
}

const person = await Person.arrive(token);
const only = process.argv[2];
const asked = CLIENTS.filter(({ name }) => !only || name === only);
const rows = asked.flatMap((client) => ERAS.map((era) => ({ client, era })));
const cells = rows.flatMap(({ client, era }) => Object.keys(ways).map((way) => () => cell(person, client, way, era)));
await Promise.all(Array.from({ length: AT_ONCE }, async () => {
  for (let next; (next = cells.shift()); ) await next();
}));
await person.leave();
console.log('skipped sign-in by a metadata document: it has to be at an https address of the Internet');
