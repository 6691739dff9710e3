"""Test the text of the settings page: absolute times with their zone, and why a setting cannot be changed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.unit.samples import NEW, NOW, OLD, READER, hours, running, viewer, workspace
from workspaces.coder.template_types import Template, Weekdays
from workspaces.coder.types import Workspace
from workspaces.present.agents.apps import find_agent, find_app_address, needs_app_host
from workspaces.present.settings.page import SettingsModel, make_settings
from workspaces.setting_declarations import SETTINGS

DAY_MS = 86_400_000


def template(**facts: Any) -> Template:
    """Return a template that allows everything except for these fields."""
    ids: dict[str, Any] = {
        "id": UUID(int=1),
        "organization_id": UUID(int=2),
        "active_version_id": UUID(int=3),
        "name": "dev",
    }
    return Template(**ids, **facts)


def settings_of(web: Workspace, web_template: Template | None = None, **viewer_fields: Any) -> SettingsModel:
    """Return the settings page as Alice sees it."""
    mismatch = viewer_fields.pop("mismatch", None)
    return make_settings(SETTINGS.values(), web, viewer(**viewer_fields), web_template, lacks_parameter_values=mismatch)


def setting_text(page: SettingsModel, name: str) -> str:
    """Return the lines of a setting, joined by spaces."""
    return " ".join(line.text for line in page.by_name[name].lines)


def plain_workspace(status: str = "stopped", **facts: Any) -> Workspace:
    """Return a workspace without schedule and TTL except for these fields."""
    none = {"autostart_schedule": None, "next_start_at": None, "ttl_ms": None, "build_deadline": None}
    return workspace(status, **{**none, "build_max_deadline": None, **facts})


def test_ttl_setting_shows_stop_time_after_next_start() -> None:
    web = plain_workspace(ttl_ms=8 * 3_600_000, autostart_schedule="30 9 * * 1-5", next_start_at=hours(21.5))
    assert setting_text(settings_of(web), "ttl") == (
        "Stops 8 hours after each start. After the autostart tomorrow at 09:30, it stops tomorrow at 17:30."
    )
    assert "If you start it now, it stops today at 20:00." in setting_text(
        settings_of(plain_workspace(ttl_ms=8 * 3_600_000)), "ttl"
    )


@pytest.mark.parametrize(
    ("capabilities", "latest", "words"),
    [
        (OLD, hours(9), "“Never” also removes the deadline"),
        (NEW, hours(9), "“Never” moves the current deadline to today at 21:00"),
        (NEW, None, "“Never” also removes the deadline"),
    ],
)
def test_disabled_ttl_text_for_running_workspace_depends_on_coder_version(
    capabilities: Any, latest: Any, words: str
) -> None:
    web = plain_workspace("running", ttl_ms=3_600_000, build_deadline=hours(3), build_max_deadline=latest)
    assert words in setting_text(settings_of(web, capabilities=capabilities), "ttl")


def test_autostart_setting_shows_next_start_and_its_conditions() -> None:
    facts: dict[str, Any] = {"autostart_schedule": "30 9 * * 1-5", "next_start_at": hours(21.5)}
    assert "The next start is tomorrow at 09:30." in setting_text(settings_of(plain_workspace(**facts)), "autostart")
    assert "if it is stopped by then" in setting_text(settings_of(plain_workspace("running", **facts)), "autostart")
    assert "the latest build did not succeed" in setting_text(
        settings_of(plain_workspace("failed", **facts)), "autostart"
    )
    asleep = setting_text(settings_of(plain_workspace(**facts, dormant_at=hours(-9))), "autostart")
    assert "Autostart is paused while the workspace is dormant." in asleep
    assert "next start" not in asleep
    assert setting_text(settings_of(plain_workspace()), "autostart") == "Autostart is off."


def test_next_start_is_computed_from_schedule_when_coder_omits_it() -> None:
    assert "The next start is tomorrow at 08:00" in setting_text(
        settings_of(plain_workspace(autostart_schedule="0 8 * * *")), "autostart"
    )


def test_autostart_setting_omits_and_names_days_forbidden_by_template() -> None:
    web_template = template(autostart_requirement=Weekdays(days_of_week=("monday", "friday")))
    page = settings_of(plain_workspace(autostart_schedule="0 8 * * 1-4"), web_template)
    assert page.allowed_days == {1, 5}
    assert "The next start is on Monday at 08:00." in setting_text(page, "autostart")
    assert "The template does not allow autostart on Tuesday to Thursday." in setting_text(page, "autostart")
    never = settings_of(plain_workspace(autostart_schedule="0 8 * * 2,3"), web_template)
    assert "The template allows none of these days, so autostart never starts the workspace." in setting_text(
        never, "autostart"
    )


def test_unusual_schedule_lists_next_times_and_unreadable_one_is_kept() -> None:
    page = settings_of(plain_workspace(autostart_schedule="*/30 9 * * *"))
    assert page.has_custom_schedule
    assert "Next starts: tomorrow at 09:00, " in setting_text(page, "autostart")
    strange = settings_of(plain_workspace(autostart_schedule="whatever Coder likes"))
    assert "The portal cannot parse this schedule. It stays as it is in Coder." in setting_text(strange, "autostart")


def test_automatic_updates_setting_says_when_version_changes() -> None:
    web = plain_workspace(outdated=True)
    assert "Update the workspace to use it" in setting_text(settings_of(web), "autoupdates")
    due: dict[str, Any] = {"outdated": True, "automatic_updates": "always"}
    assert "The next start updates it" in setting_text(settings_of(plain_workspace(**due)), "autoupdates")
    timed = plain_workspace(**due, autostart_schedule="0 8 * * *", next_start_at=hours(20))
    assert "no later than tomorrow at 08:00" in setting_text(settings_of(timed), "autoupdates")
    assert "v1 is the active version" in setting_text(
        settings_of(plain_workspace(automatic_updates="always")), "autoupdates"
    )


def test_extend_setting_offers_only_presets_that_coder_accepts() -> None:
    page = settings_of(
        plain_workspace("running", build_deadline=hours(2), build_max_deadline=hours(4)), template(activity_bump_ms=1)
    )
    presets = [(preset.label, preset.field, preset.at.short) for preset in page.presets]
    assert presets == [
        ("+1 hour", "hours", "today at 15:00"),
        ("Latest allowed", "deadline", "today at 16:00"),
    ]
    assert (page.min_deadline, page.max_deadline) == ("2026-11-25T12:31", "2026-11-25T16:00")
    free = settings_of(plain_workspace("running", build_deadline=hours(2)))
    assert [preset.label for preset in free.presets] == ["+1 hour", "+4 hours", "End of the day"]
    assert free.presets[-1].value == "2026-11-25T23:59"
    tomorrow = settings_of(plain_workspace("running", build_deadline=hours(20)))
    assert tomorrow.presets[-1].label == "Earlier: end of the day"
    late = settings_of(plain_workspace("running", build_deadline=hours(13)), now=hours(11.75))
    assert [preset.label for preset in late.presets] == ["+1 hour", "+4 hours"]  # the day ends in 15 minutes


def test_usage_setting_says_that_no_deadline_moves_and_when_workspace_becomes_dormant() -> None:
    idles = template(activity_bump_ms=3_600_000, time_til_dormant_ms=7 * DAY_MS)
    for deadline in (0.5, 5):  # hours from now: before and after the end of an activity bump
        web = plain_workspace("running", build_deadline=hours(deadline), last_used_at=hours(-1))
        text = setting_text(settings_of(web, idles), "usage")
        assert text.startswith("Coder records within a minute that the workspace is in use. This does not change the ")
        assert "Without further use, the workspace becomes dormant on December 2 at 12:00." in text
        assert text.endswith("Last used today at 11:00.")


def test_extend_setting_says_what_sessions_do_to_any_deadline() -> None:
    text = "While an IDE, terminal, or SSH session is connected, Coder keeps the deadline at least about 1 hour ahead."
    for deadline in (0.5, 5):
        page = settings_of(
            plain_workspace("running", build_deadline=hours(deadline)), template(activity_bump_ms=3_600_000)
        )
        assert text in setting_text(page, "extend")
    silent = settings_of(plain_workspace("running", build_deadline=hours(5)), template(activity_bump_ms=0))
    assert "session" not in setting_text(silent, "extend")


def test_dormancy_setting_shows_dormancy_and_deletion_times() -> None:
    idle = template(time_til_dormant_ms=7 * DAY_MS, time_til_dormant_autodelete_ms=14 * DAY_MS)
    active = setting_text(settings_of(plain_workspace(last_used_at=NOW - timedelta(days=1)), idle), "dormant")
    assert active == (
        "Becomes dormant on Tuesday at 12:00 if it is not used before then. It is then deleted on December 15 at 12:00."
    )
    by_hand = template(time_til_dormant_autodelete_ms=DAY_MS)
    assert "If you make it dormant now, Coder deletes it tomorrow at 12:00" in setting_text(
        settings_of(plain_workspace(), by_hand), "dormant"
    )
    asleep = plain_workspace(dormant_at=hours(-2), deleting_at=hours(48))
    assert setting_text(settings_of(asleep), "dormant") == (
        "Dormant since today at 10:00. Autostart and autostop are paused. "
        "Coder deletes the workspace on Friday at 12:00 unless it is activated before then."
    )


@pytest.mark.parametrize(
    ("name", "web", "web_template", "words"),
    [
        (
            "autostart",
            plain_workspace(),
            template(allow_user_autostart=False),
            "does not allow autostart",
        ),
        ("ttl", plain_workspace(), template(allow_user_autostop=False), "The template sets the time until shutdown."),
        ("dormant", plain_workspace("running"), None, "Stop the workspace first"),
        ("rename", plain_workspace(allow_renames=False), None, "Renaming is disabled"),
        (
            "autoupdates",
            plain_workspace(template_require_active_version=True),
            None,
            "The template requires the active version",
        ),
        ("extend", plain_workspace(), None, "Autostop applies to running workspaces only."),
        ("extend", plain_workspace("running"), None, "has no deadline"),
        (
            "extend",
            plain_workspace("running", build_deadline=hours(1), dormant_at=hours(-1)),
            None,
            "the workspace is dormant",
        ),
        ("usage", plain_workspace(), None, "The workspace is not running."),
        ("ttl", plain_workspace(is_prebuild=True), None, "This is an unclaimed prebuilt workspace"),
    ],
)
def test_setting_that_cannot_be_changed_shows_reason(
    name: str, web: Workspace, web_template: Template | None, words: str
) -> None:
    setting = settings_of(web, web_template).by_name[name]
    assert not setting.allowed
    assert words in setting.reason


def test_reader_can_change_no_setting() -> None:
    page = settings_of(plain_workspace("running", build_deadline=hours(3)), rights=READER)
    assert not [setting.name for setting in page.in_order if setting.allowed]
    assert page.presets == ()


HOSTILE = {"external": True, "slug": "x", "display_name": "<b>", "url": "javascript:alert(1)"}
PAGE = "https://coder.example.com/@alice/web-api"


@pytest.mark.parametrize(
    ("app", "host", "href"),
    [
        ({"external": True, "url": "https://example.com/a"}, "", "https://example.com/a"),
        ({"external": True, "url": "cursor://open?x=1"}, "", "cursor://open?x=1"),
        (HOSTILE, "", PAGE),
        ({"external": True, "url": "data:text/html,x"}, "", PAGE),
        ({"external": True, "url": "https://example.com/?t=$SESSION_TOKEN"}, "", PAGE),
        ({"subdomain": False}, "", f"{PAGE}.main/apps/x/"),
        (
            {"subdomain": True, "subdomain_name": "x--main--web--alice"},
            "*.apps.example.com",
            "https://x--main--web--alice.apps.example.com/",
        ),
        ({"subdomain": True, "subdomain_name": "x--main--web--alice"}, "", PAGE),
    ],
)
def test_app_link_depends_on_kind_of_app(app: dict[str, Any], host: str, href: str) -> None:
    recorded_app = {"id": str(UUID(int=9)), "slug": "x", "subdomain": False, "external": False} | app
    web = workspace("running", name="web-api", agents=[{"apps": [recorded_app]}])
    agent_id = next(
        candidate["id"]
        for resource in running()["latest_build"]["resources"]
        for candidate in resource.get("agents") or ()
    )
    agent = find_agent(web, UUID(agent_id))
    assert agent
    app_address = find_app_address(web, viewer(), agent, "x", host)
    assert app_address
    assert app_address.href == href
    assert bool(app_address.note) is (href == PAGE)
    assert needs_app_host(agent, "x") is bool(app.get("subdomain"))
