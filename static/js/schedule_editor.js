// The editors of autostart and of the time until shutdown, for a new workspace, in the settings, and for several workspaces.
(() => {
  "use strict";

  // ---- autostart: buttons that select several days at once
  const boxes = editor => [...editor.querySelectorAll("[name=days]")];
  const selectedDays = editor => boxes(editor).filter(box => box.checked).map(box => box.value).sort().join(" ");

  function select(editor, {days, time}) {
    const field = editor.querySelector("[name=time]");
    for (const box of boxes(editor)) box.checked = days.split(" ").includes(box.value);
    field.value = days && (field.value || time);
    for (const name of ["input", "change"]) boxes(editor)[0].dispatchEvent(new Event(name, {bubbles: true}));
  }
  document.addEventListener("click", ({target}) => {
    const button = target.closest?.("[data-days]");
    if (button) select(button.closest(".autostart-editor"), button.dataset);
  });
  document.addEventListener("input", ({target}) => {
    const editor = target.closest(".autostart-editor");
    for (const button of editor?.querySelectorAll("[data-days]") ?? [])
      button.ariaPressed = String(button.dataset.days === selectedDays(editor));
  });

  // ---- who types a duration chooses it; typing the old one again chooses what was chosen before
  document.addEventListener("input", ({target}) => {
    if (!target.matches("[name=ttl_hours], [name=ttl_minutes]")) return;
    const isEdited = [...target.form.querySelectorAll("[name=ttl_hours], [name=ttl_minutes]")]
      .some(field => field.value !== field.defaultValue);
    for (const radio of target.form.querySelectorAll("[name=ttl]"))
      radio.checked = isEdited ? radio.value === "duration" : radio.defaultChecked;
  });
})();
