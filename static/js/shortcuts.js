// The keyboard shortcuts and the palette. portal.js loads this module with the first key that is one.
const query = (selector, parent = document) => parent.querySelector(selector);
const DELAY_MS = 120;
let dialog, input, list, status, pending, timer;

// `typed`: what came after Ctrl-K before this file did.
export function press(key, isCommand, typed) {
  if (isCommand) return openPalette({typed});
  if (dialog?.open) return;
  switch (key) {
    case "/": return focusSearch();
    case "?": return openPalette({showsShortcuts: true});
    case "j": return moveInList(1);
    case "k": return moveInList(-1);
    case "s": return query(".btn-star", currentWorkspace())?.click();
  }
}

// The row that has the focus, or the workspace of the page; without one a template, which has no button.
const currentWorkspace = () =>
  document.activeElement.closest("tr[data-status]") ?? query(".workspace[data-status]") ?? document.createElement("template");

function focusSearch() {
  const field = query("#q");
  if (!field) return openPalette();
  field.focus();
  field.select();
}

function moveInList(step) {
  const names = [...document.querySelectorAll("tr[data-status] a.name")];
  const at = names.findIndex(name => name.closest("tr").contains(document.activeElement));
  names[at < 0 ? (step > 0 ? 0 : names.length - 1) : Math.min(Math.max(at + step, 0), names.length - 1)]?.focus();
}

function openPalette({showsShortcuts = false, typed = ""} = {}) {
  if (dialog?.open) return dialog.close();
  if (!dialog) makeDialog();
  input.value = typed;
  list.replaceChildren();
  dialog.showModal();
  search(showsShortcuts);
}

function makeDialog() {
  const {textPalette} = document.documentElement.dataset;
  dialog = Object.assign(document.createElement("dialog"), {className: "palette", ariaLabel: textPalette});
  dialog.setAttribute("closedby", "any");
  input = Object.assign(document.createElement("input"),
    {type: "text", placeholder: textPalette, ariaLabel: textPalette, autocomplete: "off", spellcheck: false, maxLength: 100});
  list = document.createElement("div");
  status = Object.assign(document.createElement("p"), {className: "visually-hidden", role: "status"});
  dialog.append(input, list, status);
  document.body.append(dialog);
  input.addEventListener("input", () => { hideOthers(); clearTimeout(timer); timer = setTimeout(() => search(), DELAY_MS); });
  dialog.addEventListener("keydown", moveOrActivate);
  dialog.addEventListener("click", ({target}) => { if (target.closest("a, button")) dialog.close(); });
  dialog.addEventListener("close", () => { clearTimeout(timer); pending?.abort(); });
}

// What is shown already answers at once; what Coder finds follows.
function hideOthers() {
  const words = input.value.toLowerCase().split(/\s+/);
  for (const item of list.querySelectorAll("li")) item.hidden = !words.every(word => item.textContent.toLowerCase().includes(word));
}

async function search(showsShortcuts = false) {
  pending?.abort();
  pending = new AbortController();
  const url = `${document.documentElement.dataset.palette}?${new URLSearchParams({q: input.value.trim()})}`;
  try {
    const response = await fetch(url, {signal: pending.signal, headers: {"HX-Request": "true", "HX-Request-Type": "partial"}});
    if (response.status === 401) document.dispatchEvent(new Event("portal:signed-out"));
    const html = await response.text();
    if (!response.ok) return showError("textFailed");
    const had = query("details", list)?.open, focused = list.contains(document.activeElement);
    list.innerHTML = html;
    query("details", list).open = had || showsShortcuts;
    status.textContent = query("ul", list).dataset.count;
    if (focused) input.focus();
  } catch (error) {
    if (error.name !== "AbortError") showError("textUnreachable");
  }
}

// The texts are those of the page's own messages, which the dialog covers.
function showError(name) {
  const textContent = query("#messages").dataset[name];
  list.replaceChildren(Object.assign(document.createElement("p"), {className: "reason", textContent}));
  status.textContent = textContent;
}

const entries = () => [...list.querySelectorAll("li:not([hidden]) :is(a, button)")];

function moveOrActivate(event) {
  const found = entries(), at = found.indexOf(document.activeElement);
  const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (step) {
    event.preventDefault();
    const next = at + step;
    (next < 0 ? input : found[Math.min(next, found.length - 1)])?.focus();
  } else if (event.key === "Enter" && document.activeElement === input) {
    event.preventDefault();
    found[0]?.click();
  } else if (at >= 0 && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
    input.focus(); // typing goes on in the field
  }
}
