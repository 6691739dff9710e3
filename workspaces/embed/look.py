"""How a frame looks, and what it may do, by the query of its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from workspaces.embed.accent import parse_accent
from workspaces.forms.embed import FrameListForm


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameLook:
    """How a frame looks, and what it may do."""

    theme: str  # light, dark or system
    density: str  # normal or compact
    accent: str  # six hex digits; "": the portal's own color
    columns: frozenset[str]
    limit: int  # workspaces of a list
    has_actions: bool
    query: str  # of its address, beginning with "?", without parameters that have no effect; or ""
    origin: str = ""  # of the page around the frame; "" if it is not known
    exact: tuple[str, ...] = ()  # the origins with which the frame's script talks
    wildcards: tuple[str, ...] = ()


def make_look(query: Mapping[str, str], *, has_actions: bool) -> FrameLook:
    """Return how a frame with this query looks. Without actions, its own addresses ask for none, too."""
    form = FrameListForm(query)
    form.is_valid()
    data = form.cleaned_data
    kept = {name: query[name] for name in form.fields if name in query and name not in form.errors}
    encoded = urlencode(kept if has_actions else kept | {"actions": "none"})
    return FrameLook(
        theme=data.get("theme") or "system",
        density=data.get("density") or "normal",
        accent=parse_accent(data.get("accent", "")),
        columns=form.chosen_columns,
        limit=form.chosen_limit,
        has_actions=has_actions,
        query=f"?{encoded}" if encoded else "",
    )
