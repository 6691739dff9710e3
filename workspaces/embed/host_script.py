"""The script for pages of other sites, `static/embed/host.js`, with the hash by which its address and a page pin it."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from rjsmin import jsmin

SOURCE = Path(__file__).resolve().parents[2] / "static" / "embed" / "host.js"


@dataclass(frozen=True, slots=True)
class HostScript:
    """The script as it is served."""

    content: bytes

    @property
    def digest(self) -> str:
        """Return the part of its address that changes with it."""
        return hashlib.sha256(self.content).hexdigest()[:12]

    @property
    def integrity(self) -> str:
        """Return the value of the attribute `integrity`."""
        return f"sha384-{base64.b64encode(hashlib.sha384(self.content).digest()).decode()}"


HOST_SCRIPT = HostScript(jsmin(SOURCE.read_text()).encode())
