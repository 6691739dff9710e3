"""The origins that may frame the portal: the setting EMBED_ALLOWED_ORIGINS, and whether an origin matches it. Pure.

Origins are compared after they are parsed, never as text: `https://intranet.example.com.evil.test` begins with an
allowed origin, and is another one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workspaces.coder.addresses import WebAddress, origin_of, parse_web_address, split_url

type Match = Literal["exact", "wildcard", ""]

WILDCARD = re.compile(r"(https?)://\*\.(.+)", re.IGNORECASE | re.DOTALL)
NAMED_BY_POLICY = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")  # the hosts that a Content-Security-Policy can name
MIN_WILDCARD_LABELS = 2  # "https://*.com" is a top-level domain, and not one organization


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedOrigins:
    """The origins of the setting, as browsers write them."""

    exact: tuple[str, ...] = ()
    wildcards: tuple[str, ...] = ()  # like https://*.example.com: all sub-domains, and not the domain itself

    def __bool__(self) -> bool:
        """Whether any site may frame the portal."""
        return bool(self.exact or self.wildcards)

    def match(self, origin: str) -> Match:
        """Return how an origin is allowed; "" for one that is not, for `null` and for a text that is no origin."""
        address = parse_origin(origin)
        if address is None:
            return ""
        if address.origin in self.exact:
            return "exact"
        return "wildcard" if any(is_below(address, wildcard) for wildcard in self.wildcards) else ""


def parse_allowed_origins(value: str) -> AllowedOrigins:
    """Return the origins of a list that is separated by commas. Raises ValueError, without the value."""
    elements = [element.strip() for element in value.split(",") if element.strip()]
    exact, wildcards = list[str](), list[str]()
    for element in elements:
        if WILDCARD.fullmatch(element):
            wildcards.append(parse_wildcard(element))
        else:
            exact.append(parse_exact(element))
    return AllowedOrigins(exact=tuple(dict.fromkeys(exact)), wildcards=tuple(dict.fromkeys(wildcards)))


def parse_exact(text: str) -> str:
    """Return one origin. Raises ValueError."""
    if "*" in text:
        raise ValueError("has an asterisk that is not the whole first label of a host, as in https://*.example.com")
    return checked(parse_web_address(text)).origin


def parse_wildcard(text: str) -> str:
    """Return the wildcard of a domain's sub-domains. Raises ValueError."""
    scheme, domain = WILDCARD.fullmatch(text).groups()  # type: ignore[union-attr]  # the caller has matched it
    address = checked(parse_web_address(f"{scheme}://{domain}"))
    labels = address.host.split(".")
    if len(labels) < MIN_WILDCARD_LABELS or labels[-1].isdecimal():
        raise ValueError("has a wildcard of something else than the sub-domains of a domain like example.com")
    return address.origin.replace("://", "://*.", 1)


def checked(address: WebAddress) -> WebAddress:
    """Return the address if it may be in the setting. Raises ValueError."""
    if address.path:
        raise ValueError("has an origin with a path")
    if address.scheme == "http" and not address.is_loopback:
        raise ValueError("has an http origin, which anybody on the network can change: use https")
    if not NAMED_BY_POLICY.fullmatch(address.host):
        raise ValueError("has a host that a Content-Security-Policy cannot name: an IPv6 address or an underscore")
    return address


def parse_origin(text: str) -> WebAddress | None:
    """Return the parts of an origin; None for `null`, for an address with a path, and for any other text."""
    try:
        address = parse_web_address(text)
    except ValueError:
        return None
    return None if address.path or text.endswith("/") else address


def is_below(address: WebAddress, wildcard: str) -> bool:
    """Return whether an origin has the scheme, the port and a sub-domain of the host of a wildcard."""
    parent = parse_web_address(wildcard.replace("://*.", "://", 1))
    same = (address.scheme, address.port) == (parent.scheme, parent.port)
    return same and address.host.endswith(f".{parent.host}")


def referrer_origin(referrer: str) -> str:
    """Return the origin of the header Referer; "" without one."""
    parts = split_url(referrer)
    return origin_of(f"{parts.scheme}://{parts.netloc}") if parts else ""


def policy_sources(origins: AllowedOrigins, *, with_wildcards: bool) -> Iterator[str]:
    """Yield the sources of `frame-ancestors`."""
    yield from origins.exact
    if with_wildcards:
        yield from origins.wildcards
