// The check of frames: what a widget on this page and the event stream do. Each finding is one of the texts of its line.
(() => {
  "use strict";
  const STREAM_MS = 5000;
  const list = document.getElementById("browser-checks"), isSignedIn = "signedIn" in list.dataset;
  function show(name, finding) {
    const line = document.getElementById(`check-${name}`);
    if (line.dataset.finding) return;
    line.dataset.finding = finding;
    line.className = finding;
    for (const text of line.querySelectorAll("[data-text]")) text.hidden = text.dataset.text !== finding;
  }
  addEventListener("coder:status", ({target, detail: {state}}) => {
    if (state === "unreachable") return ["frame", "height", "cookies"].forEach(name => show(name, "bad"));
    show("frame", "ok");
    show("height", target.answered ? "ok" : "bad");
    show("cookies", !isSignedIn ? "skipped" : state === "signed-out" ? "bad" : "ok");
  });
  if (!isSignedIn) return show("stream", "skipped");
  const stream = new EventSource(list.dataset.stream);
  const end = finding => { stream.close(); show("stream", finding); };
  stream.addEventListener("live", () => end("ok"));
  setTimeout(end, STREAM_MS, "bad");
})();
