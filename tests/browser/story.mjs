// From nothing to an agent at work in three minutes: somebody connects Torii, makes a URL that reads until Friday, and
// the official MCP client works with the URL that the page shows. With a script, without one, and by keyboard alone.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ADMIN, api, start, startVendor, stop } from "./program.mjs";
import { open } from "./browser.mjs";
import { check, holds, same, soon } from "./report.mjs";
import { follow, pick, press, sendBeside, type } from "./steps.mjs";
import { focus, tabTo } from "./ways.mjs";

const CREATE = "Create and show the URL";
// Stops on the way to the last button of a page with a box for each tool.
const FAR = 160;

const mouse = { follow, pick, press, type, copy: (page) => page.getByRole("button", { name: "Copy", exact: true }).first().click() };

// The same steps without a mouse. Tab goes round, so the order of the steps is free.
const keys = {
  press: (page, name) => enter(page, name),
  follow: (page, name) => enter(page, name),
  async type(page, name, text) {
    await tabTo(page, name, FAR);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
  },
  async pick(page, name, value) {
    await tabTo(page, name, FAR);
    for (let presses = 0; (await focus(page)).value !== value; presses += 1) {
      holds(presses < 12, `${value} is not reached by arrow keys`);
      await page.keyboard.press("ArrowDown");
    }
  },
  async copy(page) {
    await tabTo(page, "Copy");
    await page.keyboard.press("Enter");
  },
};

async function enter(page, name) {
  await tabTo(page, name, FAR);
  const loaded = page.waitForEvent("domcontentloaded");
  await page.keyboard.press("Enter");
  await loaded;
}

const WAYS = [
  { name: "with a script", mode: "light-wide", hand: mouse },
  { name: "without a script", mode: "no-script", hand: mouse },
  { name: "by keyboard alone", mode: "light-wide", hand: keys },
];

// A program without any account, and a vendor that it may call.
async function ground() {
  const vendor = await startVendor();
  const program = await start(["--no-sandbox", "--upstream-hosts", vendor.vendor]);
  return { name: "story", token: ADMIN, url: program.url, program, vendor, end: async () => [...(await stop(program)), ...(await stop(vendor))] };
}

async function connectTorii(page, hand, vendor) {
  await hand.follow(page, "Connect an account");
  await hand.follow(page, /^Torii/);
  await hand.type(page, "name", "Torii of Initech");
  await hand.type(page, "bearer.token", "sandbox-torii-token");
  await hand.pick(page, "place", "own");
  await hand.type(page, "base_url", `http://${vendor}`);
  await hand.press(page, "Connect account");
  await page.getByText("The account is stored. Test it").waitFor();
  await hand.press(page, "Test the connection");
  await page.getByText("The credentials work.").waitFor();
}

// Answers how many tools the page says that there will be.
async function createServer(page, hand) {
  await hand.follow(page, "MCP Servers");
  await hand.follow(page, "Create MCP server");
  await hand.type(page, "name", "Auditor");
  await hand.pick(page, "until", "friday");
  const figure = await page.locator("#preview .figure").innerText();
  await hand.press(page, CREATE);
  await page.getByRole("heading", { name: "“Auditor” is ready" }).waitFor();
  return Number.parseInt(figure, 10);
}

// The URL as somebody takes it from the page.
async function copied(page, hand, scripted) {
  const shown = await page.locator("#url").inputValue();
  if (!scripted) return shown;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await hand.copy(page);
  await page.getByRole("button", { name: "Copied" }).waitFor();
  same(await page.evaluate(() => navigator.clipboard.readText()), shown, "what was copied");
  return shown;
}

// Lists and calls as an agent does, with the official client.
async function work(url, promised) {
  const client = new Client({ name: "official-client", version: "2.5" });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const { tools } = await client.listTools();
  same(tools.length, promised, "how many tools there are");
  same(tools.filter((tool) => tool.annotations?.readOnlyHint !== true).map((tool) => tool.name), [], "tools that do not only read");
  const called = await client.callTool({ name: "list_all_torii_users", arguments: { limit: 2 } });
  holds(!called.isError, JSON.stringify(called));
  same(called.structuredContent.result.length, 2, "users that came back");
  const refused = await client.callTool({ name: "create_a_torii_workflow", arguments: {} }).then((result) => result.isError === true, () => true);
  holds(refused, "a tool that writes was called");
  await client.close();
}

// That the server ends on the next Friday at 18:00, by the clocks of a zone.
async function untilFriday({ program }, timeZone) {
  const [account] = (await api(program, "GET", "/integrated-account")).result;
  const servers = (await api(program, "GET", `/integrated-account/${account.id}/mcp`)).result;
  same(servers.map((server) => server.name), ["Auditor"], "the servers");
  const words = new Intl.DateTimeFormat("en-GB", { weekday: "long", hour: "2-digit", minute: "2-digit", timeZone });
  same(words.format(new Date(servers[0].expires_at)), "Friday 18:00", "when it ends");
  holds(new Date(servers[0].expires_at) - Date.now() < 7.2 * 86_400_000, "it ends on a later Friday");
}

// Goes back or forward, and answers what is shown then. Chromium refuses to show again the answer to a form that it may
// not keep, and says so on a page of its own.
async function turned(page, way) {
  await page[way]().catch((error) => holds(/ERR_CACHE_MISS/.test(error.message), error.message));
  let text = "";
  await soon(5_000, async () => (text = await page.content().catch(() => "")) !== "");
  holds(text !== "", "nothing is shown");
  return text;
}

async function told({ mode, hand }) {
  const there = await ground();
  const scripted = mode !== "no-script";
  const page = await open(there, { mode });
  await page.goto(`${there.url}/`);
  await hand.type(page, "token", ADMIN);
  await hand.press(page, "Sign in");
  await page.getByText("Nothing can reach you yet").waitFor();
  await connectTorii(page, hand, there.vendor.vendor);
  const promised = await createServer(page, hand);
  const url = await copied(page, hand, scripted);
  const secret = url.split("/").at(-1);
  await untilFriday(there, scripted ? "Europe/Berlin" : "UTC");
  await work(url, promised);

  // The box turns by itself, or there is a way to look.
  if (scripted) await page.getByText("official-client 2.5 is connected").waitFor();
  else await hand.follow(page, "Look on its page");
  if (scripted) await hand.follow(page, "I have stored it");
  // Who called is written a moment later, in batches; whoever looks at once looks again.
  const words = page.getByText("Last used by official-client");
  const named = await soon(10_000, async () => (await words.isVisible()) || (await page.reload(), words.isVisible()));
  holds(named, "the page of the server does not name the client");
  holds(!(await page.content()).includes(secret), "the page of the server shows the URL");
  holds(!(await turned(page, "goBack")).includes(secret), "going back shows the URL again");
  await page.goto(`${there.url}/`);
  const row = page.locator("tr", { hasText: "Auditor" });
  holds((await row.innerText()).includes("official-client"), `Home says: ${await row.innerText()}`);
  await page.context().close();
  return [...page.noted, ...(await there.end())];
}

// Signed in, with one account, on the page that creates a server.
async function atTheForm(there, mode) {
  const account = await api(there.program, "POST", "/integrated-account", {
    integration: "torii",
    name: "Torii",
    base_url: `http://${there.vendor.vendor}`,
    credentials: { type: "bearer", token: "sandbox-torii-token" },
  });
  const page = await open(there, { as: "admin", mode });
  await page.goto(`${there.url}/accounts/${account.id}/mcp/new`);
  await type(page, "name", "Once");
  const count = async () => (await api(there.program, "GET", `/integrated-account/${account.id}/mcp`)).result.length;
  return { page, count };
}

async function back(mode) {
  const there = await ground();
  const { page, count } = await atTheForm(there, mode);
  await press(page, CREATE);
  const url = await page.locator("#url").inputValue();
  const secret = url.split("/").at(-1);
  const form = await turned(page, "goBack");
  holds(form.includes("Create MCP server") && !form.includes(secret), "going back does not lead to the form, or shows the URL");
  holds(!(await turned(page, "goForward")).includes(secret), "going forward shows the URL again");
  same(await count(), 1, "servers");
  await page.context().close();
  return there.end();
}

async function twice(mode) {
  const there = await ground();
  const { page, count } = await atTheForm(there, mode);
  const [first] = await Promise.all([sendBeside(page), press(page, CREATE)]);
  const texts = [await first.text(), await page.content()];
  same(texts.filter((text) => text.includes("/mcp/") && text.includes('id="url"')).length, 1, "answers that show a URL");
  same(texts.filter((text) => text.includes("has its URL already")).length, 1, "answers that say it was done");
  same(await count(), 1, "servers");
  await page.reload();
  holds(!(await page.content()).includes('id="url"'), "loading again shows the URL");
  same(await count(), 1, "servers after loading again");
  await page.context().close();
  return [...page.noted, ...(await there.end())];
}

async function doubleClick(mode) {
  const there = await ground();
  const { page, count } = await atTheForm(there, mode);
  await page.getByRole("button", { name: CREATE }).dblclick();
  await page.getByRole("heading", { name: /“Once”/ }).waitFor();
  same(await count(), 1, "servers");
  await page.context().close();
  return [...page.noted, ...(await there.end())];
}

export async function story() {
  for (const way of WAYS) await check(`three minutes, ${way.name}: connected, created until Friday, copied, and an official client at work`, () => told(way));
  for (const [mode, words] of [["light-wide", "with a script"], ["no-script", "without a script"]]) {
    await check(`back after create does not show the URL again (${words})`, () => back(mode));
    await check(`a form that is sent twice makes one server and shows one URL (${words})`, () => twice(mode));
    await check(`a double click on the button makes one server (${words})`, () => doubleClick(mode));
  }
}
