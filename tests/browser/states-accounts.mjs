// States of the pages about accounts: the list, how one is connected, and its tabs.

import { pick, press, sendBeside, type, unguarded } from "./steps.mjs";

const of = (account, tab = "") => (world) => `/accounts/${world[account]}${tab}`;
const form = (api) => `/accounts/new?integration=${api}`;
const kind = (key) => (page) => pick(page, "type", key);

async function elsewhere(page) {
  await pick(page, "place", "own");
  await type(page, "base_url", "https://torii.example.com");
}

// A form whose every answer is wrong.
async function wrong(page) {
  await type(page, "name", "");
  await pick(page, "place", "own");
  await type(page, "base_url", "http://10.0.0.1/");
  await press(page, "Connect account");
}

async function wrongUser(page) {
  await pick(page, "type", "oauth2_client_credentials");
  await type(page, "oauth2_client_credentials.as_user_email", "a@example.com");
  await type(page, "oauth2_client_credentials.as_user_id", "also-this");
  await press(page, "Connect account");
}

async function twice(page) {
  await type(page, "bearer.token", "a-token");
  await sendBeside(page);
  await press(page, "Connect account");
}

async function unnamed(page) {
  await type(page, "name", "");
  await press(page, "Save");
}

async function withoutToken(page) {
  await press(page, "Store new credentials");
}

async function unconfirmed(page) {
  await unguarded(page);
  await press(page, "Delete account");
}

const unfold = (words) => (page) => page.locator("summary", { hasText: words }).first().click();
const test = (page) => press(page, "Test the connection");

export const ACCOUNTS = [
  { name: "accounts", at: "/accounts", see: ["Agents can be let into 2 accounts.", "Ironclad", "Torii", "Connect an account"], hostile: ["account", "token"] },
  { name: "accounts-nothing-yet", world: "empty", at: "/accounts", see: ["No account is connected yet", "Connect an account"] },
  { name: "accounts-search", at: "/accounts?q=torii", see: ["Torii"] },
  { name: "accounts-search-without-result", at: "/accounts?q=no+such+account", see: ["No account fits this search", "Show all"] },
  { name: "accounts-to-sign-in", world: "work", at: "/accounts", see: ["Contracts of the north", "Licences of old"] },

  { name: "connect", at: "/accounts/new", see: ["Connect an account", "Which service is it with?", "Ironclad", "Torii"] },
  { name: "connect-torii", at: form("torii"), see: ["Connect Torii", "no page shows them again", "API token", "Where is it?", "Another address"] },
  { name: "connect-ironclad-client", at: form("ironclad"), world: "work", after: kind("oauth2_client_credentials"), see: ["Client ID", "Client secret", "Acts for the user"] },
  { name: "connect-ironclad-browser", at: form("ironclad"), world: "work", after: kind("oauth2_authorization_code"), see: ["redirect URI", "Client secret"] },
  { name: "connect-ironclad-token", at: form("ironclad"), world: "work", after: kind("bearer"), see: ["API token", "Where is it?"] },
  { name: "connect-elsewhere", at: form("torii"), world: "work", after: elsewhere, see: ["Address", "must be listed in the setting upstream-hosts"] },
  { name: "connect-more", at: form("torii"), world: "work", after: unfold("More"), see: ["Owner (optional)", "Purpose (optional)"] },
  {
    name: "connect-faults",
    at: form("torii"),
    world: "work",
    after: wrong,
    status: 422,
    see: ["Nothing was connected: 3 answers are missing or wrong", "type them again"],
  },
  { name: "connect-faults-of-users", at: form("ironclad"), world: "work", after: wrongUser, status: 422, see: ["Nothing was connected", "cannot stand beside “Acts for the user with the mail address”"] },
  { name: "connect-twice", at: form("torii"), world: "twice", after: twice, status: 409, see: ["This account is connected already", "Nothing was done twice"] },
  { name: "connect-unknown-service", at: form("no-such-service"), status: 404, see: ["There is nothing here"] },

  { name: "account", at: of("ironclad"), see: ["Overview", "Status", "the built-in sandbox", "Test the connection", "Delete this account"], hostile: ["account", "token"] },
  { name: "account-made", world: "work", at: (world) => `/accounts/${world.dead}?made=1`, see: ["The account is stored. Test it", "Not called yet"] },
  { name: "account-tested", world: "work", at: of("torii"), after: test, see: ["Works", "The credentials work.", "Asked", "Came back", "200"] },
  {
    name: "account-tested-answer",
    world: "work",
    at: of("torii"),
    after: async (page) => {
      await test(page);
      await unfold("The answer")(page);
    },
    see: ["Works", "The answer"],
  },
  { name: "account-dead-vendor", world: "work", at: of("dead"), after: test, see: ["Failed", "no answer", "Give new credentials"] },
  { name: "account-to-sign-in", world: "work", at: of("waiting"), see: ["Contracts of the north", "Sign in at Ironclad", "Legal operations"] },
  { name: "account-edit", at: of("torii", "/edit"), see: ["Describe this account", "Save", "Cancel"] },
  { name: "account-edit-faults", world: "work", at: of("torii", "/edit"), after: unnamed, status: 422, see: ["Name"] },
  { name: "account-reconnect", world: "work", at: of("dead", "/reconnect"), see: ["New credentials", "MCP servers and their URLs stay as they are", "Store new credentials"] },
  { name: "account-reconnect-faults", world: "work", at: of("dead", "/reconnect"), after: withoutToken, status: 422, see: ["missing or wrong"] },
  { name: "account-delete", at: of("ironclad", "/delete"), see: ["Quarterly audit", "The credentials are erased", "This cannot be undone", "Keep it"], hostile: ["account", "server", "owner"] },
  { name: "account-delete-unconfirmed", world: "work", at: of("torii", "/delete"), after: unconfirmed, status: 422, see: ["Nothing was deleted. Tick the box to confirm."] },
  { name: "account-gone", at: "/accounts/acc_none", status: 404, see: ["There is nothing here"] },

  { name: "account-servers", at: of("ironclad", "/mcp"), see: ["MCP Servers", "Quarterly audit", "Create MCP server"], hostile: ["account", "server", "owner", "client"] },
  { name: "account-servers-none", world: "work", at: of("dead", "/mcp"), see: ["No MCP server reaches this account yet", "Create MCP server"] },
  { name: "account-servers-search-without-result", at: of("ironclad", "/mcp?q=no+such+server"), see: ["No MCP server fits this search", "Show all"] },
  { name: "account-servers-more-than-a-page", world: "many", at: of("ironclad", "/mcp"), see: ["Agent 1", "Next"] },
  { name: "account-tools", at: of("ironclad", "/tools"), see: ["Ironclad has", "can delete", "tokens", "Next"], hostile: ["account"] },
  { name: "account-tools-search", at: of("torii", "/tools?q=who+left+last+month"), see: ["Best answers first"] },
  { name: "account-tools-about", at: of("torii", "/tools?about=users"), see: ["list_all_torii_users"] },
  { name: "account-tools-search-without-result", at: of("torii", "/tools?q=zzzzqqqq"), see: ["No tool answers this question", "Show all"] },
  { name: "account-tools-arguments", world: "work", at: of("torii", "/tools?about=users"), after: unfold("Arguments"), see: ["In short:"] },
  { name: "account-fields", at: of("torii", "/fields"), see: ["Read from Torii", "kept for 5 minutes"], hostile: ["token"] },
  { name: "account-fields-of-forms", at: of("ironclad", "/fields"), see: ["Launch forms"], hostile: ["account"] },
  { name: "account-fields-open-form", world: "work", at: of("ironclad", "/fields"), after: (page) => page.locator("details > summary").first().click(), see: ["Template", "Needed"] },
  { name: "account-fields-search-without-result", at: of("torii", "/fields?q=zzzzqqqq"), see: ["No field fits this search"] },
  { name: "account-fields-dead-vendor", world: "work", at: of("dead", "/fields"), see: ["Torii did not tell", "Test the account"] },
];
