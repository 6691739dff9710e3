// The progress bar of a build: between two answers of the server it moves on, second by second.
(() => {
  "use strict";
  let progress; // the element
  let serverElapsed, receivedAt; // the elapsed time (ms) that the server sent last, and when it came

  function readProgress() {
    progress = document.querySelector(".build-progress");
    if (progress?.dataset.elapsed === serverElapsed) return; // the same figures as before
    serverElapsed = progress?.dataset.elapsed;
    receivedAt = performance.now();
  }
  // From ten seconds on in steps of five, from one and a half minutes on in minutes.
  function formatDuration(ms, secondsText, minutesText) {
    let seconds = Math.ceil(ms / 1000);
    if (seconds >= 10) seconds = Math.ceil(seconds / 5) * 5;
    return seconds < 90 ? secondsText.replace("%s", seconds) : minutesText.replace("%s", Math.ceil(seconds / 60));
  }
  function showProgress() {
    if (!progress?.isConnected) return;
    const {p50, p95, leftS, leftMin, moreS, moreMin, longer} = progress.dataset;
    const elapsed = Number(progress.dataset.elapsed) + performance.now() - receivedAt; // ms
    const bar = progress.querySelector("progress");
    // As present/workspace/progress.py: 80 % when half of the builds have ended, and no estimate after nearly all have.
    if (elapsed < p50) bar.value = elapsed / p50 * 80;
    else if (elapsed < p95) bar.value = 80 + (elapsed - p50) / (p95 - p50) * 20;
    else bar.removeAttribute("value");
    const text = elapsed < p50 ? formatDuration(p50 - elapsed, leftS, leftMin)
      : elapsed < p95 ? formatDuration(p95 - elapsed, moreS, moreMin) : longer;
    const label = progress.querySelector("span");
    if (label.textContent !== text) label.textContent = text;
  }

  const update = () => { readProgress(); showProgress(); };
  document.addEventListener("htmx:after:swap", update);
  document.addEventListener("DOMContentLoaded", update);
  setInterval(showProgress, 1000);
})();
