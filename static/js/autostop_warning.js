// A warning before a running workspace stops automatically. Once dismissed it stays dismissed, in every tab.
(() => {
  "use strict";
  const WARNING_MINUTES = [30, 10]; // before the deadline
  let shownKey = "";
  const isDismissed = key => { try { return localStorage.getItem(key); } catch { return null; } };
  const dismiss = key => { try { localStorage.setItem(key, "1"); } catch { /* the next page shows it again */ } };

  function update() {
    const container = document.querySelector("#autostop-warning");
    if (!container) return;
    const workspace = document.querySelector(".workspace[data-deadline]");
    const now = Number(document.documentElement.dataset.timeOrigin) + performance.now();
    const minutes = workspace ? Math.ceil((workspace.dataset.deadline - now) / 60_000) : Infinity;
    const warning = WARNING_MINUTES.filter(limit => minutes <= limit).at(-1);
    const key = warning && minutes > 0 ? `autostop-warning ${workspace.id} ${workspace.dataset.deadline} ${warning}` : "";
    if (!key || isDismissed(key)) {
      shownKey = "";
      return container.replaceChildren();
    }
    if (shownKey !== key) {
      container.replaceChildren(document.querySelector("#autostop-warning-template").content.cloneNode(true));
      container.querySelector(".btn-quiet").hidden = !("mayExtend" in workspace.dataset);
      container.querySelector("p").textContent = workspace.dataset.stops;
      container.querySelector(".btn-dismiss").addEventListener("click", () => dismiss(key));
      htmx.process(container);
      shownKey = key;
    }
    const title = container.querySelector("h2");
    const text = minutes === 1 ? title.dataset.one : title.dataset.many.replace("%s", minutes);
    if (title.textContent !== text) title.textContent = text;
  }

  document.addEventListener("htmx:after:swap", update);
  document.addEventListener("DOMContentLoaded", update);
  setInterval(update, 1000);
})();
