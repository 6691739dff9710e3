// Selecting rows of a list: ranges with Shift, and saying how many are selected. A module that portal.js loads with the
// first selected row; without it each row has a checkbox.
const form = document.querySelector("#bulk");
const ticks = () => [...document.querySelectorAll("input[form=bulk][name=workspace]")];
const isTick = element => element?.matches?.("input[form=bulk][name=workspace]");
let anchor = isTick(document.activeElement) ? document.activeElement : ticks().find(tick => tick.checked);

function announceCount() {
  const count = ticks().filter(tick => tick.checked).length;
  document.querySelector("#sr-announcer").textContent = form.dataset.text.replace("%s", count);
}

if (ticks().some(tick => tick.checked)) announceCount(); // the row with which this file was loaded

// Set all rows from the anchor to `tick` to the state of `tick`.
function selectRange(tick) {
  const all = ticks(), [first, last] = [all.indexOf(anchor), all.indexOf(tick)].sort((a, b) => a - b);
  if (first >= 0) for (const each of all.slice(first, last + 1)) each.checked = tick.checked;
}

document.addEventListener("click", ({target, shiftKey}) => {
  if (!isTick(target)) return;
  if (shiftKey) selectRange(target);
  anchor = target;
});
document.addEventListener("change", ({target}) => {
  if (target.matches("input[form=bulk]")) announceCount();
});
form.addEventListener("reset", () => setTimeout(announceCount));

// Shift and an arrow key extend the selection by a row, as in the lists of the system.
document.addEventListener("keydown", event => {
  const {key, shiftKey, target} = event;
  if (key === "Enter" && isTick(target)) event.preventDefault(); // it would press the first button of the form
  if (!shiftKey || !["ArrowDown", "ArrowUp"].includes(key) || !isTick(target)) return;
  event.preventDefault();
  const all = ticks(), next = all[all.indexOf(target) + (key === "ArrowDown" ? 1 : -1)];
  target.checked = true;
  if (next) {
    next.checked = true;
    next.focus();
    anchor = next;
  }
  announceCount();
});
