// What the pages do beyond plain HTML: each of them works without this file, only not by itself.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const words = () => $("#messages").dataset;

  // The browser's time zone, for people who have not chosen one.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && $("#messages")) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `tz=${encodeURIComponent(zone)}; Path=${words().home}; Max-Age=31536000; SameSite=Lax${secure}`;
  }

  // ---- Messages. #messages is a live region: what is put there is seen and spoken.
  function say(text) {
    const line = document.createElement("p");
    line.className = "notice error";
    line.textContent = text;
    $("#messages").replaceChildren(line);
  }
  const speak = text => { $("#said").textContent = text; };

  // ---- Template icons that are missing or broken give way to the letter behind them. Morphing skips the tile then.
  function letter(img) {
    const tile = img.closest(".tile");
    if (!tile) return;
    tile.setAttribute("hx-morph-skip", "");
    img.remove();
  }
  const broken = root => root.querySelectorAll(".tile img").forEach(img => {
    if (img.complete && !img.naturalWidth) img.decode().catch(() => letter(img));
  });
  addEventListener("error", event => event.target.tagName === "IMG" && letter(event.target), true);

  // ---- Refreshing [data-refresh-s] by itself while the tab is visible.
  let fails = 0, writes = 0, asked = Date.now(), timer;
  const region = () => $("[data-refresh-s]");
  const here = () => location.pathname + location.search;
  const disturbs = it => $(":popover-open, dialog[open], .htmx-request", it) || it.contains(document.activeElement)
    && document.activeElement.matches("input, select, textarea");

  function plan() {
    clearTimeout(timer);
    const it = region();
    if (!it || document.visibilityState !== "visible") return;
    const due = it.dataset.refreshS * 1000 * Math.min(2 ** fails, 16) * (fails ? 1 + Math.random() / 5 : 1);
    timer = setTimeout(refresh, Math.max(asked + due - Date.now(), 0));
  }
  async function refresh() {
    const it = region();
    asked = Date.now();
    if (it && !disturbs(it)) await ask(it);
    plan();
  }
  const ask = it => htmx.ajax("GET", here(), {target: it, source: it, swap: "outerMorph", background: {url: here(), writes}});

  function stale(since) {
    const note = $(".stale");
    if (note && note.textContent !== since) note.textContent = since;
  }
  document.addEventListener("visibilitychange", plan);
  addEventListener("pageshow", plan);

  // ---- What htmx tells.
  let focus, before;
  const statuses = () => new Map([...document.querySelectorAll("[data-workspace]")].map(it => [it.id, it.dataset.status]));

  document.addEventListener("htmx:before:request", ({detail: {ctx}}) => {
    if (ctx.request.method !== "GET") writes++;
    ctx.sourceElement.closest("[popover]")?.hidePopover();
  });
  document.addEventListener("htmx:finally:request", ({detail: {ctx}}) => {
    if (ctx.request.method !== "GET") writes++;
    if (ctx.background && ctx.response?.status < 400) fails = 0;
    plan();
  });
  document.addEventListener("htmx:error", ({detail: {ctx}}) => {
    if (!ctx?.request) return;
    if (ctx.background) failed(ctx);
    else say(words().away);
  });
  document.addEventListener("htmx:response:error", ({detail: {ctx}}) => {
    if (ctx.background) failed(ctx);
    else if (!/<hx-partial/.test(ctx.text) && ctx.response.status !== 422 && !ctx.hx.redirect && !ctx.hx.refresh) {
      ctx.swap = "none";
      say(words().refused);
    }
  });
  function failed(ctx) {
    fails++;
    ctx.swap = "none";
    stale(words().stale);
  }

  document.addEventListener("htmx:before:swap", event => {
    const {ctx, tasks} = event.detail;
    const {background: asked} = ctx;
    // A refresh that was overtaken by a click, a search or a menu shows what is no longer asked for.
    if (asked && (asked.writes !== writes || asked.url !== here() || disturbs(ctx.target))) return event.preventDefault();
    if (asked && ctx.response?.status >= 400) tasks.length = 0;
    const at = document.activeElement;
    focus = at && at !== document.body && {at, id: at.id, home: at.closest("[data-workspace]")?.id};
    before = statuses();
  });

  document.addEventListener("htmx:after:swap", ({detail: {ctx}}) => {
    broken(document);
    restore(ctx);
    const changed = [...statuses()].filter(([id, status]) => before?.has(id) && before.get(id) !== status);
    for (const [id] of changed) document.getElementById(id).classList.add("changed");
    if (ctx.background && changed.length && changed.length < 4)
      speak(changed.map(([id]) => ["bdi", ".mark"].map(part => $(`#${CSS.escape(id)} ${part}`).textContent).join(": ")).join(". "));
    const q = $("#q");
    if (q) q.ariaInvalid = String(!$("#q-error").hidden);
    if (ctx.sourceElement?.matches?.("[role=search]")) speak($("#q-error").hidden ? $("#count").textContent : $("#q-error").textContent);
    plan();
  });

  // Focus that a swap took away goes to the same thing, else to what stands for its workspace, else to the page.
  function restore() {
    if (!focus || document.activeElement !== document.body) return;
    const home = focus.home && document.getElementById(focus.home);
    const to = (focus.id && document.getElementById(focus.id)) || (home && $(".c-do button, a.name, .do a", home)) || $("#main");
    to.focus({preventScroll: true});
  }

  document.addEventListener("DOMContentLoaded", () => { broken(document); plan(); });
})();
