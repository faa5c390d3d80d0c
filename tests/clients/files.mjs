// Files as models see them, through the official TypeScript clients: whether a host hands on `content` alone or
// `structuredContent` where there is one, it has all of it.
//
//   node files.mjs sdk                     @modelcontextprotocol/sdk, with a handshake
//   node files.mjs client auto|legacy|pin  @modelcontextprotocol/client; pin: the revision without a handshake
//
// Needs IRONCLAD_URL, and to lie beside the packages it imports. One line a check.
import assert from 'node:assert/strict';

const [which, mode] = process.argv.slice(2);

async function connect(url) {
  const packages = which === 'sdk'
    ? [await import('@modelcontextprotocol/sdk/client/index.js'), await import('@modelcontextprotocol/sdk/client/streamableHttp.js')]
    : Array(2).fill(await import('@modelcontextprotocol/client'));
  const versionNegotiation = { mode: mode === 'pin' ? { pin: '2026-07-28' } : mode };
  const client = new packages[0].Client({ name: 'files', version: '1' }, which === 'sdk' ? {} : { versionNegotiation });
  await client.connect(new packages[1].StreamableHTTPClientTransport(new URL(url)));
  return client;
}

const client = await connect(process.env.IRONCLAD_URL);

async function both(name, args = {}) {
  const { content: [first, ...others], structuredContent } = await client.callTool({ name, arguments: args });
  assert.deepEqual(JSON.parse(first.text), structuredContent);
  return [structuredContent, others];
}

const checks = {
  async a_key_is_text() {
    const [key, others] = await both('get_single_ironclad_webhook_verification_key');
    assert.ok(key.text.startsWith('-----BEGIN ') && key.name);
    assert.deepEqual([key.content_type, key.size, others], ['application/x-pem-file', key.text.length, []]);
  },
  async bytes_have_name_type_and_size_in_both() {
    const [sheet, [block]] = await both('ironclad_records_export');
    assert.equal(Buffer.from(block.resource.blob, 'base64').length, sheet.size);
    assert.equal(block.resource.mimeType, sheet.content_type);
    assert.ok(sheet.name.endsWith('.xlsx'));
  },
};

const label = ['typescript', which, mode].filter(Boolean).join(' ');
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${label}: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${label}: ${name}\n${error.stack}`);
  }
}
await client.close();
process.exit(failed ? 1 : 0);
