// What every page does beyond plain HTML: messages, focus, icons, refreshing. Each page also works without this file.
// README.md in this directory lists the files and the events by which they talk to each other.
(() => {
  "use strict";
  const query = (selector, parent = document) => parent.querySelector(selector);
  const texts = () => query("#messages").dataset;
  const currentUrl = () => location.pathname + location.search;
  const onHtmx = (name, handler) =>
    document.addEventListener("htmx:" + name, event => handler(event.detail.ctx, event));

  // ---- the portal's time: what the portal said last, and what performance.now() has counted since; the browser's clock
  // may be hours off
  const root = document.documentElement;
  // `at`: the value of performance.now() when the portal said that it is `ms` since 1970.
  const setPortalTime = (ms, at) => { root.dataset.timeOrigin = ms - at; };
  setPortalTime(Number(root.dataset.now), performance.getEntriesByType("navigation")[0]?.responseStart ?? 0);
  document.addEventListener("portal:time", ({detail: {ms}}) => setPortalTime(ms, performance.now()));

  // ---- the browser's time zone, for people who have chosen none in their preferences
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `${texts().zoneCookie}=${encodeURIComponent(zone)}; Path=${texts().home}; ` +
    "Max-Age=31536000; SameSite=Lax" + (location.protocol === "https:" ? "; Secure" : "");

  // ---- messages: #messages is a live region that is visible, #sr-announcer one that only screen readers get
  function showError(text) {
    const message = query("#error-message").content.firstElementChild.cloneNode(true);
    message.className = "notice error";
    query("span", message).textContent = text;
    query("#messages").replaceChildren(message);
  }
  const announce = text => { query("#sr-announcer").textContent = text; };

  // Messages cover the bottom of the viewport: the focused element is scrolled out from under them.
  new ResizeObserver(() => {
    const height = query("#messages").offsetHeight, focused = document.activeElement;
    document.documentElement.style.setProperty("--messages-height", height + "px");
    const covered = focused?.getBoundingClientRect().bottom > innerHeight - height;
    if (focused !== document.body && covered && !focused.closest("#messages")) focused.scrollIntoView({block: "nearest"});
  }).observe(query("#messages"));
  document.addEventListener("click", ({target}) => {
    const button = target.closest(".btn-dismiss");
    if (!button) return;
    if (button.type === "button") button.closest(".notice").remove(); // else htmx removes it, once its form is submitted
    query("#main").focus({preventScroll: true});
  });
  // "Starting…" is obsolete when the transition is over: the status shows the result.
  const removeObsoleteMessages = () => document.querySelectorAll("#messages [data-transition-of]").forEach(message => {
    if (!document.getElementById(message.dataset.transitionOf)?.matches("[data-transition]")) message.remove();
  });

  // ---- a button that replaces another one under the pointer or the focus is disabled for a moment: the second click
  // of a double click on Start must not press Cancel
  const GUARD_MS = 1000;
  let pointer = [-1, -1], reachableBefore = new Set(), guardTimers = new WeakMap();
  const buttonKey = button => [button.getAttribute("formaction") ?? button.form?.getAttribute("action"), button.name,
    button.value, button.popoverTargetElement?.id].join(" ");
  const reachableButtons = () => [document.elementFromPoint(...pointer), document.activeElement]
    .map(element => element?.closest("button")).filter(Boolean);
  const rememberButtons = () => { reachableBefore = new Set(reachableButtons().map(buttonKey)); };
  const guardNewButtons = () => reachableButtons().filter(button => !reachableBefore.has(buttonKey(button))).forEach(button => {
    button.ariaDisabled = "true";
    clearTimeout(guardTimers.get(button));
    guardTimers.set(button, setTimeout(() => { button.ariaDisabled = null; }, GUARD_MS));
  });
  for (const name of ["pointermove", "pointerdown"])
    addEventListener(name, event => { pointer = [event.clientX, event.clientY]; }, {capture: true, passive: true});
  const suppress = event => { event.preventDefault(); event.stopImmediatePropagation(); };
  addEventListener("click", event => event.target.closest?.("button[aria-disabled=true]") && suppress(event), true);
  addEventListener("keydown", event => {
    if (event.repeat && event.key === "Enter" && event.target.matches?.("button")) suppress(event);
  }, true);

  // ---- a template icon that is missing or broken is replaced by the letter behind it; morphing skips that tile
  function removeIcon(image) {
    image.closest(".tile")?.setAttribute("hx-morph-skip", "");
    image.remove();
  }
  const removeBrokenIcons = () => document.querySelectorAll(".tile img").forEach(image => {
    if (image.complete && !image.naturalWidth) image.decode().catch(() => removeIcon(image));
  });
  addEventListener("error", ({target}) => target.matches?.(".tile img") && removeIcon(target), true);

  // ---- [data-refresh-s] is requested again while the tab is visible, more often during a transition; 0 is never
  const TRANSITION_REFRESH_S = 5;
  const MAX_RETRY_AFTER_S = 3600; // a timer of more than 24 days would end at once
  const WITHOUT_POLLING = ["live", "signed-out", "ended"]; // states of the stream
  let refreshedAt = performance.now(), failures = 0, retryAfterS = 0, writes = 0, refreshTimer;
  const refreshRegion = () => query("[data-refresh-s]:not([data-refresh-s='0'])");
  const isPartInUse = part => query(":popover-open, dialog[open], .htmx-request", part)
    || (part.contains(document.activeElement) && document.activeElement.matches("input:not(#bulk *, [form=bulk]), select, textarea"));
  // A refresh of a workspace's header brings its overview with it.
  const isInUse = region => query("#row-menu:popover-open") || [region, query("#overview")].some(part => part && isPartInUse(part));

  function scheduleRefresh() {
    clearTimeout(refreshTimer);
    const region = refreshRegion();
    if (!region || document.visibilityState !== "visible") return;
    if (WITHOUT_POLLING.includes(document.documentElement.dataset.liveState)) return;
    const {refreshS} = region.dataset;
    const interval = query("[data-transition]") ? Math.min(refreshS, TRANSITION_REFRESH_S) : refreshS;
    const backoff = interval * Math.min(2 ** failures, 32) * (1 + Math.random() / 5);
    const wait = failures ? Math.max(backoff, retryAfterS) : interval; // s
    refreshTimer = setTimeout(refresh, Math.max(refreshedAt + wait * 1000 - performance.now(), 0));
  }
  function refresh() {
    const region = refreshRegion(), url = currentUrl();
    refreshedAt = performance.now();
    if (region && !isInUse(region))
      htmx.ajax("GET", url, {target: region, source: region, swap: "outerMorph", refresh: {url, writes}});
    scheduleRefresh();
  }
  function refreshFailed(ctx) {
    failures++;
    retryAfterS = Math.min(Number(ctx.response?.headers.get("Retry-After")) || 0, MAX_RETRY_AFTER_S);
    showStaleNote(texts().textStale);
  }
  function showStaleNote(text) {
    const note = query(".stale-note");
    if (note && note.textContent !== text) note.textContent = text;
  }
  document.addEventListener("visibilitychange", scheduleRefresh);
  document.addEventListener("portal:refresh", refresh);
  document.addEventListener("portal:stream-state", () => {
    if (document.documentElement.dataset.liveState === "live") {
      refreshedAt = performance.now();
      failures = 0;
      showStaleNote("");
    }
    scheduleRefresh();
  });

  // ---- requests of a page that is left: the browser ends them, which is no failure. WebKit does so before it hides the
  // page, and also in the moment after the page is shown again: a page that comes back repeats its reads after that moment.
  // One that stays, since the link was a download, reports the failure.
  const STAYS_AFTER_MS = 10_000, SETTLING_MS = 1000;
  let visit = 0, shownAgainAt = -SETTLING_MS; // how often this page was shown again, and when
  let whetherBack; // while the page may be left: a promise of true when it is shown again, of false if it stays
  addEventListener("beforeunload", () => {
    whetherBack = new Promise(resolve => {
      addEventListener("pageshow", () => resolve(true), {once: true});
      setTimeout(resolve, STAYS_AFTER_MS, false);
    });
    whetherBack.then(() => { whetherBack = undefined; });
  });
  addEventListener("pageshow", ({persisted}) => {
    if (!persisted) return;
    visit++;
    shownAgainAt = performance.now();
  });
  const settlingMs = () => Math.max(0, shownAgainAt + SETTLING_MS - performance.now());
  async function fetchUnlessLeft(url, request) {
    const visitOfRequest = visit, wasSettling = settlingMs() > 0;
    try {
      return await fetch(url, request);
    } catch (error) {
      const isBack = visit > visitOfRequest || await whetherBack, isRead = request.method === "GET";
      if (request.signal.aborted || !isBack && !(wasSettling && isRead)) throw error;
      if (!isRead) throw new DOMException("The page was left.", "AbortError");
      await new Promise(resolve => setTimeout(resolve, settlingMs()));
      return fetchUnlessLeft(url, request);
    }
  }
  onHtmx("before:request", ctx => { ctx.fetch = fetchUnlessLeft; });

  // ---- requests and their errors
  // When a request of the page itself meets an expired session, the page says so instead of redirecting somebody who types.
  const isByPerson = ctx => ctx.request.method === "GET" ? ctx.sourceElement.matches?.("[role=search]") : ctx.target?.id !== "summary-body";
  onHtmx("before:response", (ctx, event) => {
    if (ctx.response.status !== 401 || isByPerson(ctx)) return;
    event.preventDefault();
    document.dispatchEvent(new Event("portal:signed-out"));
  });
  onHtmx("before:request", (ctx, event) => {
    if (ctx.sourceEvent?.type === "input" && ctx.sourceElement.q?.value.endsWith(":")) return event.preventDefault(); // its value follows
    if (ctx.request.method !== "GET") writes++;
    ctx.sourceElement.closest("[popover]:not([data-stays-open])")?.hidePopover();
  });
  onHtmx("finally:request", ctx => {
    if (ctx.request.method !== "GET") writes++;
    if (ctx.refresh && ctx.response?.status < 400) failures = 0;
    scheduleRefresh();
  });
  onHtmx("error", ctx => {
    if (ctx?.refresh) refreshFailed(ctx);
    else if (ctx?.request) showError(texts().textUnreachable);
  });
  onHtmx("response:error", ctx => {
    if (ctx.refresh) refreshFailed(ctx);
    else if (ctx.response.status !== 422 && !/<hx-partial/.test(ctx.text) && !ctx.hx.redirect && !ctx.hx.refresh) {
      showError(texts().textFailed);
      ctx.hx.reswap = "none";
    }
  });

  // ---- who signs out leaves nothing of their forms in this tab: see form_draft.js
  document.addEventListener("submit", ({target}) => {
    if (!/\/logout\/$/.test(target.getAttribute("action") ?? "")) return;
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("form:")) sessionStorage.removeItem(key);
  });

  // ---- swaps
  let focusBefore, statusesBefore;
  const statuses = () => new Map([...document.querySelectorAll("[data-status]")].map(({id, dataset}) =>
    [id, {status: dataset.status, inTransition: "transition" in dataset}]));
  onHtmx("before:swap", (ctx, event) => {
    const {tasks} = event.detail;
    if (ctx.refresh && ctx.response.status >= 400) {
      // The error of a refresh is shown beside the time of the last one; as a message it would be spoken each time.
      const errors = tasks.map(task => task.fragment.textContent.trim()).filter(Boolean);
      if (errors.length && tasks[0].type === "partial") showStaleNote(errors.join(" "));
      return event.preventDefault();
    }
    // A refresh that a click, a search or a menu came before is obsolete.
    const isObsolete = ctx.refresh && (ctx.refresh.writes !== writes || ctx.refresh.url !== currentUrl() || isInUse(ctx.target));
    if (isObsolete) return event.preventDefault();
    const focused = document.activeElement;
    focusBefore = {
      id: focused?.id,
      workspace: focused?.closest("[data-status]")?.id,
      section: focused?.closest("section[id]")?.id,
      exists: focused && focused !== document.body,
    };
    statusesBefore = statuses();
    rememberButtons();
  });
  onHtmx("after:swap", ctx => {
    removeBrokenIcons();
    restoreFocus();
    guardNewButtons();
    markMenuLinks();
    removeObsoleteMessages();
    const changed = [];
    for (const [id, {status, inTransition}] of statuses()) {
      const before = statusesBefore.get(id), element = document.getElementById(id);
      if (!before) continue;
      if (before.status !== status) {
        changed.push(element);
        element.classList.add("changed");
        document.dispatchEvent(new CustomEvent("portal:status-changed", {detail: {element}}));
      }
      if (before.inTransition && !inTransition)
        document.dispatchEvent(new CustomEvent("portal:transition-ended", {detail: {element}}));
    }
    if ((ctx.refresh || ctx.live) && changed.length && changed.length < 4)
      announce(changed.map(element => `${query("bdi", element).textContent}: ${query(".status-badge", element).textContent.trim()}`).join(". "));
    updateTab();
    const field = query("#q"), searchError = query("#q-error");
    if (field) field.ariaInvalid = String(!searchError.hidden);
    if (ctx.sourceElement?.matches?.("[role=search]"))
      announce((searchError.hidden ? query("#count") : searchError).textContent.trim());
    scheduleRefresh();
  });
  // Title and icon of the tab show the status of the page's workspace.
  function updateTab() {
    const {title, icon} = query("[data-title]")?.dataset ?? {};
    if (!title) return;
    document.title = document.title.replace(/^.*?(?= · )/, () => title);
    if (query("link[rel=icon]").getAttribute("href") !== icon) query("link[rel=icon]").href = icon;
  }
  // When a swap removed the focused element, the focus moves to its successor, to a safe element of the same
  // workspace, to the section, or to the page.
  function restoreFocus() {
    if (!focusBefore.exists || (document.activeElement && document.activeElement !== document.body)) return;
    const workspace = document.getElementById(focusBefore.workspace), section = document.getElementById(focusBefore.section);
    const safeFocusTarget = workspace && (query(".btn-more", workspace) || query("a.name, .row-actions a", workspace));
    const target = document.getElementById(focusBefore.id) || safeFocusTarget || section || query("#main");
    if (target === section) section.tabIndex = -1;
    target.focus({preventScroll: true});
  }

  // ---- the filters of the list are fields of its search form, which suggests their choices
  document.addEventListener("change", ({target}) => {
    if (target.matches("select[form=search]")) target.form.requestSubmit();
  });
  query("#q[list]")?.addEventListener("focus", ({target: {list}}) => {
    for (const {name, options} of document.querySelectorAll("select[form=search]")) for (const {value} of options)
      if (value) list.append(new Option(`${name}:${value}`));
  }, {once: true});

  // ---- the buttons of a row have no attributes of htmx: there are many rows
  document.addEventListener("submit", event => {
    const {submitter} = event, row = submitter?.closest("tr[data-status]");
    if (!row) return;
    event.preventDefault();
    htmx.ajax("POST", submitter.formAction, {source: submitter, event, target: row, swap: "outerMorph"});
  });

  // ---- the menu of a row: one element for all rows, which is filled when it opens. Without scripts, its link opens a page
  const rowMenu = query("#row-menu"), menuLinks = "a.btn-more, #open-menu";
  const isPlainClick = event => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  const markMenuLinks = () => document.querySelectorAll(menuLinks).forEach(link => { link.role = "button"; });
  markMenuLinks();
  let menuOpener, openerBefore; // the link of the open menu; that of the menu which a press has just closed
  function openRowMenu(link) {
    menuOpener = link;
    rowMenu.replaceChildren(rowMenu.nextElementSibling.content.cloneNode(true));
    rowMenu.showPopover({source: link});
    htmx.ajax("GET", link.href, {source: link, target: rowMenu, swap: "innerHTML"});
  }
  document.addEventListener("click", event => {
    const link = event.target.closest?.(menuLinks);
    if (!rowMenu || !link || !isPlainClick(event)) return;
    event.preventDefault();
    if (openerBefore !== link) openRowMenu(link);
  });
  addEventListener("pointerdown", () => { openerBefore = rowMenu?.matches(":popover-open") ? menuOpener : undefined; }, true);
  document.addEventListener("keydown", event => {
    if (event.key === "Escape" && rowMenu?.matches(":popover-open")) menuOpener.focus(); // Tab may have left the empty menu
    if (event.key !== " " || !event.target.matches?.(menuLinks)) return;
    event.preventDefault(); // a link in the role of a button is pressed by the space bar, too
    event.target.click();
  });
  rowMenu?.addEventListener("toggle", ({newState}) => {
    menuOpener?.setAttribute("aria-expanded", String(newState === "open"));
    if (newState === "open") rowMenu.focus();
    else if (document.activeElement === document.body) menuOpener?.focus({preventScroll: true});
  });
  // The arrow keys move between the entries, as in the menus of the system.
  rowMenu?.addEventListener("keydown", event => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    const entries = [...rowMenu.querySelectorAll("a, button")], step = event.key === "ArrowDown" ? 1 : -1;
    const at = entries.indexOf(document.activeElement);
    entries.at(at < 0 && step < 0 ? -1 : (at + step) % entries.length)?.focus();
  });

  // ---- the rows of a list can be selected (selection.js, which is loaded with the first one); portal.css shows the actions
  const bulkForm = query("#bulk");
  let selectionFile;
  for (const name of ["focusin", "change"]) document.addEventListener(name, ({target}) => {
    if (bulkForm && target.form === bulkForm) selectionFile ??= import(bulkForm.dataset.script);
  });

  // ---- apps that open in a small window, and copying
  document.addEventListener("click", event => {
    const link = event.target.closest?.("a[data-small-window]");
    if (link && isPlainClick(event)) {
      event.preventDefault();
      window.open(link.href, "_blank", "noopener,width=900,height=600");
    }
    const button = event.target.closest?.("[data-copy]");
    if (button) copyText(button);
  });
  // What is copied is the code beside the button, or in it. Where the browser does not allow it (plain HTTP, no permission),
  // the code is selected, ready for Ctrl-C. The label of the button says for a while what has happened.
  const COPY_LABEL_MS = 3000;
  const copyTimers = new WeakMap(), copyLabels = new WeakMap();
  function copyText(button) {
    const source = button.closest("[data-copyable]").querySelector("code"), {textCopied, textSelected, textHint} = query("#sr-announcer").dataset;
    getSelection().selectAllChildren(source);
    const copied = navigator.clipboard?.writeText(source.textContent) ?? Promise.reject(new Error("no clipboard"));
    copied.then(() => labelCopyButton(button, textCopied, textCopied, true), () => labelCopyButton(button, textSelected, textHint, false));
  }
  function labelCopyButton(button, text, announcement, isCopied) {
    const label = button.querySelector("[data-copy-label]");
    if (!copyTimers.has(button)) copyLabels.set(button, label.textContent);
    clearTimeout(copyTimers.get(button));
    announce(announcement);
    label.textContent = text;
    button.classList.toggle("copied", isCopied);
    copyTimers.set(button, setTimeout(() => {
      copyTimers.delete(button);
      label.textContent = copyLabels.get(button);
      button.classList.remove("copied");
    }, COPY_LABEL_MS));
  }

  // ---- keyboard shortcuts: their file is loaded with the first key that is one; never while somebody types
  const isTyping = target => target.closest?.("input, textarea, select, [contenteditable], [popover]");
  let shortcutsFile; // one promise: imports of their own may end in another order than the keys came
  let typedMeanwhile = null; // the letters after the first Ctrl-K, while the file is on its way
  addEventListener("keydown", async event => {
    const {shortcuts} = root.dataset, {key, target} = event;
    if (!shortcuts || event.defaultPrevented || event.isComposing || event.altKey) return;
    if (typedMeanwhile !== null && !event.ctrlKey && !event.metaKey) {
      event.preventDefault(); // Enter must not follow the link that has the focus
      if (key.length === 1) typedMeanwhile += key;
      return;
    }
    const isCommand = event.ctrlKey !== event.metaKey && !event.shiftKey && key.toLowerCase() === "k";
    if (!isCommand && (event.ctrlKey || event.metaKey || !["/", "?", "j", "k", "s"].includes(key) || isTyping(target) || query("dialog[open]"))) return;
    event.preventDefault();
    if (isCommand) typedMeanwhile = "";
    shortcutsFile ??= import(shortcuts).catch(() => { shortcutsFile = undefined; showError(texts().textUnreachable); });
    const file = await shortcutsFile, typed = typedMeanwhile ?? "";
    typedMeanwhile = null;
    file?.press(key, isCommand, typed);
  });

  // ---- the transition between two pages (portal.css) is only for the list and a workspace: while it lasts, WebKit takes no
  // clicks
  const isListOrWorkspace = url => /^(workspaces|@[^/]+\/[^/]+)\/$/.test(new URL(url).pathname.slice(texts().home.length));
  addEventListener("pageswap", ({activation, viewTransition}) => {
    if (viewTransition && ![location.href, activation.entry.url].every(isListOrWorkspace)) viewTransition.skipTransition();
  });

  document.addEventListener("DOMContentLoaded", () => { removeBrokenIcons(); scheduleRefresh(); });
})();
