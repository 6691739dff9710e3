"""Operation pages: list, progress, result, cancellation and retry."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.test import Client

from coder_simulator.version_plans import RichParameter
from tests.operations.conftest import OperationWorker
from tests.operations.test_running import BeginOperation
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.create_form import form_values
from tests.views.html import Html
from workspaces.models import Item, Operation

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])


def parameters_links(page: Html) -> list[str]:
    """Return the addresses of the links to the form of the parameters."""
    return [str(link.get("href")) for link in page.all("a") if "parameters" in str(link.get("href"))]


def test_operation_page_shows_progress_and_refreshes_until_it_ends(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    address = f"/operations/{item.operation_id}/"
    page = Html(alice.get(address))
    assert page.one("h1").text == "Restart web"
    region = page.one("section", id="operation")
    assert region.get("data-refresh-s") == "2"
    for each in (address, "/operations/"):
        fresh = Html(alice.get(each)).one("p", class_="freshness")
        assert fresh.text.startswith("As of")
        assert fresh.one("a").get("href") == each
    assert region.one("li").get("data-state") == "stopping"
    assert "It continues if you close the page or sign out." in region.text
    worker.run_until_ended(item)
    fragment = alice.get(address, headers=htmx_headers("section#operation", page_path=address))
    assert fragment.content.decode().strip().startswith('<section id="operation" data-refresh-s="0"')
    assert Html(fragment).one("li").get("data-state") == "done"
    assert [Html(alice.get(each)).one("p", class_="freshness").text for each in (address, "/operations/")] == ["", ""]


def test_operation_pages_send_no_requests_to_coder(begin: BeginOperation, alice: Client, coder: SimulatedCoder) -> None:
    item = begin(coder.place("web"))
    coder.clear_requests()
    alice.get("/operations/")
    alice.get(f"/operations/{item.operation_id}/")
    assert coder.request_lines() == []


def test_operation_list_shows_newest_first(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    assert "No operations" in Html(alice.get("/operations/")).one("main").text
    worker.run_until_ended(begin(coder.place("web")))
    begin(coder.place("other"))
    page = Html(alice.get("/operations/"))
    assert [line.one("a").text for line in page.all("li", class_="operation")] == ["Restart other", "Restart web"]
    assert [line.one("span", class_="status-badge").text for line in page.all("li", class_="operation")] == [
        "Stopping",
        "Done",
    ]


def test_operation_of_another_user_is_hidden_and_cannot_be_canceled(
    begin: BeginOperation, coder: SimulatedCoder
) -> None:
    item = begin(coder.place("web"))
    bob = Client()
    sign_in(bob, "bob")
    assert "web" not in Html(bob.get("/operations/")).one("main").text
    for answer in (bob.get(f"/operations/{item.operation_id}/"), bob.post(f"/operations/{item.operation_id}/cancel/")):
        assert answer.status_code == 404
    assert Operation.objects.get().canceled_at is None


def test_canceled_operation_shows_which_step_was_requested(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder
) -> None:
    item = begin(coder.place("web"))
    page = Html(alice.post(f"/operations/{item.operation_id}/cancel/", follow=True))
    assert page.one("li", class_="operation").get("data-state") == "canceled"
    assert "The stop was requested. The workspace is not started again." in page.one("main").text


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_failed_operation_is_retried_when_button_is_pressed(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    item = begin(web)
    coder.server.add_fault("answer", path="/builds$", method="POST", status=400, body={"message": "Out of parts."})
    worker.run_until_ended(item)
    coder.server.clear_faults()
    page = Html(alice.get(f"/operations/{item.operation_id}/"))
    assert "Out of parts." in page.one("main").text
    (again,) = (button for button in page.all("button") if button.text == "Retry")
    alice.post(again.get("formaction"))
    second = Operation.objects.order_by("created_at").last()
    assert second
    assert worker.run_until_ended(second.items.get()).outcome == "done"
    assert [build.transition for build in web.builds[-2:]] == ["stop", "start"]


def test_retry_reports_reason_when_workspace_no_longer_exists(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    item = begin(web)
    coder.server.add_fault("answer", path="/builds$", method="POST", status=400, body={"message": "Out of parts."})
    worker.run_until_ended(item)
    coder.server.clear_faults()
    web.deleted = True
    page = Html(alice.post(f"/operations/{item.operation_id}/again/", follow=True))
    assert "web: " in page.one("div", id="messages").text
    assert Operation.objects.count() == 1


def test_operation_page_shows_since_when_no_worker_has_continued_it(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    address = f"/operations/{item.operation_id}/"
    assert "No portal worker" not in Html(alice.get(address)).one("main").text
    Item.objects.filter(pk=item.pk).update(next_at=coder.time_ago(minutes=1))
    assert "No portal worker has processed this operation since" in Html(alice.get(address)).one("main").text


@pytest.mark.parametrize(
    ("phase", "requested", "accepted"),
    [("stopping", "Stop requested", "Stopping"), ("starting", "Start requested", "Starting")],
)
def test_operation_page_says_requested_until_coder_has_accepted_the_build(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, phase: str, requested: str, accepted: str
) -> None:
    item = begin(coder.place("web"))
    for build, label in ((None, requested), (uuid4(), accepted)):
        Item.objects.filter(pk=item.pk).update(phase=phase, build=build)
        row = Html(alice.get(f"/operations/{item.operation_id}/")).one("li", class_="operation")
        assert row.one("span", class_="status-badge").text == label


def test_operation_pages_contain_no_token(begin: BeginOperation, alice: Client, coder: SimulatedCoder) -> None:
    item = begin(coder.place("web"))
    (token,) = (token for token in coder.server.world.tokens.values() if token.login_type == "token")
    pages = alice.get(f"/operations/{item.operation_id}/").content + alice.get("/operations/").content
    assert token.id.encode() not in pages
    assert item.operation.token.encode() not in pages


def begin_with_session_token(begin: BeginOperation, coder: SimulatedCoder, name: str = "web") -> Item:
    """Begin an operation for which Coder refuses to create a token."""
    coder.server.add_fault("answer", path="keys/tokens$", status=400, body={"message": "No tokens here."})
    return begin(coder.place(name))


def test_sign_out_warns_when_operation_uses_session_token(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder
) -> None:
    item = begin_with_session_token(begin, coder)
    page = Html(alice.get(f"/operations/{item.operation_id}/"))
    assert "Stay signed in until it ends" in page.one("main").text
    warned = alice.post("/logout/")
    assert warned.status_code == 409
    assert Html(warned).one("main").one("li").text == "web"
    assert alice.get("/workspaces/").status_code == 200
    alice.post("/logout/", {"anyway": "on"})
    assert alice.get("/workspaces/").status_code == 302


def test_operation_is_canceled_with_reason_when_its_session_is_signed_out(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin_with_session_token(begin, coder)
    alice.post("/logout/", {"anyway": "on"})
    assert worker.run_until_ended(item).outcome == "canceled"
    assert item.message == (
        "The session that started this operation has ended. The stop was requested. The workspace is not started again."
    )


def test_sign_out_does_not_warn_when_operation_has_own_token(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder
) -> None:
    begin(coder.place("web"))
    assert alice.post("/logout/").status_code == 302


def test_row_and_workspace_page_show_operation_while_it_runs(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    item = begin(web)
    coder.server.advance(300)  # the stop has ended and the worker has not polled yet
    row = Html(alice.get("/workspaces/")).one("tr", id=f"w-{web.id}")
    assert (row.get("data-status"), row.one("span", class_="badge").text) == ("stopped", "Restarting")
    head = Html(alice.get("/@alice/web/")).one("section", id=f"w-{web.id}")
    notice = head.one("article", class_="busy")
    assert notice.one("h2").text == "Restarting this workspace"
    assert notice.one("a").get("href") == f"/operations/{item.operation_id}/"
    assert "The workspace has stopped. Next, it starts." in notice.text
    assert [each.text for each in head.all("button", class_="btn-primary")] == []  # the portal takes the next step
    assert head.get("data-refresh-s") == "5"
    worker.run_until_ended(item)
    assert "Restarting" not in Html(alice.get("/workspaces/")).one("tr", id=f"w-{web.id}").text


def test_workspace_page_shows_no_operation_of_another_user(begin: BeginOperation, coder: SimulatedCoder) -> None:
    begin(coder.place("web"))
    admin = Client()
    sign_in(admin, "admin")
    assert "Restarting" not in Html(admin.get("/@alice/web/")).one("main").text


def require_new_parameter(coder: SimulatedCoder) -> None:
    """Give the template a version with a required parameter that no workspace has."""
    (template,) = (each for each in coder.server.world.templates.values() if each.name == "plain")
    plan = template.active_version.plan
    new_plan = replace(plan, parameters=(*plan.parameters, RichParameter(name="team", required=True)))
    template.active_version = coder.server.world.add_version(template, f"v{len(template.versions) + 1}", new_plan)


def test_update_asks_for_newly_required_values_before_any_change(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    require_new_parameter(coder)
    before = len(web.builds)
    page = Html(alice.post(f"/workspaces/{web.id}/builds/", {"transition": "update"}, follow=True))
    assert "requires values that web does not have. Nothing was changed." in page.one("div", id="messages").text
    assert len(page.all("form", id="new")) == 1
    assert (len(web.builds), Operation.objects.count()) == (before, 0)


def test_retry_asks_for_newly_required_values(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    _, new = coder.new_version("plain")
    item = begin(web, "update", version=new.id)
    coder.server.add_fault("answer", path="/builds$", method="POST", status=400, body={"message": "Out of parts."})
    worker.run_until_ended(item)
    coder.server.clear_faults()
    require_new_parameter(coder)
    page = Html(alice.post(f"/operations/{item.operation_id}/again/", follow=True))
    told = page.one("div", id="messages")
    assert "web: that version requires parameter values that the workspace does not have." in told.text
    assert told.one("a").get("href").startswith(f"/workspaces/{web.id}/parameters/?version=")
    assert Operation.objects.count() == 1


@BOTH_VERSIONS
def test_operation_refused_for_parameter_names_it_and_links_form(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker, version: str
) -> None:
    web = coder.place("web")
    _, new = coder.new_version("plain")
    item = begin(web, "update", version=new.id)
    body: dict[str, object] = {"message": 'Unable to validate parameter "team"', "detail": "required but not provided"}
    if version == "2.36":
        validations = [{"field": "team", "detail": "required but not provided"}]
        body = {"message": "Unable to validate parameters", "validations": validations}
    coder.server.add_fault("answer", path="/builds$", method="POST", status=400, body=body)
    worker.run_until_ended(item)
    page = Html(alice.get(f"/operations/{item.operation_id}/")).one("section", id="operation")
    assert "Coder rejected the value of “team”: required but not provided." in page.text
    assert parameters_links(page) == [f"/workspaces/{web.id}/parameters/?version={new.id}&item={item.pk}"]


def test_operation_refused_for_another_reason_does_not_link_parameters(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"), "update")
    coder.server.add_fault("answer", path="/builds$", method="POST", status=400, body={"message": "Not today."})
    worker.run_until_ended(item)
    page = Html(alice.get(f"/operations/{item.operation_id}/")).one("section", id="operation")
    assert "Not today." in page.text
    assert parameters_links(page) == []


def test_values_that_coder_refused_are_in_form_again_for_an_hour(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web", template="dev")
    item = begin(web, "update", values={"project": "ABC-777", "ides": '["a\\nb"," c "]', "gpu": "true"})
    body = {"message": 'Unable to validate parameter "project"', "detail": "Not this one."}
    coder.server.add_fault("answer", path="/builds$", method="POST", status=400, body=body)
    worker.run_until_ended(item)
    assert "ABC-777" not in item.values
    url = f"/@alice/web/parameters/?version={item.version}&item={item.pk}"
    form = form_values(Html(alice.get(url)))
    assert [form[f"param.{name}"] for name in ("project", "gpu")] == [["ABC-777"], ["true"]]
    assert '"a\\nb"' in form["param.ides"][0]
    other = coder.place("other", template="dev")
    assert form_values(Html(alice.get(url.replace("web", other.name))))["param.project"] != ["ABC-777"]
    worker.advance(3_900)
    assert Item.objects.get(pk=item.pk).values == ""
