"""Whether the server runs the portal with the limits of `http_protocol`: without them one request can stop it.

The protocol marks the requests that pass through it. At the start no request has arrived yet, but the server has
imported the protocol if its command names it; nothing else imports that module.
"""

import sys
from collections.abc import Mapping
from typing import Any

MODULE = "coder_portal.http_protocol"
PROTOCOL = f"{MODULE}:LimitedProtocol"
MARK = "coder_portal.limited"  # in the state of a request's ASGI scope
MISSING = f"The portal does not start: add --http {PROTOCOL} to the command of uvicorn (docs/deployment.md)."


def is_protocol_loaded() -> bool:
    """Return whether the server has imported the protocol."""
    return MODULE in sys.modules


def has_limits(scope: Mapping[str, Any]) -> bool:
    """Return whether the request of an ASGI scope has passed through the protocol."""
    return MARK in scope.get("state", ())
