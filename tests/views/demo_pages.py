"""What somebody meets on the page of a workspace, read from its HTML in a few words."""

import re
from collections.abc import Iterator
from typing import Any

from django.test import Client

from tests.portal import htmx_headers
from tests.views.html import Html, descendants

PASSING = re.compile(r"\d+ min")  # another number while the tests run
LOADED = ("load", "intersect", "revealed")


def page_summary(page: Html) -> dict[str, Any]:
    """The words that the page answers with before it loads anything; the agents with what can be opened on each."""
    head = page.one("section", class_="workspace")
    return {
        "status": head.one("div", class_="header-text").all("span", class_="status-badge")[0].text,
        "primary": primary_action(head),
        "notices": [PASSING.sub("a few min", article.one("h2").text) for article in head.all("article")],
        "agents": {
            agent_summary(card): ", ".join(app_summary(app) for app in card.all("li", class_="app"))
            for card in agent_cards(head)
        },
    }


def primary_action(head: Html) -> str:
    """The one action at the head; "" where there is none."""
    buttons = [
        each
        for look in ("btn-primary", "btn-quiet")
        for each in head.one("div", class_="row-actions").all("button", class_=look)
    ]
    return next((button.all("span")[0].text for button in buttons if button.get("hx-post")), "")


def agent_cards(head: Html) -> list[Html]:
    """The agents."""
    return head.all("div", class_="agent")


def agent_summary(card: Html) -> str:
    """An agent by its name, and how it is."""
    return f"{card.one('h3').text}: {card.all('span', class_='status-badge')[0].text}"


def app_summary(app: Html) -> str:
    """An app by its name; in brackets where it cannot be opened now."""
    name = app.all("bdi")[0].text
    return name if app.all("a") else f"({name})"


def load_fragments(client: Client, address: str, page: Html) -> Iterator[tuple[str, Html]]:
    """Every part that the page loads after it, by the last word of its address."""
    for element in [Html(each) for each in descendants(page.element)]:
        if element.get("hx-get") and element.get("hx-trigger").startswith(LOADED):
            answer = client.get(element.get("hx-get"), headers=htmx_headers(page_path=address))
            assert answer.status_code == 200, element.get("hx-get")
            yield element.get("hx-get").split("?")[0].split("/")[-2], Html(answer)
