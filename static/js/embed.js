// A page in a frame of another site: forms without leaving the page, the event stream, the height for host.js, and the
// return from a sign-in. Without this file the frame works, and stays as it was loaded.
(() => {
  "use strict";
  const STREAMS_PER_BROWSER = 4; // as in live.js, whose slots these are: frames and tabs share six connections
  const FIRST_RETRY_MS = 1000, LONGEST_RETRY_MS = 30_000, SLOT_RETRY_MS = 10_000, SILENCE_MS = 45_000;
  const SIGN_IN_POLL_MS = 2000, TRANSITION_POLL_S = 5, FAILED_POLL_S = 30;
  const {body, documentElement: root} = document, {dataset} = body;
  const byId = id => document.getElementById(id), content = () => byId("frame");
  const exact = dataset.exact.split(" "), wildcards = dataset.wildcards.split(" ").filter(Boolean);

  // ---- the page around the frame: host.js speaks first, and gets numbers and words of a list
  let host; // its origin
  const isAllowed = origin => origin === location.origin || exact.includes(origin) || wildcards.some(wildcard => {
    const [scheme, domain] = wildcard.split("*");
    return origin.startsWith(scheme) && origin.endsWith(domain);
  });
  const tell = (...message) => { if (host) parent.postMessage(["coder", ...message], host); };
  const tellHeight = () => tell("height", Math.ceil(body.getBoundingClientRect().height));
  function tellStatus() {
    const {status = "", running, count} = content()?.dataset ?? {};
    const state = "signedOut" in (content()?.dataset ?? {}) ? "signed-out" : "failed" in (content()?.dataset ?? {}) ? "failed" : "ok";
    tell("status", state, status, Number(running ?? -1), Number(count ?? -1));
  }
  addEventListener("message", ({source, origin, data}) => {
    if (source !== parent || !isAllowed(origin) || !Array.isArray(data) || data[0] !== "coder") return;
    host = origin;
    if (data[1] === "hello") { tellHeight(); tellStatus(); }
    if (data[1] === "theme" && ["light", "dark", "system"].includes(data[2])) {
      if (data[2] === "system") delete root.dataset.theme;
      else root.dataset.theme = data[2];
      const url = new URL(dataset.url, location);
      url.searchParams.set("theme", data[2]);
      dataset.url = url.pathname + url.search; // for when the frame is loaded again
    }
  });
  new ResizeObserver(tellHeight).observe(body);

  // ---- the browser's time zone, as portal.js sets it
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && self.origin !== "null") document.cookie = `${dataset.zoneCookie}=${encodeURIComponent(zone)}; Path=${dataset.home}; ` +
    "Max-Age=31536000; SameSite=Lax" + (location.protocol === "https:" ? "; Secure" : "");
  byId("frame-sandboxed").hidden = self.origin !== "null";

  // ---- showing another state: the focus stays on the same button
  const focusKey = element => element && [element.id, element.getAttribute("formaction"), element.getAttribute("href"), element.name].join(" ");
  function replaceContent(section) {
    const focused = document.activeElement, key = content()?.contains(focused) && focusKey(focused);
    content().replaceWith(section);
    if (key) [...section.querySelectorAll("a, button")].find(element => focusKey(element) === key)?.focus({preventScroll: true});
    tellStatus();
    schedulePoll();
    if (section.dataset.live !== liveUrl) openStream(); // a new workspace
  }
  const parse = html => new DOMParser().parseFromString(html, "text/html");
  function showPage(html) {
    const page = parse(html), section = page.getElementById("frame");
    if (!section) return location.reload();
    const wasSignedOut = "signedOut" in content().dataset;
    if (wasSignedOut !== ("signedOut" in section.dataset)) return location.replace(dataset.url); // with other forms
    if (wasSignedOut) return; // the button may have opened a window
    dataset.url = page.body.dataset.url; // a new workspace has its own
    if (byId("act") && page.getElementById("act")) byId("act").replaceWith(page.getElementById("act"));
    byId("frame-messages").replaceChildren(...page.getElementById("frame-messages").childNodes);
    nameOrigin();
    // The response to a write may be older than events that have come meanwhile.
    const {live, read} = content().dataset;
    if (section.dataset.live !== live || !(Number(section.dataset.read) < Number(read))) replaceContent(section);
  }
  const showState = text => { if (byId("frame-state").textContent !== text) byId("frame-state").textContent = text; };

  // ---- links open a tab, which a sandbox may forbid without a word. Only open() says so, and not for `noopener`.
  document.addEventListener("click", event => {
    const link = event.target.closest("a[href]"), hasModifier = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || link.target === "_self" || hasModifier || self.origin === "null") return;
    event.preventDefault();
    const tab = open(link.href, "_blank");
    if (tab) tab.opener = null;
    byId("frame-no-tabs").hidden = tab !== null;
    byId("frame-address").textContent = link.href;
  });

  // ---- the buttons: a form of the frame answers with the frame
  const firstOrigin = document.querySelector("[name=frame_origin]")?.value; // later responses see the frame's own Referer
  function nameOrigin() {
    const origin = location.ancestorOrigins?.[0] ?? host ?? firstOrigin; // Firefox has no ancestorOrigins
    if (origin) for (const field of document.querySelectorAll("[name=frame_origin]")) field.value = origin;
  }
  nameOrigin();
  let isSending = false;
  document.addEventListener("submit", async event => {
    const {target: form, submitter} = event;
    if (form.target !== "_self") return;
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    submitter?.setAttribute("aria-disabled", "true");
    try {
      const response = await fetch(submitter?.formAction ?? form.action, {method: "POST", body: new URLSearchParams(new FormData(form, submitter))});
      if (response.status === 403) return location.reload(); // the session or its token has changed
      const html = await response.text();
      if (response.redirected && !response.url.includes("/embed/")) return open(response.url, "_blank", "noopener");
      showPage(html);
    } catch {
      showState(dataset.textUnreachable);
    } finally {
      isSending = false;
      submitter?.removeAttribute("aria-disabled");
    }
  });

  // ---- reading the frame again: after a sign-in, and where there is no stream
  let pollTimer, failures = 0, isLive = false;
  const hasLastRows = () => document.querySelector("[data-outage]") !== null; // of before Coder became unreachable
  async function poll() {
    try {
      const response = await fetch(dataset.url, {headers: {Accept: "text/html"}});
      failures = response.status < 500 ? 0 : failures + 1;
      showPage(await response.text());
      if (!failures) showState("");
    } catch {
      failures++;
      showState(dataset.textUnreachable);
    }
    schedulePoll();
  }
  function schedulePoll() {
    clearTimeout(pollTimer);
    if ((isLive && !hasLastRows()) || !isShown() || !dataset.url) return;
    const {refreshS, signedOut, failed} = content().dataset;
    if (signedOut !== undefined ? !isSigningIn : failed === undefined && !refreshS) return; // a form is not read again
    const seconds = signedOut !== undefined ? SIGN_IN_POLL_MS / 1000
      : document.querySelector("[data-transition], [data-outage]") ? TRANSITION_POLL_S : Number(refreshS ?? FAILED_POLL_S);
    pollTimer = setTimeout(poll, seconds * 1000 * Math.min(2 ** failures, 16) * (1 + Math.random() / 5));
  }

  // ---- signing in, in a window of its own
  let isSigningIn = false;
  document.addEventListener("click", ({target}) => {
    if (target.closest("#sign-in")) { isSigningIn = true; schedulePoll(); }
  });
  const readAgain = () => { if ("signedOut" in content().dataset) poll(); };
  addEventListener("focus", readAgain);
  // The first frame that finds the session tells the others.
  const channel = new BroadcastChannel("coder-portal-embed");
  channel.onmessage = readAgain;
  if (!("signedOut" in content().dataset)) channel.postMessage("signed-in");

  // ---- the stream: only of a frame that is on the screen of a visible page
  let source, releaseSlot, retryTimer, silenceTimer, attempt = 0, retryMs = FIRST_RETRY_MS, liveUrl = content()?.dataset.live, isOnScreen = false, hasEnded = false, isOpening = false;
  const isShown = () => isOnScreen && document.visibilityState === "visible";
  async function acquireSlot() {
    if (/^h[23]/.test(performance.getEntriesByType("navigation")[0]?.nextHopProtocol ?? "")) return () => {};
    try {
      for (let i = 0; i < STREAMS_PER_BROWSER; i++) {
        const release = await new Promise((resolve, reject) => navigator.locks.request(`coder-portal-live-${i}`, {ifAvailable: true},
          lock => lock ? new Promise(unlock => resolve(unlock)) : resolve(null)).catch(reject));
        if (release) return release;
      }
      return null;
    } catch { // without third-party cookies, Chromium denies locks: the frames of this page count themselves
      if (countStreams() >= STREAMS_PER_BROWSER) return null;
      self.hasCoderStream = true;
      return () => { self.hasCoderStream = false; };
    }
  }
  function countStreams() {
    let count = 0;
    for (let i = 0; i < parent.length; i++) {
      try { count += parent[i].hasCoderStream === true; } catch { /* a frame of another origin */ }
    }
    return count;
  }
  function close() {
    clearTimeout(retryTimer);
    clearTimeout(silenceTimer);
    attempt++;
    isOpening = false;
    source?.close();
    source = undefined;
    releaseSlot?.();
    releaseSlot = undefined;
    isLive = false;
  }
  function openLater(ms) {
    close();
    schedulePoll();
    retryTimer = setTimeout(openStream, ms);
  }
  async function openStream() {
    close();
    const section = content(), thisAttempt = attempt;
    liveUrl = section?.dataset.live;
    if (!section?.dataset.live || !isShown() || hasEnded || self.origin === "null") return;
    isOpening = true;
    const release = await acquireSlot();
    if (thisAttempt !== attempt) return release?.();
    isOpening = false;
    if (!release) return openLater(SLOT_RETRY_MS);
    releaseSlot = release;
    const address = new URL(section.dataset.live, location);
    address.searchParams.set("etag", `${section.dataset.etag}.${section.dataset.read}`);
    source = new EventSource(address);
    expectEvent();
    for (const [name, handler] of Object.entries(handlers)) source.addEventListener(name, event => {
      if (event.target !== source) return;
      expectEvent();
      handler(event);
    });
  }
  function expectEvent() {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(handlers.error, SILENCE_MS);
  }
  function endStream() {
    hasEnded = true;
    close();
    poll();
  }
  const handlers = {
    live() {
      isLive = true;
      schedulePoll();
      retryMs = FIRST_RETRY_MS;
      showState("");
    },
    beat() {},
    states({data, lastEventId}) {
      if (Number(lastEventId) < Number(content().dataset.read)) return; // older than the response to a write
      const section = parse(data).getElementById("frame");
      section.dataset.read = lastEventId;
      replaceContent(section);
    },
    coder({data}) {
      showState(data);
      if (!data && hasLastRows()) poll();
    },
    error() {
      showState(dataset.textLost);
      openLater(retryMs * (1 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    },
    reconnect({data}) { openLater(Number(data)); },
    busy() { openLater(LONGEST_RETRY_MS * 2); },
    ended: endStream,
    "session-expired": endStream,
  };
  const followVisibility = () => {
    if (!isShown()) { close(); clearTimeout(pollTimer); return; }
    if (!source && !isOpening) openStream(); // two attempts would take a slot from each other
    schedulePoll();
  };
  new IntersectionObserver(entries => {
    isOnScreen = entries.at(-1).isIntersecting;
    followVisibility();
  }).observe(body);
  document.addEventListener("visibilitychange", () => {
    if (isShown()) readAgain();
    followVisibility();
  });
  addEventListener("pagehide", close);
})();
