"""Brotli for what is whole when it is sent. What comes in parts is left to gzip, which holds no part back."""

from django.http import HttpRequest, HttpResponse
from django_brotli.middleware import BrotliMiddleware


class WholeResponseBrotliMiddleware(BrotliMiddleware):
    """The middleware of django_brotli, which would wait for the last part of a page to send the first."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """The answer, compressed where the browser wishes it."""
        return response if response.streaming else super().process_response(request, response)
