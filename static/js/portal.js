// What the pages do beyond plain HTML. Each of them works without this file, only not by itself.
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const words = () => find("#messages").dataset;
  const here = () => location.pathname + location.search;
  const on = (name, handler) => document.addEventListener("htmx:" + name, event => handler(event.detail.ctx, event));

  // The browser's time zone, for people who have chosen none.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `tz=${encodeURIComponent(zone)}; Path=${words().home}; Max-Age=31536000; SameSite=Lax` +
    (location.protocol === "https:" ? "; Secure" : "");

  // #messages is a live region: what is put there is seen and spoken. #said is only spoken.
  function say(text) {
    const line = find("#failure").content.firstElementChild.cloneNode(true);
    line.className = "notice error";
    find("span", line).textContent = text;
    find("#messages").replaceChildren(line);
  }
  const speak = text => { find("#said").textContent = text; };

  // The messages lie over the end of the page: what has the focus is never under them.
  new ResizeObserver(() => {
    const height = find("#messages").offsetHeight, at = document.activeElement;
    document.documentElement.style.setProperty("--said", height + "px");
    if (at !== document.body && at?.getBoundingClientRect().bottom > innerHeight - height && !at.closest("#messages"))
      at.scrollIntoView({block: "nearest"});
  }).observe(find("#messages"));
  document.addEventListener("click", ({target}) => {
    if (!target.closest(".dismiss")) return;
    target.closest(".notice").remove();
    find("#main").focus({preventScroll: true});
  });
  // That something has begun is no news once it has ended: its status says what came of it.
  const forgetBegun = () => document.querySelectorAll("#messages [data-begun]").forEach(line => {
    if (!document.getElementById(line.dataset.begun)?.matches(MOVING)) line.remove();
  });

  // A button that takes another's place under the pointer or the focus takes no press for a moment, since that press
  // would be meant for the one before: the second click of a double click on Start must not be one on Cancel.
  const CALM = 1000; // ms
  let pointer = [-1, -1], aimed = new Set(), calming = new WeakMap();
  const meaning = it => [it.getAttribute("formaction") ?? it.form?.getAttribute("action"), it.name, it.value, it.popoverTargetElement?.id].join(" ");
  const inReach = () => [document.elementFromPoint(...pointer), document.activeElement]
    .map(it => it?.closest("button")).filter(Boolean);
  const aim = () => { aimed = new Set(inReach().map(meaning)); };
  const calm = () => inReach().filter(it => !aimed.has(meaning(it))).forEach(it => {
    it.ariaDisabled = "true";
    clearTimeout(calming.get(it));
    calming.set(it, setTimeout(() => { it.ariaDisabled = null; }, CALM));
  });
  for (const name of ["pointermove", "pointerdown"])
    addEventListener(name, event => { pointer = [event.clientX, event.clientY]; }, {capture: true, passive: true});
  const refuse = event => { event.preventDefault(); event.stopImmediatePropagation(); };
  addEventListener("click", event => event.target.closest?.("button[aria-disabled=true]") && refuse(event), true);
  addEventListener("keydown", event => event.repeat && event.key === "Enter" && event.target.matches?.("button") && refuse(event), true);

  // A template's icon that is missing or broken gives way to the letter behind it; morphing leaves that tile alone.
  function letter(img) {
    img.closest(".tile")?.setAttribute("hx-morph-skip", "");
    img.remove();
  }
  const mendIcons = () => document.querySelectorAll(".tile img").forEach(img => {
    if (img.complete && !img.naturalWidth) img.decode().catch(() => letter(img));
  });
  addEventListener("error", ({target}) => target.matches?.(".tile img") && letter(target), true);

  // [data-refresh-s] asks for itself again while the tab is visible, sooner while a workspace is changing; 0 is never.
  const MOVING = "[data-status$=ing]:not([data-status=running])";
  let asked = Date.now(), fails = 0, patience = 0, writes = 0, timer;
  const region = () => find("[data-refresh-s]:not([data-refresh-s='0'])");
  const inUse = it => find(":popover-open, dialog[open], .htmx-request", it)
    || (it.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

  function plan() {
    clearTimeout(timer);
    const it = region();
    if (!it || document.visibilityState !== "visible" || ["live", "out", "over"].includes(document.documentElement.dataset.liveState)) return;
    const seconds = find(MOVING) ? Math.min(it.dataset.refreshS, 5) : it.dataset.refreshS;
    const wait = fails ? Math.max(seconds * Math.min(2 ** fails, 32) * (1 + Math.random() / 5), patience) : seconds;
    timer = setTimeout(refresh, Math.max(asked + wait * 1000 - Date.now(), 0));
  }
  function refresh() {
    const it = region();
    asked = Date.now();
    if (it && !inUse(it)) htmx.ajax("GET", here(), {target: it, source: it, swap: "outerMorph", refresh: {url: here(), writes}});
    plan();
  }
  function missed(ctx) {
    fails++;
    patience = Number(ctx.response?.headers.get("Retry-After")) || 0;
    stale(words().stale);
  }
  function stale(text) {
    const note = find(".stale");
    if (note && note.textContent !== text) note.textContent = text;
  }
  document.addEventListener("visibilitychange", plan);
  document.addEventListener("portal:refresh", refresh);
  document.addEventListener("portal:live-state", () => {
    if (document.documentElement.dataset.liveState === "live") {
      asked = Date.now();
      fails = 0;
      stale("");
    }
    plan();
  });

  // What the page asks by itself meets a session that has ended: that is said, and nobody is led away from what they type.
  on("before:response", (ctx, event) => {
    if (ctx.response.status !== 401 || ctx.request.method !== "GET" || ctx.sourceElement.matches?.("[role=search]")) return;
    event.preventDefault();
    document.dispatchEvent(new Event("portal:signed-out"));
  });
  on("before:request", ctx => {
    if (ctx.request.method !== "GET") writes++;
    ctx.sourceElement.closest("[popover]")?.hidePopover();
  });
  on("finally:request", ctx => {
    if (ctx.request.method !== "GET") writes++;
    if (ctx.refresh && ctx.response?.status < 400) fails = 0;
    plan();
  });
  on("error", ctx => {
    if (ctx?.refresh) missed(ctx);
    else if (ctx?.request) say(words().away);
  });
  on("response:error", ctx => {
    if (ctx.refresh) missed(ctx);
    else if (ctx.response.status !== 422 && !/<hx-partial/.test(ctx.text) && !ctx.hx.redirect && !ctx.hx.refresh) {
      say(words().refused);
      ctx.hx.reswap = "none";
    }
  });

  let held, before;
  const statuses = () => new Map([...document.querySelectorAll("[data-workspace]")].map(it => [it.id, it.dataset.status]));
  on("before:swap", (ctx, event) => {
    const {refresh} = ctx, {tasks} = event.detail;
    if (refresh && ctx.response.status >= 400) {
      // What a refresh met stands beside the time of the last one; it is no message, which would be spoken each time.
      const told = tasks.map(task => task.fragment.textContent.trim()).filter(Boolean);
      if (told.length && tasks[0].type === "partial") stale(told.join(" "));
      return event.preventDefault();
    }
    // A refresh that a click, a search or a menu has overtaken shows what is no longer so.
    if (refresh && (refresh.writes !== writes || refresh.url !== here() || inUse(ctx.target))) return event.preventDefault();
    const at = document.activeElement;
    held = {id: at?.id, home: at?.closest("[data-workspace]")?.id, part: at?.closest("section[id]")?.id, lost: at && at !== document.body};
    before = statuses();
    aim();
  });
  on("after:swap", ctx => {
    mendIcons();
    keepFocus();
    calm();
    forgetBegun();
    const changed = [...statuses()].filter(([id, status]) => before.has(id) && before.get(id) !== status)
      .map(([id]) => document.getElementById(id));
    for (const it of changed) {
      it.classList.add("changed");
      document.dispatchEvent(new CustomEvent("portal:changed", {detail: {it, before: before.get(it.id)}}));
    }
    if ((ctx.refresh || ctx.live) && changed.length && changed.length < 4)
      speak(changed.map(it => `${find("bdi", it).textContent}: ${find(".mark", it).textContent.trim()}`).join(". "));
    show();
    const field = find("#q"), refused = find("#q-error");
    if (field) field.ariaInvalid = String(!refused.hidden);
    if (ctx.sourceElement?.matches?.("[role=search]")) speak((refused.hidden ? find("#count") : refused).textContent.trim());
    plan();
  });
  // The title and the icon of the tab say how the workspace of the page is.
  function show() {
    const it = find("[data-title]");
    if (!it) return;
    document.title = document.title.replace(/^.*(?= · )/, () => it.dataset.title);
    if (find("link[rel=icon]").getAttribute("href") !== it.dataset.icon) find("link[rel=icon]").href = it.dataset.icon;
  }
  // Focus that a swap took away goes to the same thing, else to the workspace it was in, where a press does no harm,
  // else to the part of the page, else to the page.
  function keepFocus() {
    if (!held.lost || (document.activeElement && document.activeElement !== document.body)) return;
    const home = document.getElementById(held.home), part = document.getElementById(held.part);
    const to = document.getElementById(held.id) || (home && (find(".more", home) || find("a.name, .do a", home))) || part || find("#main");
    if (to === part) part.tabIndex = -1;
    to.focus({preventScroll: true});
  }

  document.addEventListener("DOMContentLoaded", () => { mendIcons(); plan(); });
})();
