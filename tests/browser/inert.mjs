// What others have written is text: stored in every name, or reflected from an address or a field.

import { open } from "./browser.mjs";
import { HOSTILE, world } from "./worlds.mjs";
import { STATES, address } from "./states.mjs";
import { check, each, holds, same } from "./report.mjs";

const PAYLOADS = [
  `<script>struck("script")</script>`,
  `"><img src=x onerror=struck("img")>`,
  `' autofocus onfocus='struck("focus")' x='`,
  `</title></textarea></style><svg onload=struck("svg")>`,
  `javascript:struck("url")`,
  `<b hx-get="/sign-in" hx-trigger="load" hx-on::load="struck(1)">`,
  `<meta http-equiv="refresh" content="0;url=//other.invalid">`,
  `{{7*7}}\${7*7}<%= 7*7 %>`,
];

// That nothing of a payload became an element, and nothing was noted.
async function inert(page) {
  const made = await page.evaluate(() => document.querySelectorAll('img[src="x"], svg[onload], iframe, b[hx-get], meta[http-equiv], [onfocus], [onmouseover]').length);
  same(made, 0, "elements made of text");
  same(page.noted, [], "what was noted");
}

async function stored() {
  const rows = STATES.filter((row) => (row.world ?? "used") === "used" && (row.as ?? "admin") === "admin" && !row.after);
  const hostile = await world("hostile");
  await each(rows, 3, (row) =>
    check(`hostile names are text on ${row.name}`, async () => {
      const page = await open(hostile, { as: "admin" });
      await page.goto(address(row, hostile), { waitUntil: "networkidle" });
      const text = await page.locator("body").innerText();
      for (const kind of row.hostile ?? []) holds(text.includes(HOSTILE[kind]), `${kind} is not shown as it is: ${HOSTILE[kind]}`);
      await inert(page);
      await page.context().close();
    }),
  );
}

async function reflected() {
  const used = await world("used");
  await each(PAYLOADS, 3, (payload) =>
    check(`what an address or a field brings is text: ${payload}`, async () => {
      const page = await open(used, { as: "admin" });
      const text = encodeURIComponent(payload);
      await page.goto(`${used.url}/?q=${text}&show=${text}&next_cursor=${text}`, { waitUntil: "networkidle" });
      same(await page.getByRole("searchbox").inputValue(), payload, "the field");
      await inert(page);
      await page.goto(`${used.url}/no-such/${text}?x=${text}`);
      await inert(page);
      await page.context().close();

      const nobody = await open(used);
      await nobody.goto(`${used.url}/sign-in?next=${text}&ended=${text}`);
      await inert(nobody);
      await nobody.goto(`${used.url}/sign-in?next=${encodeURIComponent(`/${payload}`)}`);
      await inert(nobody);
      await nobody.getByLabel("API token").fill(`${payload}typed-token`);
      await nobody.getByLabel("API token").press("Enter");
      await nobody.getByText("This is no API token").waitFor();
      holds(!(await nobody.content()).includes("typed-token"), "a token that was typed came back");
      await inert(nobody);
      await nobody.context().close();
    }),
  );
}

export async function inertness() {
  await stored();
  await reflected();
}
