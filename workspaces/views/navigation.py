"""URLs within the portal: the page to return to, and the page that the browser shows."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def next_url(request: HttpRequest, default: str = "") -> str:
    """Return the URL in the request's `next` if it is a page of the portal, else `default`, else the list's."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    return url if is_portal_url(url) else default or reverse("workspaces:list")


def is_portal_url(url: str) -> bool:
    """Return whether a URL has no host and leads to a page of the portal."""
    prefix = reverse("workspaces:home")
    return (
        url_has_allowed_host_and_scheme(url, allowed_hosts=None)
        and not urlsplit(url).netloc
        and url.startswith(prefix)
        and url.isprintable()  # a line break would start another header
    )


def current_page_url(request: HttpRequest) -> str:
    """Return the URL of the page that the browser shows: for a fragment, the page that requested it."""
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.current_url_abs_path and is_portal_url(htmx.current_url_abs_path):
        return str(htmx.current_url_abs_path)
    return request.get_full_path() if request.method in {"GET", "HEAD"} else next_url(request)
