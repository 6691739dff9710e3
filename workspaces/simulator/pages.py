"""What a browser finds at a simulated server outside the API: icons, and a page that says where it is."""

import html
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

COLOURS = ("#2563eb", "#0f766e", "#7c3aed", "#b45309", "#be123c", "#15803d", "#0369a1", "#4338ca")


async def icon(request: Request) -> Response:
    """An icon by its name: its first letter on a colour of its own."""
    name = str(request.path_params["name"]).partition(".")[0]
    colour = COLOURS[sha256(name.encode()).digest()[0] % len(COLOURS)]
    letter = html.escape(name[:1].upper())
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" '
        f'fill="{colour}"/><text x="32" y="43" font-family="sans-serif" font-size="32" font-weight="700" '
        f'text-anchor="middle" fill="#fff">{letter}</text></svg>'
    )
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "max-age=3600"})


async def anywhere(request: Request) -> Response:
    """A page in place of Coder's dashboard."""
    path = html.escape(request.url.path)
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Simulated Coder</title>"
        "<body style='font:16px/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem'>"
        f"<h1>A simulated Coder</h1><p>A real server would show its dashboard here, at <code>{path}</code>. "
        "This one answers the API under <code>/api/v2</code> alone.</p>"
    )


async def health(_request: Request) -> Response:
    """Say that the server is up."""
    return Response("OK", media_type="text/plain; charset=utf-8")


ROUTES = [
    Route("/healthz", health),
    Route("/icon/{name}", icon),
    Route("/emojis/{name}", icon),
    Route("/", anywhere),
    Route("/@{rest:path}", anywhere),
    Route("/templates/{rest:path}", anywhere),
    Route("/external-auth/{rest:path}", anywhere),
]
