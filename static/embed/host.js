// Widgets of the Coder Portal for another site's page: <coder-workspaces>, <coder-workspace name="owner/name"> and
// <coder-create template="id">. Each holds a link, which it hides while the portal's frame answers.
(() => {
  "use strict";
  const base = new URL("./", document.currentScript.src);
  const ANSWER_MS = 10_000, RETRY_MS = 5000, MAX_RETRY_MS = 300_000;
  const LOOK = ["theme", "accent", "density", "actions"];
  const widgets = new Map(); // by the window of their frame

  addEventListener("message", ({origin, source, data}) => {
    if (origin === base.origin && Array.isArray(data) && data[0] === "coder") widgets.get(source)?.receive(...data);
  });

  class Widget extends HTMLElement {
    connectedCallback() {
      this.wait = RETRY_MS;
      this.load();
    }
    disconnectedCallback() { this.unload(); }
    attributeChangedCallback(name, before, after) {
      if (!this.isConnected || !this.wait || before === after) return;
      if (name === "theme" && this.answered) this.send("theme", after || "system");
      else this.load();
    }
    load() {
      this.unload();
      const {query, height, label} = this.constructor, url = new URL(this.path(), base);
      for (const name of [...query, ...LOOK]) if (this.hasAttribute(name)) url.searchParams.set(name, this.getAttribute(name));
      this.showLinks();
      this.append(this.frame = Object.assign(document.createElement("iframe"), {
        title: this.title || label, width: "100%", height: this.check ? 1 : this.getAttribute("height") || height,
        frameBorder: 0, referrerPolicy: "strict-origin", src: url, onload: () => this.send("hello"),
      }));
      widgets.set(this.frame.contentWindow, this);
      this.timer = setTimeout(() => this.fail(), ANSWER_MS);
    }
    unload() {
      clearTimeout(this.timer);
      widgets.delete(this.frame?.contentWindow);
      this.frame?.remove();
      this.answered = false;
    }
    send(...message) { this.frame.contentWindow?.postMessage(["coder", ...message], base.origin); }
    receive(_, kind, value, status, running, count) {
      if (kind === "status") this.tell(value, status, running, count);
      if (kind !== "height" || !(value > 0 && value < 5000)) return; // pixels
      clearTimeout(this.timer);
      this.answered = true;
      this.check = this.check?.remove();
      this.showLinks();
      this.wait = RETRY_MS;
      this.frame.height = Math.ceil(value);
    }
    tell(state, status, running, count) {
      this.dispatchEvent(new CustomEvent("coder:status", {bubbles: true, detail: {state, status, running, count}}));
    }
    fail() {
      this.unload();
      if (!this.check) this.append(" ", this.check = Object.assign(document.createElement("a"), {
        href: new URL("check/?origin=" + origin, base), target: "_blank", textContent: "Why is this not shown?",
      }));
      this.showLinks();
      this.tell("unreachable");
      this.timer = setTimeout(() => this.load(), this.wait * (1 + Math.random() / 4));
      this.wait = Math.min(this.wait * 2, MAX_RETRY_MS);
    }
    // After a failure the links are shown until a frame answers.
    showLinks() { for (const child of this.children) child.hidden = !this.check && child !== this.frame; }
  }

  const define = (tag, own, query, height, label, path) => customElements.get(tag) || customElements.define(tag, class extends Widget {
    static observedAttributes = [...LOOK, ...own, ...query];
    static query = query;
    static height = height;
    static label = label;
    path() { return path(name => this.getAttribute(name) ?? ""); }
  });
  define("coder-workspaces", [], ["q", "limit", "columns"], 260, "Workspaces", () => "workspaces/");
  define("coder-workspace", ["name"], [], 220, "Workspace",
    get => `@${get("name").split("/").map(encodeURIComponent).join("/")}/`);
  define("coder-create", ["template", "values"], [], 260, "Create workspace",
    get => `new/${encodeURIComponent(get("template"))}/?${get("values")}`);
})();
