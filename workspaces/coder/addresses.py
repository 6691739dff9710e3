"""Parse web addresses that enter a response header or a link: from the settings, and from Coder.

Only what is parsed here is written there, composed of its parsed parts. A text that is no such address has no
effect: it cannot add a directive to a policy, an attribute to a cookie or a scheme to a link.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_PORT = 65535
MAX_HOST_LENGTH = 253
# The path is that of RFC 3986 without ";" and ",", which separate values in headers.
ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[^][:/?#@\\\s]+)(?P<port>:[0-9]{0,5})?"
    r"(?P<path>(?:/[a-z0-9._~%!$&'()*+=:@-]*)*)",
    re.IGNORECASE | re.ASCII,
)
LABEL = "[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"  # of a host name; an underscore occurs in names of containers
HOST_NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*\.?")
# "*.apps.example.com" or "*-apps.example.com": the asterisk stands for the name of an app.
WILDCARD_HOST = re.compile(rf"\*[a-z0-9-]{{0,62}}(?:\.{LABEL})+(?P<port>:[0-9]{{1,5}})?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """An http or https address.

    `host` is a name in ASCII and lower case, an IPv4 address, or an IPv6 address in brackets. `path` is "" or starts
    with a slash, and does not end with one.
    """

    scheme: str
    host: str
    port: int | None  # None: the scheme's default
    path: str

    @property
    def origin(self) -> str:
        """Return `scheme://host[:port]`, as browsers write it."""
        return f"{self.scheme}://{self.host}" + ("" if self.port is None else f":{self.port}")

    @property
    def url(self) -> str:
        """Return the whole address, without a slash at its end."""
        return self.origin + self.path

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine itself, which other machines cannot reach by this name."""
        try:
            return self.host == "localhost" or ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False


def parse_web_address(text: str) -> WebAddress:
    """Return the parts of an http or https address without credentials, query and fragment.

    Raises ValueError for any other text.
    """
    match = ADDRESS.fullmatch(text)
    if match is None:
        raise ValueError("is not an address like https://coder.example.com")
    scheme = match["scheme"].lower()
    port = int((match["port"] or "").removeprefix(":") or DEFAULT_PORTS[scheme])
    if not 0 < port <= MAX_PORT:
        raise ValueError("has an invalid port")
    try:
        host = normalize_host(match["host"])
    except ValueError:  # its message may hold the text
        raise ValueError("has an invalid host") from None
    return WebAddress(
        scheme=scheme, host=host, port=None if port == DEFAULT_PORTS[scheme] else port, path=match["path"].rstrip("/")
    )


def normalize_host(host: str) -> str:
    """Return a host as browsers write it: in lower case, other scripts in Punycode, IPv6 in brackets and short.

    Raises ValueError for a text that is no host.
    """
    if len(host) > MAX_HOST_LENGTH:  # Punycode of a long text takes seconds
        raise ValueError("is longer than a host")
    if host.startswith("["):
        return f"[{IPv6Address(host[1:-1]).compressed}]"
    name = host.lower() if host.isascii() else to_punycode(host.lower())
    if not HOST_NAME.fullmatch(name) or len(name) > MAX_HOST_LENGTH:
        raise ValueError("is no name of a host")
    return str(IPv4Address(name)) if name.rstrip(".").rpartition(".")[2].isdigit() else name


def to_punycode(host: str) -> str:
    """Return a host with letters of other scripts in Punycode.

    Raises ValueError for one of which Punycode keeps less than browsers do: "faß.de" would become "fass.de", which is
    the host of somebody else, and characters that cannot be seen would be dropped.
    """
    name = host.encode("idna")
    if name.decode("idna") != host:
        raise ValueError("has to be written in Punycode")
    return name.decode("ascii")


def split_url(text: str) -> SplitResult | None:
    """Return the parts of a URL of any scheme; None for a text that is none, such as "https://[your-domain]/docs"."""
    try:
        return urlsplit(text)
    except ValueError:
        return None


def url_scheme(text: str) -> str:
    """Return the scheme of a URL in lower case; "" for a text that is none."""
    parts = split_url(text)
    return parts.scheme if parts else ""


def clean_url(text: str) -> str:
    """Return an http or https address, normalized, without a slash at its end; "" for any other text."""
    try:
        return parse_web_address(text).url
    except ValueError:
        return ""


def origin_of(text: str) -> str:
    """Return the origin of an http or https address, as a source of a Content-Security-Policy; "" for any other text.

    No value can be more than one source: it has neither spaces nor any of `;,'*`. Browsers ignore a source that is an
    IPv6 address, because the grammar of policies has none.
    """
    try:
        return parse_web_address(text).origin
    except ValueError:
        return ""


def clean_wildcard_host(text: str) -> str:
    """Return the host of apps ("*.apps.example.com", with a port or not) in lower case; "" for any other text."""
    match = WILDCARD_HOST.fullmatch(text)
    if match is None or len(text) > MAX_HOST_LENGTH:
        return ""
    is_valid_port = match["port"] is None or 0 < int(match["port"].removeprefix(":")) <= MAX_PORT
    return text.lower() if is_valid_port else ""
