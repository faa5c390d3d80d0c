// What plain forms and links cannot do. Everything here only adds to a page that works without it.
"use strict";

document.documentElement.classList.add("scripted");

// The reader's time zone, for the words that the server finds for moments.
for (const field of document.querySelectorAll("input[data-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
}

// Copies what is in the field or the block that a button names, and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const text = "value" in source ? source.value : source.textContent;
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // Without the right to the clipboard: what is selected can be copied by hand.
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => (button.textContent = said), 2000);
});

// What refreshes itself waits while nobody sees it, and while somebody is in it: neither the focus
// nor a selection is taken away. What was unfolded stays so.
document.addEventListener("htmx:beforeRequest", (event) => {
  const live = event.target;
  if (!live.matches("[data-live]")) return;
  const selection = getSelection();
  const chosen = !selection.isCollapsed && live.contains(selection.anchorNode);
  if (document.hidden || chosen || live.contains(document.activeElement)) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const live = event.target;
  if (!live.matches("[data-live]")) return;
  const open = [...live.querySelectorAll("details[open]")].map((details) => details.id);
  const unfold = () => open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  document.addEventListener("htmx:afterSwap", unfold, { once: true });
});

// A form that is on its way is not sent again by a second click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  setTimeout(() => delete form.dataset.sent, 5000);
});
// A page that comes back from the browser's memory was not sent.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
