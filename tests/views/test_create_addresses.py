"""Test that the form of a new workspace names the values of its address that it cannot use."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder
from tests.views.create_form import create_form_url
from tests.views.html import Html


@pytest.mark.parametrize(
    "query",
    [
        "version=x",
        "owner=a%2Fb",
        "preset=1",
        "from=2",
        "days=9",
        "time=25%3A00",
        "ttl=soon",
        "ttl_hours=1e3",
        "automatic_updates=yes",
        "param.unknown=1",
    ],
)
def test_unusable_values_of_address_are_named(alice: Client, coder: SimulatedCoder, query: str) -> None:
    name = query.partition("=")[0]
    form = Html(alice.get(f"{create_form_url(coder)}?{query}&param.project=ABC-1")).one("form", id="new")
    assert f"This address has values that the form cannot use: {name}. They are ignored." in form.text


@pytest.mark.parametrize("query", ["", "preset=none&param.cpu=4&days=1&days=0&time=08:00&ttl=never", "param.cpu=%F0"])
def test_usable_values_of_address_are_not_reported(alice: Client, coder: SimulatedCoder, query: str) -> None:
    response = alice.get(f"{create_form_url(coder)}?{query}")
    assert response.status_code == 200
    assert "cannot use" not in Html(response).one("form", id="new").text
