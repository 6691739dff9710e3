// The agents of a workspace: reloading what no stream carries, the end of each agent's log.
(() => {
  "use strict";
  // ---- ports and SSH: no stream carries them, so they are reloaded after each refresh and each change of the sharing,
  // and on a live page when the status of an agent changes, and every half minute while the page is visible
  const RELOAD_MS = 30_000;
  const loader = () => document.getElementById("agents_more");
  const agentStates = () => [...document.querySelectorAll(".agent .agent-header .status-badge")].map(status => status.textContent.trim()).join();
  let knownStates, reloadedAt = performance.now();

  document.addEventListener("htmx:finally:request", ({detail: {ctx}}) => {
    const isSharing = ctx.request.method !== "GET" && ctx.sourceElement.closest?.(".ports, .port-sharing");
    const isRefresh = ctx.refresh && ctx.response?.status < 400;
    if (loader() && (isRefresh || isSharing)) htmx.trigger(loader(), "reload");
    if (isRefresh) openLogs().forEach(log => htmx.trigger(log, "reload"));
  });
  function reload() {
    reloadedAt = performance.now();
    if (loader()) htmx.trigger(loader(), "reload");
  }
  document.addEventListener("portal:stream-swapped", () => {
    if (agentStates() === (knownStates ??= agentStates())) return;
    knownStates = agentStates();
    reload();
  });
  document.addEventListener("DOMContentLoaded", () => { knownStates = agentStates(); });
  setInterval(() => {
    const isLive = document.documentElement.dataset.liveState === "live" && document.visibilityState === "visible";
    if (isLive && performance.now() - reloadedAt >= RELOAD_MS) reload();
  }, 1000);

  // ---- the end of an agent's log: loaded when somebody opens it, or by itself after a failed startup; it stays
  // scrolled to its end unless somebody scrolled up
  const END_PX = 40; // from the end: still at the end
  const openLogs = () => document.querySelectorAll(".agent-log[open] .log-tail");
  const autoOpened = new Set(), scrolledUp = new WeakSet();
  function load(details) {
    const log = details.querySelector(".log-tail");
    if (!log.matches(".htmx-request")) htmx.trigger(log, "reload");
  }
  document.addEventListener("toggle", ({target}) => {
    if (!target.matches(".agent-log")) return;
    if (target.open) load(target);
    document.dispatchEvent(new Event("portal:agent-log-toggled"));
  }, true);
  document.addEventListener("htmx:before:swap", () => openLogs().forEach(log => {
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < END_PX;
    scrolledUp[isAtEnd ? "delete" : "add"](log);
  }));
  function updateLogs() {
    openLogs().forEach(log => { if (!scrolledUp.has(log)) log.scrollTop = log.scrollHeight; });
    for (const details of document.querySelectorAll(".agent-log[data-auto-open]")) {
      if (autoOpened.has(details.dataset.agent)) continue;
      autoOpened.add(details.dataset.agent);
      if (details.open) load(details); // the page came with it open
      else details.open = true;
    }
  }
  document.addEventListener("htmx:after:swap", updateLogs);
  document.addEventListener("DOMContentLoaded", updateLogs);
})();
