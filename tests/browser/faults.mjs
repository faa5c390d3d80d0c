// Pages that are broken on purpose on their way to the browser: every kind of check must notice.

import { look } from "./look.mjs";
import { STATES } from "./states.mjs";
import { each, check, holds } from "./report.mjs";

const page = (change) => ({ file: "/sign-in", change });
const script = (added) => ({ file: "/assets/pages.js", change: (text) => text + added });
const style = (added) => ({ file: "/assets/style.css", change: (text) => text + added });
const header = (name, value) => ({ file: "/sign-in", headers: { [name]: value } });

const FAULTS = [
  { name: "a field without a label", ...page((html) => html.replace('<label for="token">', "<label>")), notice: /axe label/ },
  { name: "a page without a language", ...page((html) => html.replace('lang="en"', "")), notice: /lang is/ },
  { name: "a page without a title", ...page((html) => html.replace(/<title>.*<\/title>/, "<title></title>")), notice: /title is/ },
  { name: "pale text", ...style(".hint { color: #b8b8b8 !important; }"), notice: /axe color-contrast/ },
  { name: "small text", ...style(".hint { font-size: 10px !important; }"), notice: /small text/ },
  { name: "a script in the page", ...page((html) => html.replace("</main>", "<script>let x</script></main>")), notice: /refused by the policy: script/ },
  { name: "a style in the page", ...page((html) => html.replace("<h1>", '<h1 style="color:red">')), notice: /refused by the policy: style/ },
  { name: "a picture of others", ...page((html) => html.replace("</h1>", '<img alt="" src="http://other.invalid/x.png"></h1>')), notice: /img-src|another origin/ },
  { name: "a request to others", ...page((html) => html.replace("</h1>", '<img alt="" src="http://other.invalid/x.png"></h1>')), headers: { "content-security-policy": "" }, notice: /another origin/ },
  { name: "a word on the console", ...script('console.info("here")'), notice: /console: here/ },
  { name: "a script that fails", ...script("; gone();"), notice: /script error/ },
  { name: "a dialog", ...script('; alert("here")'), notice: /dialog: here/ },
  { name: "a file that is missing", ...page((html) => html.replace("</h1>", '<img alt="" src="/assets/none.png"></h1>')), notice: /none.png answers 404/ },
  { name: "a wide page", ...style("h1 { width: 400px; }"), mode: "light-narrow", notice: /scrolls sideways/ },
  { name: "a page that moves", ...script('; addEventListener("load", () => setTimeout(() => document.querySelector("h1").style.setProperty("margin-top", "300px"), 100))'), mode: "light-narrow", notice: /moved while loading/ },
  { name: "a word that is missing", ...page((html) => html.replace("API token", "Token")), notice: /does not show: API token/ },
  { name: "another status", ...page((html) => html), status: 500, notice: /status 500/ },
  ...["content-security-policy", "cache-control", "x-content-type-options", "x-frame-options", "referrer-policy"].map((name) => ({
    name: `no ${name}`,
    ...header(name, "none"),
    notice: new RegExp(`header ${name}`),
  })),
];

// Names as they would be if a template did not escape them.
const UNESCAPED = {
  name: "names that are not escaped",
  file: "/",
  change: (html) => html.replaceAll("&#60;", "<").replaceAll("&#62;", ">").replaceAll("&#34;", '"').replaceAll("&#39;", "'"),
  state: "home-hostile-names",
  notice: /refused by the policy: script/,
};

const breaking = (fault) => async (route) => {
  const url = new URL(route.request().url());
  if (url.hostname === "other.invalid") return route.abort();
  if (url.pathname !== fault.file) return route.continue();
  const response = await route.fetch();
  const body = (fault.change ?? ((text) => text))(await response.text());
  await route.fulfill({ status: fault.status ?? response.status(), headers: { ...response.headers(), ...fault.headers }, body });
};

export async function faults() {
  await each([...FAULTS, UNESCAPED], 3, (fault) =>
    check(`notices ${fault.name}`, async () => {
      const row = STATES.find((row) => row.name === (fault.state ?? "sign-in"));
      const [[, complaints]] = await look(row, [fault.mode ?? "light-wide"], { alter: breaking(fault) });
      const noticed = complaints.some((complaint) => fault.notice.test(complaint));
      holds(noticed, `nobody noticed; only: ${complaints.join("; ")}`);
    }),
  );
}
