// node main.mjs [PART …]       on SQLite, all or some of the parts
// node main.mjs postgres       on PostgreSQL, what a database could change

import { close, launch } from "./browser.mjs";
import { consent } from "./consent.mjs";
import { faults } from "./faults.mjs";
import { inertness } from "./inert.mjs";
import { ALL_MODES, look } from "./look.mjs";
import { database } from "./program.mjs";
import { check, each, failures } from "./report.mjs";
import { nodes, sessions } from "./sessions.mjs";
import { STATES } from "./states.mjs";
import { story } from "./story.mjs";
import { keyboard, path, plain } from "./ways.mjs";
import { endWorlds } from "./worlds.mjs";

const states = (modes) => async () => {
  const rows = STATES.filter((row) => row.name.startsWith(process.env.STATES ?? ""));
  await each(rows, 3, async (row) => {
    const wanted = modes.filter((mode) => !(row.script && mode === "no-script"));
    const found = new Map();
    // What ends the visit is said of every mode that was not come to.
    const ended = await look(row, wanted).then((all) => all.forEach(([mode, complaints]) => found.set(mode, complaints)), (error) => error);
    for (const mode of wanted) await check(`${row.name} (${mode})`, () => found.get(mode) ?? Promise.reject(ended));
  });
};

// In short: each state once as most see it, and once in all that differs from that.
const SHORT = process.env.SHORT === "1";
const PARTS = { states: states(SHORT ? ["light-wide", "dark-narrow"] : ALL_MODES), faults, sessions, inert: inertness, plain, keyboard, path, consent, story };
const OF_DATABASE = { sessions, nodes: () => nodes(database()) };
const POSTGRES = SHORT ? OF_DATABASE : { states: states(["light-wide"]), plain, story, ...OF_DATABASE };

const asked = process.argv.slice(2);
const [parts, names] = asked[0] === "postgres" ? [POSTGRES, Object.keys(POSTGRES)] : [PARTS, asked.length ? asked : Object.keys(PARTS)];
if (parts === PARTS) delete process.env.DRAWBRIDGE_TEST_POSTGRES;
const unknown = names.filter((name) => !parts[name]);
if (unknown.length > 0) throw new Error(`no part is called ${unknown}; there are ${Object.keys(parts)}`);

await launch();
for (const name of names) {
  const begun = Date.now();
  await parts[name]();
  console.log(`   ${name}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}
await check("every program ended as it should, without a panic", endWorlds);
await close();
process.exit(failures() > 0 ? 1 : 0);
