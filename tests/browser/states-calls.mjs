// States of the pages about calls.

import { holds } from "./report.mjs";
import { follow } from "./steps.mjs";

const tab = (query = "") => (world) => `/accounts/${world.ironclad}/calls${query}`;
const numbers = async (page) => {
  for (const summary of await page.locator("summary").all()) await summary.click();
};

// Whoever looks at the numbers while the page refreshes itself goes on looking at them.
async function refreshed(page) {
  await page.locator("#numbers-hours summary").click();
  await page.locator("#tool").focus();
  await page.world.callTool("list_all_ironclad_workflows");
  const before = await page.locator("#lead").innerText();
  await page.waitForFunction((text) => document.getElementById("lead").innerText !== text, before);
  holds(await page.locator("#numbers-hours").evaluate((details) => details.open), "what was unfolded was folded");
  holds(await page.locator("#tool").evaluate((field) => field === document.activeElement), "the focus was moved");
  holds((await page.evaluate(() => window.moved)) < 0.02, "something jumped");
}

// Nobody is disturbed who is in what would be refreshed, nor is anything asked for.
async function focused(page) {
  await page.locator("#numbers-hours summary").focus();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.waitForTimeout(4_500);
  holds(asked.length === 0, `asked for ${asked}`);
  holds(await page.locator("#numbers-hours summary").evaluate((one) => one === document.activeElement), "the focus was moved");
}

export const CALLS = [
  {
    name: "calls",
    at: "/calls",
    see: ["in the last 7 days", "failed", "How long calls took", "Calls by tool", "Failed calls by kind", "Rate limits", "list_all_ironclad_workflows", "claude-code 1.0", "CSV", "Next"],
    hostile: ["account", "server", "client", "token"],
  },
  { name: "calls-none", world: "empty", at: "/calls", see: ["No call in the last 7 days.", "Give an agent the URL of an MCP server", "See the MCP servers"] },
  { name: "calls-filtered", at: "/calls?tool=list_all_ironclad_workflows&status=ok&period=today", see: ["today with the status “OK”", "Show all"], hostile: ["account", "token"] },
  { name: "calls-filtered-with-nothing", at: "/calls?tool=create_a_torii_app", see: ["No call in the last 7 days.", "No call fits these filters.", "Show all"] },
  { name: "calls-of-a-client", at: "/calls?client=claude-code", see: ["The calls of one client in the last 7 days", "but not by client"] },
  { name: "calls-from-until", at: "/calls?since=2026-01-01T12:30&until=2026-01-01T13:00", see: ["from 1 January 2026, 12:30 until 1 January 2026, 13:00", "From", "Until", "Counted by whole hours"] },
  {
    name: "calls-faults",
    at: "/calls?account=nobody&tool=list_all&status=fine&since=yesterday&colour=red",
    status: 422,
    see: ["There is no filter “colour”", "is no id or name of an account", "is no tool", "is no status", "must be a date"],
  },
  { name: "calls-numbers", at: "/calls?live=0", after: numbers, see: ["Half took", "at most", "Kind", "Endpoint", "Not refreshed."] },
  { name: "calls-second-page", at: "/calls", after: (page) => follow(page, "Next"), see: ["To the first"] },
  { name: "calls-refreshed", at: "/calls", after: refreshed, script: true, see: ["Refreshed every 2 seconds."] },
  { name: "calls-in-use", at: "/calls?tool=list_all_ironclad_users", after: focused, script: true, see: ["Refreshed every 2 seconds."] },
  { name: "account-calls", at: tab(), see: ["Overview", "Calls by tool", "in the last 7 days", "Quarterly audit"], hostile: ["account", "server", "client", "token"] },
  { name: "account-calls-none", at: (world) => `/accounts/${world.torii}/calls?period=hour`, see: ["No call since", "No call in this period."] },
  { name: "server-calls", at: (world) => `/mcp-servers/${world.server}`, see: ["Last calls", "All its calls", "list_all_ironclad_workflows"], hostile: ["server", "client"] },
  { name: "calls-no-file", at: "/calls.csv?tool=nothing", status: 422, see: ["There is no file of these calls", "is no tool"] },
];
