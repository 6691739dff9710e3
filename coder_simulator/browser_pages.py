"""Serve the pages outside the API: the health check, external sign-in, a dashboard placeholder."""

from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from coder_simulator.world import World


async def external_auth_page(request: Request) -> Response:
    """Stand in for an external sign-in: GET shows a choice of users, POST records the sign-in."""
    world: World = request.app.state.world
    provider = str(request.path_params["provider"])
    if request.method == "POST":
        username = parse_qs((await request.body()).decode()).get("username", [""])[0]
        user = world.find_user(username)
        if user is None:
            return _render_page("User not found", "<p>Go back and choose a user.</p>", status=404)
        user.external_auth.add(provider)
        return _render_page("Signed in", f"<p>{escape(username)} is signed in. You can close this page.</p>")
    names = "".join(f"<option>{escape(u.username)}" for u in world.users.values() if not u.is_system)
    choice = f"<label>Person <select name=username>{names}</select></label>"
    return _render_page(
        f"Sign in with {escape(provider)}", f"<form method=post>{choice} <button>Sign in</button></form>"
    )


async def dashboard_page(request: Request) -> Response:
    """Return a placeholder for Coder's dashboard."""
    return _render_page(
        "A simulated Coder",
        f"<p>A real server would show its dashboard here, at <code>{escape(request.url.path)}</code>. "
        "This server has only the API, under <code>/api/v2</code>.</p>",
    )


async def health_check(_request: Request) -> Response:
    """Report that the server is up."""
    return Response("OK", media_type="text/plain; charset=utf-8")


def _render_page(title: str, body: str, *, status: int = 200) -> Response:
    """Return a plain page; `title` and `body` are HTML."""
    return HTMLResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        "<body style='font:16px/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem'>"
        f"<h1>{title}</h1>{body}",
        status_code=status,
    )


ROUTES = [
    Route("/healthz", health_check),
    Route("/external-auth/{provider}", external_auth_page, methods=["GET", "POST"]),
    Route("/", dashboard_page),
    Route("/@{rest:path}", dashboard_page),
    Route("/templates/{rest:path}", dashboard_page),
]
