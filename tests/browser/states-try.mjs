// States of the page on which a tool is tried: its form, what is shown before it is sent, and what came of it.

import { follow, press, sendBeside, type } from "./steps.mjs";

const tool = (account, name, query = "") => (world) => `/accounts/${world[account]}/tools/${name}${query}`;
const users = tool("torii", "list_all_torii_users");
const contract = tool("torii", "create_a_torii_contract");
const launch = tool("ironclad", "create_a_ironclad_async_workflow");
const person = tool("torii", "update_a_torii_user_by_id", "?arg.id=100001&arg.lifecycleStatus=active");

const run = (page) => press(page, "Run");
const ask = (page) => press(page, "Show the request");
const asJson = (page) => press(page, "Write it as JSON");
const fill = (page) => press(page, "Fill in its form");

// What is folded but for the tree of an answer.
async function unfoldAll(page) {
  for (const summary of await page.locator("main section > details > summary, main form > details > summary").all()) await summary.click();
}

async function confirm(page) {
  await ask(page);
  await press(page, "Send it");
}

// The same form twice, as a second click would send it.
async function twice(page) {
  await ask(page);
  await page.locator("main form[method=post]").first().evaluate((form) => {
    const step = document.createElement("input");
    step.type = "hidden";
    step.name = "step";
    step.value = "send";
    form.append(step);
  });
  await sendBeside(page);
  await press(page, "Send it");
}

async function wrong(page) {
  await type(page, "arg.idApp", "seven");
  await type(page, "arg.amount", '{"cur": 1}');
  await ask(page);
}

async function wrongForm(page) {
  await fill(page);
  await type(page, "form.counterpartySignerEmail", "nobody");
  await ask(page);
}

async function brokenJson(page) {
  await asJson(page);
  await type(page, "arguments", "{");
  await run(page);
}

async function nextPage(page) {
  await page.locator("summary", { hasText: "more arguments" }).click();
  await type(page, "arg.limit", "5");
  await run(page);
  await press(page, "Next page");
}

export const TRIED = [
  { name: "try", at: tool("ironclad", "list_all_ironclad_workflows"), see: ["Try: List workflows", "It only reads", "more arguments", "Run", "Write it as JSON"], hostile: ["account", "token"] },
  { name: "try-more", world: "work", at: users, after: unfoldAll, see: ["next_cursor", "At most"] },
  { name: "try-result", world: "work", at: users, after: run, see: ["It worked.", "200 OK", "The answer", "result", "Once more"] },
  {
    name: "try-result-open",
    world: "work",
    at: users,
    after: async (page) => {
      await run(page);
      await unfoldAll(page);
    },
    see: ["As JSON", "With curl", "As a message of MCP", "tools/call"],
  },
  { name: "try-next-page", world: "work", at: users, after: nextPage, see: ["It worked.", "5 items"] },
  { name: "try-result-empty", world: "work", at: tool("torii", "list_all_torii_users", "?arg.email=nobody@nowhere.example"), after: run, see: ["It worked.", "[]"] },
  { name: "try-failed", world: "work", at: tool("torii", "get_single_torii_user_by_id", "?arg.id=1"), after: run, see: ["It failed: the vendor knows no such thing.", "not_found", "404"] },
  { name: "try-faults", world: "work", at: contract, after: wrong, status: 422, see: ["Nothing was sent: 4 arguments are missing or wrong.", "Fill this in.", "Expected a whole number.", "currency"] },
  { name: "try-json", world: "work", at: users, after: asJson, see: ["Arguments as JSON", "In short:", "Back to the fields"] },
  { name: "try-json-faults", world: "work", at: users, after: brokenJson, status: 422, see: ["This is not JSON", "Nothing was sent"] },

  { name: "try-write", at: contract, see: ["It changes something", "Fields of this account", "startDate", "Show the request"], hostile: ["token"] },
  { name: "try-write-shown", world: "work", at: person, after: ask, see: ["This will be sent to Torii", "PUT http://", "Bearer $TOKEN", "lifecycleStatus", "Send it", "Change it"] },
  {
    name: "try-write-curl",
    world: "work",
    at: person,
    after: async (page) => {
      await ask(page);
      await unfoldAll(page);
    },
    see: ["curl -X PUT", "--data-binary"],
  },
  { name: "try-write-sent", world: "work", at: person, after: confirm, see: ["It worked.", "200 OK"] },
  { name: "try-write-twice", world: "work", at: person, after: twice, status: 409, see: ["This was sent already", "Nothing was sent twice"] },
  { name: "try-remove", world: "work", at: tool("torii", "delete_a_torii_contract_by_id", "?arg.id=1"), see: ["It may remove or end something", "may not come back"] },
  { name: "try-remove-shown", world: "work", at: tool("torii", "delete_a_torii_contract_by_id", "?arg.id=1"), after: ask, see: ["What is gone may not come back.", "It has no body."] },

  { name: "try-template", at: launch, see: ["Which template?", "Non-Disclosure Agreement", "Fill in its form"], hostile: ["account"] },
  { name: "try-launch", world: "work", at: launch, after: fill, see: ["Launch form", "counterpartyName", "Choose another", "Beside the form"] },
  { name: "try-launch-faults", world: "work", at: launch, after: wrongForm, status: 422, see: ["Nothing was sent", "Fill this in", "mail address"] },
  { name: "try-template-gone", world: "work", at: tool("ironclad", "create_a_ironclad_async_workflow", "?template=gone"), see: ["The form of this template cannot be read", "attributes"] },

  { name: "try-dead-vendor", world: "work", at: tool("dead", "create_a_torii_contract"), see: ["The fields that this account defines itself are not known"] },
  // What came before may have left the host alone for a moment: then nothing is sent, which is as true.
  { name: "try-dead-vendor-called", world: "work", at: tool("dead", "list_all_torii_users"), after: run, see: ["It failed: ", "no answer"] },
  { name: "try-from-tools", world: "work", at: (world) => `/accounts/${world.torii}/tools?about=users`, after: (page) => follow(page, "list_all_torii_users"), see: ["Try: List users"] },
  { name: "try-no-such-tool", at: tool("torii", "list_all_torii_nothing"), status: 404, see: ["There is nothing here"] },
];
