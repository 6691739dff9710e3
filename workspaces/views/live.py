"""The addresses of the event streams, which live/ serves where the portal runs on ASGI."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def stream_unavailable(request: HttpRequest, **what: object) -> HttpResponse:
    """What a server without ASGI answers: no stream can be had here, and the page goes on asking by itself."""
    return HttpResponse("retry: 3600000\n\nevent: busy\ndata: \n\n", content_type="text/event-stream")
