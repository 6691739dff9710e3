// Selecting rows of a list: ranges with Shift, and saying how many are selected. A module that portal.js loads with the
// first selected row; without it each row has a checkbox.
const form = document.querySelector("#bulk");
const isTick = element => element?.form === form && element.name === "workspace";
const ticks = () => [...form.elements].filter(isTick);
let anchor = isTick(document.activeElement) ? document.activeElement : ticks().find(tick => tick.checked);

// The checkbox above the rows, where the page has one: checked with all rows, indeterminate with some of them.
const pageTick = () => document.querySelector("#select-page");

function updatePageTick() {
  const all = ticks(), count = all.filter(tick => tick.checked).length, tick = pageTick();
  if (tick) [tick.checked, tick.indeterminate] = [count > 0 && count === all.length, count > 0 && count < all.length];
  return count;
}

function announceCount() {
  document.querySelector("#sr-announcer").textContent = form.dataset.text.replace("%s", updatePageTick());
}

function selectPage() {
  for (const tick of ticks()) tick.checked = pageTick().checked;
}

if (pageTick()?.checked) selectPage(); // with which this file was loaded, or with a row
if (ticks().some(tick => tick.checked)) announceCount();

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
  if (target.id === "select-page") selectPage();
  if (target.form === form) announceCount();
});
document.addEventListener("htmx:after:swap", updatePageTick);
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
