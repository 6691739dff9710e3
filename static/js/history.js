// The history lies below the head of its workspace, and is asked for again when another build is the latest, or that
// one has another state; not while nobody has seen it yet.
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
    const history = document.querySelector("#history.history");
    if (history) htmx.trigger(history, "stale");
  });
})();
