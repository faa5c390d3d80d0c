// What the programs hold whose pages are looked at. A world is started when the first state asks for it.

import { applicant, letIn, wayIn } from "./clients.mjs";
import { ADMIN, api, ask, start, stop } from "./program.mjs";

const DAY = 86_400_000;
const inDays = (days) => new Date(Date.now() + days * DAY).toISOString();

// What would strike a page that puts text into itself unescaped. `struck` and dialogs are listened to.
export const HOSTILE = {
  account: `Account <img src=x onerror="struck('account')">`,
  server: `Server </a></td><script>struck('server')</script>`,
  owner: `Owner " onmouseover="struck('owner')" autofocus onfocus="alert(1)" x="`,
  purpose: `Purpose <svg/onload=struck('purpose')> {{7*7}} \${7*7}`,
  token: `Token '><iframe srcdoc="<script>parent.struck('token')</script>">`,
  applicant: `Claude <img src=x onerror="struck('applicant')">\u202e`,
  client: `Client <b hx-get="/nowhere" hx-trigger="load">&lt;i&gt;</b>`,
};

const accountOf = async (program, integration) => {
  const { result } = await api(program, "GET", "/integrated-account");
  return result.find((account) => account.integration === integration).id;
};

const serve = (program, account, name, members = {}) =>
  api(program, "POST", `/integrated-account/${account}/mcp`, { name, config: { methods: ["read"] }, ...members });

// Speaks to an MCP server as a client of this name.
export async function connect(url, name) {
  const message = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name, version: "1.0" } },
  };
  const headers = { accept: "application/json, text/event-stream", "user-agent": name };
  for (const json of [message, { jsonrpc: "2.0", id: 2, method: "tools/list" }]) {
    const answer = await ask(url, { method: "POST", json, headers });
    if (answer.status !== 200) throw new Error(`${url} answers ${answer.status} ${answer.text}`);
  }
}

// Calls a tool as a client that `connect` has introduced.
export async function callTool(url, name, tool, args = {}) {
  const json = { jsonrpc: "2.0", id: 3, method: "tools/call", params: { name: tool, arguments: args } };
  const headers = { accept: "application/json, text/event-stream", "user-agent": name };
  const answer = await ask(url, { method: "POST", json, headers });
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status} ${answer.text}`);
}

// What an agent does in a while: more than a page lists, some of it in vain.
async function work(url, name) {
  for (let n = 0; n < 24; n += 1) await callTool(url, name, "list_all_ironclad_workflows", { limit: 1 + (n % 3) });
  for (const tool of ["list_all_ironclad_users", "list_all_ironclad_groups", "list_all_ironclad_workflow_schemas"]) await callTool(url, name, tool);
  await callTool(url, name, "get_single_ironclad_workflow_by_id", { id: "no-such-workflow" });
  await callTool(url, name, "list_all_ironclad_workflows", { limit: "many" });
}

// A server that asks people to sign in, with two clients that were let in, and the ways in of clients at its page.
async function guard(program, account, name, client) {
  const guarded = await serve(program, account, name, { config: { tags: ["users", "apps"], auth: "oauth" }, expires_at: inDays(30) });
  const people = await api(program, "POST", "/api-token", { name: "Dana Whitfield", scope: "call" });
  await letIn(program, guarded.url, await applicant(program, client, "https://claude.ai/api/mcp/auth_callback"), people.token);
  await letIn(program, guarded.url, await applicant(program, "", "http://127.0.0.1/callback"), people.token);
  const asks = async (words, redirect) => wayIn(program, guarded.url, await applicant(program, words, redirect));
  const unknown = (await asks(client, "https://client.example/cb")).replace(/client_id=dbc_[0-9a-f]+/, "client_id=dbc_unknown");
  return {
    guarded: guarded.id,
    consent: await asks(client, "https://client.example/cb"),
    loopback: await asks("mcp-remote", "http://127.0.0.1:33418/oauth/callback"),
    unknown,
    gone: (await asks(client, "https://client.example/cb")).replace(/resource=[^&]+/, "resource=http%3A%2F%2F127.0.0.1%2Fmcp%2Fgone"),
  };
}

const WORLDS = {
  // Nobody was here yet.
  empty: async () => ({ program: await start(["--no-sandbox"]) }),
  // The sandbox, and servers with everything that a server can have.
  used: async () => {
    const program = await start();
    const [ironclad, torii] = [await accountOf(program, "ironclad"), await accountOf(program, "torii")];
    const audit = await serve(program, ironclad, "Quarterly audit", {
      expires_at: inDays(3),
      owner: "Dana Whitfield",
      purpose: "Lists contracts for the auditors",
    });
    await connect(audit.url, "claude-code");
    await work(audit.url, "claude-code");
    const writer = await serve(program, torii, "Offboarding agent", { config: { methods: ["read", "write"] }, owner: "IT operations" });
    const paused = await serve(program, torii, "Renewals helper", { expires_at: inDays(60) });
    await api(program, "PATCH", `/integrated-account/${torii}/mcp/${paused.id}`, { paused: true });
    const call = await api(program, "POST", "/api-token", { name: "only calls", scope: "call" });
    const agent = await api(program, "POST", "/api-token", {
      name: "Nightly report",
      scope: "call",
      owner: "Priya Raman",
      purpose: "Counts licences for the finance team",
      expires_at: inDays(20),
    });
    const guarded = await guard(program, torii, "Licence desk", "Claude");
    const ids = { server: audit.id, writer: writer.id, paused: paused.id, agent: agent.id, ...guarded };
    const made = { program, ironclad, torii, ...ids, call: call.token };
    return { ...made, callTool: (tool) => callTool(audit.url, "claude-code", tool) };
  },
  // Where states come about by what is done on pages; beside the sandbox an account whose vendor is dead, and one that
  // nobody has signed in to yet.
  work: async () => {
    const program = await start(["--upstream-hosts", "127.0.0.1:9"]);
    const [ironclad, torii] = [await accountOf(program, "ironclad"), await accountOf(program, "torii")];
    const server = await serve(program, torii, "Changing hands", { expires_at: inDays(10), owner: "Dana Whitfield" });
    const dead = await api(program, "POST", "/integrated-account", {
      integration: "torii",
      name: "Licences of old",
      base_url: "http://127.0.0.1:9",
      credentials: { type: "bearer", token: "a-token" },
    });
    const waiting = await api(program, "POST", "/integrated-account", {
      integration: "ironclad",
      name: "Contracts of the north",
      owner: "Legal operations",
      credentials: { type: "oauth2_authorization_code", client_id: "drawbridge", client_secret: "a-secret" },
    });
    return { program, ironclad, torii, server: server.id, dead: dead.id, waiting: waiting.id };
  },
  // A vendor that has not answered so often that it is not asked any more.
  mute: async () => {
    const program = await start(["--no-sandbox", "--upstream-hosts", "127.0.0.1:9"]);
    const account = await api(program, "POST", "/integrated-account", {
      integration: "torii",
      name: "Licences of old",
      base_url: "http://127.0.0.1:9",
      credentials: { type: "bearer", token: "a-token" },
    });
    for (let n = 0; n < 5; n += 1) await api(program, "POST", `/integrated-account/${account.id}/test`);
    return { program };
  },
  // Where accounts are connected.
  twice: async () => ({ program: await start(["--no-sandbox"]) }),
  // More than one page of everything.
  many: async () => {
    const program = await start();
    const ironclad = await accountOf(program, "ironclad");
    for (let n = 1; n <= 60; n += 1) await serve(program, ironclad, `Agent ${n}`, { expires_at: inDays(n / 4) });
    return { program, ironclad };
  },
  // Every name is an attempt to strike.
  hostile: async () => {
    const program = await start();
    const ironclad = await accountOf(program, "ironclad");
    const torii = await accountOf(program, "torii");
    await api(program, "PATCH", `/integrated-account/${ironclad}`, { name: HOSTILE.account });
    const texts = { owner: HOSTILE.owner, purpose: HOSTILE.purpose };
    const server = await serve(program, ironclad, HOSTILE.server, { ...texts, expires_at: inDays(2) });
    const writer = await serve(program, ironclad, HOSTILE.server, { ...texts, config: { methods: ["write"] } });
    await api(program, "PATCH", `/integrated-account/${ironclad}/mcp/${writer.id}`, { paused: true });
    await connect(server.url, HOSTILE.client);
    await work(server.url, HOSTILE.client);
    const token = await api(program, "POST", "/api-token", { name: HOSTILE.token, scope: "admin", ...texts });
    const guarded = await guard(program, torii, HOSTILE.server, HOSTILE.applicant);
    const ids = { server: server.id, writer: writer.id, paused: writer.id, own: token.id, agent: token.id, ...guarded };
    return { program, ironclad, torii, ...ids, token: token.token };
  },
};

const started = new Map();

// A world by its name: its program, the ids in it, and the token that signs in to it.
export function world(name) {
  if (!started.has(name)) {
    const begun = WORLDS[name]().then((made) => ({ name, token: ADMIN, url: made.program.url, ...made }));
    started.set(name, begun);
  }
  return started.get(name);
}

// Ends all; answers what was wrong with them.
export async function endWorlds() {
  const complaints = [];
  for (const begun of started.values()) {
    const made = await begun.catch(() => null);
    if (made) complaints.push(...(await stop(made.program)));
  }
  started.clear();
  return complaints;
}
