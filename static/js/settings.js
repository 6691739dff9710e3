// The settings stand beside the head of a workspace's page. When the head shows something else than they were
// told of, they ask for themselves again; a form in which somebody is, or has typed, is left as it is. Of what is gone
// there is nothing to set.
(() => {
  "use strict";
  const settings = () => document.getElementById("settings");
  const head = () => document.querySelector(".workspace[data-status]")?.dataset ?? {};
  const shown = () => `${head().status} ${head().seen}`;
  const gone = () => head().status === "deleted" || document.documentElement.dataset.liveState === "over";
  const REST = 250; // ms: what happens together is asked for once, and not while the page takes it in
  let seen = shown(), stale = false, left = false, timer;

  // ---- a form that is in use
  function touched(it) {
    if (it.matches("select")) {
      const first = Math.max([...it.options].findIndex(option => option.defaultSelected), 0);
      return it.selectedIndex !== first;
    }
    return it.matches("[type=checkbox], [type=radio]") ? it.checked !== it.defaultChecked : it.value !== it.defaultValue;
  }
  const used = it => it.open && (it.querySelector("form")?.contains(document.activeElement)
    || [...it.querySelectorAll("input:not([type=hidden]), select, textarea")].some(touched));
  const forms = () => [...settings()?.querySelectorAll("details") ?? []];

  function look() {
    if (gone()) return settings()?.remove();
    if (shown() !== seen) {
      seen = shown();
      stale = true;
    }
    mend();
  }
  function mend() {
    if (!stale || !settings()) return;
    stale = false;
    clearTimeout(timer);
    timer = setTimeout(() => settings() && htmx.trigger(settings(), "stale"), REST);
  }
  document.addEventListener("htmx:before:swap", ({detail: {ctx}}) => {
    if (ctx.sourceElement !== settings()) return;
    left = false;
    for (const it of forms()) {
      it.toggleAttribute("hx-morph-skip", Boolean(used(it)));
      left ||= it.hasAttribute("hx-morph-skip");
    }
  });
  function release() {
    if (!left || forms().some(used)) return;
    left = false;
    stale = true;
    mend();
  }
  document.addEventListener("htmx:finally:request", ({detail: {ctx}}) => {
    const other = !ctx.sourceElement.closest?.("#settings, #undo") || ctx.sourceElement.id === "undo";
    if (ctx.request.method !== "GET" && other) stale = true;
    look();
  });
  for (const name of ["portal:live", "portal:live-state"]) document.addEventListener(name, look);
  document.addEventListener("focusout", () => setTimeout(release));
  document.addEventListener("toggle", release, true);
})();
