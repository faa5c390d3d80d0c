// All that must be true of a page in any state.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { open, MODES } from "./browser.mjs";
import { address } from "./states.mjs";
import { world } from "./worlds.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "content-type": "text/html; charset=utf-8",
};

mkdirSync(process.env.SCREENSHOTS, { recursive: true });

// Comes to a state, looks at it in these modes, and answers what is wrong in each.
export async function look(row, modes, { alter } = {}) {
  const there = await world(row.world ?? "used");
  const found = [];
  // A page is opened once and then shown in other ways, but for the way without a script.
  for (const script of [true, false]) {
    const ways = modes.filter((mode) => (MODES[mode].javaScriptEnabled !== false) === script);
    if (ways.length > 0) found.push(...(await visit(row, there, ways, alter)));
  }
  return found;
}

async function visit(row, there, modes, alter) {
  const page = await open(there, { as: row.as ?? "admin", mode: modes[0], alter });
  try {
    await page.goto(address(row, there), { waitUntil: "load" });
    if (row.after) {
      await row.after(page);
      await page.waitForLoadState("load");
    }
    const first = headers(page, row);
    const found = [];
    for (const mode of modes) {
      await show(page, mode);
      const complaints = [...(await seen(page, row)), ...(await shape(page))];
      if (mode !== "no-script") complaints.push(...(await axe(page)));
      // In the first mode nothing but loading has moved anything.
      if (mode === modes[0]) complaints.push(...(await moved(page)));
      if (mode.endsWith("wide") || mode.endsWith("narrow")) await picture(page, `${row.name}-${mode}`, alter);
      found.push([mode, [...first.splice(0), ...complaints, ...page.noted.splice(0)]]);
    }
    return found;
  } finally {
    await page.context().close();
  }
}

async function show(page, mode) {
  const { colorScheme = "light", forcedColors = "none", viewport } = MODES[mode];
  await page.emulateMedia({ colorScheme, forcedColors, reducedMotion: "reduce" });
  await page.setViewportSize(viewport);
}

async function picture(page, name, altered) {
  // A page that was broken on purpose is no picture of ours.
  if (altered) return;
  await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
}

async function seen(page, row) {
  const text = (await page.locator("body").innerText()).replace(/\s+/g, " ");
  return row.see.filter((words) => !text.includes(words.replace(/\s+/g, " "))).map((words) => `does not show: ${words}`);
}

function headers(page, row) {
  const answer = page.answer();
  const found = answer.headers();
  const complaints = Object.entries({ ...HEADERS, ...row.headers })
    .filter(([name, value]) => found[name] !== value)
    .map(([name]) => `header ${name}: ${found[name]}`);
  if (answer.status() !== (row.status ?? 200)) complaints.push(`status ${answer.status()}`);
  return complaints;
}

// What jumped while the page was loaded, as the field counts it.
async function moved(page) {
  const score = await page.evaluate(() => window.moved ?? 0);
  return score > 0.1 ? [`moved while loading: ${score}`] : [];
}

// What is measured in the page: language, title, room, size of text.
async function shape(page) {
  const found = await page.evaluate(() => {
    const small = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const size = parseFloat(getComputedStyle(element).fontSize);
      if (texts.currentNode.data.trim() && size < 12.5) small.add(`${element.localName} ${size}px`);
    }
    const { scrollWidth, clientWidth } = document.documentElement;
    return { lang: document.documentElement.lang, title: document.title, scrollWidth, clientWidth, small: [...small] };
  });
  const complaints = [];
  if (found.lang !== "en") complaints.push(`lang is ${found.lang}`);
  if (!/^\S.* · Drawbridge$/.test(found.title)) complaints.push(`title is ${found.title}`);
  if (found.scrollWidth > found.clientWidth) complaints.push(`scrolls sideways: ${found.scrollWidth} of ${found.clientWidth}`);
  if (found.small.length > 0) complaints.push(`small text: ${found.small}`);
  return complaints;
}

// Evaluated from outside, which the policy of the page does not touch.
async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, help, nodes }) => {
    const where = nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary.split("\n").slice(1).join(" ")}`);
    return `axe ${id}: ${help}\n${where.join("\n")}`;
  });
}

export const ALL_MODES = Object.keys(MODES);
