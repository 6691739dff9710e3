"""URLs within the portal: the page to return to, and the page that the browser shows."""

import re
from urllib.parse import unquote

from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

PATH_END = re.compile("[?#]")
SEGMENT_END = re.compile("[;?#]")  # some servers drop what follows ";", or read a path again that they have decoded
DOT_SEGMENTS = frozenset({".", ".."})
MAX_ENCODINGS = 3  # of a path, one in another
MAX_LENGTH = 5000  # encoded; as `next` of another URL three times as long, and Django redirects to at most 16,384


def next_url(request: HttpRequest, default: str = "") -> str:
    """Return the URL in the request's `next` if it is a page of the portal, else `default`, else the list's."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    return url if is_portal_url(url) else default or reverse("workspaces:list")


def is_portal_url(url: str) -> bool:
    """Return whether a URL has no host and leads to a page of the portal, as every browser and proxy reads it."""
    return (
        len(iri_to_uri(url)) <= MAX_LENGTH
        and url.isprintable()  # a line break would start another header
        and "\\" not in url  # browsers read it as a slash
        and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
        and url.startswith(reverse("workspaces:home"))
        and is_plain_path(path_of(url))
    )


def path_of(url: str) -> str:
    """Return the path of a URL of the portal, which has no host."""
    return PATH_END.split(url, maxsplit=1)[0]


def is_plain_path(path: str) -> bool:
    """Return whether the path stays the same path wherever it is decoded: no dot segments, backslashes or controls.

    Browsers resolve `%2e%2e` as they do `..`, and a proxy may decode a path before it resolves it, so the path is
    decoded until nothing is left to decode. A path that is encoded more often than MAX_ENCODINGS has no valid use.
    """
    for _ in range(MAX_ENCODINGS + 1):
        # Browsers drop spaces at the end of a URL.
        segments = (SEGMENT_END.split(segment, maxsplit=1)[0].strip() for segment in path.split("/"))
        if not path.isprintable() or "\\" in path or path.startswith("//") or not DOT_SEGMENTS.isdisjoint(segments):
            return False
        decoded = unquote(path)
        if decoded == path:
            return True
        path = decoded
    return False


def current_page_url(request: HttpRequest) -> str:
    """Return the URL of the page that the browser shows: for a fragment, the page that requested it.

    For a URL that `next_url` would refuse, as a long search is, return its path, or else the list's.
    """
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.current_url_abs_path and is_portal_url(htmx.current_url_abs_path):
        return str(htmx.current_url_abs_path)
    if request.method not in {"GET", "HEAD"}:
        return next_url(request)
    urls = (request.get_full_path(), iri_to_uri(request.path))
    return next(filter(is_portal_url, urls), reverse("workspaces:list"))
