"""Test the banners of Coder's pages on the portal's: who sees them, how they look, and that no page waits for them."""

import logging
import time

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, htmx_headers, sign_in, signed_in
from tests.views.html import Html
from workspaces.coder.appearance_types import Appearance, Banner
from workspaces.gateway.banners import BANNERS, MAX_AGE_S, MAX_BANNERS, MAX_LENGTH, read_banners

both_versions = pytest.mark.parametrize("version", ["2.19", "2.36"])
ANNOUNCEMENT = "Announcement in Coder"


@pytest.fixture
def licensed(coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch) -> SimulatedCoder:
    """Return a Coder with a license and a banner."""
    monkeypatch.setattr(coder.server.world, "licensed", True)
    monkeypatch.setattr(coder.server.world, "banners", ["Maintenance on **Friday**"])
    return coder


def wait_for_banners() -> None:
    """Wait for the reading that a page has started."""
    BANNERS.refresh().result(timeout=30)


def read_page(client: Client, url: str = "/workspaces/") -> list[str]:
    """Return the banners that a page shows, as it is after they were read."""
    client.get(url)
    wait_for_banners()
    return [article.text for article in Html(client.get(url)).all("article", aria_label=ANNOUNCEMENT)]


def count_calls(coder: SimulatedCoder) -> int:
    """Return how often the banners were read."""
    return coder.request_lines(ignore=()).count("GET /appearance")


@both_versions
def test_banner_is_shown_on_every_page_of_a_person(db: None, licensed: SimulatedCoder) -> None:
    client = signed_in(licensed, "alice")
    for url in ("/workspaces/", "/account/", "/activity/"):
        assert read_page(client, url) == ["Maintenance on Friday"]
    assert Html(client.get("/account/")).one("article", aria_label=ANNOUNCEMENT).one("strong").text == "Friday"


@both_versions
def test_banner_is_not_shown_before_the_sign_in(db: None, licensed: SimulatedCoder) -> None:
    read_page(signed_in(licensed, "alice"))
    assert Html(Client().get("/login/")).all("article", aria_label=ANNOUNCEMENT) == []


@both_versions
def test_banners_are_read_once_for_all_people_until_they_are_old(
    db: None, licensed: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_page(signed_in(licensed, "alice"))
    client = Client()
    sign_in(client, "bob")
    licensed.clear_requests()
    assert read_page(client) == ["Maintenance on Friday"]
    assert count_calls(licensed) == 0
    assert BANNERS.fetched_at is not None
    monkeypatch.setattr(BANNERS, "fetched_at", BANNERS.fetched_at - MAX_AGE_S)
    client.get("/account/")
    wait_for_banners()
    assert count_calls(licensed) == 1


@both_versions
def test_coder_without_banners_is_silent_and_asked_once(
    db: None, coder: SimulatedCoder, caplog: pytest.LogCaptureFixture
) -> None:
    client = signed_in(coder, "alice")
    with caplog.at_level(logging.WARNING):
        assert read_page(client) == []
        assert read_page(client) == []
    assert count_calls(coder) == 1
    assert [record for record in caplog.records if "banners" in record.getMessage()] == []


def test_no_page_waits_for_banners(db: None, licensed: SimulatedCoder) -> None:
    client = signed_in(licensed, "alice")
    licensed.server.add_fault("delay", path="/appearance$", seconds=2)
    started = time.monotonic()
    assert client.get("/account/").status_code == 200
    assert BANNERS.running_s > 0
    assert time.monotonic() - started < 2


def test_fragments_do_not_read_banners(db: None, licensed: SimulatedCoder) -> None:
    client = signed_in(licensed, "alice")
    client.get("/workspaces/", headers=htmx_headers("section#table"))
    assert BANNERS.fetched_at is None
    assert BANNERS.running_s == 0


def test_failure_keeps_the_last_banners(db: None, licensed: SimulatedCoder, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(licensed, "alice")
    read_page(client)
    licensed.server.add_fault("error", path="/appearance$")
    monkeypatch.setattr(BANNERS, "fetched_at", (BANNERS.fetched_at or 0) - MAX_AGE_S)
    assert read_page(client) == ["Maintenance on Friday"]
    assert BANNERS.error


def test_token_that_may_not_read_banners_removes_none_for_others(
    db: None, licensed: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(licensed, "alice")
    read_page(client)
    licensed.server.add_fault("answer", path="/appearance$", status=403, body={"message": "Forbidden."})
    monkeypatch.setattr(BANNERS, "fetched_at", (BANNERS.fetched_at or 0) - MAX_AGE_S)
    assert read_page(client) == ["Maintenance on Friday"]


def test_markup_of_a_banner_is_not_active(db: None, licensed: SimulatedCoder, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "<script>alert(1)</script> ![x](/x.png) [y](javascript:alert(1)) <b style='color: red'>z</b>"
    monkeypatch.setattr(licensed.server.world, "banners", [message])
    client = signed_in(licensed, "alice")
    read_page(client)
    article = Html(client.get("/account/")).one("article", aria_label=ANNOUNCEMENT)
    assert [name for name in ("script", "img", "a", "b") if article.all(name)] == []


def test_banners_that_coder_has_disabled_or_repeats_are_left_out() -> None:
    banner, disabled = Banner(enabled=True, message=" Hello "), Banner(enabled=False, message="Old")
    appearance = Appearance(
        announcement_banners=(banner, disabled, banner, Banner(enabled=True)), service_banner=banner
    )
    assert read_banners(appearance) == ("Hello",)


def test_service_banner_of_an_older_coder_is_shown() -> None:
    banner = Banner(enabled=True, message="Hello")
    assert read_banners(Appearance(service_banner=banner)) == ("Hello",)
    assert read_banners(Appearance(announcement_banners=(), service_banner=banner)) == ("Hello",)
    assert read_banners(Appearance()) == ()


def test_banners_are_bounded() -> None:
    banners = tuple(Banner(enabled=True, message=f"{n}" + "x" * MAX_LENGTH) for n in range(MAX_BANNERS + 1))
    messages = read_banners(Appearance(announcement_banners=banners))
    assert (len(messages), max(map(len, messages))) == (MAX_BANNERS, MAX_LENGTH)
