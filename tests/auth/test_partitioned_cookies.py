"""Test the attribute `Partitioned`, and say when workspaces/auth/partitioned_cookies.py can be removed."""

import inspect
import subprocess
import sys

from django.http import HttpResponse

from workspaces.auth import partitioned_cookies


def test_partitioned_is_written_without_changing_other_cookies() -> None:
    response = HttpResponse()
    for name in ("frame", "other"):
        response.set_cookie(name, 'a "b"', max_age=0, path="/embed/", secure=True, httponly=True, samesite="None")
    plain = response.cookies["frame"].OutputString()
    partitioned_cookies.partition(response, "frame")
    parts = {name: {*response.cookies[name].OutputString().split("; ")[1:]} for name in ("frame", "other")}
    assert parts["frame"] == parts["other"] | {"Partitioned"}
    assert response.cookies["frame"].OutputString().split("; ")[0] == plain.split("; ")[0]


def test_python_or_django_does_not_know_the_attribute_yet() -> None:
    code = "import http.cookies; print('partitioned' in http.cookies.Morsel._reserved)"
    python_knows = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    django_knows = "partitioned" in inspect.signature(HttpResponse.set_cookie).parameters
    assert not (python_knows.strip() == "True" and django_knows), "Remove workspaces/auth/partitioned_cookies.py."
