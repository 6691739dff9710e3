// The event stream of the page: [data-live] says where it is, [data-seen] what the page shows already. One for a
// visible tab; a hidden one has none, and takes a fresh look when it is shown again. Without a stream portal.js asks.
(() => {
  "use strict";
  const SLOTS = 4; // of six connections that a browser has for a host over HTTP/1.1, for all tabs together
  const FIRST = 1000, LONGEST = 30_000, BUSY = 60_000; // ms
  const root = document.documentElement;
  const mark = document.getElementById("live"), text = mark.querySelector("span"), words = mark.dataset;
  const region = () => document.querySelector("[data-live]");
  const visible = () => document.visibilityState === "visible";
  const clock = () => new Date().toLocaleTimeString(root.lang, {hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: words.zone});

  let source, address, release, timer, wait = FIRST, next, since, ended, asking = 0;

  // ---- what the page says of itself

  function say(state, told) {
    const before = root.dataset.liveState;
    root.dataset.liveState = mark.dataset.state = state;
    if (text.textContent !== told) text.textContent = mark.title = told;
    mark.hidden = !told;
    if (before !== state) document.dispatchEvent(new Event("portal:live-state"));
  }
  const speak = told => { document.getElementById("said").textContent = told; };
  function lost() {
    since ??= clock();
    say("lost", words.lost.replace("%s", since));
  }
  function live() {
    if (since) speak(words.again);
    since = undefined;
    say("live", words.fine);
  }

  // ---- a place among the connections of this browser; over HTTP/2 there are enough for all

  const enough = () => /^h[23]/.test(performance.getEntriesByType("navigation")[0]?.nextHopProtocol ?? "") || !navigator.locks;
  async function place() {
    if (enough()) return () => {};
    for (let i = 0; i < SLOTS; i++) {
      const found = await new Promise(taken => navigator.locks.request(`coder-portal-live-${i}`, {ifAvailable: true},
        lock => lock ? new Promise(free => taken(free)) : taken(null)));
      if (found) return found;
    }
    return null;
  }

  // ---- the stream

  function close() {
    clearTimeout(timer);
    asking++;
    source?.close();
    source = undefined;
    release?.();
    release = undefined;
  }
  async function open() {
    close();
    const it = region(), mine = asking;
    if (!it || !visible() || ended) return;
    address = it.dataset.live;
    const free = await place();
    if (mine !== asking) return free?.();
    if (!free) {
      say("asking", words.asking);
      later(LONGEST / 3);
      return;
    }
    release = free;
    const url = new URL(address, location);
    url.searchParams.set("seen", it.dataset.seen ?? "");
    const last = [...it.querySelectorAll("#log .block")].at(-1), stage = [...it.querySelectorAll("#log h3 bdi")].at(-1);
    if (last) url.searchParams.set("after", last.dataset.after);
    if (stage) url.searchParams.set("stage", stage.textContent);
    const logs = [...it.querySelectorAll(".agent-log[open]")].map(each => each.dataset.agent);
    if (logs.length) url.searchParams.set("logs", logs);
    source = new EventSource(url);
    for (const [name, heard] of Object.entries(events)) source.addEventListener(name, heard);
  }
  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(open, ms);
  }
  function stop(state, told) {
    ended = true;
    close();
    say(state, told);
  }

  function out() {
    stop("out", words.out);
    mark.querySelector("a").hidden = false;
  }

  const events = {
    live() {
      wait = FIRST;
      live();
    },
    // Whether the browser would try again by itself depends on how it ended; here it always does, and ever later.
    error() {
      close();
      if (!visible()) return;
      if (next === undefined) lost();
      later(next ?? wait * (1 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST);
      next = undefined;
    },
    // The server ends the stream and says when to come back: at once after a long time, or once it is up again.
    farewell({data}) { next = Number(data); },
    busy() {
      close();
      say("asking", words.asking);
      later(BUSY);
    },
    coder({data}) { data ? say("away", data) : live(); },
    stale() { document.dispatchEvent(new Event("portal:refresh")); },
    over({data}) { stop("over", data); },
    "session-expired": out,
    fragments({data}) { put(data); },
    states({data, lastEventId}) {
      for (const came of writes.values()) came.push({data, read: Number(lastEventId)});
      put(data);
    },
  };
  // One after the other: what portal.js keeps of the page before a swap is of that swap.
  let turn = Promise.resolve();
  function put(data) {
    turn = turn.then(() => htmx.swap({text: data, sourceElement: document.body, target: document.body, swap: "none", live: true}))
      .then(() => document.dispatchEvent(new Event("portal:live"))).catch(reportError);
  }

  // The answer to a write may be older than what came meanwhile: that is put there once more, after the answer. What
  // is older than the answer is not: it would take back what the write has done.
  const writes = new Map();
  document.addEventListener("htmx:before:request", ({detail: {ctx}}) => {
    if (ctx.request.method !== "GET") writes.set(ctx, []);
  });
  document.addEventListener("htmx:finally:request", ({detail: {ctx}}) => {
    const came = writes.get(ctx) ?? [], read = Number(ctx.response?.headers.get("Portal-Read"));
    writes.delete(ctx);
    came.filter(each => each.read > read).forEach(each => put(each.data));
  });

  // ---- when

  document.addEventListener("portal:signed-out", out);
  document.addEventListener("portal:looks-at", () => { if (source) open(); });
  document.addEventListener("visibilitychange", () => {
    if (visible()) return void open();
    close();
    say("hidden", "");
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", ({persisted}) => persisted && open());
  addEventListener("online", () => { if (region() && !source) open(); });
  // The page shows something else now (a search, a way back), or nothing that has a stream.
  document.addEventListener("htmx:after:swap", () => {
    const it = region();
    if (ended && it?.dataset.live !== address) ended = false;
    if (!it && address) {
      address = undefined;
      close();
      say("none", "");
    }
    else if (it && it.dataset.live !== address) open();
  });
  document.addEventListener("DOMContentLoaded", open);
})();

// A word of the browser's when a build has ended that somebody does not see: the tab is hidden, and they allowed it.
// A hidden tab has no stream; while something is under way it asks now and then.
(() => {
  "use strict";
  const EVERY = 10_000; // ms
  const MOVING = "[data-status$=ing]:not([data-status=running])";
  const button = document.getElementById("notify");
  const hidden = () => document.visibilityState !== "visible";
  const may = () => window.Notification?.permission === "granted";
  let timer;

  if (button && window.Notification && isSecureContext) button.hidden = Notification.permission !== "default";
  button?.addEventListener("click", async () => {
    const answer = await Notification.requestPermission();
    document.getElementById("said").textContent = answer === "granted" ? button.dataset.done : button.dataset.refused;
    button.hidden = answer !== "default";
    if (button.hidden) document.querySelector("[popovertarget=account]").focus();
  });

  function ask() {
    clearInterval(timer);
    if (!hidden() || !may() || !document.querySelector(MOVING)) return;
    timer = setInterval(() => document.dispatchEvent(new Event("portal:refresh")), EVERY);
  }
  document.addEventListener("visibilitychange", ask);
  document.addEventListener("portal:changed", ({detail: {it, before}}) => {
    const moved = /ing$/.test(before) && before !== "running", moves = it.matches(MOVING);
    if (moved && !moves && hidden() && may()) {
      const name = it.querySelector("bdi").textContent, status = it.querySelector(".mark").textContent.trim();
      const told = new Notification(`${name}: ${status}`, {tag: it.id, icon: it.dataset.icon});
      told.onclick = () => { window.focus(); told.close(); };
    }
    ask();
  });
})();
