// Running programs, and requests to them byte by byte.

import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, existsSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ADMIN = "program-admin-token-1234";
const running = new Set();

// A database of its own, which several programs may share if it is PostgreSQL.
export function database() {
  const admin = process.env.DRAWBRIDGE_TEST_POSTGRES;
  if (!admin) return null;
  const name = `browser_${randomBytes(6).toString("hex")}`;
  execFileSync("psql", ["-q", admin, "-c", `CREATE DATABASE ${name}`]);
  return { url: admin.replace(/[^/]*$/, name), key: randomBytes(32).toString("base64") };
}

// A port that is free at the moment; a program with a public URL does not tell where it listens.
async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

// Starts a program; callers are told apart by X-Forwarded-For, since wrong tokens are counted by address.
export async function start(flags = [], shared = database()) {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-"));
  const ready = join(folder, "ready.json");
  const listen = `127.0.0.1:${await freePort()}`;
  const settings = ["--listen", listen, "--ready-file", ready, "--admin-token", ADMIN, "--trusted-proxies", "127.0.0.1/32"];
  settings.push("--database-url", shared?.url ?? `sqlite://${join(folder, "drawbridge.db")}`);
  const env = { PATH: process.env.PATH, HOME: folder, RUST_LOG: "warn" };
  if (shared) env.DRAWBRIDGE_MASTER_KEY = shared.key;
  const program = watched(spawn(process.env.PROGRAM, [...settings, ...flags], { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] }), folder);
  await readied(program, ready);
  program.url = JSON.parse(readFileSync(ready)).url.replace(/\/$/, "");
  // What it listens on, whatever it is called from outside.
  program.inner = `http://${listen}`;
  return program;
}

// Starts only the sandbox tenants, as a vendor that accounts can point at; answers its host as `vendor`.
export async function startVendor() {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-"));
  const ready = join(folder, "ready.json");
  const env = { PATH: process.env.PATH, HOME: folder, RUST_LOG: "warn" };
  const settings = ["sandbox", "--listen", "127.0.0.1:0", "--ready-file", ready];
  const program = watched(spawn(process.env.PROGRAM, settings, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] }), folder);
  await readied(program, ready);
  program.vendor = readFileSync(ready, "utf8").match(/127\.0\.0\.1:\d+/)[0];
  return program;
}

function watched(child, folder) {
  const program = { child, folder, log: "" };
  child.stderr.on("data", (bytes) => (program.log += bytes));
  program.ended = new Promise((done) => child.once("exit", (code) => done(code)));
  running.add(program);
  return program;
}

async function readied(program, ready) {
  for (let tries = 0; !existsSync(ready); tries += 1) {
    if (tries > 600 || program.child.exitCode !== null) throw new Error(`the program does not start:\n${program.log}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

// Ends a program; answers what was wrong with its life.
export async function stop(program) {
  running.delete(program);
  program.child.kill("SIGTERM");
  const code = await program.ended;
  rmSync(program.folder, { recursive: true, force: true });
  const panicked = program.log.includes("panicked at");
  return code === 0 && !panicked ? [] : [`a program ended with ${code}:\n${program.log.slice(-2_000)}`];
}

process.on("exit", () => {
  for (const program of running) program.child.kill("SIGKILL");
});

// One request with exactly these headers; `fields` are sent as a form.
export function ask(url, { method = "GET", headers = {}, fields, json } = {}) {
  const body = fields ? new URLSearchParams(fields).toString() : json && JSON.stringify(json);
  const type = fields ? "application/x-www-form-urlencoded" : "application/json";
  const sent = { ...(body === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(body) }), ...headers };
  return new Promise((done, failed) => {
    const outgoing = request(url, { method, headers: sent }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part) => (text += part));
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, text }));
    });
    outgoing.on("error", failed);
    outgoing.end(body);
  });
}

// The admin API; throws when it refuses.
export async function api(program, method, path, json) {
  const answer = await ask(program.inner + path, { method, json, headers: { authorization: `Bearer ${ADMIN}` } });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.text ? JSON.parse(answer.text) : null;
}
