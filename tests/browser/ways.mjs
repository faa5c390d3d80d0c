// The same without a script, by keyboard alone, and behind a proxy that has us under a path.

import { createServer, request } from "node:http";
import { ADMIN, start, stop } from "./program.mjs";
import { open } from "./browser.mjs";
import { press, signIn } from "./steps.mjs";
import { world } from "./worlds.mjs";
import { check, holds, same } from "./report.mjs";

export async function plain() {
  await check("without a script: a wrong token, the right one, a search, and out again", async () => {
    const used = await world("used");
    const page = await open(used, { mode: "no-script" });
    await page.goto(`${used.url}/?show=ending`);
    await signIn(page, "this-is-no-token");
    await page.getByText("This is no API token").waitFor();
    await signIn(page, ADMIN);
    same(page.url(), `${used.url}/?show=ending`, "the address");
    await page.getByLabel("Search by name, owner or account").fill("no such server");
    await press(page, "Search");
    await page.getByText("No MCP server fits this search").waitFor();
    await page.getByRole("link", { name: "Show all" }).click();
    await page.getByRole("link", { name: "Quarterly audit", exact: true }).waitFor();
    await page.getByLabel("Which MCP servers").selectOption("paused");
    await press(page, "Search");
    same(await page.locator("tbody tr").count(), 1, "paused servers");
    await press(page, "Sign out");
    await page.getByText("You are signed out").waitFor();
    await page.context().close();
    return page.noted;
  });
}

// Where the focus is, and whether one can see it.
export const focus = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    // A card, a chip and a tab show it on the label of a field that itself is not seen.
    const outlined = [element, ...(element.labels ?? [])].some((shown) => {
      const box = shown.getBoundingClientRect();
      const { opacity, outlineStyle, outlineWidth } = getComputedStyle(shown);
      const inside = opacity !== "0" && box.width > 1 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
      return inside && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    });
    const field = ["input", "select"].includes(element.localName);
    return {
      name: field ? element.name || element.id : element.textContent.trim(),
      value: element.value,
      tag: element.localName,
      visible: outlined,
    };
  });

// Presses Tab until something has the focus, and holds that every stop on the way can be seen.
export async function tabTo(page, name, most = 40) {
  for (let presses = 1; presses <= most; presses += 1) {
    await page.keyboard.press("Tab");
    const found = await focus(page);
    if (found.tag === "body") continue;
    holds(found.visible, `the focus on ${found.tag} "${found.name}" cannot be seen`);
    if (name instanceof RegExp ? name.test(found.name) : found.name === name) return presses;
  }
  throw new Error(`${name} is not reached within ${most} presses`);
}

export async function keyboard() {
  for (const mode of ["light-wide", "dark-narrow", "forced-colors"]) {
    await check(`by keyboard alone: in, over Home to its main button, and out again (${mode})`, async () => {
      const used = await world("used");
      const page = await open(used, { mode });
      await page.goto(`${used.url}/sign-in`);
      same((await focus(page)).name, "token", "what has the focus at first");
      await page.keyboard.type("this-is-no-token");
      await Promise.all([page.waitForEvent("domcontentloaded"), page.keyboard.press("Enter")]);
      await page.getByText("This is no API token").waitFor();
      same((await focus(page)).name, "token", "what has the focus after an error");
      await page.keyboard.type(ADMIN);
      await Promise.all([page.waitForEvent("domcontentloaded"), page.keyboard.press("Enter")]);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await tabTo(page, "Skip to the page", 1);
      await page.keyboard.press("Enter");
      holds((await tabTo(page, "Create MCP server", 3)) <= 2, "the skip link leads past the page");
      await tabTo(page, "Quarterly audit", 60);
      await page.goto(`${used.url}/`);
      await tabTo(page, "Sign out");
      await Promise.all([page.waitForEvent("domcontentloaded"), page.keyboard.press("Enter")]);
      await page.getByText("You are signed out").waitFor();
      await page.context().close();
      return page.noted;
    });
  }
}

// A proxy that has a program under a path, and whatever else is there is not ours.
async function underPath(path) {
  let inner = null;
  const strays = [];
  const proxy = createServer((asked, answer) => {
    if (!asked.url.startsWith(`${path}/`) && asked.url !== path) {
      strays.push(`${asked.method} ${asked.url}`);
      return answer.writeHead(418).end();
    }
    const options = { method: asked.method, headers: asked.headers };
    const outgoing = request(inner + (asked.url.slice(path.length) || "/"), options, (found) => {
      answer.writeHead(found.statusCode, found.rawHeaders);
      found.pipe(answer);
    });
    outgoing.on("error", () => answer.destroy());
    asked.pipe(outgoing);
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  const outside = `http://127.0.0.1:${proxy.address().port}${path}`;
  const program = await start(["--public-url", outside]);
  inner = program.inner;
  return { proxy, program, strays, url: outside, token: ADMIN };
}

export async function path() {
  await check("behind a path in public-url every link, form, file and cookie has it", async () => {
    const there = await underPath("/gate/way");
    const page = await open({ ...there, name: "path" });
    await page.goto(`${there.url}/?show=forever`);
    await signIn(page, ADMIN);
    same(page.url(), `${there.url}/?show=forever`, "the address after signing in");
    const found = await page.evaluate(() =>
      [...document.querySelectorAll("[href], [src], [action], [hx-get], [hx-post]")].flatMap((element) =>
        ["href", "src", "action", "hx-get", "hx-post"].map((name) => element.getAttribute(name)).filter(Boolean),
      ),
    );
    holds(found.length > 8, `only ${found.length} addresses in the page`);
    same(found.filter((address) => !/^(\/gate\/way\/|#|\?)/.test(address)), [], "addresses without the path");
    const cookies = await page.context().cookies();
    same(cookies.map((cookie) => cookie.path), cookies.map(() => "/gate/way"), "the paths of the cookies");
    await page.goto(`${there.url}/integrated-account`);
    same(new URL(page.url()).pathname, "/gate/way/accounts", "where an address of the admin API leads");
    await page.goto(`${there.url}/`);
    await press(page, "Sign out");
    same(page.url(), `${there.url}/sign-in?out=1`, "the address after signing out");
    await page.context().close();
    there.proxy.close();
    same(there.strays, [], "requests beside the path");
    return [...page.noted, ...(await stop(there.program))];
  });
}

