"""What moved on a page after its first paint, as Chromium reports it."""

# Sources name what moved. `hadRecentInput` is a shift that a click or a key caused; without a node, the stream has
# replaced what moved: news, of which the demo has some.
LAYOUT_SHIFTS = """() => new Promise(resolve => {
  const shifts = [];
  new PerformanceObserver(list => list.getEntries()
    .filter(entry => !entry.hadRecentInput && entry.sources.some(source => source.node))
    .forEach(entry => shifts.push([entry.value, ...entry.sources.map(source => source.node?.outerHTML?.slice(0, 99))])))
    .observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(shifts))));
})"""
