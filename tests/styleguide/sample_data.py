"""Sample page objects for the styleguide: every status, badge, action and empty state.

They are literals, so the styleguide needs neither Coder nor a session.
"""

from dataclasses import replace
from uuid import UUID

from workspaces.present.agents.cards import Agents
from workspaces.present.page_models import Action, Badge, Notice, Row, Status, Tone
from workspaces.present.resources import Resources
from workspaces.present.settings.autostop import DeadlinePreset
from workspaces.present.times import Moment
from workspaces.present.workspace.header import Header, arrange_actions
from workspaces.present.workspace.progress import Progress

STATUSES: tuple[tuple[str, str, Tone, str], ...] = (
    ("running", "Running", "ok", "circle-play"),
    ("starting", "Starting", "busy", "loader-circle"),
    ("stopped", "Stopped", "off", "circle-stop"),
    ("failed", "Failed", "bad", "circle-x"),
    ("pending", "Pending", "busy", "hourglass"),
    ("stopping", "Stopping", "busy", "loader-circle"),
    ("canceling", "Canceling", "busy", "loader-circle"),
    ("canceled", "Canceled", "off", "circle-slash"),
    ("deleting", "Deleting", "warn", "loader-circle"),
    ("deleted", "Deleted", "off", "trash-2"),
    ("unknown", "Unknown", "off", "circle-question-mark"),
)
BADGES: tuple[tuple[str, str, Tone, str, str], ...] = (
    (
        "deleted-soon",
        "Deletion in 3 days",
        "bad",
        "trash-2",
        "Coder deletes the workspace unless it is activated.",
    ),
    ("dormant", "Dormant", "warn", "moon", "Dormant. Activate the workspace to use it."),
    ("no-provisioner", "No provisioner", "warn", "server-off", "No provisioner is there that could take its build."),
    ("unhealthy", "Unhealthy", "bad", "heart-pulse", "Agent main is disconnected"),
    ("connecting", "Connecting", "busy", "plug", "The agent has not connected yet."),
    ("must-update", "Update required", "warn", "circle-arrow-up", "The template requires the active version."),
    ("outdated", "Outdated", "off", "circle-arrow-up", "A newer version of the template is active."),
    ("shared", "Shared", "off", "users", "Shared with ben."),
    ("prebuild", "Prebuilt", "off", "package", "Built in advance."),
    ("external", "External", "off", "unplug", "The agent runs outside of Coder."),
)
IN_TRANSITION = {"starting", "stopping", "pending", "canceling", "deleting"}
SOON = Moment(
    iso="2026-11-25T18:30:00Z",
    full="today at 18:30, Europe/Dublin",
    relative="in 2 h",
    short="today at 18:30",
    in_sentence="today at 18:30",
)
PAST = Moment(
    iso="2026-11-25T12:05:00Z",
    full="today at 12:05, Europe/Dublin",
    relative="4 h ago",
    short="today at 12:05",
    in_sentence="today at 12:05",
)
LONG_AGO = Moment(
    iso="2026-02-03T09:12:00Z",
    full="February 3 at 09:12",
    relative="9 months ago",
    short="February 3 at 09:12",
    in_sentence="on February 3 at 09:12",
)
NOW = Moment(
    iso="2026-11-25T16:30:00Z",
    full="today at 16:30",
    relative="now",
    short="today at 16:30",
    in_sentence="today at 16:30",
)
RECENT = Moment(
    iso="",
    full="in the last 5 minutes",
    relative="in the last 5 minutes",
    short="",
    in_sentence="in the last 5 minutes",
)
ERROR = 'terraform apply: exit status 1: Error creating instance: the quota "cpus" of region europe-west1 is used up'


def sample_status(key: str) -> Status:
    """Return the sample of a status by its key."""
    return next(
        Status(key=name, label=word, tone=tone, icon=icon, tooltip="")
        for name, word, tone, icon in STATUSES
        if name == key
    )


def sample_badge(key: str) -> Badge:
    """Return the sample of a badge by its key."""
    return next(
        Badge(key=name, label=word, tone=tone, icon=icon, tooltip=hint)
        for name, word, tone, icon, hint in BADGES
        if name == key
    )


def sample_action(name: str, label: str, icon: str, *, reason: str = "", danger: bool = False) -> Action:
    """Return an action that is allowed, or one that is refused for `reason`."""
    dormant, cancel = name in {"activate", "dormant"}, name == "cancel"
    return Action(
        name=name,
        label=label,
        icon=icon,
        allowed=not reason,
        reason=reason,
        danger=danger,
        url_name="dormant" if dormant else "cancel" if cancel else "builds",
        field="dormant" if dormant else "" if cancel else "transition",
        value={"activate": "false", "dormant": "true", "cancel": ""}.get(name, name),
    )


START = sample_action("start", "Start", "play")
STOP = sample_action("stop", "Stop", "square")
CANCEL = sample_action("cancel", "Cancel build", "x")
RETRY = sample_action("retry", "Retry start", "refresh-cw")
ACTIVATE = sample_action("activate", "Activate", "sun")
UPDATE = sample_action("update", "Update and start", "circle-arrow-up")
MAKE_DORMANT = sample_action("dormant", "Make dormant", "moon")
NO_RESTART = sample_action(
    "restart",
    "Restart",
    "rotate-cw",
    reason="The template requires the active version. Update the workspace instead.",
)

# By status: the primary action of the row, and the actions of its menu.
ACTIONS_BY_STATUS: dict[str, tuple[Action | None, tuple[Action, ...]]] = {
    "running": (STOP, (NO_RESTART,)),
    "starting": (CANCEL, ()),
    "stopped": (START, (UPDATE, MAKE_DORMANT)),
    "failed": (RETRY, (UPDATE, MAKE_DORMANT)),
    "pending": (CANCEL, ()),
    "canceled": (START, (STOP, MAKE_DORMANT)),
    "deleting": (CANCEL, ()),
}


def sample_row(number: int, name: str, status: str, /, *badges: str, **changes: object) -> Row:
    """Return a row; `changes` override any of its fields."""
    primary, more = ACTIONS_BY_STATUS.get(status, (None, ()))
    template = ("Docker (Debian)", "Kubernetes pod", "Windows desktop", "scratch", "Python data science")[number % 5]
    base = Row(
        id=UUID(int=number + 1),
        build_id=UUID(int=1000 + number),
        owner=("alice", "ben", "carla-with-a-very-long-user-name", "dilip")[number % 4],
        names_owner=number % 4 > 0,
        name=name,
        template=template,
        icon_url="",
        letter=template[0].upper(),
        hue=number % 8,
        status=sample_status(status),
        badges=tuple(sample_badge(key) for key in badges),
        favorite=number < 2,
        can_favorite=number % 4 == 0 or number < 2,
        favorite_reason="" if number % 4 == 0 else "Only its owner can favorite this workspace.",
        last_used=PAST,
        summary="",
        summary_time=None,
        way_in=None,
        primary_action=primary,
        menu_actions=more,
        note="",
        in_transition=status in IN_TRANSITION,
        language="en",
        checksum=number,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # fields of Row, by name


def sample_rows() -> list[Row]:
    """Return 25 rows: each status, each badge, the longest names, right-to-left text, the longest error."""
    nobody = "The template allows only users with the Owner role to cancel builds."
    stops = {"summary": "stops today at 18:30", "summary_time": SOON}
    return [
        sample_row(0, "api-server", "running", last_used=RECENT, **stops),
        sample_row(1, "a-name-of-thirty-two-letters-abc", "running", "outdated", "shared", **stops),
        sample_row(2, "notebook", "stopped", summary="starts on Monday at 09:30", summary_time=SOON),
        sample_row(3, "broken-terraform", "failed", "outdated", summary=ERROR),
        sample_row(4, "queued", "pending", summary="position 2 of 3 in the build queue"),
        sample_row(5, "nobody-takes-me", "pending", "no-provisioner", summary="no provisioner is available"),
        sample_row(6, "web", "starting", summary="since today at 12:05", summary_time=PAST),
        sample_row(7, "db", "stopping", note=nobody, summary="since today at 12:05", summary_time=PAST),
        sample_row(
            8,
            "old-experiment",
            "stopped",
            "deleted-soon",
            "dormant",
            "must-update",
            last_used=LONG_AGO,
            primary_action=ACTIVATE,
            menu_actions=(),
            summary="will be deleted on Saturday at 10:00",
            summary_time=SOON,
        ),
        sample_row(
            9,
            "lost-agent",
            "running",
            "unhealthy",
            status=replace(sample_status("running"), tone="warn", tooltip="Agent main is disconnected"),
            **stops,
        ),
        sample_row(10, "fresh", "running", "connecting", last_used=None, **stops),
        sample_row(11, "canceled-one", "canceled"),
        sample_row(12, "on-its-way-out", "deleting", summary="since today at 12:05", summary_time=PAST),
        sample_row(13, "gone", "deleted"),
        sample_row(14, "from-the-future", "unknown", note="Coder says something new about it."),
        sample_row(15, "rtl", "running", template="بيئة تطوير", letter="ب", **stops),
        sample_row(
            16,
            "prebuilt-3",
            "running",
            "prebuild",
            primary_action=None,
            menu_actions=(),
            note="This is an unclaimed prebuilt workspace. Coder manages it.",
        ),
        sample_row(
            17, "outside", "stopped", "external", "must-update", primary_action=UPDATE, menu_actions=(MAKE_DORMANT,)
        ),
        sample_row(18, "halting", "canceling", note="The build is already being canceled."),
        *(
            sample_row(
                number, f"workspace-{number}", ("running", "stopped")[number % 2], **(stops if number % 2 == 0 else {})
            )
            for number in range(19, 25)
        ),
    ]


def sample_reason(
    key: str, tone: Tone, icon: str, title: str, text: str, action: Action | None = None, url: str = ""
) -> Notice:
    """Return a notice of the workspace's page."""
    return Notice(key=key, tone=tone, icon=icon, title=title, text=text, url=url, action=action)


def sample_header(row: Row) -> Header:
    """Return the header of a workspace's page with the notices of its status."""
    reasons = {
        "failed": (sample_reason("failed", "bad", "circle-x", "The start failed", ERROR, RETRY),),
        "stopped": (
            sample_reason(
                "dormant",
                "bad",
                "moon",
                "This workspace is dormant",
                "Coder deletes the workspace on Saturday at 10:00 unless it is activated before then.",
                ACTIVATE,
            ),
        ),
        "running": (
            sample_reason(
                "start_error",
                "bad",
                "heart-pulse",
                "A startup script failed on agent main",
                "The workspace is running, but its setup may be incomplete. Check the script output.",
                url="https://coder.example.com/help",
            ),
        ),
    }
    runs = row.status.key == "running"
    row = replace(row, id=UUID(int=row.id.int + 500))  # the list on the same page shows it too
    return Header(
        row=row,
        agents=Agents(
            workspace_id=row.id,
            cards=(),
            absent_reason="",
            external=False,
            awaits_connection=False,
            coder_url="",
            has_details=False,
        ),
        resources=Resources(workspace_id=row.id, cards=(), hidden=(), cost="", note=""),
        read_at=NOW,
        read_ms=0,
        notices=reasons.get(row.status.key, ()),
        deadline=SOON if runs else None,
        deadline_ms=None,
        max_deadline=SOON if runs else None,
        autostart="Monday to Friday at 09:30, Europe/Dublin",
        next_start=SOON,
        ttl="8 hours",
        created=LONG_AGO,
        last_built=PAST,
        build_number=14,
        initiator="alice",
        template=row.template,
        template_version="swift_heron42",
        organization="coder",
        outdated=True,
        coder_url="https://coder.example.com/@alice/api-server",
        refresh_s=0,
        can_extend=runs,
        can_shorten=runs,
        can_lengthen=False,
        stops_soon=runs,
        presets=(DeadlinePreset(label="+1 hour", field="hours", value="1", at=SOON),) if runs else (),
        actions=arrange_actions(row),
        progress=Progress(elapsed_ms=12_000, p50=50_000, p95=80_000) if row.status.tone == "busy" else None,
    )
