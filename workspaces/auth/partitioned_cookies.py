"""The attribute `Partitioned` of a cookie, which http.cookies knows from Python 3.14 on, and Django 6.1 does not.

tests/auth/test_partitioned_cookies.py fails when both know it. Then remove this module, and set the attribute with
`HttpResponse.set_cookie`.
"""

from http.cookies import Morsel
from typing import Any

from django.http import HttpResponse


class PartitionedMorsel(Morsel[str]):
    """A cookie that knows the attribute."""

    _reserved: Any = Morsel._reserved | {"partitioned": "Partitioned"}  # type: ignore[attr-defined]  # missing in the stubs
    _flags: Any = Morsel._flags | {"partitioned"}  # type: ignore[attr-defined]


def partition(response: HttpResponse, name: str) -> None:
    """Give the response's cookie of this name the attribute: a browser keeps it for each site around a frame."""
    cookie, partitioned = response.cookies[name], PartitionedMorsel()
    partitioned.set(name, cookie.value, cookie.coded_value)
    partitioned.update({attribute: value for attribute, value in cookie.items() if value != ""})
    partitioned["partitioned"] = True
    response.cookies[name] = partitioned
