"""Request bodies are decoded as Go decodes JSON into a struct, with the same error messages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from coder_simulator.errors import ApiError
from coder_simulator.gojson import decode

FIELDS = {
    "name": "string",
    "ttl_ms": "int64",
    "on": "bool",
    "id": "uuid",
    "at": "time",
    "values": [{"name": "string"}],
    "inputs": "object",
}


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"", "EOF"),
        (b"{", "unexpected EOF"),
        (b'{"name": "x', "unexpected EOF"),
        (b"{nope", "invalid character 'n' looking for beginning of object key string"),
        (b'{"name": x}', "invalid character 'x' looking for beginning of value"),
        (b'{"name": NaN}', "invalid character 'N' looking for beginning of value"),
        (b'{"name" 1}', "invalid character '1' after object key"),
        (b'{"name": 1 2}', "invalid character '2' after object key:value pair"),
        (b'{"values": [1 2]}', "invalid character '2' after array element"),
        (b"[]", "json: cannot unmarshal array into Go value of type codersdk.Request"),
        (b'{"name": 1}', "json: cannot unmarshal number into Go struct field Request.name of type string"),
        (b'{"ttl_ms": "6h"}', "json: cannot unmarshal string into Go struct field Request.ttl_ms of type int64"),
        (b'{"ttl_ms": 1.5}', "json: cannot unmarshal number 1.5 into Go struct field Request.ttl_ms of type int64"),
        (
            b'{"ttl_ms": 9223372036854775808}',
            "json: cannot unmarshal number 9223372036854775808 into Go struct field Request.ttl_ms of type int64",
        ),
        (b'{"on": "yes"}', "json: cannot unmarshal string into Go struct field Request.on of type bool"),
        (b'{"id": "x"}', "invalid UUID length: 1"),
        (b'{"id": "zzzzzzzz-1111-4111-8111-111111111111"}', "invalid UUID format"),
        (
            b'{"at": "tomorrow"}',
            'parsing time "tomorrow" as "2006-01-02T15:04:05Z07:00": cannot parse "tomorrow" as "2006"',
        ),
        (
            b'{"at": "2026-11-24 10:00"}',
            'parsing time "2026-11-24 10:00" as "2006-01-02T15:04:05Z07:00": cannot parse " 10:00" as "T"',
        ),
        (b'{"at": 5}', "Time.UnmarshalJSON: input is not a JSON string"),
        (b'{"values": {}}', "json: cannot unmarshal object into Go struct field Request.values of type []struct"),
        (b'{"inputs": {"cpu": 4}}', "json: cannot unmarshal number into Go struct field Request.inputs of type string"),
    ],
)
def test_invalid_body_is_rejected_with_go_error_message(raw: bytes, detail: str) -> None:
    with pytest.raises(ApiError) as caught:
        decode(raw, "Request", FIELDS)
    assert (caught.value.message, caught.value.detail) == ("Request body must be valid JSON.", detail)


@pytest.mark.parametrize(
    ("raw", "field", "value"),
    [
        (b'{"NAME": "x"}', "name", "x"),
        (b'{"name": "x"} trailing', "name", "x"),
        (b'{"colour": "red"}', "name", None),
        (b'{"ttl_ms": null}', "ttl_ms", None),
        (b'{"id": "11111111111141118111111111111111"}', "id", "11111111-1111-4111-8111-111111111111"),
        (b'{"at": "2026-11-24T10:00:00.5Z"}', "at", datetime(2026, 11, 24, 10, 0, 0, 500_000, tzinfo=UTC)),
        (b'{"at": "2026-11-24T10:00:00+01:00"}', "at", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        (b'{"values": [{"name": "a", "more": 1}]}', "values", [{"name": "a"}]),
        (b"null", "name", None),
    ],
)
def test_valid_body_is_decoded_as_go_decodes_it(raw: bytes, field: str, value: Any) -> None:
    assert decode(raw, "Request", FIELDS)[field] == value
