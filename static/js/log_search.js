// Search in the log of a build, while somebody types. Without this file the form searches on the server.
(() => {
  "use strict";
  const TYPING_PAUSE_MS = 120;
  const MAX_HIGHLIGHTS = 2000;
  const field = () => document.getElementById("log-q");
  const form = () => document.getElementById("log-search");
  const log = () => document.getElementById("log");
  // A page that the server has filtered holds the matching lines only, so it cannot be searched here.
  const isSearchable = () => field() && log() && !("filtered" in form().dataset);
  let timer;

  function search() {
    const text = field().value.toLowerCase(), ranges = [];
    let count = 0;
    for (const block of log().children) {
      let blockMatches = false;
      for (const line of block.querySelectorAll("li")) {
        const code = line.lastElementChild, matches = code.textContent.toLowerCase().includes(text);
        if (line.hidden === matches) line.hidden = !matches;
        blockMatches ||= matches;
        count += matches;
        if (text && matches && ranges.length < MAX_HIGHLIGHTS) addRanges(code, text, ranges);
      }
      block.hidden = !blockMatches && text !== "";
    }
    globalThis.CSS?.highlights?.set("log-match", new Highlight(...ranges));
    showCount(text && count);
  }
  function addRanges(code, text, ranges) {
    const nodes = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    for (let node; (node = nodes.nextNode());) {
      const lower = node.data.toLowerCase();
      if (lower.length !== node.data.length) continue; // offsets differ: some letters have a longer lower case
      for (let start = lower.indexOf(text); start >= 0; start = lower.indexOf(text, start + text.length)) {
        const range = new Range();
        range.setStart(node, start);
        range.setEnd(node, start + text.length);
        ranges.push(range);
      }
    }
  }
  function showCount(count) { // "": nothing is searched for
    const {none, one, many} = form().dataset;
    document.getElementById("log-matches").textContent =
      count === "" ? "" : count === 0 ? none : count === 1 ? one : many.replace("0", count);
  }
  function searchLater() {
    clearTimeout(timer);
    timer = setTimeout(() => isSearchable() && search(), TYPING_PAUSE_MS);
  }

  document.addEventListener("input", event => { if (event.target === field() && isSearchable()) searchLater(); });
  document.addEventListener("submit", event => {
    if (event.target !== form() || !isSearchable()) return;
    event.preventDefault();
    search();
  });
  // A link to a line shows the whole log again, scrolled to that line.
  document.addEventListener("click", event => {
    const link = event.target.closest?.(".log-block li > a");
    if (!link || !isSearchable() || !field().value || !link.getAttribute("href").startsWith("#")) return;
    field().value = "";
    search();
  });
  document.addEventListener("htmx:after:swap", () => { if (isSearchable() && field().value) searchLater(); });
})();
