"""Refuse malformed requests with 400: a request is parsed in one place, before anything uses a part of it.

Django parses query, form and host where they are first used, and a request that cannot be parsed then fails there, and
again in the page that shows the error. `scope_error` checks what fails before Django has a request; the middleware
checks all other parts.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.http import parse_header_parameters
from django_htmx.middleware import HtmxDetails

from workspaces.views.errors import bad_request

logger = logging.getLogger("portal.request")
SEARCH = "q"  # the parameter whose forms reject NUL under the field
SEARCH_FIELD = f"{SEARCH}=".encode()


def scope_error(scope: Mapping[str, Any]) -> str:
    """Return what is malformed in path, query or content type of an ASGI scope, "" if nothing is."""
    query: bytes = scope["query_string"]
    if "\0" in scope["path"]:
        return "NUL in the path"
    if query and (error := query_error(query)):
        return error
    types = [value for name, value in scope["headers"] if name == b"content-type"]
    if len(types) > 1:  # Django would join them to one, and fail on it where it makes the request
        return "several Content-Type headers"
    return content_type_error(types[0].decode("latin-1")) if types else ""


def query_error(query: bytes) -> str:
    """Return what is malformed in a query, "" if nothing is."""
    if not query.isascii():
        return "characters in the query that are not encoded"
    if b"%00" in query and any(b"%00" in field for field in query.split(b"&") if not field.startswith(SEARCH_FIELD)):
        return "NUL in the query"
    if query.count(b"&") >= (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS or len(query)):
        return "too many fields in the query"
    return ""


def content_type_error(text: str) -> str:
    """Return what is malformed in a Content-Type, "" if nothing is.

    Django would decode query and form with any codec of Python that the header names. Browsers send UTF-8.
    """
    try:
        _, parameters = parse_header_parameters(text)
    except ValueError:
        return "malformed Content-Type"
    return "" if parameters.get("charset", "utf-8").lower() == "utf-8" else "a charset other than UTF-8"


class MalformedRequestMiddleware:
    """Parse all parts of a request that Django parses where they are first used; refuse it if one cannot be parsed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response to a request, with status 400 if it is malformed."""
        try:
            parse(request)
        except (SuspiciousOperation, BadRequest, MultiPartParserError, ValueError) as error:
            logger.info("Malformed request: %s", type(error).__name__)
            return bad_request(request, error)
        return self.get_response(request)


def parse(request: HttpRequest) -> None:
    """Parse host, query, cookies, form and the headers of htmx; Django keeps the results.

    Raises ValueError or one of Django's errors for a request that cannot be parsed.
    """
    request.get_host()
    if error := content_type_error(request.META.get("CONTENT_TYPE", "")):
        raise BadRequest(error)
    fields = [*((name, values) for name, values in request.GET.lists() if name != SEARCH), *request.POST.lists()]
    if any("\0" in text for name, values in fields for text in (name, *values)):
        raise BadRequest("NUL in a field")
    if any("\0" in value for value in request.COOKIES.values()):
        raise BadRequest("NUL in a cookie")
    if "HTTP_HX_CURRENT_URL" in request.META:
        _ = HtmxDetails(request).current_url_abs_path
