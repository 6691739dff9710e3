"""The page models: everything that the templates of the list and of one workspace show.

They are frozen and hashable, and hold plain text in the viewer's language. A template only adds markup. Names may be
written from right to left: templates isolate them with `<bdi>`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID
from zlib import crc32
from zoneinfo import ZoneInfo

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import Rights
from workspaces.coder.template_types import Quantiles
from workspaces.coder.types import Workspace
from workspaces.present.times import Moment

NO_MOMENT = Moment(iso="", full="", relative="", short="", in_sentence="")


def etag_of(model: object) -> str:
    """Return the ETag of a page model: it changes with anything that the model shows, and is equal in every process."""
    return f"{crc32(repr(model).encode()):08x}"


Tone = Literal["ok", "busy", "off", "warn", "bad"]
NoticeLink = Literal["", "log", "autostart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OngoingOperation:
    """An operation of the viewer's on a workspace that has not ended."""

    operation_id: UUID
    kind: str  # a value of models.Operation.Kind
    phase: str  # the next step, or the one that it waits for: of a restart or an update stop stopping start starting


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who sees a page, and when: together with a workspace, all that its row needs."""

    id: UUID
    username: str
    zone: ZoneInfo
    now: datetime  # aware, by Coder's clock: it is compared with Coder's times
    rights: Mapping[UUID, Rights]  # by workspace; see rights_for
    capabilities: CoderCapabilities
    public_url: str  # Coder's URL for browsers, without a trailing slash
    language: str
    coder_version: str = ""  # in Coder's notation: v2.36.0+abc
    undeprecated_templates: frozenset[UUID] = frozenset()  # known not to be deprecated; the state of others is unknown
    operations: Mapping[UUID, OngoingOperation] = field(default_factory=dict)  # by workspace
    can_read_config: bool = False  # may read the deployment's configuration, which debug output needs
    build_durations: Mapping[UUID, Mapping[str, Quantiles]] = field(default_factory=dict)  # by template, by transition
    app_host: str | None = None  # wildcard host of apps ("*.apps.example.com"); None: not known yet
    clock_offset: timedelta = timedelta(0)  # of Coder's clock from the portal's
    read_since: datetime | None = None  # by the portal's clock: what Coder returned is not older; None: it is of now

    @property
    def portal_now(self) -> datetime:
        """The same moment by the portal's clock."""
        return self.now - self.clock_offset

    @property
    def read_at(self) -> datetime:
        """When the workspaces were requested from Coder, by the portal's clock: later events are newer than the page.

        Not when they arrived: an event that came while the page was made would then count as older.
        """
        return self.read_since or self.portal_now

    def rights_for(self, workspace: Workspace) -> Rights:
        """Return the viewer's rights for a workspace; where they are not known, the right to read it and no other."""
        return self.rights.get(workspace.id) or Rights(is_owner=workspace.owner_id == self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A status: icon, label and color together."""

    key: str  # Coder's word, or "unknown"
    label: str
    tone: Tone
    icon: str  # a name of Lucide
    tooltip: str  # a sentence, or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """Additional information beside the status."""

    key: str  # deleted-soon, dormant, queue, no-provisioner, unhealthy, must-update, outdated, shared, ...
    label: str
    tone: Tone
    icon: str
    tooltip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action on a workspace, or the reason why it is not possible.

    A button posts `field`=`value` (nothing if `field` is "") to the URL named `workspaces:{url_name}`: `cancel` takes
    the row's `build_id`, all others its `id`. `delete` is a link to a page that asks for confirmation.
    """

    name: str  # as in actions.decisions
    label: str
    icon: str
    allowed: bool
    reason: str  # why not; "" if it is allowed
    danger: bool  # it destroys data
    url_name: str  # builds, cancel, dormant, delete
    field: str  # transition, dormant or ""
    value: str

    @property
    def transition(self) -> str:
        """The value of `transition` if the action creates a build, else ""."""
        return self.value if self.field == "transition" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayIn:
    """The app, or the terminal, that opens a running workspace."""

    label: str
    icon: str
    href: str  # "" if it is known only after a call to Coder: the page that redirects to the app has it
    agent_id: UUID
    app: str  # slug, or "terminal"
    target: str  # as in AppLink


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One workspace, in a list and in the header of its page. Everything shown is a field: it keys caches."""

    id: UUID
    build_id: UUID
    owner: str
    names_owner: bool  # where it is not the viewer
    name: str
    template: str  # display name, else name
    icon_url: str  # of the template, absolute; "" without one or for one at a foreign host
    letter: str  # shown if there is no icon
    hue: int  # 0 to 7, the color of the letter's square; the same for all workspaces of a template
    status: Status
    badges: tuple[Badge, ...]
    favorite: bool
    can_favorite: bool
    favorite_reason: str
    last_used: Moment | None  # None: never
    summary: str  # one sentence: "stops today at 18:30", the error of a failed job; or ""
    summary_time: Moment | None  # the time that the summary names
    way_in: WayIn | None  # None: nothing can be opened now
    primary_action: Action | None
    menu_actions: tuple[
        Action, ...
    ]  # the others that make sense in this status, allowed or with the reason against them
    note: str  # why no action is possible; "" if one is
    in_transition: bool
    language: str
    checksum: int  # changes with anything that the row shows; equal in every process


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link to another search. `query` begins with "?" and is ready for an href."""

    label: str
    query: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that a person who opens this workspace has to know, with the action that helps."""

    key: str
    tone: Tone
    icon: str
    title: str
    text: str
    url: str  # for further reading (an agent's troubleshooting page), or ""
    action: Action | None
    at: Moment | None = None  # when it happened
    quote: str = ""  # Coder's own message in full, with its line breaks
    link: NoticeLink = ""  # the part of this workspace that helps: the latest build's log, a setting
    operation_id: UUID | None = None  # the operation on it, which has its own page
    log_agent_id: UUID | None = None  # the agent whose log has details
