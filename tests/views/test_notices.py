"""The notices at the head of a workspace's page: what each says, and what it offers that helps, in both Coders."""

import re

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, sign_in
from tests.views.html import Html

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])
# By workspace of the demo: the notice, some of its words, where its links lead, and its own button or, where the
# head's action is what helps, that one.
NOTICES = {
    "alice/release-tooling": ("failed", "Lock Info: ID: 6a1f-…", ["/builds/3/#failing"], "Retry start"),
    "priya/fraud-model": ("queue", "1 build is before it.", [], "Cancel"),
    "siobhan/billing-migration": ("no-provisioner", "the tags datacenter=berlin-1.", [], "Cancel"),
    "alice/old-prototype": ("dormant", "Coder deletes it", [], "Activate"),
    "diego/checkout-br": ("dormant", "neither starts nor stops it by itself", [], "Activate"),
    "alice/payments-api": ("outdated", "starts it with the template's active version", [], "Update and restart"),
    "alice/mobile-backend": ("must-update", "starts only with the active version", [], "Update and start"),
    "alice/incident-2291": ("autostart", "starts only what was stopped", ["/settings/#set-autostart"], "Start"),
    "alice/docs-site": ("ending", "What is not saved by then is lost.", [], "+1 hour"),
    "bob/flaky-tests": ("disconnected", "It may come back by itself.", ["https://"], "Restart"),
    "layla/arabic-tokenizer": ("timeout", "nothing can be opened on it", ["https://"], "Restart"),
    "alice/grpc-gateway": ("start_error", "Its log says what went wrong.", ["/log/", "https://"], "Stop"),
    "priya/recommendations": ("start_timeout", "It still runs", ["/log/", "https://"], "Stop"),
    "kenji/game-server": ("shutdown_error", "may be lost", ["/log/", "https://"], "Stop"),
    "admin/ops-console": ("off", "Restart it to switch the agent on.", ["https://"], "Restart"),
    "diego/old-demo": ("deleted", "its builds can still be looked at", [], ""),
}
NO_CANCEL = {"priya/fraud-model", "siobhan/billing-migration"}  # 2.19 cancels no build that waits


@BOTH
@pytest.mark.parametrize("name", NOTICES)
def test_each_says_what_is_the_case_and_offers_what_helps(demo: SimulatedCoder, version: str, name: str) -> None:
    key, words, links, helps = NOTICES[name]
    client = Client()
    sign_in(client, name.split("/")[0])
    head = Html(client.get(f"/@{name}/", {"include_deleted": "1"})).one("section", class_="workspace")
    notice = head.one("article", data_reason=key)
    assert words in notice.text
    addresses = [link.get("href") for link in notice.all("a")]
    assert len(addresses) == len(links)
    assert all(re.search(re.escape(part), address) for part, address in zip(links, addresses, strict=True))
    buttons = notice.all("button") or [
        each for each in head.one("div", class_="do").all("button") if each.get("hx-post")
    ]
    offered = [button.all("span")[0].text for button in buttons][:1]
    assert offered == ([helps] if helps and not (version == "2.19" and name in NO_CANCEL) else [])


@pytest.mark.parametrize("version", ["2.19"])
@pytest.mark.parametrize("name", sorted(NO_CANCEL))
def test_where_coder_cancels_nothing_that_waits_that_is_said(demo: SimulatedCoder, name: str) -> None:
    client = Client()
    sign_in(client, name.split("/")[0])
    assert "This version of Coder cancels a build only once it runs." in Html(client.get(f"/@{name}/")).one("main").text


@BOTH
def test_the_log_that_a_notice_leads_to_is_there(demo: SimulatedCoder) -> None:
    client = Client()
    sign_in(client)
    notice = Html(client.get("/@alice/grpc-gateway/")).one("article", data_reason="start_error")
    assert Html(client.get(notice.all("a")[0].get("href"))).one("h1").text == "Log of main"
