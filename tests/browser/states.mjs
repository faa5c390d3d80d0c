// Every state of every page: one row each. To add one, add a row, here or in a file of its kind:
// states-servers.mjs, states-accounts.mjs, states-calls.mjs, states-tokens.mjs, states-try.mjs, states-consent.mjs.
//
//   name      its name, and that of its pictures
//   world     what the program holds (worlds.mjs); `used` unless said
//   as        `admin` (the token of the world), or `nobody`
//   at        its address, or how to make it from the world
//   after     what is done on that page to come to the state
//   status    the status of the page; 200 unless said
//   see       texts that must be visible
//   hostile   which hostile names (worlds.mjs) must be there as plain text when every name is one;
//             pages of one who is signed in to the world `used` are all opened in that world
//   headers   where a page is sent with other headers than all others
//   script    true where the state needs JavaScript

import { ACCOUNTS } from "./states-accounts.mjs";
import { CALLS } from "./states-calls.mjs";
import { SERVERS } from "./states-servers.mjs";
import { CONSENTS } from "./states-consent.mjs";
import { TOKENS } from "./states-tokens.mjs";
import { TRIED } from "./states-try.mjs";
import { press, signIn } from "./steps.mjs";
import { HOSTILE } from "./worlds.mjs";

async function signOut(page) {
  await page.goto(new URL("sign-in", page.url()).href);
  await signIn(page, page.world.token);
  await press(page, "Sign out");
}

// Ten wrong tokens from the address of this page.
async function errTenTimes(page) {
  const csrf = await page.locator("input[name=csrf]").inputValue();
  for (let n = 0; n < 10; n += 1) {
    const form = { csrf, token: `wrong-${n}` };
    await page.context().request.post(page.url(), { form, headers: { "sec-fetch-site": "same-origin" } });
  }
  await signIn(page, page.world.token);
}

async function withoutProof(page) {
  await page.locator("input[name=csrf]").evaluate((field) => (field.value = "made-up"));
  await press(page, "Sign out");
}

export const STATES = [
  { name: "sign-in", as: "nobody", at: "/sign-in", see: ["Sign in", "API token", "One with the scope admin"] },
  {
    name: "sign-in-wrong-token",
    as: "nobody",
    at: "/sign-in",
    after: (page) => signIn(page, "this-is-no-token"),
    status: 422,
    see: ["API token", "no API token"],
  },
  {
    name: "sign-in-call-token",
    as: "nobody",
    at: "/sign-in",
    after: (page) => signIn(page, page.world.call),
    status: 422,
    see: ["scope"],
  },
  {
    name: "sign-in-too-many",
    as: "nobody",
    at: "/sign-in",
    after: errTenTimes,
    status: 429,
    see: ["Too many wrong tokens", "Wait five minutes"],
  },
  { name: "sign-in-ended", as: "nobody", at: "/sign-in?ended=1", see: ["Nothing was changed"] },
  { name: "sign-in-led", as: "nobody", at: "/?q=audit", see: ["Sign in"] },
  { name: "signed-out", as: "nobody", at: "/sign-in", after: signOut, see: ["You are signed out"] },
  { name: "home-nothing-yet", world: "empty", at: "/", see: ["Nothing can reach you yet", "Connect an account"] },
  {
    name: "home",
    at: "/",
    see: ["Who can reach us right now", "Quarterly audit", "Dana Whitfield", "claude-code", "Offboarding agent", "never ends", "Paused", "Create MCP server"],
    hostile: ["account", "server", "owner", "client", "token"],
  },
  { name: "home-search", at: "/?q=audit", see: ["Quarterly audit"], hostile: ["token"] },
  { name: "home-search-without-result", at: "/?q=no+such+server", see: ["No MCP server fits this search", "Show all"] },
  { name: "home-only-paused", at: "/?show=paused", see: ["Renewals helper"] },
  { name: "home-more-than-a-page", world: "many", at: "/", see: ["Next", "end within 7 days", "Show them"] },
  {
    name: "home-second-page",
    world: "many",
    at: "/",
    after: async (page) => {
      const loaded = page.waitForEvent("domcontentloaded");
      await page.getByRole("link", { name: "Next" }).click();
      await loaded;
    },
    see: ["To the first"],
  },
  { name: "home-hostile-names", world: "hostile", at: "/", see: [HOSTILE.server, HOSTILE.owner] },
  { name: "no-such-page", at: "/no-such-page", status: 404, see: ["There is no page at this address", "Back to Home"] },
  { name: "no-such-page-signed-out", as: "nobody", at: "/no-such-page", status: 404, see: ["To the sign-in page"] },
  { name: "form-refused", at: "/", after: withoutProof, status: 403, see: ["This form is not one of ours"] },
  ...SERVERS,
  ...ACCOUNTS,
  ...CALLS,
  ...TOKENS,
  ...TRIED,
  ...CONSENTS,
];

// The address of a row in a world.
export const address = (row, world) => world.url + (typeof row.at === "function" ? row.at(world) : row.at);
