"""Fill Coder's types with the worst values that its JSON can hold."""

import random
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

from workspaces.coder.scalars import BuildNumber, Integer, Name, Timestamp
from workspaces.coder.statuses import IN_TRANSITION, SETTLED

IDS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
NOW = datetime.now(UTC)
TIMES = (
    "0000-12-31T20:29:08-03:31",  # Go's zero time from a database west of Greenwich
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",  # in UTC that is year 0
    "0001-12-31T23:59:59Z",
    "0002-01-01T00:00:00Z",
    "1900-01-01T00:00:00Z",
    (NOW - timedelta(minutes=2)).isoformat(),
    (NOW + timedelta(minutes=20)).isoformat(),
    "9999-12-31T20:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59.999999999Z",  # more digits than Python has
    "9999-12-31T23:59:59-12:00",  # in UTC that is year 10000
)
INTEGERS = (0, 1, -1, 60, 10**12, 2**63 - 1, -(2**63))
NUMBERS = (0, 3.5, -1e308, 1e308, 5e-324)
LONG = 65_536  # characters
DIGITS = "9" * 5000  # more than Python converts to a number
TEXTS = (
    "",
    " ",
    "x" * LONG,
    "\x00\x07\x1b[31m\x1b]0;title\x07\u202e\r\n\x7f\ufeff\ufffe",
    "%s %(name)s %d {min} {0} {{ q }} {% url %}",
    "\U0010ffff\u0301" * 50,
    "unheard-of",
    DIGITS,
    f"v{DIGITS}.{DIGITS}.{DIGITS}",
    "https://[your-domain]/docs",
    "http://a:99999999/",
    "//[",
    "[" * LONG,
    f"CRON_TZ=Asia/Tokyo {DIGITS}/{DIGITS} 9 * * 1-5",
    "CRON_TZ=../../etc/passwd 0 9 * * *",
    "CRON_TZ=Europe/Dublin 30 9 * * 1-5",
    "^a{" + DIGITS + "}$",
    "^" + "(" * 5000 + ")" * 5000 + "$",
)
# By the field's name: words that Coder's types know, so that each branch of a page is taken.
WORDS: Mapping[str, tuple[str, ...]] = {
    "status": (
        *sorted(IN_TRANSITION | SETTLED),
        "succeeded",
        "connected",
        "connecting",
        "disconnected",
        "ok",
        "active",
    ),
    "transition": ("start", "stop", "delete"),
    "lifecycle_state": ("created", "starting", "ready", "start_error", "off", "shutdown_timeout"),
    "reason": ("initiator", "autostart", "cli"),
    "type": ("number", "string", "bool", "list(string)", "kubernetes_pod"),
    "form_type": ("input", "slider", "radio", "dropdown", "multi-select", "tag-select", "textarea", "switch"),
    "sharing_level": ("owner", "authenticated", "public"),
    "share_level": ("owner", "authenticated", "organization"),
    "display_apps": ("vscode", "web_terminal", "port_forwarding_helper", "ssh_helper"),
    "health": ("initializing", "unhealthy"),
    "stage": ("init", "plan", "apply", "start", "stop", "connect"),
    "severity": ("error", "warning"),
    "automatic_updates": ("always", "never"),
    "validation_monotonic": ("increasing", "decreasing"),
    "days_of_week": ("monday", "sunday"),
    "value": ("5", "true", '["a"]'),
    "Value": ("5", "true", '["a"]'),
    "error_code": ("INSUFFICIENT_QUOTA", "REQUIRED_TEMPLATE_VARIABLES"),
    "log_source": ("provisioner_daemon", "provisioner"),
    "log_level": ("error", "info"),
    "autostart_schedule": ("CRON_TZ=Asia/Tokyo 30 9 * * 1-5", "0 0 * * *", "*/5 * * * *"),
}
NAMES = ("alice", "a-b-c", "0", "a" * 200)
ANYTHING: tuple[Any, ...] = (None, 0, "x", [], {"a": [1]}, 10**400, True)
SCALARS: Mapping[object, tuple[Any, ...]] = {
    UUID: IDS,
    Timestamp: TIMES,
    Integer: INTEGERS,
    BuildNumber: (0, 1, 2**31 - 1),
    Name: NAMES,
    float: NUMBERS,
    bool: (True, False),
    object: ANYTHING,
    Any: ANYTHING,
}


class WorstValues:
    """A source of values for JSON; the same `seed` gives the same values."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def make(self, type_: Any, name: str = "") -> Any:
        """Return a value of the type; `name` is that of its field."""
        if is_dataclass(type_):
            return self.make_object(type_)
        if type_ in SCALARS:
            return self.random.choice(SCALARS[type_])
        if type_ is str:
            return self.make_text(name)
        arguments, origin = get_args(type_), get_origin(type_)
        if origin is tuple:
            return [self.make(arguments[0], name) for _ in range(self.random.choice((0, 1, 3)))]
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {self.make_text(name): self.make(arguments[1], name) for _ in range(2)}
        (inner,) = (each for each in arguments if each is not NoneType)  # a union with None
        return None if self.random.random() < 0.2 else self.make(inner, name)

    def make_object(self, type_: Any) -> dict[str, Any]:
        """Return an object of a dataclass; fields with a default may be missing."""
        hints = get_type_hints(type_, include_extras=True)
        optional = {each.name for each in fields(type_) if each.default is not MISSING}
        return {
            name: self.make(hint, name)
            for name, hint in hints.items()
            if name not in optional or self.random.random() < 0.9
        }

    def make_text(self, name: str) -> str:
        """Return a text: one of the words that the field has, or one of the worst."""
        words = WORDS.get(name, ())
        return self.random.choice(words if words and self.random.random() < 0.8 else TEXTS)
