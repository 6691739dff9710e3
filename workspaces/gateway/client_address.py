"""The IP address from which a request was sent."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the IP address of the browser: the last one in X-Forwarded-For that belongs to no trusted proxy."""
    hops: list[str] = [request.META.get("REMOTE_ADDR", "")]
    if is_trusted_proxy(hops[0]):
        hops += [hop.strip() for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")) if hop.strip()]
    return next((hop for hop in hops if not is_trusted_proxy(hop)), hops[-1])


def is_trusted_proxy(address: str) -> bool:
    """Return whether the IP address is in one of the networks of the setting TRUSTED_PROXIES."""
    try:
        return any(ip_address(address) in network for network in settings.TRUSTED_PROXIES)
    except ValueError:
        return False
