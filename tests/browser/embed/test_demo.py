"""The demo's intranet page: somebody signs in, starts a workspace, sees it live, and opens an app."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from coder_simulator.intranet import Intranet, serve
from coder_simulator.testing import run_server
from coder_simulator.world import PASSWORD
from tests.chromium import open_context
from tests.server import free_port, run_portal


@pytest.fixture(params=["127.0.0.1", "localhost"], ids=["same site", "other site"])
def intranet(folder: Path, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return the intranet's page, in front of the demo world; the test fails on console lines and violations."""
    data = folder / f"intranet-{request.param}"
    data.mkdir(exist_ok=True)
    port, lines = free_port(), list[str]()
    with run_server(version="2.36", world="demo", licensed=True, speed=20) as coder:
        env = {
            "CODER_PUBLIC_URL": coder.url,
            "EMBED_ALLOWED_ORIGINS": f"http://127.0.0.1:{port},http://localhost:{port}",
        }
        with (
            run_portal(coder.url, data, extra_env=env) as portal_url,
            open_context(chromium, viewport={"width": 1280, "height": 1400}) as context,
        ):
            template = next(each.id for each in coder.world.templates.values() if each.name == "sandbox")
            server = serve(
                Intranet(portal_url=portal_url, workspace="alice/web-frontend", template_id=str(template)), port
            )
            page = context.new_page()
            page.on("console", lambda message: lines.append(f"{message.type}: {message.text}"))
            page.goto(f"http://{request.param}:{port}/")
            yield page
            server.shutdown()
            server.server_close()
    assert lines == []


def test_intranet_page_is_used_from_sign_in_to_app(intranet: Page) -> None:
    widgets = intranet.locator("iframe")
    lists, card, form = (widgets.nth(number).content_frame for number in range(3))
    is_other_site = "localhost" in intranet.url
    ready = "[data-handoff]" if is_other_site else ""
    with intranet.expect_popup() as opened:
        lists.locator(f"#sign-in{ready}").click()
    opened.value.get_by_label("Email").fill("alice@example.com")
    opened.value.get_by_label("Password").fill(PASSWORD)
    opened.value.get_by_role("button", name="Sign in", exact=True).click()
    if is_other_site:
        with opened.value.expect_event("close"):
            opened.value.locator("#allow").click()
    else:
        expect(opened.value.locator("h1")).to_have_text("You are signed in")
        opened.value.close()
    expect(lists.locator("li[data-workspace]")).to_have_count(4)
    card.get_by_role("button", name="Stop web-frontend").click()
    expect(card.locator("#frame")).to_have_attribute("data-status", "stopped", timeout=30_000)
    card.get_by_role("button", name="Start web-frontend").click()
    expect(card.locator("#frame")).to_have_attribute("data-status", "running", timeout=30_000)
    app = card.locator(".frame-buttons a")
    expect(app).to_be_visible(timeout=30_000)
    with intranet.expect_popup() as opened:
        app.click()
    opened.value.close()

    expect(form.get_by_label("Name")).to_be_visible()
    expect(intranet.locator("#summary")).to_have_text(re.compile(r"\d running here, \d+ in all"))
    intranet.get_by_role("button", name="Dark").click()
    for frame in (lists, card, form):
        expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
