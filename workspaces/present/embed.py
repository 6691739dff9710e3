"""The page models of frames: a list and one workspace. What needs a confirmation is not offered in a frame."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from workspaces.actions.decisions import decide
from workspaces.coder.types import Workspace
from workspaces.present.page_models import NO_MOMENT, Action, Row, Viewer, WayIn, etag_of
from workspaces.present.settings.setting_lines import SettingContext
from workspaces.present.times import HOUR, Moment, make_moment, to_milliseconds
from workspaces.present.workspace.header import accepts_deadline
from workspaces.present.workspace_list.models import ListPage
from workspaces.present.workspace_list.page import refresh_interval_s
from workspaces.present.workspace_list.row_menu import AgentEntries, make_row_menu

FRAME_ACTIONS = ("start", "stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRow:
    """One workspace in a frame."""

    row: Row
    action: Action | None  # start or stop, if it is allowed now
    can_lengthen: bool  # Coder accepts an hour more


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameList:
    """A list in a frame."""

    rows: tuple[FrameRow, ...]
    count: int  # of all that match
    running_count: int  # of `rows`
    q: str
    error: str  # Coder's message about the search
    list_query: str  # of the portal's own list of these workspaces, beginning with "?"
    read_at: Moment
    read_ms: int = field(repr=False, compare=False)  # the same in ms since 1970: older events are stale
    refresh_s: int

    @property
    def etag(self) -> str:
        """The ETag of all that it shows, except the time at which it was read."""
        return etag_of(replace(self, read_at=NO_MOMENT))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCard:
    """One workspace in a frame, with what can be opened."""

    entry: FrameRow
    agents: tuple[AgentEntries, ...]
    read_at: Moment
    read_ms: int = field(repr=False, compare=False)
    refresh_s: int

    @property
    def etag(self) -> str:
        """The ETag of all that it shows, except the time at which it was read."""
        return etag_of(replace(self, read_at=NO_MOMENT))


def make_frame_row(workspace: Workspace, row: Row, viewer: Viewer) -> FrameRow:
    """Return a row of the portal as a frame shows it."""
    actions = filter(None, (row.primary_action, *row.menu_actions))
    extend = decide(workspace, viewer.rights_for(workspace), viewer.capabilities, ["extend"])["extend"]
    context = SettingContext(workspace=workspace, viewer=viewer, template=None)
    return FrameRow(
        row=row,
        action=next((each for each in actions if each.name in FRAME_ACTIONS and each.allowed), None),
        can_lengthen=extend.allowed and accepts_deadline(context, HOUR),
    )


def make_frame_list(page: ListPage, workspaces: Iterable[Workspace], viewer: Viewer) -> FrameList:
    """Return a page of the portal's list as a frame shows it. `workspaces`: those of its rows, in any order."""
    by_id = {workspace.id: workspace for workspace in workspaces}
    return FrameList(
        rows=tuple(make_frame_row(by_id[row.id], row, viewer) for row in page.rows),
        count=page.count,
        running_count=sum(row.status.key == "running" for row in page.rows),
        q=page.search.q,
        error=page.q_error,
        list_query=page.search.address(),
        read_at=page.read_at,
        read_ms=page.read_ms,
        refresh_s=page.refresh_s,
    )


def without_way_in(agent: AgentEntries, way_in: WayIn | None) -> AgentEntries:
    """Return the apps of an agent beside the one that the card's button opens, and without the SSH command."""
    opened = (way_in.agent_id, way_in.app) if way_in else None
    apps = tuple(app for app in agent.apps if (app.agent_id, app.name) != opened)
    return replace(agent, apps=apps, ssh_command="")


def make_frame_card(workspace: Workspace, viewer: Viewer) -> FrameCard:
    """Return one workspace with its apps."""
    menu = make_row_menu(workspace, viewer, None)
    return FrameCard(
        entry=make_frame_row(workspace, menu.row, viewer),
        agents=tuple(without_way_in(agent, menu.row.way_in) for agent in menu.agents if agent.apps),
        read_at=make_moment(viewer.read_at, viewer.portal_now, viewer.zone),
        read_ms=to_milliseconds(viewer.read_at),
        refresh_s=refresh_interval_s([menu.row]),
    )
