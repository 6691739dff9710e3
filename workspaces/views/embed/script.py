"""The script that pages of other sites load."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from workspaces.embed.host_script import HOST_SCRIPT
from workspaces.views.embed.frames import embedded

HEADERS = {
    "Access-Control-Allow-Origin": "*",  # a page that pins it by `integrity` loads it with CORS
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@require_safe
@embedded
def host_script(request: HttpRequest, digest: str = "") -> HttpResponse:
    """Return the script, for an hour; at the address with its hash for good. Another hash is not found."""
    if digest and digest != HOST_SCRIPT.digest:
        raise Http404
    cache_control = "public, max-age=31536000, immutable" if digest else "public, max-age=3600"
    headers = HEADERS | {"Cache-Control": cache_control}
    return HttpResponse(HOST_SCRIPT.content, content_type="text/javascript; charset=utf-8", headers=headers)
