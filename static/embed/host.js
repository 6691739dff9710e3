// Widgets of the Coder Portal for another site's page: <coder-workspaces>, <coder-workspace name="owner/name"> and
// <coder-create template="id">. Each holds a link, which it hides while the portal's frame answers.
(() => {
  "use strict";
  const base = new URL("./", document.currentScript.src);
  const ANSWER_MS = 10_000, RETRY_MS = 5000, MAX_RETRY_MS = 300_000, MAX_HEIGHT = 5000;
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
      const frame = this.frame = document.createElement("iframe");
      frame.title = this.title || label;
      frame.width = "100%";
      frame.height = this.getAttribute("height") || height;
      frame.frameBorder = 0;
      frame.referrerPolicy = "strict-origin";
      frame.src = url;
      frame.onload = () => this.send("hello");
      this.showLink(false);
      this.append(frame);
      widgets.set(frame.contentWindow, this);
      this.timer = setTimeout(() => this.fail(), ANSWER_MS);
    }
    unload() {
      clearTimeout(this.timer);
      widgets.delete(this.frame?.contentWindow);
      this.frame?.remove();
      this.check?.remove();
      this.answered = false;
    }
    send(...message) { this.frame.contentWindow?.postMessage(["coder", ...message], base.origin); }
    receive(_, kind, value, status, running, count) {
      if (kind === "status") this.tell(value, status, running, count);
      if (kind !== "height" || !(value > 0 && value < MAX_HEIGHT)) return;
      clearTimeout(this.timer);
      this.answered = true;
      this.wait = RETRY_MS;
      this.frame.height = Math.ceil(value);
    }
    tell(state, status, running, count) {
      this.dispatchEvent(new CustomEvent("coder:status", {bubbles: true, detail: {state, status, running, count}}));
    }
    fail() {
      this.unload();
      this.showLink(true);
      const link = this.check = document.createElement("a");
      link.href = new URL("check/?origin=" + origin, base);
      link.target = "_blank";
      link.textContent = "Why is this not shown?";
      this.append(" ", link);
      this.tell("unreachable");
      this.timer = setTimeout(() => this.load(), this.wait * (1 + Math.random() / 4));
      this.wait = Math.min(this.wait * 2, MAX_RETRY_MS);
    }
    showLink(shown) { for (const child of this.children) child.hidden = !shown; }
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
