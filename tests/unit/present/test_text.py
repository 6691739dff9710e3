"""Test the cleanup of program output for a page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.present.text import redact_tokens, strip_control_codes


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("\x1b[31mError:\x1b[0m no\x1b[1;38;5;9m quota", "Error: no quota"),
        ("\x1b]8;;https://evil.example\x07click\x1b]8;;\x07", "click"),
        ("\x1b]0;a title\x1b\\text", "text"),
        ("50%\r100%", "50%\n100%"),
        ("one\r\ntwo\ttabs", "one\ntwo\ttabs"),
        ("\x1b(Bplain\x1bc", "plain"),
        ("bell\x07 and nul\x00", "bell and nul"),
        ("ends in \x1b[", "ends in "),
        ("\u202egpj.exe\u202c and \u2066a\u2069 and \x9b31m", "gpj.exe and a and 31m"),
    ],
)
def test_plain_text_contains_no_control_sequences(output: str, text: str) -> None:
    assert strip_control_codes(output) == text


@given(st.text(alphabet=st.sampled_from("\x1b[]()0;31mK\x07\\ab\r\n\t\x00é"), max_size=60))
def test_no_escape_or_carriage_return_remains_in_any_text(output: str) -> None:
    assert "\x1b" not in strip_control_codes(output)
    assert "\r" not in strip_control_codes(output)
    assert strip_control_codes(strip_control_codes(output)) == strip_control_codes(output)


def test_coder_token_is_redacted_but_similar_text_is_kept() -> None:
    assert (
        redact_tokens("session abcDEF1234-" + "x" * 22 + ", id 9f2-" + "x" * 22)
        == "session [token], id 9f2-" + "x" * 22
    )
