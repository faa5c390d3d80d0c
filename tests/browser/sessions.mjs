// Who is signed in, for how long, and who is not believed.

import { createServer } from "node:http";
import { ADMIN, api, ask, start, stop } from "./program.mjs";
import { open, ownAddress } from "./browser.mjs";
import { press, signIn } from "./steps.mjs";
import { world } from "./worlds.mjs";
import { check, holds, same, soon } from "./report.mjs";

const HTML = { accept: "text/html" };
const SAME = { "sec-fetch-site": "same-origin" };

// Signs in without a browser; answers the line of the cookie and its pair.
export async function enter(url, { token = ADMIN, next = "", base = "", host } = {}) {
  const headers = { ...HTML, ...ownAddress(), ...(host ? { host } : {}) };
  const asked = await ask(`${url}/sign-in`, { headers });
  const csrf = asked.text.match(/name="csrf" value="([^"]+)"/)[1];
  const cookie = asked.headers["set-cookie"][0].split(";")[0];
  const fields = { csrf, token, next };
  const answer = await ask(`${url}/sign-in`, { method: "POST", fields, headers: { ...headers, ...SAME, cookie } });
  const line = answer.headers["set-cookie"]?.[0] ?? "";
  return { answer, line, pair: line.split(";")[0], asked: asked.headers["set-cookie"][0], base };
}

export const isIn = async (url, cookie) => (await ask(`${url}/`, { headers: { ...HTML, cookie } })).status === 200;

const csrfOf = async (url, cookie) =>
  (await ask(`${url}/`, { headers: { ...HTML, cookie } })).text.match(/name="csrf" value="([^"]+)"/)[1];

const attributes = (line) => line.split("; ").slice(1).sort();

async function cookies() {
  await check("cookies are for http, this browser session and this site only", async () => {
    const { url } = await world("used");
    const { line, asked } = await enter(url);
    same(attributes(line), ["HttpOnly", "Path=/", "SameSite=Strict"], line);
    same(attributes(asked), ["HttpOnly", "Path=/", "SameSite=Strict"], asked);
    const page = await open(await world("used"));
    await page.goto(`${url}/sign-in`);
    await signIn(page, ADMIN);
    const [found] = (await page.context().cookies()).filter((cookie) => cookie.name === "drawbridge");
    const { httpOnly, sameSite, expires } = found;
    same({ httpOnly, sameSite, expires }, { httpOnly: true, sameSite: "Strict", expires: -1 });
    holds(!(await page.evaluate(() => document.cookie)), "a script can read a cookie");
    await page.context().close();
  });
  for (const [outside, name, path] of [
    ["https://gate.example.com", "__Host-drawbridge", "/"],
    ["https://gate.example.com/base", "__Secure-drawbridge", "/base"],
  ]) {
    await check(`cookies of ${outside} promise what they can`, async () => {
      const program = await start(["--no-sandbox", "--public-url", outside]);
      const host = "gate.example.com";
      const { line, pair, answer } = await enter(program.inner, { host });
      holds(pair.startsWith(`${name}=`), `the cookie is ${pair}`);
      same(attributes(line), ["HttpOnly", `Path=${path}`, "SameSite=Strict", "Secure"]);
      same(answer.headers.location, `${path === "/" ? "" : path}/`, "location");
      return stop(program);
    });
  }
}

async function ends() {
  await check("a session ends with its token", async () => {
    const { program, url } = await world("used");
    const token = await api(program, "POST", "/api-token", { name: "for a while", scope: "admin" });
    const page = await open(await world("used"));
    await page.goto(`${url}/sign-in`);
    await signIn(page, token.token);
    await page.getByRole("heading", { name: "Who can reach us right now" }).waitFor();
    await api(program, "DELETE", `/api-token/${token.id}`);
    await page.reload();
    same(new URL(page.url()).pathname, "/sign-in");
    await page.goBack();
    holds(!(await page.content()).includes("Quarterly audit"), "the page is still shown");
    await page.context().close();
    return page.noted;
  });
  await check("a form of a session that has ended changes nothing and says so", async () => {
    const { program, url } = await world("used");
    const token = await api(program, "POST", "/api-token", { name: "for a moment", scope: "admin" });
    const page = await open(await world("used"));
    await page.goto(`${url}/sign-in`);
    await signIn(page, token.token);
    await api(program, "DELETE", `/api-token/${token.id}`);
    await press(page, "Sign out");
    await page.getByText("Nothing was changed").waitFor();
    await page.context().close();
    return page.noted;
  });
  await check("signing out ends the session, and its cookie opens nothing more", async () => {
    const { url } = await world("used");
    const page = await open(await world("used"));
    await page.goto(`${url}/sign-in`);
    await signIn(page, ADMIN);
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const [kept] = (await page.context().cookies()).filter((cookie) => cookie.name === "drawbridge");
    const pair = `${kept.name}=${kept.value}`;
    holds(await isIn(url, pair), "the cookie was good");
    await press(page, "Sign out");
    await page.getByText("You are signed out").waitFor();
    holds(!(await isIn(url, pair)), "the cookie is still good");
    await page.goBack();
    holds(!(await page.content()).includes("Quarterly audit"), "the page is still shown");
    await page.context().close();
    return page.noted;
  });
}

async function forms() {
  const { url } = await world("used");
  const { pair: cookie } = await enter(url);
  const csrf = await csrfOf(url, cookie);
  const other = await csrfOf(url, (await enter(url)).pair);
  const refused = [
    ["without a CSRF token", {}, SAME],
    ["with an empty CSRF token", { csrf: "" }, SAME],
    ["with a wrong CSRF token", { csrf: `${csrf.slice(0, -1)}_` }, SAME],
    ["with the CSRF token of another session", { csrf: other }, SAME],
    ["from another site", { csrf }, { "sec-fetch-site": "cross-site" }],
    ["from a site beside ours", { csrf }, { "sec-fetch-site": "same-site" }],
    ["from a foreign origin", { csrf }, { origin: "http://127.0.0.1:1" }],
    ["from no origin", { csrf }, { origin: "null" }],
    ["with no word of where it comes from", { csrf }, {}],
  ];
  for (const [name, fields, headers] of refused) {
    await check(`a form ${name} is refused`, async () => {
      const answer = await ask(`${url}/sign-out`, { method: "POST", fields, headers: { ...HTML, ...headers, cookie } });
      same(answer.status, 403, "the status");
      // The origin `null` is refused at the door, before there is a page.
      if (headers.origin !== "null") holds(answer.text.includes("This form is not one of ours"), "the page does not say why");
      holds(await isIn(url, cookie), "it signed out all the same");
    });
  }
  await check("a form of ours is taken", async () => {
    const headers = { ...HTML, origin: new URL(url).origin, cookie };
    const answer = await ask(`${url}/sign-out`, { method: "POST", fields: { csrf }, headers });
    same([answer.status, answer.headers.location], [303, "/sign-out".replace("out", "in") + "?out=1"]);
    holds(!(await isIn(url, cookie)), "nobody was signed out");
  });
  await check("a page of others cannot send a form of ours, not even with its CSRF token", async () => {
    const { pair } = await enter(url);
    const form = `<form method=post action="${url}/sign-out"><input name=csrf value="${await csrfOf(url, pair)}"></form><script>document.forms[0].submit()</script>`;
    const foreign = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(form));
    await new Promise((done) => foreign.listen(0, "127.0.0.1", done));
    const page = await open(await world("used"));
    const [name, value] = pair.split("=");
    await page.context().addCookies([{ name, value, url, sameSite: "Strict", httpOnly: true }]);
    await page.goto(`http://127.0.0.1:${foreign.address().port}/`);
    await page.getByText("This form is not one of ours").waitFor();
    holds(await isIn(url, pair), "it signed out all the same");
    await page.context().close();
    foreign.close();
  });
}

async function ways() {
  const { url } = await world("used");
  const leads = async (next) => (await enter(url, { next })).answer.headers.location;
  await check("signing in leads on to where one was going", async () => {
    const page = await open(await world("used"));
    await page.goto(`${url}/?q=audit&show=ending`);
    await signIn(page, ADMIN);
    same(page.url(), `${url}/?q=audit&show=ending`, "the address");
    await page.context().close();
    return page.noted;
  });
  await check("signing in never leads elsewhere", async () => {
    const elsewhere = ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)", ".evil.example", "@evil.example"];
    for (const next of elsewhere) same(await leads(next), "/", next);
    const page = await open(await world("used"));
    await page.goto(`${url}/sign-in?next=${encodeURIComponent("//evil.example/")}`);
    await page.locator("input[name=next]").evaluate((field) => (field.value = "//evil.example/"));
    await signIn(page, ADMIN);
    same(page.url(), `${url}/`, "the address");
    await page.context().close();
    return page.noted;
  });
  await check("a bearer opens no page and a cookie no JSON", async () => {
    const page = await ask(`${url}/`, { headers: { ...HTML, authorization: `Bearer ${ADMIN}` } });
    same([page.status, page.headers.location], [303, "/sign-in?next=%2F"]);
    const { pair: cookie } = await enter(url);
    for (const path of ["/integrated-account", "/api-token", "/call-log", "/audit-log", "/integration"]) {
      same((await ask(url + path, { headers: { cookie } })).status, 401, path);
    }
    const json = { name: "by a cookie", scope: "admin" };
    same((await ask(`${url}/api-token`, { method: "POST", json, headers: { cookie, ...SAME } })).status, 401, "a change");
  });
  await check("wrong tokens are counted by address, and then the right one waits too", async () => {
    const headers = { ...HTML, ...SAME, ...ownAddress() };
    const asked = await ask(`${url}/sign-in`, { headers });
    const csrf = asked.text.match(/name="csrf" value="([^"]+)"/)[1];
    const cookie = asked.headers["set-cookie"][0].split(";")[0];
    const send = async (token) => (await ask(`${url}/sign-in`, { method: "POST", fields: { csrf, token }, headers: { ...headers, cookie } })).status;
    for (let n = 0; n < 10; n += 1) same(await send(`wrong-${n}`), 422, `attempt ${n}`);
    same(await send("wrong-10"), 429, "one too many");
    same(await send(ADMIN), 429, "the right one");
    same((await enter(url)).answer.status, 303, "somebody else");
  });
  await check("an address of the admin API leads a browser to its page, and a program to JSON", async () => {
    const { program, ironclad, server } = await world("used");
    for (const [path, page] of [
      ["/integrated-account", "/accounts"],
      [`/integrated-account/${ironclad}/mcp/${server}`, `/mcp-servers/${server}`],
      ["/integrated-account?limit=2", "/accounts?limit=2"],
      ["/call-log?status=ok", "/calls?status=ok"],
      ["/api-token", "/tokens"],
      ["/audit-log?action=token.create", "/audit?action=token.create"],
    ]) {
      const led = await open(await world("used"), { as: "admin" });
      const leads = led.waitForRequest(url + page);
      await led.goto(url + path);
      await leads;
      await led.context().close();
      await api(program, "GET", path);
    }
    const told = await ask(`${url}/`, { headers: { accept: "*/*" } });
    same([told.status, told.headers["content-type"]], [404, "application/problem+json"]);
    holds(told.text.includes("/openapi.json"), told.text);
  });
}

export async function sessions() {
  await cookies();
  await ends();
  await forms();
  await ways();
}

// Two programs over one database.
export async function nodes(shared) {
  const [one, other] = [await start([], shared), await start([], shared)];
  await check("a session is known to every node, and ends on every node with its token or by signing out", async () => {
    const token = await api(one, "POST", "/api-token", { name: "both nodes", scope: "admin" });
    const { pair } = await enter(one.url, { token: token.token });
    holds(await isIn(other.url, pair), "the other node does not know it");
    await api(one, "DELETE", `/api-token/${token.id}`);
    holds(await soon(1_000, async () => !(await isIn(other.url, pair))), "it goes on after the token");
    const { pair: left } = await enter(one.url);
    const csrf = await csrfOf(other.url, left);
    const answer = await ask(`${other.url}/sign-out`, { method: "POST", fields: { csrf }, headers: { ...SAME, cookie: left } });
    same(answer.status, 303, "a form from one node sent to the other");
    holds(!(await isIn(one.url, left)), "it goes on after signing out");
    return [...(await stop(other)), ...(await stop(one))];
  });
}
