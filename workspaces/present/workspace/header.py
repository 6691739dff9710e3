"""The header of a workspace's page."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from workspaces.actions.decisions import decide
from workspaces.coder.types import Workspace
from workspaces.datetimes import add_span
from workspaces.present.agent_health import find_faults
from workspaces.present.agents.cards import Agents, make_agents
from workspaces.present.page_models import Action, Notice, Row, Viewer, etag_of
from workspaces.present.resources import Resources, make_resources
from workspaces.present.settings.autostop import MIN_AHEAD, DeadlinePreset, make_presets
from workspaces.present.settings.setting_lines import SettingContext
from workspaces.present.times import HOUR, Moment, make_moment, make_optional_moment, to_milliseconds
from workspaces.present.workspace.advice import advice_key
from workspaces.present.workspace.notices import make_notices
from workspaces.present.workspace.progress import Progress, make_progress
from workspaces.present.workspace_list.page import refresh_interval_s
from workspaces.present.workspace_list.rows import make_row
from workspaces.schedule import nonzero_time, schedule_text, ttl_text

QUIET_ACTIONS = frozenset({"stop", "restart", "update", "activate", "start"})  # beside the primary action, if allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderActions:
    """The actions of a workspace: the primary one unless it can be opened, those beside it, and those of the menu."""

    primary: Action | None
    update: Action | None  # in the place of the badge "Outdated"
    quiet: tuple[Action, ...]
    menu: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of a workspace's page."""

    row: Row
    agents: Agents
    resources: Resources
    notices: tuple[Notice, ...]
    deadline: Moment | None  # autostop
    deadline_ms: int | None  # the same by the portal's clock, in ms since 1970
    max_deadline: Moment | None  # the latest possible deadline
    autostart: str  # a sentence; "" if it is off
    next_start: Moment | None
    ttl: str  # "8 hours"; "" if it is off
    created: Moment
    last_built: Moment  # creation of the latest build
    build_number: int
    initiator: str
    template: str
    template_version: str
    organization: str
    outdated: bool
    coder_url: str  # this workspace in Coder's own dashboard
    refresh_s: int
    read_at: Moment = field(repr=False, compare=False)  # not part of the ETag
    read_ms: int = field(repr=False, compare=False)  # the same in ms since 1970: older events are stale
    can_extend: bool  # the viewer may move the deadline
    can_shorten: bool  # Coder accepts an hour less
    can_lengthen: bool  # Coder accepts an hour more
    stops_soon: bool  # within the hour
    presets: tuple[DeadlinePreset, ...]  # deadlines to choose; () if the viewer may not
    actions: HeaderActions
    progress: Progress | None
    advice_key: str = ""  # see workspace/advice.py

    @property
    def etag(self) -> str:
        """The ETag of all that it shows."""
        return etag_of(self)

    @property
    def is_deleted(self) -> bool:
        """Whether the workspace has been deleted."""
        return self.row.status.key == "deleted"

    @property
    def query(self) -> str:
        """The query of the addresses of its page: Coder finds a deleted workspace by name only on request."""
        return "?include_deleted=1" if self.is_deleted else ""

    @property
    def title(self) -> str:
        """The tab's title: the name, with the status during a transition or after a failure."""
        status = self.row.status
        if not self.row.in_transition and status.tone != "bad":
            return self.row.name
        return _("%(name)s: %(status)s") % {"name": self.row.name, "status": status.label}

    @property
    def tab_icon(self) -> str:
        """The static file of the tab's icon."""
        return f"tabs/{'busy' if self.row.in_transition else self.row.status.tone}.svg"


def arrange_actions(row: Row) -> HeaderActions:
    """Return where each action of a row stands in the header. Who can open the workspace does that first."""
    first = row.primary_action
    is_primary = first is not None and row.way_in is None and first.name != "cancel"
    beside = tuple(each for each in row.menu_actions if each.name in QUIET_ACTIONS and each.allowed)
    is_outdated = any(badge.key == "outdated" for badge in row.badges)
    update = next((each for each in beside if is_outdated and each.name == "update"), None)
    return HeaderActions(
        primary=first if is_primary else None,
        update=update,
        quiet=(() if is_primary or first is None else (first,)) + tuple(each for each in beside if each is not update),
        menu=tuple(each for each in row.menu_actions if each not in beside),
    )


def accepts_deadline(context: SettingContext, change: timedelta) -> bool:
    """Return whether Coder accepts the present deadline moved by this much."""
    at = add_span(context.deadline, change) if context.deadline else None
    return bool(at and at >= context.now + MIN_AHEAD and (context.max_deadline is None or at <= context.max_deadline))


def to_portal_ms(at: datetime | None, viewer: Viewer) -> int | None:
    """Return a time of Coder's by the portal's clock, in ms since 1970."""
    return None if at is None else to_milliseconds(add_span(at, -viewer.clock_offset) or at)


def make_header(workspace: Workspace, viewer: Viewer) -> Header:
    """Return the header of a workspace's page as this viewer sees it."""
    build = workspace.latest_build
    decisions = decide(workspace, viewer.rights_for(workspace), viewer.capabilities)
    faults = find_faults(workspace, viewer.now)
    is_running = build.status == "running" and workspace.dormant_at is None
    row = make_row(workspace, viewer)
    notices = tuple(make_notices(workspace, viewer, decisions, faults))
    next_start = make_optional_moment(workspace.next_start_at, viewer.now, viewer.zone)
    shows_next_start = (
        workspace.dormant_at is None
        and next_start != row.summary_time
        and not any(notice.key == "autostart" for notice in notices)
    )
    deadline = nonzero_time(build.deadline) if is_running else None
    context = SettingContext(workspace=workspace, viewer=viewer, template=None)
    can_extend = decisions["extend"].allowed
    return Header(
        row=row,
        agents=make_agents(workspace, viewer),
        resources=make_resources(workspace, viewer),
        notices=notices,
        deadline=make_optional_moment(deadline, viewer.now, viewer.zone),
        deadline_ms=to_portal_ms(deadline, viewer),
        max_deadline=make_optional_moment(build.max_deadline, viewer.now, viewer.zone) if is_running else None,
        autostart=schedule_text(workspace.autostart_schedule or ""),
        next_start=next_start if shows_next_start else None,
        ttl=ttl_text(workspace.ttl_ms),
        created=make_moment(workspace.created_at, viewer.now, viewer.zone),
        last_built=make_moment(build.created_at, viewer.now, viewer.zone),
        build_number=build.build_number,
        initiator=build.initiator_name,
        template=row.template,
        template_version=build.template_version_name,
        organization=workspace.organization_name,
        outdated=workspace.outdated,
        coder_url=f"{viewer.public_url}/@{workspace.owner_name}/{workspace.name}",
        refresh_s=refresh_interval_s([row]),
        read_at=make_moment(viewer.read_at, viewer.portal_now, viewer.zone),
        read_ms=to_milliseconds(viewer.read_at),
        can_extend=can_extend,
        can_shorten=can_extend and accepts_deadline(context, -HOUR),
        can_lengthen=can_extend and accepts_deadline(context, HOUR),
        stops_soon=deadline is not None and viewer.now < deadline < viewer.now + HOUR,
        presets=tuple(make_presets(context)) if can_extend else (),
        actions=arrange_actions(row),
        progress=make_progress(workspace, viewer),
        advice_key=advice_key(workspace, viewer),
    )
