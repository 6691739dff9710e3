// What the form of a new workspace does beyond plain HTML: sliders, and its link in the clipboard.
(() => {
  "use strict";
  const form = () => document.querySelector("#new");

  // A number with bounds may be slid. The slider only turns the number, which is what is sent and spoken.
  function slide() {
    for (const number of document.querySelectorAll("input[data-slider]")) {
      if (number.nextElementSibling?.matches(".slider")) continue;
      const slider = document.createElement("input");
      Object.assign(slider, {type: "range", className: "slider", min: number.min, max: number.max, value: number.value || number.min, tabIndex: -1});
      slider.setAttribute("aria-hidden", "true");
      slider.addEventListener("input", () => { number.value = slider.value; });
      slider.addEventListener("change", () => number.dispatchEvent(new Event("change", {bubbles: true})));
      number.addEventListener("input", () => { slider.value = number.value; });
      number.after(slider);
    }
  }

  // The server knows the link, since it knows what a template's parameters are; without a clipboard it is gone to.
  async function copy(button) {
    await htmx.ajax("POST", form().action, {source: form(), target: form(), swap: "outerMorph", values: {again: "1"}});
    const link = new URL(form().dataset.link, location.origin + new URL(form().action).pathname).href;
    try {
      await navigator.clipboard.writeText(link);
      document.querySelector("#said").textContent = button.dataset.copied;
      const label = document.querySelector("[data-copied] span");
      const before = label.textContent;
      label.textContent = button.dataset.copied;
      setTimeout(() => { label.textContent = before; }, 3000);
    } catch {
      location.assign(link);
    }
  }
  document.addEventListener("click", event => {
    const button = event.target.closest?.("[data-copied]");
    if (!button) return;
    event.preventDefault();
    copy(button);
  });

  document.addEventListener("DOMContentLoaded", slide);
  document.addEventListener("htmx:after:swap", slide);
})();
