"""Operations on workspaces of the staff table: their filters are judged again before each write."""

import pytest
from django.test import Client

from tests.operations.conftest import OperationWorker
from tests.operations.test_bulk import run_until_ended
from tests.portal import SimulatedCoder, sign_in
from tests.views.html import Html
from workspaces.models import Operation


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_workspace_that_is_in_use_again_is_skipped(db: None, coder: SimulatedCoder, worker: OperationWorker) -> None:
    admin = Client()
    sign_in(admin, "admin")
    idle, used = (
        coder.place(name, owner="bob", used_hours_ago=40 * 24, age_hours=50 * 24) for name in ("idle", "used")
    )
    page = Html(admin.post("/staff/workspaces/bulk/", {"action": "stop", "all": "1", "idle": "30"}))
    used.last_used_at = coder.time_ago(minutes=1)
    admin.post("/bulk/", {"selection": page.one("input", name="selection").get("value")})
    operation = Operation.objects.get()
    assert run_until_ended(worker, operation) == {"idle": "done", "used": "skipped"}
    assert (idle.latest_build.transition, used.latest_build.transition) == ("stop", "start")
    assert "no longer matches the filters" in operation.items.get(name="used").message


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_workspace_that_was_updated_meanwhile_is_skipped(
    db: None, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    admin = Client()
    sign_in(admin, "admin")
    for name in ("old", "updated"):
        coder.place(name, "stopped", owner="bob")
    _previous, active = coder.new_version("plain")
    (everything, _one_template) = (
        form for form in Html(admin.get("/staff/templates/")).all("form") if "/bulk/" in form.get("action")
    )
    fields = {each.get("name"): each.get("value") for each in everything.all("input")}
    page = Html(admin.post("/staff/workspaces/bulk/", fields))
    updated = next(each for each in coder.server.world.workspaces.list_with_deleted() if each.name == "updated")
    updated.latest_build.version = active
    admin.post("/bulk/", {"selection": page.one("input", name="selection").get("value")})
    operation = Operation.objects.get()
    assert operation.kind == "update"
    assert run_until_ended(worker, operation) == {"old": "done", "updated": "skipped"}
