"""Define the faults that a test can add: which requests they match and how they change responses."""

import itertools
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from coder_simulator.control.request_log import LoggedRequest
from coder_simulator.errors import SIGNED_OUT_MESSAGE

KINDS = frozenset(
    {
        "delay",
        "refuse",
        "reset",
        "error",
        "bad_gateway",
        "rate_limited",
        "signed_out",
        "malformed",
        "unknown_fields",
        "unknown_statuses",
        "answer",
        "stream_end",
        "stream_stall",
        "stream_cut",
    }
)
HTML_502 = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
JSON = "application/json; charset=utf-8"


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault for requests that match `method`, `path` (a regular expression, searched), and `token`.

    `token` is the short hash of the request log, `count` the number of requests to affect (None: all). `seconds` (s) is
    the delay, or the Retry-After of rate_limited; `after` is the number of events that a stream sends before it ends,
    stalls or is cut. `status`, `body` and `content_type` belong to the kind "answer".
    """

    kind: str
    method: str = ""
    path: str = ""
    token: str = ""
    count: int | None = None
    seconds: float = 1.0
    after: int = 2
    status: int = 200
    body: Any = None
    content_type: str = JSON
    id: int = field(default_factory=itertools.count(1).__next__)

    def matches(self, request: LoggedRequest) -> bool:
        """Tell whether the fault affects a request."""
        return (
            self.count != 0
            and (not self.method or self.method.upper() == request.method)
            and (not self.token or self.token == request.token)
            and re.search(self.path, request.path) is not None
        )

    def response(self) -> tuple[int, bytes, dict[str, str]] | None:
        """Return the response (status, body, headers) of a kind that replaces the app's, else None."""
        if self.kind == "error":
            return 500, _json({"message": "An internal server error occurred.", "detail": "simulated"}), {}
        if self.kind == "bad_gateway":
            return 502, HTML_502.encode(), {"content-type": "text/html"}
        if self.kind == "rate_limited":
            message = "You've been rate limited for sending more than 512 requests in 1m0s."
            return 429, _json({"message": message}), {"retry-after": f"{self.seconds:.0f}"}
        if self.kind == "signed_out":
            return 401, _json({"message": SIGNED_OUT_MESSAGE, "detail": "API key is invalid."}), {}
        if self.kind == "answer":
            body = self.body.encode() if isinstance(self.body, str) else _json(self.body)
            return self.status, body, {"content-type": self.content_type}
        return None

    def alter_body(self, body: bytes) -> bytes:
        """Return the body as changed by a kind that alters responses."""
        if self.kind == "malformed":
            return body[: len(body) // 2] if len(body) > 1 else b"{"
        if self.kind == "unknown_fields":
            return _json(_add_unknown_fields(json.loads(body)))
        if self.kind == "unknown_statuses":
            return _json(_replace_statuses(json.loads(body)))
        return body


class FaultList:
    """The faults in the order in which they were added; the first that matches a request applies."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fields: dict[str, Any]) -> Fault:
        """Add a fault from its fields; raise ValueError for an unknown kind or field."""
        if fields.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(sorted(KINDS))}")
        try:
            fault = Fault(**fields)
        except TypeError as error:
            raise ValueError(str(error)) from None
        re.compile(fault.path)
        self._faults.append(fault)
        return fault

    def take(self, request: LoggedRequest) -> Fault | None:
        """Return the fault for a request and decrement its count; None if no fault matches."""
        fault = next((f for f in self._faults if f.matches(request)), None)
        if fault and fault.count:
            fault.count -= 1
        return fault

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """Return all faults as JSON."""
        return [asdict(fault) for fault in self._faults]


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _add_unknown_fields(value: Any) -> Any:
    """Add to each object a key that no version of Coder sends."""
    if isinstance(value, dict):
        return {**{k: _add_unknown_fields(v) for k, v in value.items()}, "from_the_future": {"depth": 1}}
    return [_add_unknown_fields(v) for v in value] if isinstance(value, list) else value


def _replace_statuses(value: Any) -> Any:
    """Replace each status and lifecycle state by one that no version of Coder knows."""
    if isinstance(value, dict):
        return {
            k: "hibernating" if k in {"status", "lifecycle_state"} and isinstance(v, str) else _replace_statuses(v)
            for k, v in value.items()
        }
    return [_replace_statuses(v) for v in value] if isinstance(value, list) else value
