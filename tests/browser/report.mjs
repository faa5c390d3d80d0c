// Lines of a test run.

let failed = 0;

// One check: it holds unless it throws, or answers complaints.
export async function check(name, work) {
  let complaints;
  try {
    complaints = (await work()) ?? [];
  } catch (error) {
    complaints = [error.stack ?? String(error)];
  }
  if (complaints.length === 0) {
    console.log(`ok ${name}`);
    return;
  }
  failed += 1;
  console.log(`not ok ${name}`);
  for (const complaint of complaints) console.log(`  ${String(complaint).split("\n").slice(0, 12).join("\n  ")}`);
}

export const failures = () => failed;

// Throws unless two values are alike in JSON.
export function same(found, wanted, about = "") {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${about} is ${one}, should be ${other}`);
}

export function holds(condition, words) {
  if (!condition) throw new Error(words);
}

// Runs work on every item, some at a time.
export async function each(items, atOnce, work) {
  const rest = [...items];
  const worker = async () => {
    while (rest.length > 0) await work(rest.shift());
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

// Asks until an answer is true, for a while.
export async function soon(milliseconds, ask) {
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    if (await ask()) return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return ask();
}
