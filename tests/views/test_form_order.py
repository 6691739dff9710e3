"""A button that belongs to a form elsewhere in the page works while the page still loads, if the form comes first."""

import re

import pytest
from django.test import Client

from tests.portal import SimulatedCoder

FORM = re.compile(r'<form\b[^>]*\bid="([^"]+)"')
OWNED = re.compile(r'<(?:button|input|select)\b[^>]*\bform="([^"]+)"')


def forms_after_their_elements(html: str) -> set[str]:
    """Return the ids of the forms that stand after an element that belongs to them."""
    first: dict[str, int] = {}
    for element in OWNED.finditer(html):
        first.setdefault(element[1], element.start())
    return {form[1] for form in FORM.finditer(html) if form.start() > first.get(form[1], form.start())}


@pytest.mark.parametrize("page", ["/workspaces/", "/@alice/web/", "/@alice/web/settings/", "/workspaces/?scope=all"])
def test_forms_stand_before_the_buttons_that_belong_to_them(alice: Client, coder: SimulatedCoder, page: str) -> None:
    web = coder.place("web", "stopped")
    alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true", "next": page})
    html = b"".join(alice.get(page)).decode()
    assert 'form="act"' in html
    assert forms_after_their_elements(html) == set()
