// The intranet's own script: its theme, which the widgets follow, and a line about them.
(() => {
  "use strict";
  const root = document.documentElement, button = document.getElementById("theme");
  const widgets = document.querySelectorAll("coder-workspaces, coder-workspace, coder-create");
  button.addEventListener("click", () => {
    const theme = root.dataset.theme === "dark" ? "light" : "dark";
    root.dataset.theme = theme;
    button.textContent = theme === "dark" ? "Light" : "Dark";
    for (const widget of widgets) widget.setAttribute("theme", theme);
  });
  addEventListener("coder:status", ({target, detail: {state, running, count}}) => {
    if (target.localName !== "coder-workspaces") return;
    document.getElementById("summary").textContent = state === "ok" ? `${running} running here, ${count} in all` : "";
  });
})();
