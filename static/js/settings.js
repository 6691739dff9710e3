// The settings stand beside the head of a workspace's page. When the head shows something else than they were
// told of, they ask for themselves again; not while somebody types in them.
(() => {
  "use strict";
  const settings = () => document.getElementById("settings");
  const status = () => document.querySelector(".workspace[data-status]")?.dataset.status;
  let seen = status(), stale = false;

  function look() {
    if (status() !== seen) {
      seen = status();
      stale = true;
    }
    mend();
  }
  function mend() {
    const it = settings();
    if (!stale || !it || it.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return;
    stale = false;
    htmx.trigger(it, "stale");
  }
  document.addEventListener("htmx:finally:request", ({detail: {ctx}}) => {
    const other = !ctx.sourceElement.closest?.("#settings, #undo") || ctx.sourceElement.id === "undo";
    if (ctx.request.method !== "GET" && other) stale = true;
    look();
  });
  document.addEventListener("portal:live", look);
  document.addEventListener("focusout", () => setTimeout(mend));
})();
