// Build history and build timeline, below the header of their workspace. The history is reloaded when the latest build
// or its status changes; the timeline when that build has ended, and when the status of an agent changes after that.
// Neither is loaded before it was scrolled into view.
(() => {
  "use strict";
  const header = () => document.querySelector(".workspace[data-build]");
  const buildState = () => `${header()?.dataset.status} ${header()?.dataset.build}`;
  const agentStates = () => header()?.dataset.agents;
  let historyState = buildState(), timelineState = buildState() + agentStates();

  const reload = selector => document.querySelectorAll(selector).forEach(element => htmx.trigger(element, "reload"));
  function update() {
    if (buildState() !== historyState) {
      historyState = buildState();
      reload("#history.history");
    }
    if (!header()?.matches("[data-transition]") && buildState() + agentStates() !== timelineState) {
      timelineState = buildState() + agentStates();
      reload("#timings-place:has(.panel)");
    }
  }
  document.addEventListener("htmx:finally:request", update);
  document.addEventListener("portal:stream-swapped", update);
})();
