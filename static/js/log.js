// The log of a build: searched while one types. Without this file the form finds the lines at the portal.
(() => {
  "use strict";
  const field = () => document.getElementById("log-q");
  const form = () => document.getElementById("find");
  const box = () => document.getElementById("log");
  const searches = () => field() && box() && !("found" in form().dataset); // else only the lines that fit are here
  const MOST = 2000; // places that are marked
  let timer;

  function search() {
    const q = field().value.toLowerCase(), ranges = [];
    let lines = 0;
    for (const block of box().children) {
      let any = false;
      for (const line of block.querySelectorAll("li")) {
        const code = line.lastElementChild, fits = code.textContent.toLowerCase().includes(q);
        if (line.hidden === fits) line.hidden = !fits;
        any ||= fits;
        lines += fits;
        if (q && fits && ranges.length < MOST) mark(code, q, ranges);
      }
      block.hidden = !any && q !== "";
    }
    globalThis.CSS?.highlights?.set("found", new Highlight(...ranges));
    say(q && lines);
  }
  function mark(code, q, ranges) {
    const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    for (let text; (text = texts.nextNode());) {
      const low = text.data.toLowerCase();
      if (low.length !== text.data.length) continue;
      for (let at = low.indexOf(q); at >= 0; at = low.indexOf(q, at + q.length)) {
        const range = new Range();
        range.setStart(text, at);
        range.setEnd(text, at + q.length);
        ranges.push(range);
      }
    }
  }
  function say(count) {
    const words = document.getElementById("found"), {none, one, many} = form().dataset;
    words.textContent = count === "" ? "" : count === 0 ? none : count === 1 ? one : many.replace("0", count);
  }
  function later() {
    clearTimeout(timer);
    timer = setTimeout(() => searches() && search(), 120);
  }

  document.addEventListener("input", event => { if (event.target === field() && searches()) later(); });
  document.addEventListener("submit", event => {
    if (event.target !== form() || !searches()) return;
    event.preventDefault();
    search();
  });
  // To a line from among those that were found: the whole log again, and there the line.
  document.addEventListener("click", event => {
    const link = event.target.closest?.(".block li > a");
    if (!link || !searches() || !field().value || !link.getAttribute("href").startsWith("#")) return;
    field().value = "";
    search();
  });
  // What comes later is searched as well.
  const again = () => { if (searches() && field().value) later(); };
  document.addEventListener("htmx:after:swap", again);
})();
