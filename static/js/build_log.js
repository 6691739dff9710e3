// The log of a build that is in progress: it stays scrolled to its end as lines arrive, unless somebody scrolled up.
(() => {
  "use strict";
  const END_PX = 40; // from the end: still at the end
  const DUPLICATE_LINES = 1000; // at the end, among which a line may be repeated when the stream reconnects
  const log = () => document.querySelector("#log");
  let isAtEnd = true, shownBuild, failureShown = false;

  document.addEventListener("htmx:before:swap", () => {
    const box = log();
    if (box) isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < END_PX;
  });
  // Lines on the way there get their real height when they are laid out, so the position is corrected twice.
  function scrollToLine(box, line, corrections = 2) {
    box.scrollTop += line.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 2;
    if (corrections) requestAnimationFrame(() => scrollToLine(box, line, corrections - 1));
  }
  function removeDuplicates(box) {
    const ids = new Set();
    for (const line of [...box.querySelectorAll("li")].slice(-DUPLICATE_LINES)) ids.has(line.id) ? line.remove() : ids.add(line.id);
  }
  function update() {
    const box = log();
    if (!box?.closest("[data-live], .build-log")) return;
    removeDuplicates(box);
    const build = document.querySelector(".build-log [data-build]")?.dataset.build;
    const failingLine = document.querySelector(".build-log #failing");
    if (build !== shownBuild) {
      shownBuild = build;
      failureShown = false;
      isAtEnd = true;
    }
    if (failingLine && !failureShown) {
      failureShown = true;
      failingLine.closest("details").open = true;
      scrollToLine(box, failingLine);
    } else if (isAtEnd && !failingLine) box.scrollTop = box.scrollHeight;
  }
  // The log of a successful build is collapsed, unless somebody reads in it.
  document.addEventListener("portal:status-changed", ({detail: {element}}) => {
    const details = document.querySelector(".build-log details");
    if (!details || !element.matches("[data-status=running], [data-status=stopped]")) return;
    if (isAtEnd && !details.contains(document.activeElement)) details.open = false;
  });

  document.addEventListener("htmx:after:swap", update);
  document.addEventListener("DOMContentLoaded", update);
})();
