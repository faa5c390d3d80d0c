// States of the pages about API tokens, the audit log and the health of a node.

import { pick, press, sendBeside, type, unguarded } from "./steps.mjs";
import { HOSTILE } from "./worlds.mjs";

const CREATE = "Create and show the token";
const revoke = (world) => `/tokens/${world.agent}/revoke`;

async function create(page, name = "Nightly export") {
  await type(page, "name", name);
  await press(page, CREATE);
}

async function administers(page) {
  await pick(page, "scope", "admin");
  await create(page, "Dana Whitfield");
}

// A form whose every answer is wrong.
async function wrong(page) {
  await type(page, "name", " ");
  await pick(page, "until", "date");
  await type(page, "date", "2020-01-01T00:00");
  await press(page, CREATE);
}

async function twice(page) {
  await type(page, "name", "Sent twice");
  await sendBeside(page);
  await press(page, CREATE);
}

async function unconfirmed(page) {
  await unguarded(page);
  await press(page, "Revoke token");
}

// A token that comes and goes on this page, so that every look finds one.
async function revoked(page) {
  await page.goto(new URL("/tokens/new", page.url()).href);
  await create(page, "Not for long");
  await page.goto(new URL("/tokens?q=Not+for+long", page.url()).href);
  const loaded = page.waitForEvent("domcontentloaded");
  await page.getByRole("link", { name: "Revoke Not for long" }).first().click();
  await loaded;
  await page.locator("#confirm").check();
  await press(page, "Revoke token");
}

const unfold = (words) => (page) => page.locator("summary", { hasText: words }).first().click();

async function unfoldAll(page) {
  for (const summary of await page.locator("summary").all()) await summary.click();
}

export const TOKENS = [
  {
    name: "tokens",
    at: "/tokens",
    see: ["API tokens", "The configured admin token", "signed in with it", "Nightly report", "Calls tools", "never used", "Priya Raman", "Revoke"],
    hostile: ["token", "owner", "purpose"],
  },
  { name: "tokens-nothing-yet", world: "empty", at: "/tokens", see: ["No API token was made yet", "Create API token"] },
  { name: "tokens-search", at: "/tokens?q=nightly", see: ["Nightly report"], hostile: [] },
  { name: "tokens-search-without-result", at: "/tokens?q=no+such+token", see: ["No API token fits this search", "Show all"] },
  { name: "tokens-revoked", world: "work", at: "/tokens", after: revoked, see: ["The API token is revoked."] },
  { name: "tokens-hostile-names", world: "hostile", at: "/tokens", see: [HOSTILE.token, "signed in with it"] },
  { name: "token-new", at: "/tokens/new", see: ["Create API token", "What may it do?", "Until when?", "30 days", "More"] },
  { name: "token-new-more", at: "/tokens/new", world: "work", after: unfold("More"), see: ["Owner", "Purpose"] },
  { name: "token-new-faults", at: "/tokens/new", world: "work", after: wrong, status: 422, see: ["Nothing was created: 2 answers are missing or wrong", "is in the past"] },
  { name: "token-once", at: "/tokens/new", world: "work", after: create, see: ["is ready", "This is the only time the token is shown", "Authorization: Bearer dbt_", "I have stored it"] },
  { name: "token-once-admin", at: "/tokens/new", world: "work", after: administers, see: ["administers everything", "signs a person in"] },
  { name: "token-once-hostile-name", at: "/tokens/new", world: "work", after: (page) => create(page, HOSTILE.token), see: [HOSTILE.token] },
  { name: "token-twice", at: "/tokens/new", world: "work", after: twice, see: ["“Sent twice” was already created", "To the API tokens"] },
  { name: "token-revoke", at: revoke, see: ["Revoke “Nightly report”", "What ends with it", "Keep it"], hostile: ["token"] },
  {
    name: "token-revoke-own",
    world: "hostile",
    at: (world) => `/tokens/${world.own}/revoke`,
    see: ["You are signed in with this token", HOSTILE.token],
  },
  { name: "token-revoke-unconfirmed", at: revoke, after: unconfirmed, status: 422, see: ["Nothing was revoked. Tick the box to confirm."] },
  { name: "token-gone", at: "/tokens/tok_none/revoke", status: 404, see: ["There is nothing here"] },

  {
    name: "audit",
    at: "/audit",
    see: ["Who changed what", "created the MCP server", "signed in", "Export CSV", "this machine"],
    hostile: ["account", "server", "token"],
  },
  { name: "audit-changes", world: "work", at: "/audit?action=server.create", after: unfold("What changed"), see: ["created the MCP server", "Methods", "read"] },
  { name: "audit-filtered", world: "work", at: "/audit?action=account.create&actor=configured+admin+token", see: ["connected the account", "Show all"] },
  { name: "audit-without-result", world: "work", at: "/audit?action=master_key.rotate", see: ["Nothing of that kind was done."] },
  {
    name: "audit-faults",
    world: "work",
    at: "/audit?actor=Nobody&object=nothing&since=2026-01-02&until=2026-01-01",
    status: 422,
    see: ["“Nobody” is no id or name of an actor", "“nothing” is no id or name of an object", "Nothing is shown until the filter below is mended"],
  },
  { name: "audit-more-than-a-page", world: "many", at: "/audit", see: ["50 acts on this page", "Next"] },
  { name: "audit-hostile-changes", world: "hostile", at: "/audit?action=server.create", after: unfoldAll, see: [HOSTILE.server, HOSTILE.owner] },

  { name: "health", at: "/health", see: ["All is well", "Work beside requests", "Settings in force", "admin-token", "This node"] },
  { name: "health-dead-vendor", world: "mute", at: "/health", see: ["One thing is not well", "1 host does not answer", "http://127.0.0.1:9"] },
];
