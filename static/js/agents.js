// The agents of a workspace: what Coder must be asked for is asked again with each refresh of the page and after
// each change; an app that wants a small window gets one; a line is copied.
(() => {
  "use strict";
  const loader = () => document.getElementById("agents_more");

  document.addEventListener("htmx:finally:request", ({detail: {ctx}}) => {
    const shares = ctx.request.method !== "GET" && ctx.sourceElement.closest?.(".ports, .sharing");
    if (loader() && ((ctx.refresh && ctx.response?.status < 400) || shares)) htmx.trigger(loader(), "fresh");
    if (ctx.refresh && ctx.response?.status < 400) logs().forEach(it => htmx.trigger(it, "fresh"));
  });

  // A live page does not refresh itself: what no stream tells (which ports listen, how SSH names it) is asked again
  // when the state of an agent is another one, and once in a while as long as the page is seen.
  const AGAIN = 30_000; // ms
  const states = () => [...document.querySelectorAll(".agent .agent-head .mark")].map(it => it.textContent.trim()).join();
  let seen, asked = Date.now();
  const again = () => {
    asked = Date.now();
    if (loader()) htmx.trigger(loader(), "fresh");
  };
  document.addEventListener("portal:live", () => {
    if (states() === (seen ??= states())) return;
    seen = states();
    again();
  });
  document.addEventListener("DOMContentLoaded", () => { seen = states(); });
  setInterval(() => {
    const live = document.documentElement.dataset.liveState === "live" && document.visibilityState === "visible";
    if (live && Date.now() - asked >= AGAIN) again();
  }, 1000);

  // The end of an agent's log, where somebody opens it, or by itself where its startup went wrong. It stays at its
  // end unless one has scrolled up.
  const END = 40; // px
  const logs = () => document.querySelectorAll(".agent-log[open] .tail");
  const told = new Set(), away = new WeakSet();
  document.addEventListener("toggle", ({target}) => {
    if (!target.matches(".agent-log")) return;
    if (target.open) htmx.trigger(target.querySelector(".tail"), "fresh");
    document.dispatchEvent(new Event("portal:looks-at"));
  }, true);
  document.addEventListener("htmx:before:swap", () => logs().forEach(it =>
    away[it.scrollHeight - it.scrollTop - it.clientHeight < END ? "delete" : "add"](it)));
  function openTroubled() {
    logs().forEach(it => { if (!away.has(it)) it.scrollTop = it.scrollHeight; });
    for (const it of document.querySelectorAll(".agent-log[data-opens]")) {
      if (told.has(it.dataset.agent)) continue;
      told.add(it.dataset.agent);
      it.open = true;
    }
  }
  document.addEventListener("htmx:after:swap", openTroubled);
  document.addEventListener("DOMContentLoaded", openTroubled);

  document.addEventListener("click", event => {
    const link = event.target.closest?.("a[data-window]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      window.open(link.href, "_blank", "noopener,width=900,height=600");
    }
    const button = event.target.closest?.("[data-copy]");
    if (button) copy(button);
  });

  // Where the browser gives no access to the clipboard (plain http), the line is selected, ready for Ctrl-C.
  function copy(button) {
    const line = document.getElementById(button.dataset.copy);
    getSelection().selectAllChildren(line);
    navigator.clipboard?.writeText(line.textContent).then(() => {
      document.getElementById("said").textContent = button.dataset.copied;
      button.classList.add("done");
    }, () => {});
  }
})();
