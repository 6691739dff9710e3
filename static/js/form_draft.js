// What was typed into the form of a new workspace or of parameters is shown again after Back, after a reload, and after a
// new sign-in. It stays in this tab until the tab is closed or the person signs out; secrets are not kept.
(() => {
  "use strict";
  const PREFIX = "form:";
  const form = () => document.querySelector("form#new[data-person]");
  const owner = () => `${PREFIX}${form().dataset.person}:`;
  const key = () => owner() + location.pathname + location.search;
  const isCheckable = control => ["checkbox", "radio"].includes(control.type);
  const controls = () => [...form().elements].filter(control => control.name && !control.matches(".masked")
    && !["hidden", "password", "submit", "button", "fieldset"].includes(control.type));

  function save() {
    const values = {};
    for (const control of controls()) {
      values[control.name] ??= [];
      if (!isCheckable(control) || control.checked) values[control.name].push(control.value);
    }
    try {
      sessionStorage.setItem(key(), JSON.stringify(values));
    } catch { /* no storage, or a form that is too large for it: the browser restores what it can */ }
  }
  function apply(values) {
    let isChanged = false;
    for (const control of controls()) {
      const saved = values[control.name];
      if (!saved) continue;
      const before = isCheckable(control) ? control.checked : control.value;
      if (isCheckable(control)) control.checked = saved.includes(control.value);
      else if (saved.length && !(control.matches("select") && ![...control.options].some(option => option.value === saved[0])))
        control.value = saved[0];
      if (before === (isCheckable(control) ? control.checked : control.value)) continue;
      isChanged = true;
      for (let fold = control.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    }
    return isChanged;
  }
  async function restore() {
    const values = JSON.parse(sessionStorage.getItem(key()) ?? "{}");
    if (!apply(values)) return;
    form().querySelector("#id_name")?.dispatchEvent(new Event("input", {bubbles: true})); // the summary
    if (!form().querySelector(".btn-update-form")) return;
    // Other fields may depend on the restored ones.
    await htmx.ajax("POST", form().action, {source: form(), target: form(), swap: "outerMorph", values: {again: "1"}});
    apply(values);
  }
  const isAfterSignIn = () => document.referrer.startsWith(location.origin) && /\/login\/$/.test(new URL(document.referrer).pathname);
  addEventListener("pageshow", ({persisted}) => {
    if (persisted || !form()) return;
    for (const stored of Object.keys(sessionStorage))
      if (stored.startsWith(PREFIX) && !stored.startsWith(owner())) sessionStorage.removeItem(stored);
    const [{type}] = performance.getEntriesByType("navigation");
    if (["back_forward", "reload"].includes(type) || isAfterSignIn()) restore();
  });
  for (const name of ["input", "change"]) // on the window: listeners of the document may change other fields
    addEventListener(name, ({target}) => { if (target.form && target.form === form()) save(); });
})();
