"""Summarize the HTML of a workspace page in a few values."""

import re
from collections.abc import Iterator
from typing import Any

from django.test import Client

from tests.portal import htmx_headers
from tests.views.html import Html, descendants

MINUTES = re.compile(r"\d+ min")  # changes while the tests run
LOAD_TRIGGERS = ("load", "intersect", "revealed")


def page_summary(page: Html) -> dict[str, Any]:
    """Return the texts of the first response (before fragments are loaded), and the agents with their apps."""
    head = page.one("section", class_="workspace")
    return {
        "status": head.one("div", class_="header-text").all("span", class_="status-badge")[0].text,
        "primary": primary_action(head),
        "notices": [MINUTES.sub("a few min", article.one("h2").text) for article in head.all("article")],
        "agents": {
            agent_summary(card): ", ".join(app_summary(app) for app in card.all("li", class_="app"))
            for card in agent_cards(page)
        },
    }


def primary_action(head: Html) -> str:
    """Return the text of the primary action button in the head; "" if there is none."""
    buttons = [
        button
        for css_class in ("btn-primary", "btn-quiet")
        for button in head.one("div", class_="row-actions").all("button", class_=css_class)
    ]
    return next((button.text for button in buttons if button.get("hx-post")), "")


def agent_cards(page: Html) -> list[Html]:
    """Return the agent cards."""
    return page.all("div", class_="agent")


def agent_summary(card: Html) -> str:
    """Return the name and status of an agent."""
    return f"{card.one('h3').text}: {card.all('span', class_='status-badge')[0].text}"


def app_summary(app: Html) -> str:
    """Return the name of an app, in parentheses if it cannot be opened now."""
    name = app.all("bdi")[0].text
    return name if app.all("a") else f"({name})"


def load_fragments(client: Client, url: str, page: Html) -> Iterator[tuple[str, Html]]:
    """Yield each fragment that the page loads, with the last segment of its path."""
    for element in [Html(each) for each in descendants(page.element)]:
        if element.get("hx-get") and element.get("hx-trigger").startswith(LOAD_TRIGGERS):
            response = client.get(element.get("hx-get"), headers=htmx_headers(page_path=url))
            assert response.status_code == 200, element.get("hx-get")
            yield element.get("hx-get").split("?")[0].split("/")[-2], Html(response)
