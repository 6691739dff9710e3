"""Test announcements: who writes them, who sees them, dismissing, and what they cost a page."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.portal import SimulatedCoder, htmx_headers, sign_in, signed_in
from tests.views.html import Html
from workspaces.announcements import STORED
from workspaces.models import Announcement, AuditEntry, DismissedAnnouncement

both_versions = pytest.mark.parametrize("version", ["2.19", "2.36"])
URL = "/staff/announcements/"


@pytest.fixture
def admin(db: None, coder: SimulatedCoder) -> Client:
    """Return a client in which an owner of the deployment has signed in."""
    return signed_in(coder, "admin")


def announce(**fields: Any) -> Announcement:
    """Store an announcement that is shown now to everybody, with these fields instead."""
    now = timezone.now()
    defaults: Mapping[str, Any] = {"text": "Hello", "kind": "info", "starts_at": now - timedelta(hours=1)}
    STORED.delete()
    return Announcement.objects.create(**{**defaults, "username": "admin", "saved_at": now, **fields})


def shown_texts(client: Client, url: str = "/account/") -> list[str]:
    """Return the texts of the announcements on a page."""
    return [each.one("div").text for each in Html(client.get(url)).all("article", class_="announcement")]


@both_versions
@pytest.mark.parametrize("name", ["alice", "tina", "axel", "uma"])
def test_announcements_are_not_written_without_the_right(db: None, coder: SimulatedCoder, name: str) -> None:
    announcement = announce()
    client = signed_in(coder, name)
    own = f"{URL}{announcement.pk}/"
    responses = [client.get(URL), client.post(URL, {"text": "x", "kind": "info"}), client.get(own)]
    responses += [client.post(own, {"text": "x", "kind": "info"}), client.post(f"{own}delete/")]
    assert [response.status_code for response in responses] == [404] * 5
    assert Announcement.objects.get().text == "Hello"


@both_versions
def test_saved_announcement_is_on_every_page_and_in_the_audit_log(admin: Client, coder: SimulatedCoder) -> None:
    assert admin.post(URL, {"text": "Back at **noon**", "kind": "warning"}).headers["Location"] == URL
    for url in ("/workspaces/", "/account/", "/workspaces/new/", "/staff/workspaces/", "/nothing/"):
        page = Html(admin.get(url))
        (article,) = page.all("article", class_="announcement")
        assert (article.one("strong").text, "warning" in article.get("class")) == ("noon", True)
    entry = AuditEntry.objects.get()
    assert (entry.username, entry.action, entry.details["text"]) == ("admin", "create announcement", "Back at **noon**")
    assert "Create announcement" in admin.get("/staff/audit/").content.decode()


def test_form_takes_one_call_for_the_organizations(admin: Client, coder: SimulatedCoder) -> None:
    admin.get(URL)
    assert coder.request_lines() == ["POST /authcheck", "GET /organizations"]


def test_form_works_while_coder_does_not_tell_its_organizations(admin: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("error", path="/organizations$")
    assert admin.get(URL).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "![x](https://evil.example/x.png)",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:a)",
    ],
)
def test_text_runs_and_loads_nothing(admin: Client, text: str) -> None:
    admin.post(URL, {"text": text, "kind": "info"})
    (article,) = Html(admin.get("/account/")).all("article", class_="announcement")
    assert [*article.all("script"), *article.all("img"), *article.all("a", href="javascript:a")] == []


def test_preview_shows_the_text_and_saves_nothing(admin: Client) -> None:
    page = Html(admin.post(URL, {"text": "A *preview*", "kind": "warning", "preview": "on"}))
    assert page.one("section", class_="announcement-preview").one("em").text == "preview"
    assert page.one("textarea", name="text").text == "A *preview*"
    assert not Announcement.objects.exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"kind": "party"}, "kind"),
        ({"organization": str(uuid4())}, "organization"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"starts_at": "2026-11-25T18:30", "ends_at": "2026-11-25T18:30"}, "ends_at"),
        ({"ends_at": "2001-01-01T00:00"}, "ends_at"),
        ({"ends_at": "0001-01-01T00:00", "starts_at": "9999-12-31T23:59"}, "ends_at"),
    ],
)
def test_invalid_form_is_explained_at_its_field(admin: Client, data: dict[str, str], field: str) -> None:
    response = admin.post(URL, {"text": "x", "kind": "info", **data})
    assert response.status_code == 422
    assert Html(response).one("div", id=f"id_{field}_error").text
    assert not Announcement.objects.exists()


def test_times_are_those_of_the_writer_and_limit_when_it_is_shown(
    admin: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.cookies[settings.TIME_ZONE_COOKIE_NAME] = "Asia/Tokyo"
    data = {"text": "x", "kind": "info", "starts_at": "2030-01-02T09:00", "ends_at": "2030-01-02T10:00"}
    admin.post(URL, data)
    announcement = Announcement.objects.get()
    assert announcement.starts_at.isoformat() == "2030-01-02T00:00:00+00:00"
    for offset, expected in ((-1, []), (1, ["x"]), (61, [])):
        now = announcement.starts_at + timedelta(minutes=offset)
        STORED.delete()
        monkeypatch.setattr("workspaces.announcements.timezone", FixedTime(now))
        assert shown_texts(admin) == expected


class FixedTime:
    """A clock that stands still."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return its time."""
        return self.at


@both_versions
def test_announcement_for_an_organization_is_shown_to_its_members_only(admin: Client, coder: SimulatedCoder) -> None:
    (organization, *_others) = coder.server.world.organizations.values()
    admin.post(URL, {"text": "members", "kind": "info", "organization": organization.id})
    announce(text="others", organization=uuid4(), organization_name="other")
    assert shown_texts(signed_in(coder, "alice")) == ["members"]
    assert shown_texts(Client(), "/login/") == []
    assert AuditEntry.objects.get().details["audience"] == organization.display_name


def test_sign_in_page_shows_announcements_for_everybody_without_a_button(db: None, coder: SimulatedCoder) -> None:
    announce()
    page = Html(Client().get("/login/"))
    (article,) = page.all("article", class_="announcement")
    assert article.all("button") == []


@pytest.mark.parametrize("is_htmx", [True, False])
def test_dismissed_announcement_stays_away_for_this_person_only(
    admin: Client, coder: SimulatedCoder, *, is_htmx: bool
) -> None:
    announcement = announce()
    assert shown_texts(admin) == ["Hello"]
    headers = htmx_headers() if is_htmx else {}
    response = admin.post(f"/announcements/{announcement.pk}/dismiss/", {"next": "/activity/"}, headers=headers)
    assert response.status_code == (200 if is_htmx else 302)
    assert is_htmx or response.headers["Location"] == "/activity/"
    assert shown_texts(admin) == []
    assert shown_texts(signed_in(coder, "admin")) == []
    assert shown_texts(signed_in(coder, "alice")) == ["Hello"]


def test_dismissing_twice_or_what_does_not_exist_changes_nothing(admin: Client) -> None:
    announcement = announce()
    for number in (announcement.pk, announcement.pk, announcement.pk + 1, 2**62):
        assert admin.post(f"/announcements/{number}/dismiss/").status_code == 302
    assert DismissedAnnouncement.objects.count() == 1


def test_changed_text_is_shown_again_and_the_change_is_audited(admin: Client) -> None:
    announcement = announce()
    admin.post(f"/announcements/{announcement.pk}/dismiss/")
    own = f"{URL}{announcement.pk}/"
    admin.post(own, {"text": "Hello", "kind": "warning"})
    assert shown_texts(admin) == []
    admin.post(own, {"text": "Goodbye", "kind": "warning"})
    assert shown_texts(admin) == ["Goodbye"]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.details["text"], entry.details["before"]["text"]) == (
        "change announcement",
        "Goodbye",
        "Hello",
    )


def test_form_of_an_announcement_shows_its_values(admin: Client) -> None:
    announcement = announce(text="A\nB", kind="warning")
    page = Html(admin.get(f"{URL}{announcement.pk}/"))
    assert page.one("textarea", name="text").text == "A B"
    assert [option.get("value") for option in page.all("option", selected="")][:1] == ["warning"]


@pytest.mark.parametrize("is_new", [True, False])
def test_text_that_was_sent_after_the_session_had_ended_is_in_its_form_after_signing_in(
    admin: Client, coder: SimulatedCoder, *, is_new: bool
) -> None:
    url = URL if is_new else f"{URL}{announce().pk}/"
    reader = Html(admin.get(url)).one("input", name="reader").get("value")
    typed = {"text": "A long text", "kind": "warning", "ends_at": "not a time", "reader": reader, "next": url}
    coder.server.world.tokens.clear()
    assert admin.post(url, typed).headers["Location"].startswith("/login/?next=")
    sign_in(admin, "admin")
    page = Html(admin.get(url))
    assert page.one("textarea").text.strip() == "A long text"
    assert "Your input is below" in page.one("div", id="messages").text
    assert "A long text" not in admin.get(url).content.decode()


def test_deleted_announcement_is_gone_and_audited(admin: Client) -> None:
    announcement = announce()
    admin.post(f"/announcements/{announcement.pk}/dismiss/")
    admin.post(f"{URL}{announcement.pk}/delete/")
    assert (shown_texts(admin), Announcement.objects.count()) == ([], 0)
    assert AuditEntry.objects.get().action == "delete announcement"
    assert admin.get(f"{URL}{announcement.pk}/").status_code == 404


def test_page_takes_no_call_and_no_query_for_cached_announcements(admin: Client, coder: SimulatedCoder) -> None:
    announce()
    admin.get("/account/")
    coder.clear_requests()
    with CaptureQueriesContext(connection) as queries:
        assert shown_texts(admin) == ["Hello"]
    assert [each["sql"] for each in queries if "nnouncement" in each["sql"]] == []
    assert coder.request_lines() == []


def test_fragment_has_no_announcements(admin: Client) -> None:
    announce()
    response = admin.get("/workspaces/", headers=htmx_headers("#results"))
    assert "announcement" not in response.content.decode()


def test_session_from_before_the_update_sees_what_is_for_everybody(admin: Client, coder: SimulatedCoder) -> None:
    (organization, *_others) = coder.server.world.organizations.values()
    announce()
    announce(text="members", organization=UUID(organization.id))
    session = admin.session
    del session["organizations"]
    session.save()
    assert shown_texts(admin) == ["Hello"]
