"""Test the presentation of resources."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.samples import NOW, viewer, workspace
from workspaces.coder.types import Resource, ResourceMetadata
from workspaces.present.resources import (
    Resources,
    is_web_url,
    make_resources,
    make_resources_for_build,
    resource_type_label,
)


def resource(
    *metadata: ResourceMetadata, resource_type: str = "docker_container", hide: bool = False, cost: int = 0
) -> Resource:
    """Return a resource with this metadata."""
    return Resource(
        id=uuid4(),
        created_at=NOW,
        job_id=uuid4(),
        type=resource_type,
        name=resource_type,
        hide=hide,
        metadata=metadata,
        daily_cost=cost,
    )


def resources_page(*resources: Resource) -> Resources:
    """Return the resources page of a build with these resources."""
    return make_resources_for_build(uuid4(), resources, viewer())


@given(st.text())
def test_sensitive_value_is_absent_from_page_object(value: str) -> None:
    secret = f"<{value}>"
    page = resources_page(resource(ResourceMetadata(key="password", value=secret, sensitive=True)))
    (fact,) = page.cards[0].metadata
    assert (fact.key, fact.value, fact.href, fact.sensitive) == ("password", "", "", True)


def test_hidden_resources_are_listed_separately() -> None:
    page = resources_page(resource(resource_type="docker_volume", hide=True), resource())
    assert [card.name for card in page.cards] == ["docker_container"]
    assert [card.name for card in page.hidden] == ["docker_volume"]


def test_resources_are_sorted_by_cost_and_total_is_shown() -> None:
    page = resources_page(resource(resource_type="a_disk", cost=1), resource(resource_type="b_machine", cost=12))
    assert [(card.name, card.cost) for card in page.cards] == [
        ("b_machine", "12 credits per day"),
        ("a_disk", "1 credit per day"),
    ]
    assert page.cost == "13 credits per day"
    assert resources_page(resource()).cost == ""


@pytest.mark.parametrize(
    ("resource_type", "words"),
    [
        ("kubernetes_persistent_volume_claim", "Kubernetes persistent volume claim"),
        ("google_compute_instance", "Google Cloud compute instance"),
        ("null_resource", "null resource"),
        ("kubernetes", "kubernetes"),
        ("", ""),
    ],
)
def test_resource_type_is_shown_in_plain_words(resource_type: str, words: str) -> None:
    assert resource_type_label(resource_type) == words


@pytest.mark.parametrize("value", ["https://example.com/a?b=c#d", "http://10.0.0.1:8080"])
def test_http_url_value_is_linked(value: str) -> None:
    (fact,) = resources_page(resource(ResourceMetadata(key="at", value=value))).cards[0].metadata
    assert fact.href == value


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", "see https://example.com", "https://", "https://[", "data:text/html,x", "", "ssh://x"],
)
def test_other_values_are_not_linked(value: str) -> None:
    assert not is_web_url(value)


def test_escape_sequences_and_bidi_controls_are_removed_from_value() -> None:
    value = "\x1b[31mred\x1b[0m \u202egnp.exe\nsecond"
    (fact,) = resources_page(resource(ResourceMetadata(key="k", value=value))).cards[0].metadata
    assert fact.value == "red gnp.exe\nsecond"


def test_facts_without_value_are_omitted_unless_sensitive() -> None:
    empty, secret = ResourceMetadata(key="a"), ResourceMetadata(key="b", sensitive=True)
    assert [fact.key for fact in resources_page(resource(empty, secret)).cards[0].metadata] == ["b"]


def test_resources_note_depends_on_workspace_status() -> None:
    assert (
        make_resources(workspace("stopped"), viewer()).note == "These resources remain while the workspace is stopped."
    )
    assert make_resources(workspace("running"), viewer()).note == ""
    assert make_resources(workspace("failed"), viewer()).note.startswith("The latest build did not complete")
