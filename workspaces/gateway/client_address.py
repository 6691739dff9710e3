"""The IP address from which a request was sent.

A hop in `X-Forwarded-For` counts only if a trusted proxy wrote it, that is, if every hop to its right is a trusted
proxy. A hop that is no IP address ("unknown", a host name, rubbish) hides who sent the request, and whatever stands to
its left may be the sender's invention. So the proxy that wrote it stands for everybody behind it.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

type Address = IPv4Address | IPv6Address

PORT = re.compile(r":[0-9]{1,5}\Z")


def client_address(request: HttpRequest) -> str:
    """Return the IP address of the browser in its canonical form; "" if the connection has none (a Unix socket).

    It is the last hop that is not a trusted proxy, or the first trusted proxy if there is no such hop.
    """
    address = parse_hop(request.META.get("REMOTE_ADDR", ""))
    for hop in forwarded_hops(request):
        if address is None or not is_trusted_proxy(address):
            break
        before = parse_hop(hop)
        if before is None:
            break
        address = before
    return "" if address is None else str(address)


def forwarded_hops(request: HttpRequest) -> Iterator[str]:
    """Yield the elements of X-Forwarded-For from the last to the first, without empty ones."""
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if hop := hop.strip():
            yield hop


def parse_hop(hop: str) -> Address | None:
    """Return the IP address of a hop such as `192.0.2.1:443` or `[2001:db8::1]:443`; None if it is no address.

    The port and an IPv6 zone are dropped. IPv4 in IPv6 (`::ffff:192.0.2.1`) becomes IPv4.
    """
    if hop.startswith("["):
        literal, bracket, port = hop[1:].partition("]")
        if not bracket or (port and not PORT.match(port)):
            return None
        return parse_address(literal) if ":" in literal else None
    return parse_address(PORT.sub("", hop) if hop.count(":") == 1 else hop)


def parse_address(text: str) -> Address | None:
    """Return the IP address without a zone, IPv4 in IPv6 as IPv4; None if the text is no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or IPv6Address(int(address))  # a zone may hold any character


def is_trusted_proxy(address: Address) -> bool:
    """Return whether the IP address is in one of the networks of the setting TRUSTED_PROXIES."""
    return any(address in network for network in settings.TRUSTED_PROXIES)
