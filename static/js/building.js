// A build as it goes on: how far it is, second by second; and a word before a workspace stops by itself.
(() => {
  "use strict";
  const find = selector => document.querySelector(selector);

  // ---- the bar; what the server wrote is true of the moment at which it arrived
  let bar, written, arrived;
  function measure() {
    bar = find(".progress");
    if (bar?.dataset.elapsed === written) return; // what came has no newer figures of it
    written = bar?.dataset.elapsed;
    arrived = performance.now();
  }
  const minutes = ms => Math.ceil(ms / 60_000);
  function words(ms, seconds, longer) {
    let whole = Math.ceil(ms / 1000);
    if (whole >= 10) whole = Math.ceil(whole / 5) * 5;
    return whole < 90 ? seconds.replace("%s", whole) : longer.replace("%s", minutes(whole * 1000));
  }
  function go() {
    if (!bar?.isConnected) return;
    const {p50, p95, leftS, leftMin, moreS, moreMin, longer} = bar.dataset;
    const elapsed = Number(bar.dataset.elapsed) + performance.now() - arrived;
    bar.querySelector("progress").value = Math.min(95, elapsed / p50 * 100);
    const told = elapsed < p50 ? words(p50 - elapsed, leftS, leftMin) : elapsed < p95 ? words(p95 - elapsed, moreS, moreMin) : longer;
    const said = bar.querySelector("span");
    if (said.textContent !== told) said.textContent = told;
  }

  // ---- half an hour and ten minutes before the deadline; what was dismissed once stays so, in every tab
  const WARN = [30, 10]; // minutes before
  let shown;
  const key = (it, at) => `closing ${it.id} ${it.dataset.deadline} ${at}`;
  const dismissed = name => { try { return localStorage.getItem(name); } catch { return null; } };
  function warn() {
    const it = find(".workspace[data-deadline]"), place = find("#closing");
    if (!place) return;
    const left = it ? Math.ceil((Date.parse(it.dataset.deadline) - Date.now()) / 60_000) : Infinity;
    const at = WARN.filter(each => left <= each).at(-1);
    const name = at && left > 0 ? key(it, at) : "";
    if (!name || dismissed(name)) {
      shown = "";
      return place.replaceChildren();
    }
    if (shown !== name) {
      place.replaceChildren(find("#closing-words").content.cloneNode(true));
      place.querySelector(".quiet").hidden = !("mayExtend" in it.dataset);
      place.querySelector("p").textContent = it.dataset.stops;
      place.querySelector(".dismiss").addEventListener("click", () => {
        try { localStorage.setItem(name, "1"); } catch { /* it comes again with the next page */ }
      });
      htmx.process(place);
      shown = name;
    }
    const said = place.querySelector("h2");
    const told = left === 1 ? said.dataset.one : said.dataset.many.replace("%s", left);
    if (said.textContent !== told) said.textContent = told;
  }

  // ---- a log that grows: one stays at its end, unless one has scrolled up; a line that came twice is there once
  const END = 40; // px
  let atEnd = true, followed, ended;
  const log = () => find("#log");
  document.addEventListener("htmx:before:swap", () => {
    const box = log();
    if (box) atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < END;
  });
  // What is laid out on the way there may be higher or lower than it was taken to be: then once more.
  function lead(box, line, again = 2) {
    box.scrollTop += line.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 2;
    if (again) requestAnimationFrame(() => lead(box, line, again - 1));
  }
  function grow() {
    const box = log();
    if (!box?.closest("[data-live], .build-log")) return;
    const there = new Set();
    for (const line of [...box.querySelectorAll("li")].slice(-1000)) there.has(line.id) ? line.remove() : there.add(line.id);
    const build = find(".build-log [data-build]")?.dataset.build;
    const fails = find(".build-log #failing");
    if (build !== followed) {
      followed = build;
      ended = false;
      atEnd = true;
    }
    if (fails && !ended) {
      ended = true;
      fails.closest("details").open = true;
      lead(box, fails);
    } else if (atEnd && !fails) box.scrollTop = box.scrollHeight;
  }
  // A build that went well needs its log no longer, unless somebody reads in it.
  document.addEventListener("portal:changed", ({detail: {it}}) => {
    const box = find(".build-log details");
    if (box && it.matches("[data-status=running], [data-status=stopped]") && !box.contains(document.activeElement) && atEnd) box.open = false;
  });

  const look = () => { measure(); go(); warn(); grow(); };
  document.addEventListener("htmx:after:swap", look);
  document.addEventListener("DOMContentLoaded", look);
  setInterval(() => { go(); warn(); }, 1000);
})();
