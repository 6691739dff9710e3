// The settings below a workspace's header. They are reloaded when the header shows another state than they do; a form
// that has the focus or was edited is kept. A deleted workspace has no settings.
(() => {
  "use strict";
  const RELOAD_DELAY_MS = 250; // several changes at once cause one reload, after the page has taken them in
  const settings = () => document.getElementById("settings");
  const header = () => document.querySelector(".workspace[data-status]")?.dataset ?? {};
  const headerState = () => `${header().status} ${header().etag}`;
  const isGone = () => header().status === "deleted" || document.documentElement.dataset.liveState === "ended";
  let shownState = headerState(), isStale = false, timer;
  let keptForms = false; // the last reload skipped forms that were in use

  // ---- forms in use
  function isEdited(field) {
    if (field.matches("select")) {
      const initial = Math.max([...field.options].findIndex(option => option.defaultSelected), 0);
      return field.selectedIndex !== initial;
    }
    return field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  }
  const isInUse = details => details.open && (details.querySelector("form")?.contains(document.activeElement)
    || [...details.querySelectorAll("input:not([type=hidden]), select, textarea")].some(isEdited));
  const forms = () => [...settings()?.querySelectorAll("details") ?? []];

  // ---- a form that was saved is closed; the focus moves from its button to the one that opens it
  document.addEventListener("htmx:after:swap", ({detail: {ctx}}) => {
    const fold = ctx.response?.status === 200 && ctx.sourceElement?.matches?.(".setting form") && ctx.target?.querySelector("details");
    if (!fold) return;
    const hadFocus = fold.contains(document.activeElement);
    for (const each of [fold, ...fold.querySelectorAll("details")]) each.open = false;
    if (hadFocus) fold.querySelector("summary").focus({preventScroll: true});
  });

  // ---- reloading
  function update() {
    if (isGone()) return settings()?.remove();
    if (headerState() !== shownState) {
      shownState = headerState();
      isStale = true;
    }
    reload();
  }
  function reload() {
    if (!isStale || !settings()) return;
    isStale = false;
    clearTimeout(timer);
    timer = setTimeout(() => settings() && htmx.trigger(settings(), "reload"), RELOAD_DELAY_MS);
  }
  document.addEventListener("htmx:before:swap", ({detail: {ctx}}) => {
    if (ctx.sourceElement !== settings()) return;
    keptForms = false;
    for (const details of forms()) {
      details.toggleAttribute("hx-morph-skip", Boolean(isInUse(details)));
      keptForms ||= details.hasAttribute("hx-morph-skip");
    }
  });
  // A form is kept during a reload only: the response to the form itself replaces it, with its errors.
  document.addEventListener("htmx:after:swap", ({detail: {ctx}}) => {
    if (ctx.sourceElement !== settings()) return;
    for (const details of forms()) details.removeAttribute("hx-morph-skip");
  });
  function reloadKeptForms() {
    if (!keptForms || forms().some(isInUse)) return;
    keptForms = false;
    isStale = true;
    reload();
  }
  document.addEventListener("htmx:finally:request", ({detail: {ctx}}) => {
    const isElsewhere = !ctx.sourceElement.closest?.("#settings, #undo") || ctx.sourceElement.id === "undo";
    if (ctx.request.method !== "GET" && isElsewhere) isStale = true;
    update();
  });
  // A tab that is swapped in shows the state of the header that comes with it.
  document.addEventListener("htmx:after:swap", ({detail: {ctx}}) => {
    if (ctx.sourceElement?.closest?.("#tabs")) shownState = headerState();
  });
  document.addEventListener("portal:stream-swapped", update);
  document.addEventListener("portal:stream-state", update);
  document.addEventListener("focusout", () => setTimeout(reloadKeptForms));
  document.addEventListener("toggle", reloadKeptForms, true);
})();
