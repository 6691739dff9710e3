// The forms of a new workspace and of parameters, beyond plain HTML: sliders, links to fields, and copying the link to the
// form.
(() => {
  "use strict";
  const LABEL_MS = 3000; // for which the button says that the link is copied
  const form = () => document.querySelector("#new");

  // A number with bounds gets a slider. The slider only sets the number, which is submitted and read by screen readers.
  function addSliders() {
    for (const number of document.querySelectorAll("input[data-slider]")) {
      if (number.nextElementSibling?.matches(".slider")) continue;
      const {min, max} = number.dataset, slider = document.createElement("input");
      Object.assign(slider, {type: "range", className: "slider", min, max, value: number.value || min, tabIndex: -1});
      slider.setAttribute("aria-hidden", "true");
      slider.addEventListener("input", () => { number.value = slider.value; });
      slider.addEventListener("change", () => number.dispatchEvent(new Event("change", {bubbles: true})));
      number.addEventListener("input", () => { slider.value = number.value; });
      number.after(slider);
    }
  }

  // The server builds the link, because it knows the template's parameters. Without a clipboard the link is opened.
  async function copyLink(button) {
    await htmx.ajax("POST", form().action, {source: form(), target: form(), swap: "outerMorph", values: {again: "1"}});
    const link = new URL(form().dataset.link, location.origin + new URL(form().action).pathname).href;
    try {
      await navigator.clipboard.writeText(link);
      document.querySelector("#sr-announcer").textContent = button.dataset.copied;
      const label = document.querySelector("[data-copied] span");
      const text = label.textContent;
      label.textContent = button.dataset.copied;
      setTimeout(() => { label.textContent = text; }, LABEL_MS);
    } catch {
      location.assign(link);
    }
  }
  document.addEventListener("click", event => {
    const button = event.target.closest?.("[data-copied]");
    if (!button) return;
    event.preventDefault();
    copyLink(button);
  });

  // ---- fields in sections that are closed
  const openAround = element => {
    for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  };
  const CONTROLS = "input:not([type=hidden], [tabindex='-1']), select, textarea";
  const controlOf = element => element.matches(CONTROLS) ? element : element.querySelector(`:checked, ${CONTROLS}`);
  // A link to a field moves the focus to it, for a group of options to the one that is chosen.
  document.addEventListener("click", event => {
    const link = event.target.closest?.("#new a[href^='#']");
    const field = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!field) return;
    event.preventDefault();
    openAround(field);
    controlOf(field)?.focus();
  });
  // A swap does not open a section: one that holds an error is opened here, before the first of them gets the focus.
  function openInvalid() {
    for (const field of document.querySelectorAll("#new .invalid")) openAround(field);
    document.querySelector("#new [autofocus]")?.focus();
  }

  // ---- the summary: a response is obsolete when the whole form was requested after it
  let formRequests = 0;
  document.addEventListener("htmx:before:request", ({detail: {ctx}}) => {
    if (ctx.target === form()) formRequests++;
    ctx.formRequests = formRequests;
  });
  document.addEventListener("htmx:before:swap", event => {
    const {ctx} = event.detail;
    if (ctx.target?.id === "summary-body" && ctx.formRequests !== formRequests) event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", addSliders);
  document.addEventListener("htmx:after:swap", ({detail: {ctx}}) => {
    addSliders();
    if (ctx.target?.id === "new") openInvalid();
  });
})();
