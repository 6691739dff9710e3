// The forms of a new workspace and of parameters, beyond plain HTML: sliders, and copying the link to the form.
(() => {
  "use strict";
  const LABEL_MS = 3000; // for which the button says that the link is copied
  const form = () => document.querySelector("#new");

  // A number with bounds gets a slider. The slider only sets the number, which is submitted and read by screen readers.
  function addSliders() {
    for (const number of document.querySelectorAll("input[data-slider]")) {
      if (number.nextElementSibling?.matches(".slider")) continue;
      const {min, max} = number, slider = document.createElement("input");
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

  document.addEventListener("DOMContentLoaded", addSliders);
  document.addEventListener("htmx:after:swap", addSliders);
})();
