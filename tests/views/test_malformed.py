"""Requests that cannot be parsed: 400 or 413 and one line in the log, whichever part of them is malformed."""

import logging
from collections.abc import Mapping

import pytest
from django.conf import settings
from django.test import Client

from coder_portal.malformed import content_type_error, query_error

MAX_FIELDS = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "content_type",
    [
        f"{FORM}; charset=utf-16",
        f"{FORM}; charset=utf-7",
        f"{FORM}; charset=hex",
        f"{FORM}; charset=nonsense",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\u00ff",
    ],
)
def test_form_in_another_charset_or_without_boundary_is_answered_with_400(
    client: Client, caplog: pytest.LogCaptureFixture, content_type: str
) -> None:
    caplog.set_level(logging.INFO)
    response = client.generic("POST", "/login/", b"email=a", content_type)
    assert response.status_code == 400
    assert "could not read this request" in response.content.decode()
    assert [record.name for record in caplog.records] == ["portal.request"] * 2
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    "headers", [{"HX-Current-URL": "http://["}, {"Host": "evil.example"}, {"Cookie": 'tz="\\000"'}], ids=str
)
def test_malformed_header_is_answered_with_400(client: Client, headers: Mapping[str, str]) -> None:
    assert client.get("/login/", headers=headers).status_code == 400


@pytest.mark.parametrize("query", ["&".join(["a=b"] * (MAX_FIELDS + 1)), "a=%00"], ids=["many fields", "NUL"])
def test_malformed_query_is_answered_with_400(client: Client, query: str) -> None:
    assert client.get(f"/login/?{query}").status_code == 400


def test_form_with_too_many_fields_is_answered_with_400(client: Client) -> None:
    assert client.post("/login/", "&".join(["a=b"] * (MAX_FIELDS + 1)), content_type=FORM).status_code == 400


@pytest.mark.parametrize("form", ["a=%00&a=b", "a=b&a=%00", "a%00=b"])
def test_form_with_nul_in_any_name_or_value_is_answered_with_400(client: Client, form: str) -> None:
    assert client.post("/login/", form, content_type=FORM).status_code == 400


@pytest.mark.parametrize("query", [b"\xff", b"a=%00", b"&" * MAX_FIELDS])
def test_query_that_cannot_be_parsed_is_found_before_django(query: bytes) -> None:
    assert query_error(query)


def test_query_with_a_thousand_fields_is_accepted() -> None:
    assert query_error(b"&".join([b"a=b"] * MAX_FIELDS)) == ""


@pytest.mark.parametrize("content_type", ["", FORM, f"{FORM}; charset=UTF-8", "multipart/form-data; boundary=b", ";;;"])
def test_content_type_without_another_charset_is_accepted(content_type: str) -> None:
    assert content_type_error(content_type) == ""


@pytest.mark.parametrize("content_type", [f"{FORM}; charset=utf-16", f"{FORM}; charset*=nonsense''%ff"])
def test_content_type_that_django_cannot_use_is_found(content_type: str) -> None:
    assert content_type_error(content_type)
