// The clients of the matrix, each behind the same three doors: `use()` connects, lists and calls, and gives what came;
// `tokens()` is what it keeps of a sign-in; `expire()` lets its access token's time be over.

import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSocket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const TOOL = 'list_all_torii_users';
const OVER = 'an-access-token-that-is-over';
const IDENTITY = { name: 'matrix', version: '1' };

async function used(client, version) {
  const { tools } = await client.listTools();
  const { structuredContent } = await client.callTool({ name: TOOL, arguments: { limit: 2 } });
  return { tools: tools.length, rows: structuredContent.result.length, version };
}

/** A port that was free a moment ago. */
async function freePort() {
  const socket = createSocket();
  await new Promise((done) => socket.listen(0, '127.0.0.1', done));
  const { port } = socket.address();
  await new Promise((done) => socket.close(done));
  return port;
}

/** What an official TypeScript client wants to know of the program around it (its OAuthClientProvider). */
class Provider {
  constructor(name, url, port, person) {
    Object.assign(this, { url, port, person, redirectUrl: `http://127.0.0.1:${port}/callback` });
    this.clientMetadata = { client_name: name, redirect_uris: [this.redirectUrl], token_endpoint_auth_method: 'none' };
  }
  clientInformation = () => this.client;
  saveClientInformation = (client) => void (this.client = client);
  tokens = () => this.kept;
  saveTokens = (tokens) => void (this.kept = tokens);
  codeVerifier = () => this.verifier;
  saveCodeVerifier = (verifier) => void (this.verifier = verifier);
  discoveryState = () => this.found;
  saveDiscoveryState = (found) => void (this.found = found);
  invalidateCredentials(what) {
    if (what === 'all' || what === 'client') this.client = undefined;
    if (what === 'all' || what === 'tokens') this.kept = undefined;
    if (what === 'all' || what === 'discovery') this.found = undefined;
  }
  redirectToAuthorization(address) {
    this.back = new Promise((done, fail) => {
      const server = createServer((asked, answer) => {
        const { pathname, searchParams } = new URL(asked.url, this.redirectUrl);
        answer.writeHead(pathname === '/callback' ? 200 : 404, { connection: 'close' }).end('Back');
        if (pathname === '/callback') server.close(() => done(searchParams));
      });
      server.listen(this.port, '127.0.0.1', () => this.person.open(this.url, address).catch(fail));
    });
  }
}

/** `@modelcontextprotocol/sdk` 1.x and `@modelcontextprotocol/client` 2.x. */
class Official {
  constructor(name, era, { url, bearer, person }) {
    Object.assign(this, { name, era, url, bearer, person });
  }
  async packages() {
    if (this.name !== 'ts-sdk') return import('@modelcontextprotocol/client');
    const at = '@modelcontextprotocol/sdk/client';
    const files = ['index', 'streamableHttp', 'auth'].map((file) => import(`${at}/${file}.js`));
    const [{ Client }, transport, { UnauthorizedError }] = await Promise.all(files);
    return { Client, ...transport, UnauthorizedError };
  }
  async use() {
    const { Client, StreamableHTTPClientTransport: Transport, UnauthorizedError } = await this.packages();
    if (this.person) this.provider ??= new Provider(this.name, this.url, await freePort(), this.person);
    const requestInit = this.bearer ? { headers: { authorization: `Bearer ${this.bearer}` } } : undefined;
    const options = this.name === 'ts-sdk' ? {} : { versionNegotiation: { mode: this.era === '2025-11-25' ? 'legacy' : { pin: this.era } } };
    const begin = async () => {
      const client = new Client(IDENTITY, options);
      const transport = new Transport(new URL(this.url), { authProvider: this.provider, requestInit });
      return { client, transport, error: await client.connect(transport).then(() => null, (error) => error) };
    };
    let { client, transport, error } = await begin();
    if (error instanceof UnauthorizedError && this.provider?.back) {
      const back = await this.provider.back;
      this.provider.back = undefined;
      // 1.x is given a code; what else came back is for the program around it.
      if (this.name === 'ts-sdk' && !back.has('code')) throw error;
      await transport.finishAuth(this.name === 'ts-sdk' ? back.get('code') : back);
      ({ client, transport, error } = await begin());
    }
    if (error) throw error;
    try {
      return await used(client, client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion);
    } finally {
      await client.close();
    }
  }
  async tokens() {
    const { kept, client } = this.provider;
    return { access: kept.access_token, refresh: kept.refresh_token, client: client.client_id };
  }
  async expire() {
    this.provider.kept = { ...this.provider.kept, access_token: OVER };
  }
  close() {}
}

/** A Python client: `matrix.py`, one process for all its steps. */
class Python {
  constructor(name, era, { url, bearer, person, environment }) {
    const mode = era === '2025-11-25' ? 'legacy' : era;
    const script = [join(process.env.CLIENTS, 'matrix.py'), name === 'fastmcp' ? name : 'mcp', mode];
    this.child = spawn(process.env.PYTHON, script, { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.about = { url, bearer, sign_in: Boolean(person) };
  }
  async step(step) {
    this.child.stdin.write(`${JSON.stringify({ ...this.about, step })}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the client ended by itself');
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(answer.error);
    return answer;
  }
  use = () => this.step('use');
  tokens = () => this.step('tokens');
  expire = () => this.step('expire');
  close() {
    this.child.stdin.end();
  }
}

/** mcp-remote: what a host without OAuth starts, here with the official client for that host. */
class Remote {
  constructor(_, era, { url, bearer, environment, home }) {
    Object.assign(this, { url, bearer, home, era, environment: { ...environment, MCP_REMOTE_CONFIG_DIR: home } });
  }
  async use() {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const args = [join(process.env.PACKAGES, 'node_modules/mcp-remote/dist/proxy.js'), this.url, '--transport', 'http-only'];
    args.push('--protocol', this.era === '2025-11-25' ? 'legacy' : 'auto', '--host', '127.0.0.1');
    if (this.bearer) args.push('--header', `Authorization:Bearer ${this.bearer}`);
    const transport = new StdioClientTransport({ command: process.execPath, args, env: this.environment, stderr: 'pipe' });
    let said = '';
    transport.stderr.on('data', (words) => (said += words));
    let version;
    transport.setProtocolVersion = (negotiated) => (version = negotiated);
    const client = new Client(IDENTITY);
    this.client = client;
    try {
      await client.connect(transport);
      const bridged = /Remote server speaks MCP (\S+);/.exec(said)?.[1];
      return await used(client, bridged ?? version);
    } catch (error) {
      throw new Error(/Fatal error: (.*)/.exec(said)?.[1] ?? `${error.message}; it says: ${said}`);
    } finally {
      await client.close();
    }
  }
  file(end) {
    const found = readdirSync(this.home, { recursive: true }).find((path) => path.endsWith(end));
    return join(this.home, found);
  }
  async tokens() {
    const tokens = JSON.parse(readFileSync(this.file('_tokens.json')));
    const { client_id: client } = JSON.parse(readFileSync(this.file('_client_info.json')));
    return { access: tokens.access_token, refresh: tokens.refresh_token, client };
  }
  async expire() {
    const tokens = JSON.parse(readFileSync(this.file('_tokens.json')));
    writeFileSync(this.file('_tokens.json'), JSON.stringify({ ...tokens, access_token: OVER, expires_at: 1 }));
  }
  close() {
    return this.client?.close();
  }
}

/** The Inspector's command line, one process for each request. */
class Inspector {
  constructor(_, era, { url, bearer, environment, home }) {
    const kept = { MCP_STORAGE_DIR: home, MCP_INSPECTOR_SECRET_STORE: 'file', MCP_AUTO_OPEN_ENABLED: 'true' };
    Object.assign(this, { url, bearer, home, era, environment: { ...environment, ...kept } });
  }
  async run(...args) {
    this.port ??= await freePort();
    const launcher = join(process.env.PACKAGES, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');
    const all = [launcher, '--cli', this.url, '--transport', 'http', '--protocol-era', this.era === '2025-11-25' ? 'legacy' : 'modern'];
    all.push('--format', 'json', '-q', '--callback-url', `http://127.0.0.1:${this.port}/oauth/callback`, ...args);
    if (this.bearer) all.push('--header', `Authorization: Bearer ${this.bearer}`);
    this.ends = new AbortController();
    const limits = { signal: this.ends.signal, env: this.environment, timeout: 60_000, maxBuffer: 1 << 26 };
    return new Promise((done, fail) => {
      const ended = (error, out, said) => {
        if (error) return fail(new Error(/"message":"(.*)"/.exec(said)?.[1] ?? (said || error.message)));
        return done(JSON.parse(out).result);
      };
      execFile(process.execPath, all, limits, ended).stdin.end();
    });
  }
  async use() {
    const { tools } = await this.run('--method', 'tools/list');
    const { structuredContent } = await this.run('--method', 'tools/call', '--tool-name', TOOL, '--tool-args-json', '{"limit":2}');
    const { protocolVersion: version } = await this.run('--method', 'initialize');
    return { tools: tools.length, rows: structuredContent.result.length, version };
  }
  /** Its file of secrets, and the entry in it that holds the tokens. */
  secrets() {
    const file = join(this.home, 'secrets.json');
    const all = JSON.parse(readFileSync(file));
    const entry = Object.keys(all.secrets).find((name) => name.includes(':tokens:'));
    return { file, all, entry, tokens: JSON.parse(all.secrets[entry]) };
  }
  async tokens() {
    const { tokens } = this.secrets();
    const [{ byIssuer }] = Object.values(JSON.parse(readFileSync(join(this.home, 'oauth.json'))).servers);
    const [{ clientInformation }] = Object.values(byIssuer);
    return { access: tokens.access_token, refresh: tokens.refresh_token, client: clientInformation.client_id };
  }
  async expire() {
    const { file, all, entry, tokens } = this.secrets();
    all.secrets[entry] = JSON.stringify({ ...tokens, access_token: OVER });
    writeFileSync(file, JSON.stringify(all));
  }
  close() {
    this.ends?.abort();
  }
}

const { SUPPORTED_PROTOCOL_VERSIONS: known } = await import('@modelcontextprotocol/sdk/types.js');

export const CLIENTS = [
  { name: 'python', kind: Python },
  { name: 'fastmcp', kind: Python },
  { name: 'ts-sdk', kind: Official, lacks: (era) => !known.includes(era) && 'the newest revision that it knows is another' },
  { name: 'ts-client', kind: Official },
  { name: 'mcp-remote', kind: Remote },
  { name: 'inspector', kind: Inspector },
];
