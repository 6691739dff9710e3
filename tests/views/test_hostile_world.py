"""Visit every page of the portal on a world whose texts try to be markup, scripts, template code or terminal codes."""

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import get_resolver, resolve

from coder_simulator.state import Workspace
from coder_simulator.testing import run_server
from coder_simulator.world import World
from coder_simulator.worlds.hostile_plans import (
    LONG_NAME,
    hostile_line,
)
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.conftest import use_frozen_coder
from tests.views.hostile_visits import FRAME_PATHS, HOSTILE_FORM, QUERY, TYPED, Visit, staff_visits
from tests.views.inert import active_parts
from workspaces.models import SavedSearch, Selection
from workspaces.operations.kinds import KINDS

# one worker: the tests of a version share its round of visits
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("hostile world")]
BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])

MISSING_PAGE = "/nothing/"
PLACE = re.compile(r"xss:([a-z-]+)")
NOT_SHOWN = {
    "agent-directory",  # a page needs none of these
    "agent-environment",
    "dropdown-option-description",
    "metadata-script",
    "organization-description",
    "script-log-path",
    "script-source",
}
ONLY_IN_2_36 = {"app-group", "app-tooltip", "preset", "preset-description"}


class Answer(NamedTuple):
    """The answer to a visit; `body` is "" unless it is HTML."""

    visit: Visit
    status: int
    body: str


@pytest.fixture
def hostile_coder(version: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedCoder]:
    """Return a Coder with the hostile world, which a test may change, and a portal in front of it."""
    with run_server(version=version, world="hostile", licensed=True) as server:
        server.world.clock.freeze()
        yield from use_frozen_coder(SimulatedCoder(server), settings, monkeypatch)


def path_of(workspace: Workspace) -> str:
    """Return the path of a workspace's page."""
    return f"/@{workspace.owner.username}/{workspace.name}/"


def workspaces_of(world: World) -> dict[str, Workspace]:
    """Return the workspaces by name, the deleted one included."""
    return {workspace.name: workspace for workspace in world.workspaces.list_with_deleted()}


def page_visits(world: World) -> Iterator[Visit]:
    """Yield a visit of each page that shows or changes no single workspace."""
    paths = ("/", "/workspaces/", "/workspaces/?q=", "/workspaces/new/", "/account/", "/activity/", "/record/")
    for path in (*paths, "/operations/", "/live/workspaces/", "/metrics", MISSING_PAGE, *FRAME_PATHS):
        yield Visit(path)
    for query in (QUERY, "bad:search:<i xss>", f"name:%22{QUERY}%22"):
        yield Visit(f"/workspaces/?q={query}")
    for template in world.templates.values():
        form = f"/workspaces/new/{template.id}/"
        yield Visit(form)
        yield Visit(f"{form}?name={QUERY}&owner={QUERY}&param.text={QUERY}&preset={QUERY}")
        yield Visit(f"{form}people/?owner=a", partial=True)
        yield Visit(form, HOSTILE_FORM)
        yield Visit(form, {"name": "x", "param.pattern": TYPED})
        yield Visit(f"/embed/new/{template.id}/")
        yield Visit(f"/embed/new/{template.id}/", {"name": "x", "param.pattern": TYPED})
    hostile_query = urlencode({"preview": TYPED, "timezone": TYPED[:60], "schedule": "0 9 * * 1", "allowed": TYPED})
    yield Visit(f"/workspaces/autostart/?{hostile_query}", partial=True)
    yield Visit("/account/", HOSTILE_FORM)
    saved = {"name": TYPED[:60], "pinned": "on", "query": f"?q={QUERY}"}
    yield Visit("/searches/", saved)
    yield Visit("/searches/", saved)  # the name is taken
    yield Visit("/searches/")
    yield Visit("/palette/")
    yield Visit(f"/palette/?q={QUERY[:60]}", partial=True)
    yield Visit(f"/workspaces/?q={QUERY}")
    yield from staff_visits()


def workspace_visits(workspace: Workspace) -> Iterator[Visit]:
    """Yield a visit of each page of one workspace, with its fragments."""
    page, by_id, build = path_of(workspace), f"/workspaces/{workspace.id}/", workspace.latest_build
    yield Visit(page if not workspace.deleted else f"{page}?include_deleted=1")
    yield Visit(f"{page}builds/{build.build_number}/")
    yield Visit(f"{page}builds/{build.build_number}/?q={QUERY[:120]}")
    yield Visit(f"{page}builds/{build.build_number}/log.txt")
    yield Visit(f"/staff/builds/{build.id}/")
    yield Visit(f"/staff/builds/{build.id}/", partial=True)
    yield Visit(f"{page}builds/{build.build_number}/timings/", partial=True)
    for part in ("actions", "open", "advice", "agents"):
        yield Visit(f"{by_id}{part}/", partial=True)
    for agent in workspace.agents:
        yield Visit(f"{by_id}agents/{agent.id}/log/")
        yield Visit(f"{by_id}apps/{agent.id}/terminal/")
    values = f"parameters/?template_version_id={workspace.template.active_version.id}"
    for part in ("builds/", "settings/", "delete/", "parameters/", values):
        yield Visit(f"{page}{part}")
    yield Visit(f"/embed{page}")


def form_visits(workspace: Workspace) -> Iterator[Visit]:
    """Yield the forms of one workspace, each filled in with text that it must refuse."""
    page, by_id = path_of(workspace), f"/workspaces/{workspace.id}/"
    yield Visit(by_id)
    for part in ("builds", "timings", "settings", "parameters"):
        yield Visit(f"{by_id}{part}/")
    yield Visit(f"/live{by_id}")
    yield Visit(f"/embed/live{by_id}")
    for path in ("ticket", "claim"):
        yield Visit(f"/embed/{path}/", HOSTILE_FORM)
    yield Visit(f"/live/builds/{workspace.latest_build.id}/")
    yield Visit(f"{page}builds/{'9' * 30}/")
    for path in ("favorite", "ports", "reveal", "builds", "dormant", "extend", "rename", "usage", "autostart", "ttl"):
        yield Visit(f"{by_id}{path}/", HOSTILE_FORM)
    for path in ("builds", "extend", "favorite"):
        yield Visit(f"/embed{by_id}{path}/", HOSTILE_FORM)
    yield Visit(f"{by_id}autoupdates/", HOSTILE_FORM)
    yield Visit(f"{by_id}autostart/", {"schedule": TYPED[:400]})  # valid for the portal, refused by Coder
    yield Visit(f"{page}delete/", HOSTILE_FORM)
    yield Visit(f"{page}parameters/", HOSTILE_FORM)
    yield Visit(f"/builds/{workspace.latest_build.id}/cancel/", {})
    for resource in workspace.latest_build.resources:
        for item in resource.plan.metadata:
            if item.sensitive:
                yield Visit(f"{by_id}reveal/", {"resource": resource.id, "key": item.key}, partial=True)


def operation_visits(client: Client, workspace: Workspace) -> Iterator[Visit]:
    """Restart a workspace, and yield the visits of that operation's pages."""
    yield Visit(f"/workspaces/{workspace.id}/builds/", {"transition": "restart"})
    operations = client.get("/operations/").getvalue().decode()
    (operation,) = set(re.findall(r'href="(/operations/[0-9a-f-]{36}/)"', operations))
    for path in ("/operations/", operation, f"/live{operation}"):
        yield Visit(path)
    yield Visit(f"{operation}cancel/", {})
    yield Visit(f"{operation}again/", {})
    yield Visit(f"{operation}undo/", {})


def bulk_visits(workspaces: Iterable[Workspace]) -> Iterator[Visit]:
    """Yield the selection of all workspaces for each action, and forms that are not valid."""
    ids = [workspace.id for workspace in workspaces]
    for action in KINDS:
        yield Visit("/bulk/", {"action": action, "workspace": ids})
        yield Visit("/bulk/", {"action": action, "all": "1", "scope": "all", "q": ""})
    yield Visit("/bulk/", {"action": "ttl", "workspace": ids, "ttl_hours": TYPED})
    yield Visit("/bulk/", HOSTILE_FORM)
    yield Visit("/bulk/", {"action": "stop", "all": "1", "q": TYPED})
    yield Visit("/bulk/", {"selection": TYPED})
    for selection in Selection.objects.values_list("pk", flat=True):
        yield Visit("/bulk/", {"selection": str(selection), "confirm": TYPED[:20]})
    yield Visit("/operations/")


def all_visits(world: World, client: Client) -> Iterator[Visit]:
    """Yield visits of every URL; the last ones sign out."""
    workspaces = workspaces_of(world)
    yield from page_visits(world)
    for name in ("web", "failed", "outdated", "starting"):
        yield from workspace_visits(workspaces[name])
    for workspace in workspaces.values():
        yield Visit(f"{path_of(workspace)}?include_deleted=1")
    yield from form_visits(workspaces["web"])
    yield from operation_visits(client, workspaces["start-timeout"])
    yield from bulk_visits(workspaces.values())
    yield Visit("/activity/")
    for number in SavedSearch.objects.values_list("pk", flat=True):
        yield Visit(f"/searches/{number}/", {f"search-{number}-name": TYPED})
        yield Visit(f"/searches/{number}/delete/", HOSTILE_FORM)
    yield Visit("/account/sessions/end-one/", HOSTILE_FORM)
    yield Visit("/account/sessions/end/", HOSTILE_FORM)
    yield Visit("/logout/", HOSTILE_FORM)
    yield Visit(f"/login/?next=javascript:alert(1)//{QUERY}")
    yield Visit("/login/", HOSTILE_FORM)
    yield Visit("/login/", {"email": f'"><i xss>{LONG_NAME}@example.com', "password": TYPED})


def visit_all(coder: SimulatedCoder) -> Iterator[Answer]:
    """Yield the answer to each visit; the user is an owner of Coder, so that every part is shown."""
    client = Client(headers={"User-Agent": hostile_line("user-agent")})
    sign_in(client, "admin")
    for visit in all_visits(coder.server.world, client):
        headers = htmx_headers(page_path="/@alice/web/") if visit.partial else {}
        if visit.data is None:
            response: Any = client.get(visit.path, headers=headers)
        else:
            response = client.post(visit.path, visit.data, headers=headers)
        is_page = response.get("Content-Type", "").startswith("text/html")
        yield Answer(visit, response.status_code, response.getvalue().decode() if is_page else "")


def url_names() -> set[str]:
    """Return the name of every URL."""
    patterns, names = list(get_resolver().url_patterns), set()
    while patterns:
        pattern = patterns.pop()
        patterns += getattr(pattern, "url_patterns", [])
        names.add(str(getattr(pattern, "name", "") or ""))
    return names - {""}


def declared_places(world: World) -> set[str]:
    """Return the places of all texts in the world."""
    texts: list[Any] = [version.plan for version in world.versions.values()]
    texts += [version.message for version in world.versions.values()]
    texts += [(t.display_name, t.description, t.deprecation_message) for t in world.templates.values()]
    texts += [(o.display_name, o.description) for o in world.organizations.values()]
    texts += [user.name for user in world.users.values()]
    texts += [build.job.error for build in world.builds.values()]
    return {place for text in texts for place in PLACE.findall(repr(text))}


@pytest.fixture(scope="module")
def answers_by_version() -> dict[str, list[Answer]]:
    """Return the answers that `answers` has got, so that every test of a version shares one round of visits."""
    return {}


@pytest.fixture
def answers(hostile_coder: SimulatedCoder, version: str, answers_by_version: dict[str, list[Answer]]) -> list[Answer]:
    """Return the answer to each visit."""
    if version not in answers_by_version:
        answers_by_version[version] = list(visit_all(hostile_coder))
    return answers_by_version[version]


@BOTH_VERSIONS
def test_no_page_reflects_untrusted_text_as_anything_but_text(answers: list[Answer]) -> None:
    parts_by_request = {
        f"{answer.visit.path[:100]} {'POST' if answer.visit.data else 'GET'}": sorted(set(parts))
        for answer in answers
        if (parts := active_parts(answer.body))
    }
    assert parts_by_request == {}


@BOTH_VERSIONS
def test_every_request_with_untrusted_text_succeeds_or_is_refused(answers: list[Answer]) -> None:
    failed = {answer.visit.path: answer.status for answer in answers if answer.status >= 500}
    assert failed == {}


@BOTH_VERSIONS
def test_every_untrusted_text_of_world_is_on_some_page(
    answers: list[Answer], hostile_coder: SimulatedCoder, version: str
) -> None:
    shown = {place for answer in answers for place in PLACE.findall(html.unescape(answer.body))}
    expected = declared_places(hostile_coder.server.world) - NOT_SHOWN - (ONLY_IN_2_36 if version == "2.19" else set())
    assert expected - shown == set()


def test_every_url_of_portal_is_visited(answers: list[Answer]) -> None:
    visited = {
        resolve(answer.visit.path.split("?")[0]).url_name for answer in answers if answer.visit.path != MISSING_PAGE
    }
    assert url_names() - visited == set()


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        '<script src="https://hostile.example/x.js"></script>',
        '<a href=" java\tscript:alert(1)">x</a>',
        '<img src="data:image/svg+xml,x">',
        '<a href="https://hostile.example/">x</a>',
        '<button onclick="x()">x</button>',
        '<p style="color: red">x</p>',
        '<div hx-get="/x" hx-trigger="js:x()">x</div>',
        "<hx-partial xss></hx-partial>",
        "<iframe src=/x></iframe>",
        "<p>41337</p>",
        "<p>\x1b[31mred</p>",
        '<p title="\x1b[31mred">x</p>',
        "<p><bdi>closed</bdi> \u202egpj.exe</p>",
    ],
)
def test_active_part_of_page_is_found(markup: str) -> None:
    assert active_parts(f"<!doctype html><main>{markup}</main>") != []


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="/static/js/portal.js" defer></script>',
        '<a href="vscode://coder.coder-remote/open?owner=alice">x</a>',
        "<p>&lt;script xss&gt;alert(1)&lt;/script&gt; {{ 41000|add:337 }}</p>",
        "<p><bdi>\u202egpj.exe</bdi></p>",
        '<input value="\x1b[31m\u202e"><textarea>\x1b[31m</textarea>',
    ],
)
def test_inert_part_of_page_is_accepted(markup: str) -> None:
    assert active_parts(f"<!doctype html><main>{markup}</main>") == []
