"""The page objects: everything that the templates of the list and of one workspace show.

They are frozen and hashable, and hold plain words in the language of whoever looks. A template adds markup
and nothing else. Names may be written from right to left: templates isolate them with `<bdi>`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID
from zlib import crc32
from zoneinfo import ZoneInfo

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import Rights
from workspaces.coder.template_types import Quantiles
from workspaces.coder.types import Workspace
from workspaces.present.times import Moment

NO_MOMENT = Moment(iso="", full="", relative="", short="")


def etag_of(shown: object) -> str:
    """A mark of a page object: another one where it shows something else."""
    return f"{crc32(repr(shown).encode()):08x}"


Tone = Literal["ok", "busy", "off", "warn", "bad"]
EmptyReason = Literal["", "none", "no-match", "beyond"]
NoticeLink = Literal["", "log", "autostart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OngoingOperation:
    """What the portal does with a workspace for who looks, in several steps."""

    operation_id: UUID
    kind: str  # restart update
    phase: str  # stop stopping start starting: what is next, or waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks, and when: with a workspace, all that its row needs."""

    id: UUID
    username: str
    zone: ZoneInfo
    now: datetime  # aware
    rights: Mapping[UUID, Rights]  # by workspace; one that is missing may only be read
    capabilities: CoderCapabilities
    public_url: str  # Coder's address for browsers, without a slash at its end
    language: str
    coder_version: str = ""  # as Coder writes it: v2.36.0+abc
    undeprecated_templates: frozenset[UUID] = frozenset()  # known not to be deprecated; about others it is to be asked
    operations: Mapping[UUID, OngoingOperation] = field(default_factory=dict)  # by workspace
    can_read_config: bool = False  # may know how Coder is configured, on which debug output hangs
    build_durations: Mapping[UUID, Mapping[str, Quantiles]] = field(
        default_factory=dict
    )  # builds by template, by transition
    app_host: str | None = None  # where apps with a subdomain are found ("*.apps.example.com"); None: not asked yet

    def rights_for(self, workspace: Workspace) -> Rights:
        """Return the viewer's rights for a workspace; where they are not known, the right to read it and no other."""
        return self.rights.get(workspace.id) or Rights(is_owner=workspace.owner_id == self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A status: icon, word and colour together."""

    key: str  # Coder's own word, or "unknown"
    label: str
    tone: Tone
    icon: str  # a name of lucide's
    tooltip: str  # a sentence, or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """What there is to say beside the status."""

    key: str  # deleted-soon, dormant, queue, no-provisioner, unhealthy, must-update, outdated, shared, ...
    label: str
    tone: Tone
    icon: str
    tooltip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that can be done with a workspace, or the sentence that says why not.

    A button posts `field`=`value` (nothing where `field` is "") to the address named `workspaces:{address}`:
    `cancel` takes the row's `build_id`, every other one its `id`. `delete` is a link: its page asks first.
    """

    name: str  # as in actions.decisions
    label: str
    icon: str
    allowed: bool
    reason: str  # why not; "" where it is allowed
    danger: bool  # it destroys something
    url_name: str  # builds, cancel, dormant, delete
    field: str  # transition, dormant or ""
    value: str

    @property
    def transition(self) -> str:
        """The value of `transition` where the action posts a build, else ""."""
        return self.value if self.field == "transition" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One workspace, in a list and at the head of its page. Everything shown is a field: it keys caches."""

    id: UUID
    build_id: UUID
    owner: str
    name: str
    template: str  # its display name, else its name
    icon_url: str  # of the template, absolute; "" where there is none or it lies on a foreign address
    letter: str  # stands in the icon's place
    hue: int  # 0 to 7, the colour of the letter's square; the same for all workspaces of a template
    status: Status
    badges: tuple[Badge, ...]
    favorite: bool
    can_favorite: bool
    favorite_reason: str
    last_used: Moment | None  # None: never
    recently_used: bool  # within the last hour: "now"
    summary: str  # one sentence: "stops today at 18:30", "position 2 of 3", the error of a failed job; or ""
    summary_time: Moment | None  # the moment that the line speaks of
    primary_action: Action | None
    menu_actions: tuple[Action, ...]  # the rest that makes sense in this status, allowed or with the reason why not
    note: str  # where nothing at all can be done: why; else ""
    in_transition: bool
    language: str
    version: int  # changes with anything that the row shows, the same in every process


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way to another state of the list. `query` begins with "?" and is ready for an href."""

    label: str
    query: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Links that edit one key of `q`; the first takes the key out."""

    key: str
    label: str
    links: tuple[Link, ...]
    current: str  # the label of what is chosen, "" where nothing is


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The list of workspaces."""

    q: str
    q_error: str  # Coder's refusal of q, in its words
    scopes: tuple[Link, ...]  # mine, everybody's: edit the owner and leave the rest of q
    presets: tuple[Link, ...]  # any state, running, failed, ...: likewise edit only what they are about
    menus: tuple[Menu, ...]
    rows: tuple[Row, ...]
    count: int  # of all pages
    hidden_count: int  # on this page: Coder counts them and does not show them
    start_index: int  # number of the first row of this page, from 1; 0 where there is none
    end_index: int
    page: int
    num_pages: int  # at least 1
    previous_query: str  # query of the page before, or ""
    next_query: str
    empty_reason: EmptyReason  # why there are no rows: nothing yet, nothing fits q, the page lies beyond the last one
    note: str  # what one may wonder about: that one sees only one's own, or what counts as shared; else ""
    snapshot: Moment
    read_ms: int = field(repr=False, compare=False)  # the same moment, since 1970: what was told before is older
    refresh_s: int
    shows_owner: bool

    @property
    def etag(self) -> str:
        """A mark of all that the page shows, but for when that was: the same in every process."""
        return etag_of(self.without_snapshot)

    @property
    def without_snapshot(self) -> "ListPage":
        """The page without when it was so."""
        return replace(self, snapshot=NO_MOMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that somebody who opens this workspace has to know, with the action that helps."""

    key: str
    tone: Tone
    icon: str
    title: str
    text: str
    url: str  # where to read more (an agent's troubleshooting page), or ""
    action: Action | None
    quote: str = ""  # what Coder itself says, whole; its lines stay
    link: NoticeLink = ""  # what of this workspace helps: its latest build's log, a setting
    operation_id: UUID | None = None  # what the portal does with it, which has a page of its own
    log_agent_id: UUID | None = None  # the agent whose log says more
