// Somebody with a browser: clients hand over an address, and Debian's Chromium goes through the consent page and back to
// the client. What `opener` makes is a browser to clients, which answers at once, as a desktop does.

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';

const { chromium } = createRequire(join(process.env.BROWSER_PACKAGES, 'package.json'))('playwright-core');

/** Waits until somebody listens where the browser is to come back to: clients begin to after they have asked. */
async function listens({ hostname, port }) {
  for (let tries = 0; tries < 200; tries += 1) {
    const open = await new Promise((done) => {
      const socket = connect(Number(port), hostname, () => done(true)).on('error', () => done(false));
      socket.unref();
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`nobody listens at ${hostname}:${port}`);
}

export class Person {
  #visits = new Map();

  static async arrive(token) {
    const person = new Person();
    person.token = token;
    person.browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
    person.door = createServer(async (asked, answer) => {
      let address = '';
      for await (const piece of asked) address += piece;
      answer.writeHead(204).end();
      person.open(decodeURIComponent(asked.url.slice(1)), address).catch(() => {});
    });
    await new Promise((done) => person.door.listen(0, '127.0.0.1', done));
    return person;
  }

  /** A command in `folder` that opens addresses for a client of the MCP server at `url`. */
  opener(url, folder) {
    const path = join(folder, 'opener');
    const here = `http://127.0.0.1:${this.door.address().port}/${encodeURIComponent(url)}`;
    writeFileSync(path, `#!/bin/sh\nexec curl -sS --noproxy '*' --data-raw "$1" '${here}'\n`, { mode: 0o755 });
    return path;
  }

  async leave() {
    this.door.close();
    await this.browser.close();
  }

  /** Of the clients of an MCP server: what they are answered, how often they asked, what went wrong; `stuck` when a page
   * leads nowhere. */
  visits(url) {
    if (!this.#visits.has(url)) {
      const visit = { answer: 'Let it in', asked: 0, faults: [] };
      visit.stuck = new Promise((done) => (visit.stick = done));
      this.#visits.set(url, visit);
    }
    return this.#visits.get(url);
  }

  async open(url, address) {
    const visit = this.visits(url);
    visit.asked += 1;
    const back = new URL(new URL(address).searchParams.get('redirect_uri'));
    const context = await this.browser.newContext();
    try {
      await listens(back);
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const shown = await page.goto(String(address));
      if (!shown.ok()) return visit.stick((await page.locator('h1, h1 + p').allInnerTexts()).join(': '));
      const words = await page.locator('main').innerText();
      if (!words.includes('name not verified')) throw new Error(`this is not the page: ${words}`);
      await page.getByLabel('Your API token').fill(this.token);
      await page.getByRole('button', { name: visit.answer, exact: true }).click();
      await page.waitForURL((url) => url.origin === back.origin);
    } catch (error) {
      visit.faults.push(error.message);
      throw error;
    } finally {
      await context.close();
    }
  }
}
