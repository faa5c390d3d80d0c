// The way of a person who lets a client in: from a site of the client's to our page and back there, in a real browser.

import { createServer } from "node:http";
import { applicant, wayIn } from "./clients.mjs";
import { ADMIN, api } from "./program.mjs";
import { open } from "./browser.mjs";
import { press } from "./steps.mjs";
import { world } from "./worlds.mjs";
import { check, holds, same } from "./report.mjs";

// A client at another site than ours; `page` is the text of its first page. Where browsers come back to leads them on to
// another host, as an editor's site leads to the editor.
async function client(page) {
  const seen = [];
  const server = createServer((asked, answer) => {
    if (asked.url.startsWith("/cb")) seen.push({ query: new URLSearchParams(asked.url.split("?")[1]), referer: asked.headers.referer ?? "" });
    const { port } = server.address();
    const leads = asked.url.startsWith("/cb") ? [302, { location: `http://127.0.0.1:${port}/back` }] : [200, { "content-type": "text/html" }];
    answer.writeHead(...leads);
    answer.end(asked.url === "/" ? `<!doctype html><title>Client</title>${page()}` : "<!doctype html><title>Back</title>Back at the client");
  });
  await new Promise((done) => server.listen(0, done));
  const { port } = server.address();
  return { seen, url: `http://localhost:${port}`, last: `http://127.0.0.1:${port}`, close: () => server.close() };
}

async function guarded() {
  const used = await world("used");
  const body = { name: "Guarded", config: { methods: ["read"], auth: "oauth" } };
  return { used, url: (await api(used.program, "POST", `/integrated-account/${used.torii}/mcp`, body)).url };
}

const others = (page, site) => page.noted.filter((words) => ![site.url, site.last].some((origin) => words.startsWith(`request to another origin: ${origin}`)));

async function there(mode) {
  await check(`a person lets a client in, and another not (${mode})`, async () => {
    const { used, url } = await guarded();
    let asks = "";
    const site = await client(() => `<a href="${used.url}${asks}">Connect</a>`);
    const known = await applicant(used.program, "Claude", `${site.url}/cb`);
    asks = wayIn(used.program, url, known).replaceAll("&", "&amp;");
    const page = await open(used, { mode });
    for (const answer of ["Let it in", "No"]) {
      await page.goto(site.url);
      await page.getByRole("link", { name: "Connect" }).click();
      await page.getByLabel("Your API token").fill("this-is-no-token");
      await press(page, "Let it in");
      await page.getByText("This is no API token").waitFor();
      if (answer === "Let it in") await page.getByLabel("Your API token").fill(ADMIN);
      await press(page, answer);
      await page.getByText("Back at the client").waitFor();
    }
    const [yes, no] = site.seen;
    holds(yes.query.get("code")?.startsWith("dbo_"), "there is no code");
    same([no.query.get("code"), no.query.get("error")], [null, "access_denied"]);
    for (const { query, referer } of site.seen) {
      same([query.get("state"), query.get("iss")], ["a state", used.url]);
      holds(["", `${used.url}/`].includes(referer), `the client is told where the browser was: ${referer}`);
    }
    await page.context().close();
    site.close();
    return others(page, site);
  });
}

async function framed() {
  await check("the page that lets clients in is shown in no frame", async () => {
    const { used, url } = await guarded();
    let asks = "";
    const site = await client(() => `<iframe src="${used.url}${asks}"></iframe>`);
    asks = wayIn(used.program, url, await applicant(used.program, "Claude", `${site.url}/cb`)).replaceAll("&", "&amp;");
    const page = await open(used);
    await page.goto(site.url, { waitUntil: "networkidle" });
    const frame = page.frames()[1];
    holds(frame.url().startsWith("chrome-error:"), `the frame shows ${frame.url()}`);
    same(await frame.locator("input").count(), 0, "fields in the frame");
    await page.context().close();
    site.close();
  });
}

export async function consent() {
  await there("light-wide");
  await there("no-script");
  await framed();
}
