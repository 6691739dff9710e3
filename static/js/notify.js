// A word of the browser's when a build has ended that somebody does not see: the tab is hidden, and they allowed it.
// A hidden tab has no stream; while something is under way it asks now and then.
(() => {
  "use strict";
  const EVERY = 10_000; // ms
  const MOVING = "[data-status$=ing]:not([data-status=running])";
  const button = document.getElementById("notify");
  const hidden = () => document.visibilityState !== "visible";
  const may = () => window.Notification?.permission === "granted";
  let timer;

  if (button && window.Notification && isSecureContext) button.hidden = Notification.permission !== "default";
  button?.addEventListener("click", async () => {
    const answer = await Notification.requestPermission();
    document.getElementById("said").textContent = answer === "granted" ? button.dataset.done : button.dataset.refused;
    button.hidden = answer !== "default";
    if (button.hidden) document.querySelector("[popovertarget=account]").focus();
  });

  function ask() {
    clearInterval(timer);
    if (!hidden() || !may() || !document.querySelector(MOVING)) return;
    timer = setInterval(() => document.dispatchEvent(new Event("portal:refresh")), EVERY);
  }
  document.addEventListener("visibilitychange", ask);
  document.addEventListener("portal:changed", ({detail: {it, before}}) => {
    const moved = /ing$/.test(before) && before !== "running", moves = it.matches(MOVING);
    if (moved && !moves && hidden() && may()) {
      const name = it.querySelector("bdi").textContent, status = it.querySelector(".mark").textContent.trim();
      const told = new Notification(`${name}: ${status}`, {tag: it.id, icon: it.dataset.icon});
      told.onclick = () => { window.focus(); told.close(); };
    }
    ask();
  });
})();
