// The window that a frame on a page of another site opens: it asks the frame who asks, and sends it the code that the
// person has allowed. All messages go to the portal's own origin and come from it, between this window and its opener.
(() => {
  "use strict";
  const ANSWER_MS = 8000, READ_MS = 1000; // ms: a click earlier was not meant for the button
  const {dataset} = document.getElementById("handoff");
  const allow = document.getElementById("allow");
  const show = name => {
    const template = document.getElementById(`text-${name}`);
    document.getElementById("handoff-state").replaceChildren(template.content.cloneNode(true));
  };
  const send = (...message) => opener.postMessage(["handoff", ...message], location.origin);
  const isAlone = () => !opener || opener.closed || self !== top;
  let timer;
  function waitFor(onMessage, ...message) {
    if (isAlone()) return show("no-opener");
    show("waiting");
    clearTimeout(timer);
    timer = setTimeout(show, ANSWER_MS, "no-opener");
    receive = onMessage;
    send(...message);
  }
  let receive = () => {};
  addEventListener("message", ({origin, source, data}) => {
    if (origin !== location.origin || source !== opener || !Array.isArray(data) || data[0] !== "handoff") return;
    clearTimeout(timer);
    receive(data[1], data[2]);
  });

  // Before the sign-in, where a browser keeps no cookie in a frame: the frame looks whether it has that of this window.
  if (dataset.next) waitFor(async () => {
    try {
      await fetch(location.pathname, {method: "POST", body: new URLSearchParams(new FormData(document.getElementById("set-cookie")))});
    } catch {
      return show("failed");
    }
    waitFor(kind => kind === "kept" ? location.replace(dataset.next) : show("failed"), "cookies");
  }, "ready");
  // After the sign-in: whose frame it is.
  if ("ask" in dataset) waitFor((kind, ticket) => {
    if (kind !== "ticket") return show("failed");
    location.replace(`?${new URLSearchParams({ticket})}`);
  }, "hello");

  if (!allow) return;
  document.getElementById("cancel").addEventListener("click", () => close());
  // The button accepts a click only of a person who has had the page in front of them, and while the frame listens.
  let enableTimer;
  const enableLater = () => {
    clearTimeout(enableTimer);
    allow.disabled = true;
    if (document.visibilityState === "visible") enableTimer = setTimeout(() => { allow.disabled = false; }, READ_MS);
  };
  waitFor(kind => {
    if (kind !== "ready") return show("no-opener");
    document.getElementById("handoff-state").replaceChildren();
    enableLater();
    document.addEventListener("visibilitychange", enableLater);
    addEventListener("focus", enableLater);
  }, "ready");
  allow.addEventListener("click", async event => {
    const hasGesture = event.isTrusted && (navigator.userActivation?.isActive ?? true);
    if (!hasGesture || allow.disabled || isAlone()) return;
    removeEventListener("focus", enableLater);
    document.removeEventListener("visibilitychange", enableLater);
    allow.disabled = true;
    try {
      const response = await fetch(location.pathname, {method: "POST", body: new URLSearchParams(new FormData(allow.form))});
      const {code} = await response.json();
      if (!response.ok) return show("failed");
      waitFor(kind => {
        show(kind === "done" ? "done" : "failed");
        if (kind === "done") close();
      }, "code", code);
    } catch {
      show("failed");
    }
  });
})();
