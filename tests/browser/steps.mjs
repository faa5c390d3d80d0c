// What people do on pages, one step each.

// Signs in on the page that is open; answers when the next page is there.
export async function signIn(page, token) {
  await page.getByLabel("API token").fill(token);
  await press(page, "Sign in");
}

// Presses a button and waits for the page that it leads to.
export async function press(page, name) {
  const loaded = page.waitForEvent("domcontentloaded");
  await page.getByRole("button", { name, exact: true }).click();
  await loaded;
}

// Follows a link and waits for the page that it leads to.
export async function follow(page, name) {
  const loaded = page.waitForEvent("domcontentloaded");
  await page.getByRole("link", { name, exact: true }).first().click();
  await loaded;
}

// Chooses or leaves a chip or a card.
export const pick = (page, name, value) => page.locator(`label:has(input[name="${name}"][value="${value}"])`).click();

// Types into the field that is sent by a name.
export const type = (page, name, text) => page.locator(`[name="${name}"]`).fill(text);

// Makes choices on a form with a preview, and waits until the preview shows these words.
export async function choose(page, choices, words) {
  for (const [name, value] of choices) await pick(page, name, value);
  const button = page.getByRole("button", { name: "Preview" });
  if (await button.isVisible()) await press(page, "Preview");
  await page.locator("#preview").getByText(words).first().waitFor();
}

// Sends the form of the page as it is, beside the page; the page itself can then send it again.
export async function sendBeside(page) {
  const { action, body } = await page.locator("main form[method=post]").first().evaluate((form) => ({
    action: form.action,
    body: new URLSearchParams(new FormData(form)).toString(),
  }));
  const headers = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };
  return page.context().request.post(action, { data: body, headers });
}

// Lets the page be sent although the browser sees what is missing.
export const unguarded = (page) => page.locator("main form").evaluateAll((forms) => forms.forEach((form) => (form.noValidate = true)));
