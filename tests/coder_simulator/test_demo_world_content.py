"""Demo world content: templates, icons, parameters, long texts, timestamps."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from xml.etree import ElementTree

import pytest

from coder_simulator.testing import run_server
from tests.coder_simulator.demo import DemoServer, Json, agents


@pytest.fixture(scope="module", params=["2.19", "2.36"])
def demo(request: pytest.FixtureRequest) -> Iterator[DemoServer]:
    with run_server(version=request.param, world="demo", licensed=True) as server:
        yield DemoServer(server)


def icons(demo: DemoServer) -> set[str]:
    """Return every icon of templates, organizations, people, parameters and resources."""
    templates = demo.templates().values()
    workspaces = demo.get("admin", "/workspaces")["workspaces"]
    resources = [r for w in workspaces for r in w["latest_build"]["resources"]]
    apps = [app for w in workspaces for agent in agents(w) for app in agent["apps"]]
    sources = [s for w in workspaces for agent in agents(w) for s in agent["log_sources"]]
    parameters = chain.from_iterable(
        demo.get("admin", f"/templateversions/{t['active_version_id']}/rich-parameters") for t in templates
    )
    things: list[Json] = [*templates, *demo.get("admin", "/organizations"), *resources, *apps, *sources]
    for parameter in parameters:
        things += [parameter, *parameter["options"]]
    avatars = {w["owner_avatar_url"] for w in workspaces}
    return {thing.get("icon", "") for thing in things} | avatars - {""}


def test_every_referenced_icon_is_served_as_small_svg(demo: DemoServer) -> None:
    named = icons(demo) - {""}
    assert len(named) > 12
    for path in named:
        answer = demo.server.http.get(path)
        assert (path, answer.status_code, answer.headers["content-type"]) == (path, 200, "image/svg+xml")
        assert len(answer.content) < 1000
        assert ElementTree.fromstring(answer.text).tag.endswith("svg")  # noqa: S314 - our own drawing


@pytest.mark.parametrize("path", ["/icon/unknown.svg", "/emojis/1f600.png", "/icon/k8s.gif", "/icon/k8s"])
def test_unknown_icon_returns_404(demo: DemoServer, path: str) -> None:
    assert demo.server.http.get(path).status_code == 404


def test_templates_differ_in_deprecation_schedules_and_permissions(demo: DemoServer) -> None:
    found = demo.templates()
    assert [n for n, t in found.items() if t["deprecated"]] == ["legacy-vm"]
    assert [n for n, t in found.items() if t["require_active_version"]] == ["aws-linux"]
    assert [n for n, t in found.items() if not t["allow_user_autostart"]] == ["sandbox"]
    assert [n for n, t in found.items() if not t["allow_user_cancel_workspace_jobs"]] == ["windows"]
    assert [n for n, t in found.items() if t["organization_name"] == "research"] == ["arabic-nlp"]
    assert found["arabic-nlp"]["display_name"] == "معالجة اللغة العربية"
    assert all(t["build_time_stats"]["start"]["P50"] >= 4000 for t in found.values())
    assert all(t["description"] for t in found.values())


def test_no_template_is_deprecated_or_requires_active_version_without_license() -> None:
    with run_server(world="demo") as server:
        templates = DemoServer(server).templates().values()
    assert not any(t["deprecated"] or t["require_active_version"] for t in templates)


def test_template_versions_have_messages_and_newest_is_not_active(demo: DemoServer) -> None:
    template = demo.templates()["kubernetes"]
    versions = demo.get("admin", f"/templates/{template['id']}/versions")
    assert [v["name"] for v in versions] == ["v1.0.0", "v1.9.0", "v2.0.0", "v2.1.0-rc1"]
    assert all(v["message"] for v in versions)
    assert template["active_version_id"] == versions[2]["id"]


def test_parameters_cover_every_type_and_validation(demo: DemoServer) -> None:
    version = demo.templates()["monorepo"]["active_version_id"]
    parameters = demo.get("admin", f"/templateversions/{version}/rich-parameters")
    assert {p["type"] for p in parameters} == {"string", "number", "bool", "list(string)"}
    assert {p.get("validation_monotonic") for p in parameters} == {None, "increasing", "decreasing"}
    for trait in ("required", "ephemeral", "options", "validation_regex"):
        assert any(p.get(trait) for p in parameters), trait
    assert not all(p["mutable"] for p in parameters)


def test_longest_workspace_name_has_32_characters(demo: DemoServer) -> None:
    assert max(len(w["name"]) for w in demo.get("admin", "/workspaces")["workspaces"]) == 32


def test_no_text_looks_like_a_test_of_the_portal(demo: DemoServer) -> None:
    world = demo.server.world
    texts = [repr(version.plan) + version.message for version in world.versions.values()]
    texts += [template.description + template.deprecation_message for template in world.templates.values()]
    texts += [f"{build.job.error} {build.parameters}" for build in world.builds.values()]
    texts += [line.output for build in world.builds.values() for line in build.job.logs]
    signs = ("<script", "javascript:", "{{ ", "{% ", "\u202e", "\\u202e", "alert(", "xss", "\x1b]", "\\x1b]")
    assert {sign for sign in signs for text in texts if sign in text.lower()} == set()


def test_build_without_success_does_not_log_that_changes_were_applied(demo: DemoServer) -> None:
    unsuccessful = [build for build in demo.server.world.builds.values() if build.job.status != "succeeded"]
    assert len(unsuccessful) > 10
    applied = [line for build in unsuccessful for line in build.job.logs if line.output.startswith("Apply complete!")]
    assert applied == []


def test_one_build_log_exceeds_200_kilobytes(demo: DemoServer) -> None:
    build = demo.workspace("tina/node-pool-upgrade")["latest_build"]["id"]
    lines = demo.get("tina", f"/workspacebuilds/{build}/logs")
    assert sum(len(line["output"].encode()) for line in lines) > 200_000


def test_timestamps_are_relative_to_server_clock(demo: DemoServer) -> None:
    now = demo.server.world.now()
    workspaces = demo.get("admin", "/workspaces")["workspaces"]
    used = sorted(now - parse_time(w["last_used_at"]) for w in workspaces if w["name"] != "spike-graphql")
    assert timedelta() < used[0] < timedelta(minutes=5)
    assert used[-1] > timedelta(days=180)
    running_ones = [w["latest_build"] for w in workspaces if w["latest_build"]["status"] == "running"]
    deadlines = [parse_time(b["deadline"]) for b in running_ones if b["deadline"]]
    assert all(now < deadline < now + timedelta(hours=13) for deadline in deadlines)
    assert all(parse_time(w["created_at"]) <= parse_time(w["latest_build"]["created_at"]) for w in workspaces)


def parse_time(text: str) -> datetime:
    """Parse a time of Coder's JSON."""
    return datetime.fromisoformat(text)
