"""Test the notices at the top of a workspace page: their text, links and actions, in both versions of Coder."""

import re

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, sign_in
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
# Demo workspace: its notice, part of the text, the targets of the links, and its button or, if none,
# the primary action in the head.
NOTICES = {
    "alice/release-tooling": ("failed", "exceeded quota: compute-resources", ["/builds/3/#failing"], "Retry start"),
    "priya/fraud-model": ("queue", "in the build queue", [], "Cancel build"),
    "siobhan/billing-migration": ("no-provisioner", "Required tags: datacenter=berlin-1.", [], "Cancel build"),
    "alice/old-prototype": ("dormant", "Coder deletes the workspace", [], "Activate"),
    "diego/checkout-br": ("dormant", "Autostart and autostop are paused.", [], "Activate"),
    "alice/mobile-backend": ("must-update", "The template requires the active version.", [], "Update and start"),
    "alice/incident-2291": (
        "autostart",
        "autostart starts only stopped workspaces",
        ["/settings/#set-autostart"],
        "Start",
    ),
    "bob/flaky-tests": ("disconnected", "It may reconnect automatically.", ["https://"], "Restart"),
    "layla/arabic-tokenizer": ("timeout", "you cannot open apps or connect to it", ["https://"], "Restart"),
    "alice/grpc-gateway": ("start_error", "Check the script output.", ["/log/", "https://"], "Stop"),
    "priya/recommendations": ("start_timeout", "The script is still running", ["/log/", "https://"], "Stop"),
    "kenji/game-server": ("shutdown_error", "may be lost", ["/log/", "https://"], "Stop"),
    "admin/ops-console": ("off", "Restart the workspace to start the agent.", ["https://"], "Restart"),
    "diego/old-demo": ("deleted", "its builds remain available", [], ""),
}
NO_CANCEL_IN_2_19 = {"priya/fraud-model", "siobhan/billing-migration"}  # 2.19 cannot cancel a pending build


@BOTH_VERSIONS
@pytest.mark.parametrize("name", NOTICES)
def test_notice_shows_reason_links_and_action(demo: SimulatedCoder, version: str, name: str) -> None:
    reason, text, links, button_text = NOTICES[name]
    client = Client()
    sign_in(client, name.split("/")[0])
    head = Html(client.get(f"/@{name}/", {"include_deleted": "1"})).one("section", class_="workspace")
    notice = head.one("article", data_reason=reason)
    assert text in notice.text
    hrefs = [link.get("href") for link in notice.all("a")]
    assert len(hrefs) == len(links)
    assert all(re.search(re.escape(pattern), href) for pattern, href in zip(links, hrefs, strict=True))
    buttons = notice.all("button") or [
        button for button in head.one("div", class_="row-actions").all("button") if button.get("hx-post")
    ]
    button_texts = [button.text for button in buttons][:1]
    assert button_texts == (
        [button_text] if button_text and not (version == "2.19" and name in NO_CANCEL_IN_2_19) else []
    )


@pytest.mark.parametrize("version", ["2.19"])
@pytest.mark.parametrize("name", sorted(NO_CANCEL_IN_2_19))
def test_page_says_pending_build_cannot_be_canceled_in_old_coder(demo: SimulatedCoder, name: str) -> None:
    client = Client()
    sign_in(client, name.split("/")[0])
    assert "This version of Coder cannot cancel a queued build." in Html(client.get(f"/@{name}/")).one("main").text


@BOTH_VERSIONS
def test_start_error_notice_links_to_agent_log(demo: SimulatedCoder) -> None:
    client = Client()
    sign_in(client)
    notice = Html(client.get("/@alice/grpc-gateway/")).one("article", data_reason="start_error")
    assert Html(client.get(notice.all("a")[0].get("href"))).one("h1").text == "Agent log of main"
