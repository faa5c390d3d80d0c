// What people use this for, through the official TypeScript clients.
//
//   node stories.mjs sdk                     @modelcontextprotocol/sdk, with a handshake
//   node stories.mjs client auto|legacy|pin  @modelcontextprotocol/client; pin: the revision without a handshake
//
// Needs IRONCLAD_URL and TORII_URL, and to lie beside the packages it imports. One line a check.
import assert from 'node:assert/strict';

const [which, mode] = process.argv.slice(2);

async function connect(url) {
  if (which === 'sdk') {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
    const client = new Client({ name: 'stories', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    return client;
  }
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const versionNegotiation = { mode: mode === 'pin' ? { pin: '2026-07-28' } : mode };
  const client = new Client({ name: 'stories', version: '1' }, { versionNegotiation });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  if (mode === 'pin') assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28');
  return client;
}

/** One MCP server; a call gives its structured content. */
class Tools {
  constructor(client) {
    this.client = client;
  }
  async call(name, args = {}) {
    const result = await this.client.callTool({ name, arguments: args });
    assert.ok(!result.isError, `${name}: ${JSON.stringify(result.structuredContent)}`);
    return result.structuredContent;
  }
  async failure(name, args = {}) {
    const result = await this.client.callTool({ name, arguments: args });
    assert.equal(result.isError, true, name);
    return result.structuredContent.error;
  }
  async all(name, args = {}, limit = 7) {
    const items = [];
    for (let cursor; ; ) {
      const page = await this.call(name, { limit, ...args, ...(cursor ? { next_cursor: cursor } : {}) });
      items.push(...page.result);
      if (page.next_cursor === null) return items;
      cursor = page.next_cursor;
    }
  }
}

const values = { email: 'signer@initech.example', date: '2027-01-31', number: 12, boolean: true, monetaryAmount: { currency: 'EUR', amount: 99.5 } };

function sample(field) {
  const options = field.options?.values;
  if (field.type === 'array') return options ? [options[0]] : [];
  return options?.[0] ?? values[field.type] ?? 'As agreed';
}

async function launch(ironclad, q) {
  const { result } = await ironclad.call('list_all_ironclad_workflow_schemas', { q });
  assert.equal(result.length, 1);
  const form = await ironclad.call('get_single_ironclad_workflow_schema_by_id', { id: result[0].id });
  const required = Object.entries(form.schema).filter(([, field]) => field.required === 'always');
  const attributes = Object.fromEntries(required.map(([key, field]) => [key, sample(field)]));
  let state = await ironclad.call('create_a_ironclad_async_workflow', { template: result[0].id, attributes });
  let polls = 0;
  while (state.pending) {
    assert.ok(polls++ < 20);
    state = await ironclad.call(state.poll.tool, state.poll.arguments);
  }
  assert.ok(polls > 1, 'done without having been pending');
  return ironclad.call('get_single_ironclad_workflow_by_id', { id: state.workflow.id });
}

const stories = {
  async launch_an_nda({ ironclad }) {
    assert.equal((await launch(ironclad, 'Standard Mutual NDA')).status, 'active');
  },
  async track_a_vendor_agreement({ ironclad }) {
    const workflow = await launch(ironclad, 'Vendor Agreement');
    const { approvalGroups } = await ironclad.call('get_single_ironclad_workflow_approvals_by_id', { id: workflow.id });
    assert.ok(approvalGroups.length > 0);
  },
  async cancel_with_a_comment({ ironclad }) {
    const { id } = await launch(ironclad, 'Order Form');
    const error = await ironclad.failure('ironclad_workflows_cancel', { id });
    assert.deepEqual(error.faults.map((fault) => fault.pointer), ['/comment']);
    await ironclad.call('ironclad_workflows_cancel', { id, comment: 'Not needed any more.' });
    assert.equal((await ironclad.call('get_single_ironclad_workflow_by_id', { id })).status, 'cancelled');
  },
  async audit_a_group({ ironclad }) {
    const groups = await ironclad.all('list_all_ironclad_groups');
    const { members } = await ironclad.call('get_single_ironclad_group_by_id', { id: groups.find((one) => one.displayName === 'All Staff').id });
    const users = new Map((await ironclad.all('list_all_ironclad_users')).map((user) => [user.id, user.userName]));
    assert.equal(members.length, users.size);
    assert.ok(members.every((member) => users.has(member.value)));
  },
  async close_open_apps_of_a_leaver({ torii }) {
    const [person] = await torii.all('list_all_torii_users', { isDeletedInIdentitySources: true, lifecycleStatus: 'active' }, 50);
    await torii.call('update_a_torii_user_by_id', { id: person.id, lifecycleStatus: 'offboarding' });
    const { result } = await torii.call('list_all_torii_user_applications', { id_user: person.id, isUserRemovedFromApp: false });
    assert.ok(result.length > 0);
  },
};

const ironclad = new Tools(await connect(process.env.IRONCLAD_URL));
const torii = new Tools(await connect(process.env.TORII_URL));
const label = ['typescript', which, mode].filter(Boolean).join(' ');
let failed = 0;
for (const [name, tools] of [['ironclad', ironclad], ['torii', torii]]) {
  const listed = (await tools.client.listTools()).tools.length;
  const fine = listed > 70;
  failed += fine ? 0 : 1;
  console.log(`${fine ? 'ok' : 'not ok'} ${label}: lists ${listed} tools of ${name}`);
}
for (const [name, story] of Object.entries(stories)) {
  try {
    await story({ ironclad, torii });
    console.log(`ok ${label}: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${label}: ${name}\n${error.stack}`);
  }
}
await ironclad.client.close();
await torii.client.close();
process.exit(failed ? 1 : 0);
