// The tabs of a workspace's page: plain links, whose panel htmx swaps. The header and the stream of the page stay.
(() => {
  "use strict";
  const bar = () => document.getElementById("tabs");
  const currentTab = () => bar()?.querySelector("[aria-current]");
  const isTab = element => Boolean(element?.closest?.("#tabs"));
  let isRestoring = false; // htmx restores a page after Back or Forward

  // The page keeps its height while the panel is replaced, so that the bar stays under the pointer.
  document.addEventListener("htmx:before:swap", ({detail: {ctx}}) => {
    if (isTab(ctx.sourceElement)) document.getElementById("main").style.minHeight = `${scrollY ? scrollY + innerHeight : 0}px`;
  });
  document.addEventListener("htmx:after:swap", ({detail: {ctx}}) => {
    if (!isTab(ctx.sourceElement) || !currentTab()) return;
    document.getElementById("sr-announcer").textContent = currentTab().textContent;
    // A stream that began while another tab was shown has sent the log of the build in progress already.
    if (document.querySelector(".build-log:empty") && document.querySelector("[data-transition]"))
      document.dispatchEvent(new Event("portal:overview-shown"));
  });

  // What is left of a workspace that was deleted, Coder finds by name only on request.
  document.addEventListener("htmx:after:swap", () => {
    if (!document.querySelector(".workspace[data-status=deleted]")) return;
    for (const tab of bar()?.querySelectorAll("a:not([href*=include_deleted])") ?? []) {
      if (!tab.matches("[data-remains]")) tab.remove();
      for (const name of ["href", "hx-get"]) tab.setAttribute(name, `${tab.getAttribute(name)}?include_deleted=1`);
    }
  });

  // Who renamed the workspace elsewhere changed its addresses.
  document.addEventListener("htmx:after:swap", () => {
    const address = document.querySelector(".workspace[data-page]")?.dataset.page, before = bar()?.querySelector("a")?.getAttribute("href").split("?")[0];
    if (!address || !before || address === before) return;
    for (const tab of bar().querySelectorAll("a"))
      for (const name of ["href", "hx-get"]) tab.setAttribute(name, tab.getAttribute(name).replace(before, () => address));
    if (location.pathname.startsWith(before)) history.replaceState(history.state, "", location.href.replace(before, () => address));
  });

  // Who goes Back is at the tab that is shown again, not at the start of the page.
  document.addEventListener("htmx:before:history:restore", () => { isRestoring = isTab(document.activeElement); });
  document.addEventListener("htmx:after:swap", () => {
    if (!isRestoring || document.activeElement !== document.body) return;
    isRestoring = false;
    currentTab()?.focus({preventScroll: true});
  });
})();
