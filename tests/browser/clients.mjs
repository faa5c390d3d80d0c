// Clients that ask to be let in to a server with sign-in, and a person who lets them in without a browser.

import { createHash, randomBytes } from "node:crypto";
import { ask } from "./program.mjs";

const VERIFIER = randomBytes(32).toString("base64url");
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");

// A client that has registered.
export async function applicant(program, name, redirect) {
  const answer = await ask(`${program.inner}/oauth/register`, { method: "POST", json: { client_name: name, redirect_uris: [redirect] } });
  if (answer.status !== 201) throw new Error(`nobody registers: ${answer.text}`);
  return { id: JSON.parse(answer.text).client_id, redirect };
}

// The path that a client leads a person to.
export function wayIn(program, url, { id, redirect }) {
  const asked = { response_type: "code", client_id: id, redirect_uri: redirect, state: "a state", code_challenge: CHALLENGE };
  return `/oauth/authorize?${new URLSearchParams({ ...asked, code_challenge_method: "S256", resource: url })}`;
}

const unescaped = (text) => text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));

// Lets a client in, which then gets its tokens.
export async function letIn(program, url, client, token) {
  const page = await ask(program.inner + wayIn(program, url, client));
  const cookie = page.headers["set-cookie"].map((line) => line.split(";")[0]).join("; ");
  const form = [...page.text.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, unescaped(value)]);
  const headers = { cookie, "sec-fetch-site": "same-origin" };
  const led = await ask(`${program.inner}/oauth/authorize`, { method: "POST", headers, fields: [...form, ["token", token]] });
  if (led.status !== 303) throw new Error(`nobody is let in: ${led.status} ${led.text}`);
  const code = new URL(led.headers.location).searchParams.get("code");
  const fields = { grant_type: "authorization_code", code, client_id: client.id, redirect_uri: client.redirect, code_verifier: VERIFIER };
  const answer = await ask(`${program.inner}/oauth/token`, { method: "POST", fields });
  if (answer.status !== 200) throw new Error(`nobody gets tokens: ${answer.text}`);
}
