"""Draw the icons of the simulated Coder: own SVG images with the names that the worlds use."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STROKE = 'fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"'

ICONS = {
    # name: (color of the background, shapes in a square of 32); without one where Coder's icon is white on nothing
    "k8s": ("#1d4ed8", f'<path d="M16 6l9 5v10l-9 5-9-5V11z" {STROKE}/><circle cx="16" cy="16" r="3" fill="#fff"/>'),
    "container": ("", f'<path d="M7 19h18M9 14h4v5H9zM14 14h4v5h-4zM19 14h4v5h-4zM14 8h4v6h-4z" {STROKE}/>'),
    "cloud": ("#9a3412", f'<path d="M10 22a5 5 0 0 1 0-10 7 7 0 0 1 13 2 4 4 0 0 1 0 8z" {STROKE}/>'),
    "desktop": ("#155e75", f'<path d="M7 8h18v12H7zM16 20v5M11 25h10" {STROKE}/>'),
    "notebook": ("#6d28d9", f'<path d="M9 6h14v20H9zM13 6v20M16 12h4M16 16h4" {STROKE}/>'),
    "server": ("#475569", f'<path d="M7 7h18v7H7zM7 18h18v7H7zM11 10.5h1M11 21.5h1" {STROKE}/>'),
    "blocks": ("#15803d", f'<path d="M7 7h7v7H7zM18 7h7v7h-7zM7 18h7v7H7zM18 18h7v7h-7z" {STROKE}/>'),
    "code": ("#1e40af", f'<path d="M12 10l-6 6 6 6M20 10l6 6-6 6" {STROKE}/>'),
    "docs": ("#0f766e", f'<path d="M9 6h10l4 4v16H9zM13 15h6M13 19h6" {STROKE}/>'),
    "terminal": ("", f'<path d="M8 10l6 6-6 6M16 22h8" {STROKE}/>'),
    "database": ("", f'<path d="M7 10c0-4 18-4 18 0v12c0 4-18 4-18 0zM7 10c0 4 18 4 18 0" {STROKE}/>'),
    "github": ("", f'<path d="M11 8v16M21 8v3c0 5-10 3-10 8" {STROKE}/>'),
    "widgets": ("", f'<path d="M7 25V13M16 25V7M25 25v-8" {STROKE}/>'),
    "memory": ("", f'<path d="M10 10h12v12H10zM13 6v4M19 6v4M13 22v4M19 22v4M6 16h4M22 16h4" {STROKE}/>'),
    "folder": ("", f'<path d="M6 9h7l3 3h10v12H6z" {STROKE}/>'),
    "personalize": ("#be185d", f'<path d="M8 24l3-1L24 10l-2-2L9 21z" {STROKE}/>'),
}

EMOJIS = {
    # code point: shapes in the same square, without a background
    "1f30d": '<circle cx="16" cy="16" r="12" fill="#2563eb"/><path d="M8 12l7-3 4 5-5 7-6-3z" fill="#16a34a"/>',
    "1f4da": '<path d="M6 7h6v18H6z" fill="#dc2626"/><path d="M13 7h6v18h-6z" fill="#16a34a"/>'
    '<path d="M20 8l5-1 3 17-5 1z" fill="#2563eb"/>',
    "1f680": '<path d="M16 3c6 5 6 13 3 19h-6c-3-6-3-14 3-19z" fill="#64748b"/>'
    '<path d="M13 23h6l-3 7z" fill="#ea580c"/>',
    "1f98a": '<path d="M5 5l8 5h6l8-5-3 16-8 7-8-7z" fill="#ea580c"/><path d="M16 28l-5-6h10z" fill="#fff"/>',
    "1f427": '<circle cx="16" cy="16" r="12" fill="#1e293b"/><ellipse cx="16" cy="19" rx="6" ry="8" fill="#fff"/>',
    "1f331": '<path d="M16 28V14" fill="none" stroke="#15803d" stroke-width="3"/>'
    '<path d="M16 15C6 15 5 6 5 6s11-1 11 9zM16 13c0-8 10-8 10-8s1 8-10 8z" fill="#22c55e"/>',
}


def render_icon(folder: str, name: str) -> str | None:
    """Return the SVG of an icon (`folder`: icon or emojis; `name` without extension); None if unknown."""
    if folder == "emojis":
        shapes = EMOJIS.get(name)
    elif definition := ICONS.get(name):
        color, shapes = definition[0], definition[1]
        background = f'<rect width="32" height="32" rx="7" fill="{color}"/>' if color else ""
        shapes = background + shapes
    else:
        shapes = None
    if shapes is None:
        return None
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32" viewBox="0 0 32 32">{shapes}</svg>'


async def serve_icon(request: Request) -> Response:
    """Serve /icon/NAME and /emojis/NAME (.svg or .png, always SVG); 404 for an unknown name."""
    folder = request.url.path.split("/")[1]
    name, _, ending = str(request.path_params["name"]).rpartition(".")
    svg = render_icon(folder, name) if ending in {"svg", "png"} else None
    if svg is None:
        return Response("404 page not found\n", status_code=404, media_type="text/plain")
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "max-age=3600"})


ROUTES = [Route("/icon/{name}", serve_icon), Route("/emojis/{name}", serve_icon)]
