"""For every action on a workspace: yes, or the reason why not."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What Coder says this person may do with one workspace (POST /authcheck)."""

    mine: bool
    update: bool = False
    start: bool = False
    stop: bool = False
    delete: bool = False
    update_template: bool = False  # of its template: may use any version
    site_owner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What this version of Coder can do."""

    chains: bool  # `on_success`: a stop is followed by a start on the server
    wakes_on_start: bool  # a start makes a dormant workspace active
    cancels_pending: bool  # `expect_status=pending`: whoever waits in the queue may always leave it
    finds_shared: bool  # `shared:true` in a search

    @classmethod
    def of(cls, version: str) -> "Dialect":
        """The dialect of a version as /buildinfo writes it ("v2.36.0+abc"); one that cannot be read is an old one."""
        found = re.match(r"v?(\d+)\.(\d+)", version)
        new = bool(found) and (int(found[1]), int(found[2])) >= (2, 36)
        return cls(chains=new, wakes_on_start=new, cancels_pending=new, finds_shared=new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether an action can be done now."""

    allowed: bool
    reason: str  # why not, a whole sentence; "" where it is allowed
    fits: bool  # it makes sense in this status: worth a place in a menu, if only with the reason
