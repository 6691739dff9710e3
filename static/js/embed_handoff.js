// A frame that is signed out, on a page of another site: browsers send it no cookie of the portal's pages. The button
// opens a window, in which the person signs in and allows this site; the frame then gets a session of its own.
// On a page of the same site nothing of this is needed: the link of the button opens the portal's sign-in.
(() => {
  "use strict";
  const {dataset} = document.getElementById("frame"), {dataset: page} = document.body;
  const button = document.getElementById("sign-in"), origin = location.ancestorOrigins?.[0] ?? "";
  // embed.js sets this cookie, which a browser keeps only in a frame of the same site (SameSite=Lax).
  const isSameSite = document.cookie.split("; ").some(cookie => cookie.startsWith(`${page.zoneCookie}=`));
  if (isSameSite || self === top || self.origin === "null") return;

  const show = name => {
    for (const text of document.querySelectorAll("[data-handoff-text]")) text.hidden = text.dataset.handoffText !== name;
  };
  const post = (url, fields) => fetch(url, {method: "POST", body: new URLSearchParams({csrfmiddlewaretoken: token, ...fields})});
  let token, opened, isKept;
  // The first request sets the cookie, the second one tells whether it has arrived.
  const readCookies = async () => {
    ({kept: isKept, token} = await (await fetch(dataset.cookiesUrl)).json());
    return isKept;
  };
  const checkCookies = async () => await readCookies() || readCookies();
  const failed = () => show("failed");
  // The check says what is to be set where.
  function linkCheck(found) {
    const link = document.querySelector("#frame-check a");
    link.search = new URLSearchParams({origin, found});
    link.parentElement.hidden = false;
  }
  const checked = checkCookies().then(kept => linkCheck(kept ? "kept" : "not-kept"), failed);

  async function openWindow() {
    show("");
    await checked; // a click is valid for seconds
    let url = dataset.handoffUrl;
    if (!isKept) {
      try {
        await document.requestStorageAccess();
      } catch {
        return show("not-kept");
      }
      url = dataset.windowUrl; // sets the cookie as one of the portal's own pages
    }
    opened = open(url, "_blank");
    if (opened) return;
    show("no-window");
    linkCheck("no-opener");
  }
  checked.then(() => { button.dataset.handoff = ""; }); // a click opens the window at once from now on
  button.addEventListener("click", event => {
    event.preventDefault();
    event.stopPropagation();
    openWindow();
  });

  const answers = {
    async cookies() {
      await readCookies();
      if (!isKept) show("not-kept");
      return [isKept ? "kept" : "failed"];
    },
    async hello() {
      if (!await checkCookies()) return ["failed"];
      const {ticket} = await (await post(dataset.ticketUrl, {page: origin})).json();
      if (!ticket) show("not-allowed");
      return ticket ? ["ticket", ticket] : ["failed"];
    },
    async ready() { return ["ready"]; },
    async code(code) {
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
      const isDone = !code || (await post(dataset.claimUrl, {code, zone})).ok;
      if (isDone) setTimeout(() => location.replace(page.url));
      return [isDone ? "done" : "failed"];
    },
  };
  addEventListener("message", async ({source, origin: sender, data}) => {
    if (!opened || source !== opened || sender !== location.origin || !Array.isArray(data) || data[0] !== "handoff") return;
    const answer = Object.hasOwn(answers, data[1]) && answers[data[1]];
    if (!answer) return;
    const message = await answer(data[2]).catch(() => ["failed"]);
    if (message[0] === "failed" && data[1] === "code") failed();
    opened.postMessage(["handoff", ...message], location.origin);
  });
})();
