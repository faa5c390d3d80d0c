// Debian's Chromium, and pages of it that note whatever no page of ours may do.

import { chromium } from "playwright-core";
import { signIn } from "./steps.mjs";

const WIDE = { width: 1360, height: 900 };
const NARROW = { width: 320, height: 640 };

// In which ways a state is looked at; the first four leave a picture.
export const MODES = {
  "light-wide": { colorScheme: "light", viewport: WIDE },
  "dark-wide": { colorScheme: "dark", viewport: WIDE },
  "light-narrow": { colorScheme: "light", viewport: NARROW },
  "dark-narrow": { colorScheme: "dark", viewport: NARROW },
  "forced-colors": { forcedColors: "active", viewport: WIDE },
  "no-script": { javaScriptEnabled: false, viewport: WIDE },
};

let browser;
const sessions = new Map();
let addresses = 0;

export async function launch() {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
}

export const close = () => browser?.close();

// An address that nobody else calls from.
export const ownAddress = () => ({ "x-forwarded-for": `2001:db8:${(addresses += 1).toString(16)}::1` });

// The cookies of one who is signed in to a world.
async function session(world) {
  const key = world.url + world.token;
  if (!sessions.has(key)) sessions.set(key, signedInState(world));
  return sessions.get(key);
}

async function signedInState(world) {
  const context = await browser.newContext({ extraHTTPHeaders: ownAddress() });
  const page = await context.newPage();
  await page.goto(`${world.url}/sign-in`);
  await signIn(page, world.token);
  const state = await context.storageState();
  await context.close();
  if (state.cookies.every((cookie) => !cookie.name.endsWith("drawbridge"))) throw new Error("nobody is signed in");
  return state;
}

// Opens a page in a context of its own. `page.noted` fills with what may not be; `page.answer()` is
// the last answer to a navigation.
export async function open(world, { as = "nobody", mode = "light-wide", alter, timezoneId = "Europe/Berlin" } = {}) {
  const storageState = as === "admin" ? await session(world) : undefined;
  const context = await browser.newContext({ ...MODES[mode], reducedMotion: "reduce", storageState, timezoneId, extraHTTPHeaders: ownAddress() });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.world = world;
  page.noted = [];
  await listen(page);
  if (alter) await context.route("**/*", alter);
  return page;
}

async function listen(page) {
  const note = (words) => page.noted.push(words);
  const own = new URL(page.world.url).origin;
  let answer = null;
  const pages = new Set();
  page.answer = () => answer;
  page.on("console", (message) => {
    // Chromium says of every page with such a status that it has one; the states say which.
    const status = /^Failed to load resource: .* status of (4|5)\d\d/.test(message.text()) && pages.has(message.location().url);
    // A hint of the developer tools about one form with the fields of several kinds of credentials, of which one is shown.
    const hint = message.type() === "verbose" && message.text().includes("Multiple forms should be contained in their own form elements");
    if (!status && !hint) note(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => note(`script error: ${error.message}`));
  page.on("dialog", (dialog) => {
    note(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (request.isNavigationRequest()) pages.add(request.url());
    if (url.protocol !== "data:" && url.origin !== own) note(`request to another origin: ${url}`);
  });
  page.on("response", (response) => {
    const navigates = response.request().isNavigationRequest() && response.frame() === page.mainFrame();
    if (navigates && (response.status() < 300 || response.status() >= 400)) answer = response;
    if (!navigates && response.status() >= 400) note(`${response.url()} answers ${response.status()}`);
  });
  await page.exposeFunction("refused", (words) => note(`refused by the policy: ${words}`));
  await page.exposeFunction("struck", (words) => note(`struck: ${words}`));
  await page.addInitScript(() => {
    window.moved = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    addEventListener("securitypolicyviolation", (event) => {
      window.refused(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
}
