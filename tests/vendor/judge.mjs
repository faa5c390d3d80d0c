// Every tool's arguments, made of its full schema, through the running program to a mock that holds each request against
// the vendor's own document. What the mock refuses is a fault, unless known.yaml says what proves the document wrong.
//
//   node judge.mjs FOLDER PROGRAM [TOOL …]      RANDOM=n: how many random samples a tool gets; SEED=n: other ones

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { createServer as listener } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import { DOCUMENTS, key, known, vendor } from './document.mjs';
import { samples } from './sample.mjs';

const ADMIN = 'vendor-test-admin-token';
const CREDENTIALS = {
  ironclad: { type: 'bearer', token: 'vendor-test', as_user_email: 'someone@acme.example' },
  torii: { type: 'bearer', token: 'vendor-test', scim_token: 'vendor-test-scim' },
};
/** Room for the violations of a request, which the mock tells in a header. */
const HEADERS = 4 << 20;
/** How long a process may take to start, and an answer to come, in milliseconds. */
const PATIENCE = 60_000;

const here = process.env.VENDOR_TESTS ?? dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const [folder, program, ...only] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const children = [];
const state = mkdtempSync(join(tmpdir(), 'vendor-'));
process.on('exit', () => {
  for (const child of children) child.kill('SIGTERM');
  rmSync(state, { recursive: true, force: true });
});

const port = () =>
  new Promise((done, failed) => {
    const probe = listener();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => done(free));
    });
  });

/** Starts a process and waits until a line of its output says that it is ready. */
function start(command, args, ready) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: state });
  children.push(child);
  return new Promise((done, failed) => {
    let text = '';
    const late = setTimeout(() => failed(new Error(`${command} does not start: ${text.slice(-2000)}`)), PATIENCE);
    const read = (chunk) => {
      text = (text + chunk).slice(-10_000);
      if (ready.test(text)) {
        clearTimeout(late);
        done(child);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => failed(new Error(`${command} ended with ${code}: ${text.slice(-2000)}`)));
  });
}

function send(to, method, path, headers, body) {
  return new Promise((done, failed) => {
    const sent = request({ host: '127.0.0.1', port: to, method, path, headers, agent, maxHeaderSize: HEADERS, timeout: PATIENCE }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
      answer.on('error', failed);
    });
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer`)));
    sent.on('error', failed);
    sent.end(body);
  });
}

/** What the mock has against a request. */
function objections(answer) {
  const told = answer.headers['sl-violations'] ?? '[]';
  // There may be more than a header holds.
  if (!told.startsWith('[')) return [told];
  const said = JSON.parse(told).filter(({ location }) => location[0] === 'request');
  const lines = said.map(({ location, message }) => `${location.slice(1).join('.')}: ${message}`);
  const type = String(answer.headers['content-type'] ?? '');
  if (lines.length === 0 && answer.status >= 400 && type.includes('problem+json')) {
    const { title, detail, status, validation } = JSON.parse(answer.body);
    for (const { location, message } of validation ?? []) if (location[0] !== 'response') lines.push(`${location.join('.')}: ${message}`);
    // What a mock cannot answer for want of an example or a media type says nothing of the request.
    if (!validation && status !== 500 && status !== 406) lines.push(`${title} ${detail ?? ''}`);
  }
  return [...new Set(lines)];
}

/** Stands between program and mocks: the request that is awaited is judged, whatever else is asked is not there. */
async function bench(documents) {
  const mocks = [];
  for (const { file, prefix } of documents) {
    const at = await port();
    const cli = join(process.env.VENDOR_PACKAGES ?? here, 'node_modules/@stoplight/prism-cli/dist/index.js');
    const flags = [`--max-http-header-size=${HEADERS}`, cli, 'mock', '--errors', '-h', '127.0.0.1', '-p', String(at), join(folder, file)];
    await start(process.execPath, flags, /Prism is listening/);
    mocks.push({ prefix, at });
  }
  const seen = { awaited: '', requests: [] };
  const server = createServer({ maxHeaderSize: HEADERS }, async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const path = incoming.url.split('?')[0];
    const mock = mocks.filter(({ prefix }) => incoming.url.startsWith(`${prefix}/`)).sort((a, b) => b.prefix.length - a.prefix.length)[0];
    if (!mock || !new RegExp(seen.awaited).test(`${incoming.method} ${path}`)) {
      outgoing.writeHead(404, { 'content-type': 'application/json' }).end('{}');
      return;
    }
    const { host, connection, ...headers } = incoming.headers;
    try {
      const answer = await send(mock.at, incoming.method, incoming.url.slice(mock.prefix.length), headers, Buffer.concat(chunks));
      seen.requests.push({ line: `${incoming.method} ${incoming.url}`, body: Buffer.concat(chunks).toString(), against: objections(answer) });
    } catch (error) {
      seen.requests.push({ line: `${incoming.method} ${incoming.url}`, body: '', against: [`the mock fails: ${error.message}`] });
    }
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  server.unref();
  return { seen, at: server.address().port };
}

const benches = {};
for (const [api, documents] of Object.entries(DOCUMENTS)) benches[api] = await bench(documents);
const hosts = Object.values(benches).map(({ at }) => `127.0.0.1:${at}`);
const ready = join(state, 'ready.json');
const flags = ['--listen', '127.0.0.1:0', '--database-url', `sqlite://${state}/drawbridge.db`, '--ready-file', ready, '--admin-token', ADMIN, '--no-sandbox', '--upstream-hosts', hosts.join(',')];
children.push(spawn(program, flags, { cwd: state, stdio: 'ignore' }));
const url = await (async () => {
  for (const begun = Date.now(); Date.now() - begun < PATIENCE; await new Promise((done) => setTimeout(done, 50))) {
    try {
      return new URL(JSON.parse(readFileSync(ready, 'utf8')).url);
    } catch {
      // Not there yet.
    }
  }
  throw new Error('the program does not start');
})();
async function post(path, body, more) {
  const text = JSON.stringify(body);
  const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...more };
  const answer = await send(url.port, 'POST', path, headers, text);
  return JSON.parse(answer.body.length > 0 ? answer.body : '{}');
}
const admin = (path, body) => post(path, body, { authorization: `Bearer ${ADMIN}` });

const reasons = known(here).filter((row) => row.judge);
const used = new Set();
const counts = { tools: 0, samples: 0, refused: 0, known: 0 };
const undocumented = [];
for (const api of Object.keys(DOCUMENTS)) {
  const { seen, at } = benches[api];
  const account = await admin('/integrated-account', { integration: api, name: api, base_url: `http://127.0.0.1:${at}`, credentials: CREDENTIALS[api] });
  if (!account.id) throw new Error(`no account: ${JSON.stringify(account)}`);
  const documented = vendor(folder, api);
  const lock = readFileSync(join(root, 'specs', api, 'tools.lock'), 'utf8').split('\n');
  const rows = lock.map((line) => line.trim().split(/\s+/)).filter(([, , , tool]) => tool && tool !== '-');
  // What is deprecated is there for those who name it.
  const server = await admin(`/integrated-account/${account.id}/mcp`, { name: api, config: { allow: rows.map((row) => row[3]) } });
  if (!server.url) throw new Error(`no server: ${JSON.stringify(server)}`);
  for (const [method, path, , tool] of rows) {
    if (only.length > 0 && !only.includes(tool)) continue;
    if (!documented.has(key(method, path))) {
      undocumented.push(tool);
      continue;
    }
    seen.awaited = `^${method} ${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]*\}/g, '[^/]+')}$`;
    counts.tools += 1;
    const { full } = JSON.parse(readFileSync(join(root, 'generated', api, 'schemas', `${tool}.json`), 'utf8'));
    // What these may hold, answers say.
    for (const told of ['next_cursor', 'fields']) delete full.properties[told];
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const made = samples(full, ajv.compile(full), Number(process.env.RANDOM ?? 20), Number(process.env.SEED ?? 1));
    if (made.length === 0) console.log(`not ok ${api} ${tool}: no sample is valid`);
    const told = new Map();
    for (const { kind, value } of made) {
      seen.requests = [];
      const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: value } };
      const answer = await post(new URL(server.url).pathname, call);
      counts.samples += 1;
      const error = answer.result?.structuredContent?.error;
      let against = seen.requests.flatMap((one) => one.against);
      if (seen.requests.length === 0) against = [`not sent: ${JSON.stringify(error ?? answer).slice(0, 600)}`];
      if (against.length === 0) continue;
      const said = `${tool} ${JSON.stringify(value)}: ${against.join('; ')}`;
      const why = reasons.find((row) => row.api === api && row.matches.test(said));
      if (why) {
        used.add(why);
        counts.known += 1;
        continue;
      }
      counts.refused += 1;
      const group = against.map((one) => one.replace(/\.\d+\b/g, '.N')).join('; ');
      if (!told.has(group)) told.set(group, { count: 0, kind, value, body: seen.requests[0]?.body });
      told.get(group).count += 1;
    }
    if (made.length === 0) counts.refused += 1;
    for (const [group, { count, kind, value }] of told) {
      console.log(`not ok ${api} ${tool} (${count} times): ${group.slice(0, 1500)}\n   ${kind}: ${JSON.stringify(value).slice(0, 600)}`);
    }
  }
}
if (only.length === 0) for (const row of reasons) if (!used.has(row)) console.log(`unused: ${row.matches}`);
if (undocumented.length > 0) console.log(`the vendors' documents do not have: ${undocumented.join(', ')}`);
console.log(`judge: ${counts.tools} tools, ${counts.samples} requests, ${counts.refused} refused, ${counts.known} refused with a reason`);
process.exitCode = counts.refused > 0 || counts.samples === 0 ? 1 : 0;
// Prism and the program end with this one.
process.exit();
