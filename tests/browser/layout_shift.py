"""What moved on a page after its first paint, as Chromium reports it."""

from playwright.sync_api import Page, Route

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


def paint_when_parsed(page: Page) -> None:
    """Let Chromium paint each document of the page once it is parsed.

    A busy machine paints a part of a document, and the part of a row that is there moves while the rest is parsed.
    """

    def add_end(route: Route) -> None:
        if route.request.resource_type != "document":
            route.fallback()
            return
        response = route.fetch(max_redirects=0)
        html = response.text().replace("</head>", '<link rel="expect" href="#end" blocking="render"></head>', 1)
        route.fulfill(response=response, body=html.replace("</body>", '<i id="end"></i></body>'))

    # Chromium does not know that such a document comes from this machine, as the icons of templates do.
    page.context.grant_permissions(["local-network-access"])
    page.route("**/*", add_end)
