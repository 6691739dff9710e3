"""Start operations on many workspaces as a browser does: by the form of the list and by the confirmation."""

from collections.abc import Iterable
from typing import Any

from django.test import Client

from coder_simulator.state import Workspace
from tests.views.html import Html
from workspaces.models import Item, Operation


def select(client: Client, action: str, workspaces: Iterable[Workspace] = (), **parameters: Any) -> Html:
    """Post a selection and return its confirmation."""
    data = {"action": action, "workspace": [workspace.id for workspace in workspaces], **parameters}
    response = client.post("/bulk/", data)
    assert response.status_code == 200, (response.status_code, response.get("Location"))
    return Html(response)


def selection_key(page: Html) -> str:
    """Return the key of the selection on its confirmation page."""
    return str(page.one("input", name="selection").get("value"))


def start(client: Client, action: str, workspaces: Iterable[Workspace], **fields: Any) -> Operation:
    """Select workspaces, confirm the selection, and return the operation."""
    return confirm(client, selection_key(select(client, action, workspaces)), **fields)


def confirm(client: Client, key: str, **fields: Any) -> Operation:
    """Confirm a selection and return the operation."""
    response = client.post("/bulk/", {"selection": key, **fields})
    assert response.status_code == 302, Html(response).one("main").text
    assert response["Location"] == f"/operations/{key}/"
    return Operation.objects.get(pk=key)


def outcomes(operation: Operation) -> dict[str, str]:
    """Return the outcome of each item, or its phase, by the workspace's name."""
    return {item.name: item.outcome or item.phase for item in Item.objects.filter(operation=operation)}
