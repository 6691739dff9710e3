"""Test that the simulated Coder accepts, rejects and stores odd parameter values as the recorded servers did."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from coder_simulator.testing import run_server
from coder_simulator.version_plans import ParameterOption, RichParameter, VersionPlan
from coder_simulator.world import World
from tests.coder_simulator.conftest import ApiUser, CoderUnderTest
from tests.coder_simulator.worlds import add_people, add_template

RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "recorded" / "odd-parameters.json").read_text())
LONG_TEXT, LONG_VALUE, LONG_KEPT = "xxx... (70000 letters)", "x" * 70_000, "(70000 letters)"
CREATES = [
    pytest.param(version, create, id=f"{version}-{json.dumps(create['values'])}")
    for version, recording in RECORDED.items()
    for create in recording["creates"]
]


def parameter_of(recorded: dict[str, Any]) -> RichParameter:
    """Return a recorded parameter for the simulator. The recorded template has capitalized display names."""
    return RichParameter(
        name=recorded["name"],
        type=recorded["type"],
        display_name=recorded["name"].capitalize(),
        default_value=recorded["default_value"],
        mutable=recorded["mutable"],
        required=recorded["required"],
        options=tuple(ParameterOption(name=each["name"], value=each["value"]) for each in recorded["options"]),
    )


@pytest.fixture(scope="module")
def users() -> Iterator[dict[str, tuple[ApiUser, str]]]:
    """Return a user and the id of the recorded template for each version."""
    with ExitStack() as stack:

        def start(version: str) -> tuple[ApiUser, str]:
            plan = VersionPlan(parameters=tuple(map(parameter_of, RECORDED[version]["rich_parameters"])))

            def build_world(world: World) -> None:
                add_people(world)
                add_template(world, plan=plan)

            coder = CoderUnderTest(stack.enter_context(run_server(version=version, world=build_world)), stack)
            return coder.sign_in("alice"), next(iter(coder.world.templates))

        yield {version: start(version) for version in RECORDED}


def test_recording_has_all_creates_of_both_versions() -> None:
    assert {version: len(recording["creates"]) for version, recording in RECORDED.items()} == {"2.19": 27, "2.36": 27}


@pytest.mark.parametrize(("version", "create"), CREATES)
def test_odd_value_is_answered_and_stored_as_recorded(
    users: dict[str, tuple[ApiUser, str]], version: str, create: dict[str, Any]
) -> None:
    user, template_id = users[version]
    values = {name: LONG_VALUE if value == LONG_TEXT else value for name, value in create["values"].items()}
    answer = user(
        "POST",
        "/users/me/workspaces",
        {
            "template_id": template_id,
            "name": uuid4().hex,
            "rich_parameter_values": [{"name": name, "value": value} for name, value in values.items()],
        },
    )
    assert answer.status_code == create["status"]
    if "answer" in create:
        assert {key: answer.json()[key] for key in create["answer"]} == create["answer"]
        return
    build_id = answer.json()["latest_build"]["id"]
    stored = {each["name"]: each["value"] for each in user.get(f"/workspacebuilds/{build_id}/parameters")}
    assert {name: LONG_KEPT if value == LONG_VALUE else value for name, value in stored.items()} == create[
        "build_parameters"
    ]
