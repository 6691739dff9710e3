"""The sample portal on a real socket, and Chromium in front of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.chromium import close_context
from tests.styleguide.sample_portal import state
from tests.styleguide.server import serve_samples


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Return the URL of the sample portal."""
    with serve_samples() as url:
        yield url


@pytest.fixture
def context(chromium: Browser, site: str) -> Iterator[BrowserContext]:
    """Return a browser without cookies and cache; the samples are reset."""
    state.reset()
    context = chromium.new_context(base_url=site, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    close_context(context)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Return a page whose console must stay empty, including violations of the Content-Security-Policy."""
    page = context.new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: messages.append(f"uncaught: {error}"))
    yield page
    unexpected = [line for line in messages if "Failed to load resource" not in line and "htmx:error" not in line]
    assert unexpected == []
