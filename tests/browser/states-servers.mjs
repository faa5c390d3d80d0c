// States of the pages about MCP servers: how one is created, shown once, looked at and changed.

import { choose, pick, press, sendBeside, type, unguarded } from "./steps.mjs";
import { connect } from "./worlds.mjs";

const CREATE = "Create and show the URL";
const fresh = (world) => `/accounts/${world.torii}/mcp/new`;
const page = (world) => `/mcp-servers/${world.server}`;

// Creates a server; its URL is then on the page.
async function create(page, name = "Access review") {
  await type(page, "name", name);
  await press(page, CREATE);
}

// The same, and then opens one of the folded parts.
const opened = (words) => async (page) => {
  await create(page);
  await page.locator("summary", { hasText: words }).click();
};

const custom = (page) =>
  choose(page, [["preset", "custom"], ["methods", "list"], ["methods", "create"], ["tags", "users"]], "list_all_torii_users");

async function withDate(page) {
  await pick(page, "until", "date");
  await type(page, "date", "2031-05-06T18:30");
  await choose(page, [["tags", "users"]], "6 May 2031, 18:30");
}

// A form whose every answer is wrong.
async function wrong(page) {
  await type(page, "name", " ");
  await pick(page, "until", "date");
  await type(page, "date", "2020-01-01T00:00");
  await press(page, CREATE);
}

const nothing = (page) => choose(page, [["preset", "custom"], ["methods", "delete"], ["tags", "audit"]], "No tool fits all of these choices");

async function more(page) {
  await page.locator("summary", { hasText: "More" }).click();
  await type(page, "owner", "Dana Whitfield");
  await type(page, "purpose", "Who has which licence, for the audit");
}

async function connected(page) {
  await create(page);
  await connect(await page.locator("#url").inputValue(), "inspector");
  await page.getByText("inspector 1.0 is connected").waitFor();
}

async function repeated(page) {
  await type(page, "name", "Sent twice");
  await sendBeside(page);
  await press(page, CREATE);
}

async function rotated(page) {
  await page.getByLabel("The old URL").selectOption("3600");
  await press(page, "Rotate");
}

async function unconfirmed(page) {
  await unguarded(page);
  await press(page, "Revoke");
}

const otherTools = (page) => choose(page, [["methods", "get"], ["methods", "create"]], "Removes");

async function unnamed(page) {
  await type(page, "name", "");
  await press(page, "Save");
}

const ONCE = ["Access review", "This is the only time the URL is shown", "Whoever has it can use it", "Reachability", "not from the internet"];

export const SERVERS = [
  {
    name: "create",
    at: fresh,
    see: ["Create MCP server", "Read only", "Until when?", "What it will see", "It can not change or delete anything", "Keep to exactly these tools", CREATE],
    hostile: ["token"],
  },
  { name: "create-for-ironclad", at: (world) => `/accounts/${world.ironclad}/mcp/new`, see: ["Create MCP server", "Everything"], hostile: ["account", "token"] },
  { name: "create-custom", world: "work", at: fresh, after: custom, see: ["Only these methods", "Create", "writes", "It can not delete anything"] },
  { name: "create-date", world: "work", at: fresh, after: withDate, see: ["Day and time", "as clocks show it in", "6 May 2031, 18:30"] },
  {
    name: "create-faults",
    world: "work",
    at: fresh,
    after: wrong,
    status: 422,
    see: ["Nothing was created yet", "Give it a name: it stands in every log line.", "This end"],
  },
  { name: "create-nothing-fits", world: "work", at: fresh, after: nothing, see: ["No tool fits all of these choices", "0 tools"] },
  { name: "create-more", world: "work", at: fresh, after: more, see: ["Who answers for it.", "Let agents search instead of listing every tool"] },
  { name: "create-choose", at: "/accounts?choose=1", see: ["Which account shall it reach?", "Choose one of 2"], hostile: ["account", "token"] },
  { name: "create-unknown-account", at: "/accounts/acc_none/mcp/new", status: 404, see: ["There is nothing here"] },
  { name: "once-waiting", world: "work", at: fresh, after: create, see: [...ONCE, "This turns into the client’s name"] },
  { name: "once-connected", world: "work", at: fresh, after: connected, script: true, see: [...ONCE, "inspector 1.0 is connected", "listed"] },
  {
    name: "once-other-client",
    world: "work",
    at: fresh,
    after: async (page) => {
      await create(page);
      await page.locator("label", { hasText: /^Claude Code$/ }).click();
    },
    see: [...ONCE, "claude mcp add", "Checked on"],
  },
  { name: "once-picture", world: "work", at: fresh, after: opened("Show it as a picture"), see: ONCE },
  { name: "once-guide", world: "work", at: fresh, after: opened("A guide tells you"), see: ONCE },
  { name: "once-repeated", world: "work", at: fresh, after: repeated, see: ["“Sent twice” has its URL already", "Nothing was made again", "rotate for a new one"] },
  {
    name: "once-rotated",
    world: "work",
    at: page,
    after: rotated,
    see: ["Changing hands", "This is the only time the URL is shown", "Reachability"],
  },
  {
    name: "server",
    at: page,
    see: ["Quarterly audit", "What it shows", "Last used by claude-code", "It can not change or delete anything", "A new URL", "Revoke", "Dana Whitfield"],
    hostile: ["account", "server", "owner", "purpose", "client", "token"],
  },
  { name: "server-paused", at: (world) => `/mcp-servers/${world.paused}`, see: ["Paused", "its URL answers as if it did not exist", "Resume"], hostile: ["server", "owner"] },
  { name: "server-that-writes", at: (world) => `/mcp-servers/${world.writer}`, see: ["Offboarding agent", "Never ends", "Never used"], hostile: ["server"] },
  {
    name: "server-revoke-unconfirmed",
    world: "work",
    at: page,
    after: unconfirmed,
    status: 422,
    see: ["Changing hands", "Tick the box to confirm. Nothing was revoked."],
  },
  { name: "server-gone", at: "/mcp-servers/mcp_0123456789abcdefghijklmnop", status: 404, see: ["There is nothing here"] },
  {
    name: "change",
    at: (world) => `${page(world)}/change`,
    see: ["Change “Quarterly audit”", "The URL stays the same", "The tools stay the same.", "Save"],
    hostile: ["server", "token"],
  },
  { name: "change-adds-and-removes", world: "work", at: (world) => `${page(world)}/change`, after: otherTools, see: ["What saving changes", "Adds", "Removes"] },
  { name: "change-faults", world: "work", at: (world) => `${page(world)}/change`, after: unnamed, status: 422, see: ["Nothing was changed yet", "Give it a name"] },
];
