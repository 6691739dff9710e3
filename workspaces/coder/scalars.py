"""The single values in Coder's responses, as msgspec checks them: what Go's types and Coder's own rules can hold.

A response with any other value is not what Coder documents, and fails as a whole where it is decoded: `client.py`
raises UnreadableResponse. The rest of the portal relies on these limits.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

NAME = "[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*"  # of users, organizations, templates and workspaces

type Timestamp = Annotated[datetime, Meta(tz=True)]  # aware, of the years 1 to 9999; see decoding.py for year 0
type Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]  # Go's int64
type BuildNumber = Annotated[int, Meta(ge=0, le=2**31 - 1)]  # Go's int32; a part of URLs
type Name = Annotated[str, Meta(pattern=rf"\A{NAME}\Z")]  # a part of URLs
