// The history and how long it took lie below the head of their workspace. The history is asked for again when another
// build is the latest, or that one has another state; how long it took when it has ended, and when its agents are as
// far as they get. Neither is while nobody has seen it yet.
(() => {
  "use strict";
  const head = () => document.querySelector(".workspace[data-build]");
  const build = () => `${head()?.dataset.status} ${head()?.dataset.build}`;
  const agents = () => [...document.querySelectorAll(".agent .agent-head .mark")].map(it => it.textContent.trim()).join();
  const moves = () => head()?.matches("[data-status$=ing]:not([data-status=running])");
  let history = build(), timings = build() + agents();

  const ask = selector => document.querySelectorAll(selector).forEach(it => htmx.trigger(it, "stale"));
  for (const name of ["htmx:finally:request", "portal:live"]) document.addEventListener(name, () => {
    if (build() !== history) {
      history = build();
      ask("#history.history");
    }
    if (!moves() && build() + agents() !== timings) {
      timings = build() + agents();
      ask("#timings-place:has(.panel)");
    }
  });
})();
