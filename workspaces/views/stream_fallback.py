"""The URLs of the event streams. Under ASGI, live/ serves them before they reach a view."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def stream_unavailable(request: HttpRequest, **url_kwargs: object) -> HttpResponse:
    """Respond without ASGI: no stream is available, so the page polls."""
    return HttpResponse("retry: 3600000\n\nevent: busy\ndata: \n\n", content_type="text/event-stream")
