"""Read environment variables into settings.

Reading never raises. A variable that is missing or malformed is recorded in ERRORS and becomes a system check
(checks.py), so that commands which need no setting run without any, and the server refuses to start with one line
for each variable. `NAME_FILE` names a file that holds the value of `NAME`, for secrets.
"""

import warnings
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import environ

from workspaces.coder.addresses import parse_web_address

# The mapping and not Env itself: Env reads a value that starts with "$" (a password) as another variable's name.
ENVIRONMENT = environ.FileAwareEnv().ENVIRON

ERRORS: dict[str, str] = {}  # variable -> what is wrong with it, without its value
RENAMED: dict[str, str] = {}  # old name of a variable that is set -> its new name

BOOLEANS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def read[T](name: str, parse: Callable[[str], T], default: T, *, old_name: str = "") -> T:
    """Return the parsed variable, or the default where it is not set or malformed (then it is added to ERRORS).

    `old_name`: the variable's name before the last release. It is read where `name` is not set, and added to RENAMED.
    """
    variable = name
    try:
        value = get(name)
        if old_name and (old_value := get(old_name)):
            RENAMED[old_name] = name
            if not value:
                variable, value = old_name, old_value
        return parse(value) if value else default
    except ValueError as error:
        ERRORS[variable] = str(error)
    except OSError as error:
        ERRORS[variable] = f"cannot be read from its file: {error.strerror}"
    return default


def get(name: str) -> str:
    """Return the variable's text; "" where it is not set. Raises OSError for a `NAME_FILE` that cannot be read."""
    return str(ENVIRONMENT.get(name, "")).strip()


def parse_url(value: str) -> str:
    """Return an http or https address, normalized, without query, fragment, credentials and trailing slash."""
    return parse_web_address(value).url


def parse_portal_url(value: str) -> str:
    """Return the portal's own address. Its host has no underscore: Django rejects every request with such a host."""
    address = parse_web_address(value)
    if "_" in address.host:
        raise ValueError("has a host with an underscore, with which Django accepts no request")
    return address.url


def parse_bool(value: str) -> bool:
    """Return a boolean; upper and lower case are the same."""
    if value.lower() not in BOOLEANS:
        raise ValueError("is neither true nor false")
    return BOOLEANS[value.lower()]


def parse_positive_float(value: str) -> float:
    """Return a finite number above zero."""
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError("is not a number above zero")
    return number


def parse_positive_int(value: str) -> int:
    """Return a whole number above zero."""
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        raise ValueError("is not a whole number above zero")
    return number


def parse_list(value: str) -> list[str]:
    """Return the elements of a list that is separated by commas."""
    return [element.strip() for element in value.split(",") if element.strip()]


def parse_networks(value: str) -> list[IPv4Network | IPv6Network]:
    """Return IP addresses or networks that are separated by commas; IPv4 in IPv6 (`::ffff:192.0.2.0/120`) as IPv4."""
    try:
        return [unmap_network(ip_network(element, strict=False)) for element in parse_list(value)]
    except ValueError:
        raise ValueError("is not a list of IP addresses or networks like 10.0.0.0/8") from None


def unmap_network(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Return a network of IPv4-mapped IPv6 addresses as IPv4, and any other network as it is."""
    if isinstance(network, IPv6Network) and network.prefixlen >= 96 and (mapped := network.network_address.ipv4_mapped):
        return IPv4Network((mapped, network.prefixlen - 96))
    return network


def choice_parser(*choices: str) -> Callable[[str], str]:
    """Return a parser that takes one of some upper-case words."""

    def parse_choice(value: str) -> str:
        if value.upper() not in choices:
            raise ValueError(f"is none of {', '.join(choices)}")
        return value.upper()

    return parse_choice


def parse_time_zone(value: str) -> str:
    """Return the IANA name of a time zone."""
    try:
        return ZoneInfo(value).key
    except (ValueError, LookupError, OSError):
        raise ValueError("is not a time zone like Europe/Berlin") from None


def parse_database_url(value: str) -> dict[str, Any]:
    """Return the entry of Django's DATABASES for a database's URL."""
    try:
        with warnings.catch_warnings(action="ignore"):
            config = environ.Env.db_url_config(value)
    except Exception as error:  # its message may hold the password
        raise ValueError("is not an address like postgres://user:password@host/name") from error
    if not config.get("ENGINE"):
        raise ValueError("names no kind of database that Django knows")
    return dict(config)


def parse_redis_url(value: str) -> str:
    """Return the URL of a Redis server."""
    from redis import connection  # takes 60 ms, which a portal without Redis saves

    try:
        connection.parse_url(value)  # type: ignore[no-untyped-call]  # redis ships no types for it
    except ValueError:  # its message may hold the password
        raise ValueError("is not an address like redis://:password@host:6379/0") from None
    return value


def parse_file_path(value: str) -> str:
    """Return the path of an existing file."""
    if not Path(value).is_file():
        raise ValueError("names no file")
    return value
