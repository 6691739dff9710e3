// The history and how long it took lie below the head of their workspace, and are asked for again when another build
// is the latest, or that one has another state; not while nobody has seen them yet.
(() => {
  "use strict";
  const state = () => {
    const {status, build} = document.querySelector(".workspace[data-build]")?.dataset ?? {};
    return `${status} ${build}`;
  };
  let seen = state();

  for (const name of ["htmx:finally:request", "portal:live"]) document.addEventListener(name, () => {
    if (state() === seen) return;
    seen = state();
    for (const it of document.querySelectorAll("#history.history, #timings-place:has(.panel)")) htmx.trigger(it, "stale");
  });
})();
