"""Addresses of people and of pages: where a request came from, and where it may be led to."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def client(request: HttpRequest) -> str:
    """The address of the person's browser: the last one in X-Forwarded-For that no trusted proxy has."""
    hops: list[str] = [request.META.get("REMOTE_ADDR", "")]
    if trusted(hops[0]):
        hops += [hop.strip() for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")) if hop.strip()]
    return next((hop for hop in hops if not trusted(hop)), hops[-1])


def trusted(address: str) -> bool:
    """Whether the address is one of the proxies that the setting names."""
    try:
        return any(ip_address(address) in network for network in settings.TRUSTED_PROXIES)
    except ValueError:
        return False


def way_back(request: HttpRequest, default: str = "") -> str:
    """The page to return to, as the request says it (`next`), if it is a page of this portal's."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_ours(wanted) else default or reverse("workspaces:list")


def is_ours(wanted: str) -> bool:
    """Whether an address without host leads to a page of this portal."""
    prefix = reverse("workspaces:home")
    return (
        url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        and not urlsplit(wanted).netloc
        and wanted.startswith(prefix)
        and wanted.isprintable()  # a line break would be another header
    )


def present(request: HttpRequest) -> str:
    """The page that the person is looking at: of a fragment, the page that asked for it."""
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.current_url_abs_path and is_ours(htmx.current_url_abs_path):
        return str(htmx.current_url_abs_path)
    return request.get_full_path() if request.method in {"GET", "HEAD"} else way_back(request)
