// The event stream of the page: [data-live] holds its URL, [data-etag] the version that the page shows. Only a visible
// tab has one; a hidden tab closes it and opens it again when it becomes visible. Without a stream portal.js polls.
(() => {
  "use strict";
  const STREAMS_PER_BROWSER = 4; // of the six connections that a browser opens to a host over HTTP/1.1, for all tabs
  const FIRST_RETRY_MS = 1000, LONGEST_RETRY_MS = 30_000, BUSY_RETRY_MS = 60_000, SLOT_RETRY_MS = 10_000;
  const SILENCE_MS = 45_000; // three beats of the stream: the connection is lost, although it is open
  const root = document.documentElement;
  const indicator = document.getElementById("live-status"), label = indicator.querySelector("span"), texts = indicator.dataset;
  const liveRegion = () => document.querySelector("[data-live]");
  const isVisible = () => document.visibilityState === "visible";
  const portalTime = () => new Date(Number(root.dataset.timeOrigin) + performance.now()).toLocaleTimeString(root.lang,
    {hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: texts.zone});

  let source, url, releaseSlot, retryTimer, silenceTimer, attempt = 0;
  let isOpening = false; // a slot is being acquired
  let isLeft = false; // the page is in the browser's back/forward cache, from which WebKit wakes it before "pageshow"
  let retryMs = FIRST_RETRY_MS; // after the next failure
  let announcedRetryMs; // from the server, before it ends the stream
  let lostSince; // the portal's time
  let ended = false; // for good: signed out, or the object is gone

  // ---- the indicator in the page's header

  function setState(state, text) {
    const before = root.dataset.liveState;
    root.dataset.liveState = indicator.dataset.state = state;
    if (label.textContent !== text) label.textContent = indicator.title = text;
    indicator.hidden = !text;
    if (before !== state) document.dispatchEvent(new Event("portal:stream-state"));
  }
  function showLost() {
    lostSince ??= portalTime();
    setState("lost", texts.textLost.replace("%s", lostSince));
  }
  function showLive() {
    if (lostSince) document.getElementById("sr-announcer").textContent = texts.textRestored;
    lostSince = undefined;
    setState("live", texts.textLive);
  }

  // ---- a slot among the connections of this browser; over HTTP/2 and HTTP/3 they are not limited

  const isUnlimited = () => !navigator.locks
    || /^h[23]/.test(performance.getEntriesByType("navigation")[0]?.nextHopProtocol ?? "");
  async function acquireSlot() {
    if (isUnlimited()) return () => {};
    for (let i = 0; i < STREAMS_PER_BROWSER; i++) {
      const release = await new Promise(resolve => navigator.locks.request(`coder-portal-live-${i}`, {ifAvailable: true},
        lock => lock ? new Promise(unlock => resolve(unlock)) : resolve(null)));
      if (release) return release;
    }
    return null;
  }

  // ---- the stream

  function close() {
    clearTimeout(retryTimer);
    clearTimeout(silenceTimer);
    attempt++;
    isOpening = false;
    source?.close();
    source = undefined;
    releaseSlot?.();
    releaseSlot = undefined;
  }
  async function open() {
    close();
    const region = liveRegion(), thisAttempt = attempt;
    if (!region || !isVisible() || isLeft || ended) return;
    url = region.dataset.live;
    isOpening = true;
    const release = await acquireSlot();
    if (thisAttempt !== attempt) return release?.();
    isOpening = false;
    if (!release) {
      setState("polling", texts.textPolling);
      openLater(SLOT_RETRY_MS);
      return;
    }
    releaseSlot = release;
    source = new EventSource(streamUrl(region));
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
  // A page that is shown again may say so by two events.
  const ensureOpen = () => { if (!source && !isOpening) open(); };
  // The URL says what the page shows, so that the stream starts with what is new.
  function streamUrl(region) {
    const address = new URL(url, location), {searchParams} = address;
    searchParams.set("etag", outdatedButtons ? "" : region.dataset.etag ?? "");
    const lastBlock = [...document.querySelectorAll("#log .log-block")].at(-1);
    const lastStage = [...document.querySelectorAll("#log h3 bdi")].at(-1);
    if (lastBlock) searchParams.set("after", lastBlock.dataset.after);
    if (lastStage) searchParams.set("stage", lastStage.textContent);
    const agents = [...document.querySelectorAll(".agent-log[open]")].map(log => log.dataset.agent);
    if (agents.length) searchParams.set("logs", agents);
    return address;
  }
  function openLater(ms) {
    clearTimeout(retryTimer);
    retryTimer = setTimeout(open, ms);
  }
  function stop(state, text) {
    ended = true;
    close();
    setState(state, text);
  }
  function showSignedOut() {
    stop("signed-out", texts.textSignedOut);
    indicator.querySelector("a").hidden = false;
  }

  const setPortalTime = ms => document.dispatchEvent(new CustomEvent("portal:time", {detail: {ms}}));
  const handlers = {
    live({data}) {
      setPortalTime(data);
      retryMs = FIRST_RETRY_MS;
      showLive();
    },
    beat({data}) { setPortalTime(data); },
    // Whether an EventSource reconnects by itself depends on how the stream ended; this always does, with a backoff.
    error() {
      close();
      if (!isVisible()) return;
      if (announcedRetryMs === undefined) showLost();
      openLater(announcedRetryMs ?? retryMs * (1 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      announcedRetryMs = undefined;
    },
    // The server ends the stream, because of its age or a shutdown, and says when to reconnect.
    reconnect({data}) { announcedRetryMs = Number(data); },
    busy() {
      close();
      setState("polling", texts.textPolling);
      openLater(BUSY_RETRY_MS);
    },
    coder({data}) { data ? setState("coder-unreachable", data) : showLive(); },
    stale() { document.dispatchEvent(new Event("portal:refresh")); },
    ended({data}) { stop("ended", data); },
    "session-expired": showSignedOut,
    fragments({data}) { swapFragments(data); },
    states({data, lastEventId}) {
      for (const events of pendingWrites.values()) events.push({data, readMs: Number(lastEventId)});
      swapFragments(data).then(enableActions);
    },
  };
  // One swap after the other: what portal.js remembers before a swap must belong to that swap.
  let lastSwap = Promise.resolve();
  function swapFragments(html) {
    lastSwap = lastSwap
      .then(() => htmx.swap({text: html, sourceElement: document.body, target: document.body, swap: "none", live: true}))
      .then(() => document.dispatchEvent(new Event("portal:stream-swapped")))
      .catch(reportError);
    return lastSwap;
  }

  // ---- a page that the browser has prefetched may be minutes old: it takes the time and the state from the first events
  // of its stream, or without a stream from a refresh; until then its buttons are disabled
  const isPrefetched = performance.getEntriesByType("navigation")[0]?.deliveryType === "navigational-prefetch";
  const submitButtons = () => document.querySelectorAll("main button:not([type=button], [popovertarget])");
  let outdatedButtons = isPrefetched && liveRegion() ? [...submitButtons()] : undefined;
  outdatedButtons?.forEach(button => { button.ariaDisabled = "true"; });
  function enableActions() {
    outdatedButtons?.forEach(button => { button.ariaDisabled = null; });
    outdatedButtons = undefined;
  }
  document.addEventListener("portal:stream-state", () => {
    if (!outdatedButtons || !["polling", "lost"].includes(root.dataset.liveState)) return;
    document.dispatchEvent(new Event("portal:refresh"));
  });
  document.addEventListener("htmx:after:swap", ({detail: {ctx}}) => {
    if (!outdatedButtons || !ctx.refresh) return;
    const ms = Date.parse(ctx.response.headers.get("Date"));
    if (ms) setPortalTime(ms);
    enableActions();
  });

  // The response to a write may be older than events that arrived meanwhile: those are swapped in again after it.
  // Events that are older than the response are not: they would undo what the write has changed.
  const pendingWrites = new Map(); // htmx's context of the request: events since it was sent
  document.addEventListener("htmx:before:request", ({detail: {ctx}}) => {
    if (ctx.request.method !== "GET") pendingWrites.set(ctx, []);
  });
  document.addEventListener("htmx:finally:request", ({detail: {ctx}}) => {
    const events = pendingWrites.get(ctx) ?? [], readMs = Number(ctx.response?.headers.get("Portal-Read"));
    pendingWrites.delete(ctx);
    events.filter(event => event.readMs > readMs).forEach(event => swapFragments(event.data));
  });

  // ---- opening and closing

  document.addEventListener("portal:signed-out", showSignedOut);
  const reopen = () => { if (source) open(); };
  document.addEventListener("portal:agent-log-toggled", reopen);
  document.addEventListener("portal:overview-shown", reopen);
  document.addEventListener("visibilitychange", () => {
    if (isVisible()) return ensureOpen();
    close();
    setState("hidden", "");
  });
  addEventListener("pagehide", () => {
    isLeft = true;
    close();
  });
  addEventListener("pageshow", ({persisted}) => {
    isLeft = false;
    if (persisted) ensureOpen();
  });
  addEventListener("online", ensureOpen);
  // A swap (a search, history navigation) may have brought a region with another stream, or without one.
  document.addEventListener("htmx:after:swap", () => {
    const region = liveRegion();
    if (ended && region?.dataset.live !== url) ended = false;
    if (!region && url) {
      url = undefined;
      close();
      setState("none", "");
    }
    else if (region && region.dataset.live !== url) open();
  });
  document.addEventListener("DOMContentLoaded", open);
})();

// Browser notifications when a transition ends in a hidden tab, for people who allow them. A hidden tab has no stream:
// as long as something is in transition, it polls.
(() => {
  "use strict";
  const POLL_MS = 10_000;
  const button = document.getElementById("notify");
  const isHidden = () => document.visibilityState !== "visible";
  const isAllowed = () => window.Notification?.permission === "granted";
  let pollTimer;

  if (button && window.Notification && isSecureContext) button.hidden = Notification.permission !== "default";
  button?.addEventListener("click", async () => {
    const permission = await Notification.requestPermission();
    const {textEnabled, textDenied} = button.dataset;
    document.getElementById("sr-announcer").textContent = permission === "granted" ? textEnabled : textDenied;
    button.hidden = permission !== "default";
    if (button.hidden) document.querySelector("[popovertarget=account]").focus();
  });

  function schedulePolling() {
    clearInterval(pollTimer);
    if (!isHidden() || !isAllowed() || !document.querySelector("[data-transition]")) return;
    pollTimer = setInterval(() => document.dispatchEvent(new Event("portal:refresh")), POLL_MS);
  }
  document.addEventListener("visibilitychange", schedulePolling);
  document.addEventListener("portal:transition-ended", ({detail: {element}}) => {
    if (isHidden() && isAllowed()) {
      const name = element.querySelector("bdi").textContent, status = element.querySelector(".status-badge").textContent.trim();
      const notification = new Notification(`${name}: ${status}`, {tag: element.id, icon: element.dataset.icon});
      notification.onclick = () => { window.focus(); notification.close(); };
    }
    schedulePolling();
  });
})();
