"""Provide the recorded template with odd parameters, and what browsers submit for its form."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.contract.test_odd_parameters import RECORDED, parameter_of
from tests.portal import SimulatedCoder
from tests.views.create_form import form_values, temporary_version_plan
from tests.views.html import Html

DEFAULTS = {
    "ratio": "0.5",
    "factor": "0.5",
    "huge": "9223372036854775807",
    "proxy": "corp",
    "hooks": '["echo a\\necho b","  indented"]',
    "labels": "[]",
    "script": "echo one\necho two\n",
    "note": "",
}
SHOWN_DEFAULTS = {"2.19": DEFAULTS, "2.36": DEFAULTS | {"huge": "9.223372037e+18"}}  # as 2.36 evaluates the number
ODD_VALUES = {
    "ratio": " 3 ",
    "huge": "1,5",
    "proxy": "",
    "hooks": '["a\\nb", " c ", "", "\\"d\\""]',
    "labels": "null",
    "script": "  one\r\ntwo\rthree  ",
    "note": "\n\n",
}


@contextmanager
def odd_template(coder: SimulatedCoder, version: str) -> Iterator[None]:
    """Give the template `dev` the recorded parameters inside the block."""
    parameters = tuple(map(parameter_of, RECORDED[version]["rich_parameters"]))
    with temporary_version_plan(coder, parameters=parameters, presets=()):
        yield


def recorded_creates(status: int, *, without: list[dict[str, str]]) -> list[Any]:
    """Return (version, create) of the recorded creates with this status that set one value, `without` some."""
    return [
        (version, create)
        for version, recording in RECORDED.items()
        for create in recording["creates"]
        if create["status"] == status and create["values"] and create["values"] not in without
    ]


def browser_form(page: Html) -> dict[str, list[str]]:
    """Return what a browser submits for the page's form: each line of a value ends with CR LF."""
    return {
        name: [re.sub(r"\r\n|\r|\n", "\r\n", value) for value in values] for name, values in form_values(page).items()
    }
