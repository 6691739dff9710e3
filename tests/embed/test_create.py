"""Test the short form of a new workspace in a frame, and that values of the page around it are seen before they run."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.embed.conftest import INTRANET, SUBDOMAIN, Load, frame_ancestors
from tests.portal import SimulatedCoder
from tests.views.create_form import create_form_url, find_template, form_values, temporary_license
from tests.views.html import Html
from tests.views.test_create_summary import update_summary
from workspaces.models import AuditEntry
from workspaces.views.embed.writes import WRITES

pytestmark = pytest.mark.django_db


def address(coder: SimulatedCoder, name: str = "plain") -> str:
    """Return the address of the form of a template."""
    return f"/embed/new/{find_template(coder, name).id}/"


def fields_of(response: HttpResponse) -> dict[str, str]:
    """Return the fields of the form, as a browser sends them."""
    form = next(form for form in Html(response).all("form") if form.get("id") != "act")
    fields = [*form.all("input"), *form.all("textarea")]
    sent = [field for field in fields if field.get("type") not in {"radio", "checkbox"}]
    return {field.get("name"): field.get("value") for field in sent if field.get("name")}


def created(coder: SimulatedCoder) -> list[str]:
    """Return the requests that created a workspace."""
    return [line for line in coder.request_lines() if line.startswith("POST") and line.endswith("/workspaces")]


def test_form_creates_workspace_and_shows_its_card_in_the_frame(
    alice: Client, load: Load, coder: SimulatedCoder
) -> None:
    path = f"{address(coder)}?theme=dark"
    fields = fields_of(load(path)) | {"name": "new-one"}
    response: Any = alice.post(path, fields, headers={"Referer": f"http://testserver{path}"})
    assert response.headers["Location"] == "/embed/@alice/new-one/?theme=dark"
    assert len(created(coder)) == 1
    assert Html(load(response.headers["Location"])).one("div", id="frame-messages").text == "Creating new-one…"
    assert AuditEntry.objects.get().details["frame"] == INTRANET


def test_short_form_has_name_and_required_parameters_and_folds_the_others(load: Load, coder: SimulatedCoder) -> None:
    html = Html(load(address(coder, "dev")))
    labels = [label.text for label in html.one("details").all("label")]
    assert labels
    assert not any("Required" in label for label in labels)
    assert html.one("input", name="name").get("value")


def test_form_is_loaded_with_eight_calls(load: Load, coder: SimulatedCoder) -> None:
    load(address(coder, "dev"))
    assert sorted(re.sub(r"[0-9a-f-]{36}", "*", line) for line in coder.request_lines()) == [
        "GET /templates",
        "GET /templates/*",
        "GET /templateversions/*/external-auth",
        "GET /templateversions/*/presets",
        "GET /templateversions/*/rich-parameters",
        "GET /workspaces",
        "POST /authcheck",
        "POST /templateversions/*/dynamic-parameters/evaluate",
    ]


def test_summary_of_the_portals_form_has_its_quota_after_a_frame_was_loaded(
    alice: Client, load: Load, coder: SimulatedCoder
) -> None:
    url = create_form_url(coder)
    with temporary_license(coder):
        coder.user("alice").quota = 20
        fields = form_values(Html(alice.get(url)))
        load(address(coder, find_template(coder).name))
        assert "Quota: 0 of 20" in update_summary(alice, url, fields).text


@pytest.mark.parametrize(
    "query", ["name=mine", "param.repo=https://evil.test", "version=x", "from=x", "owner=bob", "x=1"]
)
def test_values_of_the_address_open_the_form_of_the_portal(load: Load, coder: SimulatedCoder, query: str) -> None:
    response = load(f"{address(coder)}?theme=dark&{query}")
    html = Html(response)
    assert [form.get("id") for form in html.all("form")] == ["act"]
    link = html.one("a", class_="btn-primary")
    assert link.get("href").startswith(f"/workspaces/new/{find_template(coder, 'plain').id}/?{query.split('=')[0]}=")
    assert "theme" not in link.get("href")
    assert html.one("base").get("target") == "_blank"


def test_values_of_the_address_are_never_submitted_from_a_frame(
    alice: Client, load: Load, coder: SimulatedCoder
) -> None:
    fields = fields_of(load(address(coder)))
    for path, more in (
        (f"{address(coder)}?param.repo=x", {}),
        (f"{address(coder)}?actions=none", {}),
        (address(coder), {"owner": "bob"}),
        (address(coder), {"from": "x"}),
        (address(coder), {"ttl_hours": "1"}),
        (address(coder), {"again": "1"}),
    ):
        assert alice.post(path, fields | more).status_code == 400
    assert created(coder) == []


def test_frame_of_a_sub_domain_has_a_link_instead_of_the_form(load: Load, coder: SimulatedCoder) -> None:
    html = Html(load(address(coder), SUBDOMAIN))
    assert html.all("form") == []
    assert html.one("a", class_="btn-primary").get("href") == f"/workspaces/new/{find_template(coder, 'plain').id}/"


def test_invalid_name_is_an_error_in_the_frame(alice: Client, load: Load, coder: SimulatedCoder) -> None:
    fields, headers = (
        fields_of(load(address(coder))) | {"name": "not a name"},
        {"Referer": f"http://testserver{address(coder)}"},
    )
    response: Any = alice.post(address(coder), fields, headers=headers)
    assert response.status_code == 422
    assert "No workspace was created." in Html(response).one("section", id="frame").text
    assert frame_ancestors(response) == ["'self'", INTRANET]  # it has the form
    assert created(coder) == []


def test_creations_count_as_writes_of_the_session(alice: Client, load: Load, coder: SimulatedCoder) -> None:
    fields = fields_of(load(address(coder)))
    for _number in range(WRITES):
        alice.post(address(coder), fields | {"name": "not a name"})
    response: Any = alice.post(address(coder), fields | {"name": "fine"})
    assert response.status_code == 302
    assert created(coder) == []


def test_unknown_template_is_an_error_in_the_frame(load: Load) -> None:
    response = load("/embed/new/5f2c0e9a-7d41-4b63-9c1e-000000000001/")
    assert response.status_code == 404
    assert frame_ancestors(response) == ["'self'", INTRANET]
