// States of the page that lets clients in, and of the list of those that were.

import { press } from "./steps.mjs";

const leads = (to) => ({
  "content-security-policy":
    `default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'${to}; frame-ancestors 'none'; base-uri 'none'`,
  "referrer-policy": "strict-origin",
});

async function wrong(page) {
  await page.getByLabel("Your API token").fill("this-is-no-token");
  await press(page, "Let it in");
}

const ASKED = ["Licence desk", "name not verified", "Until when", "Reads", "Your API token", "Let it in"];

export const CONSENTS = [
  {
    name: "consent",
    as: "nobody",
    at: (world) => world.consent,
    see: ["Let Claude use “Licence desk”?", "client.example", "What it may do", "Writes", "Deletes", ...ASKED],
    headers: leads(" https://client.example"),
  },
  {
    name: "consent-loopback",
    as: "nobody",
    at: (world) => world.loopback,
    see: ["mcp-remote", "127.0.0.1:33418: a program on this computer", ...ASKED],
    headers: leads(" http://127.0.0.1:33418"),
  },
  {
    name: "consent-hostile",
    world: "hostile",
    as: "nobody",
    at: (world) => world.consent,
    see: [`Claude <img src=x onerror="struck('applicant')">`, `Server </a></td><script>struck('server')</script>`, "name not verified"],
    headers: leads(" https://client.example"),
  },
  {
    name: "consent-wrong-token",
    as: "nobody",
    at: (world) => world.consent,
    after: wrong,
    status: 422,
    see: ["This is no API token of this program", ...ASKED],
    headers: leads(" https://client.example"),
  },
  { name: "consent-unknown-client", as: "nobody", at: (world) => world.unknown, status: 400, see: ["The client is not known here"], headers: leads("") },
  { name: "consent-server-gone", as: "nobody", at: (world) => world.gone, status: 404, see: ["There is no such MCP server"], headers: leads("") },
  {
    name: "server-clients",
    at: (world) => `/mcp-servers/${world.guarded}`,
    see: ["Clients that were let in", "Claude", "at claude.ai, let in by Dana Whitfield", "name not verified", "a client without a name", "Shut out"],
    hostile: ["server"],
  },
];
