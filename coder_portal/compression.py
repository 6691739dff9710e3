"""Brotli compression of responses that do not stream. Gzip compresses the streaming ones without buffering."""

from django.http import HttpRequest, HttpResponse
from django_brotli.middleware import BrotliMiddleware


class WholeResponseBrotliMiddleware(BrotliMiddleware):
    """django_brotli's middleware for non-streaming responses: it would buffer a streaming one to its end."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Return the response, compressed where the browser accepts Brotli."""
        return response if response.streaming else super().process_response(request, response)
