"""Test the cleanup of texts that are shown, logged or stored."""

import contextvars
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.coder.text import (
    protect_token,
    redact,
    redact_parameters,
    redact_values,
    sanitize_text,
    strip_control_codes,
)

TOKEN = "abcDEF1234-klmnopqrstuvwxyz123456"
REFRESH_TOKEN = f"coder_{'a1' * 5}_{'b2' * 20}"


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
    similar = ["9f2-" + "x" * 22, f"deployment-{'a1' * 16}", "7d9f8c6b5d-x2x4z", "3fa85f64-5717-4562-b3fc-2c963f66afa6"]
    similar += ["sha256-" + "x" * 43, f"abcdefghij-{'x' * 21}", f"abcdefghij_{'x' * 22}", "coder_abc_def"]
    text = f"session {TOKEN}, ids {' '.join(similar)}"
    assert redact(text) == text.replace(TOKEN, "[token]")


@pytest.mark.parametrize(
    "before", ["", "token=", "%3D", "\\u003d", "\\n", "\n", "_", "x", "31m", "\x1b[31m", "\x1b]0;"]
)
@pytest.mark.parametrize("after", ["", "&x", "%26", "\\u0026", "\n", "_", "\x1b[0m", "…", "-x", "ü"])
@pytest.mark.parametrize("token", [TOKEN, REFRESH_TOKEN])
def test_token_is_redacted_in_every_encoding_around_it(token: str, before: str, after: str) -> None:
    assert redact(f"{before}{token}{after}") == f"{before}[token]{after}"


@pytest.mark.parametrize("code", ["\x1b[1m", "\x1b[0m", "\0", "\x08", "\u202e", "\x1b]8;;x\x07"])
def test_token_with_control_codes_in_it_is_redacted(code: str) -> None:
    for at in range(1, len(TOKEN)):
        text = f"is {TOKEN[:at]}{code}{TOKEN[at:]}\nnext"
        assert TOKEN[11:] not in sanitize_text(text)
        assert TOKEN[11:] not in strip_control_codes(redact(text))


@given(st.text(alphabet=st.sampled_from("\x1b[]()0;31mK\x07\\ab\r\n\t\x00é-_"), max_size=40), st.integers(0, 40))
def test_secret_is_absent_from_any_text_around_token(text: str, at: int) -> None:
    assert TOKEN[11:] not in redact(f"{text[:at]}{TOKEN} {text[at:]}")
    assert TOKEN[11:] not in sanitize_text(f"{text[:at]}{TOKEN} {text[at:]}")


def test_own_token_of_any_form_is_redacted_in_its_context_only() -> None:
    own, other = "0123456789/another+form", "no token at all"

    def redact_both() -> str:
        protect_token(own)
        return redact(f"{own}, {other}")

    assert contextvars.copy_context().run(redact_both) == f"[token], {other}"
    assert redact(own) == own


def test_short_text_that_somebody_pasted_as_token_redacts_no_words() -> None:
    def redact_word() -> str:
        protect_token("error")
        return redact("an error")

    assert contextvars.copy_context().run(redact_word) == "an error"


def test_values_for_json_are_redacted_at_any_depth() -> None:
    value = {"a": [TOKEN, 1, None, True, 2.5, ("x", {TOKEN})], TOKEN: {"b": TOKEN}, "c": UUID(int=1)}
    assert redact_values(value) == {
        "a": ["[token]", 1, None, True, 2.5, ["x", ["[token]"]]],
        "[token]": {"b": "[token]"},
        "c": str(UUID(int=1)),
    }


def test_parameter_values_are_redacted_longest_first_and_also_quoted() -> None:
    values = ["abc", "abcdef", 'with "quotes"\n', "no"]
    text = r'"abcdef" and abc, "with \"quotes\"\n" and with "quotes"' + "\n, but no no"
    assert redact_parameters(text, values) == '"[value]" and [value], "[value]" and [value], but no no'


def test_parameter_value_with_other_letters_than_ascii_is_redacted_as_go_and_json_quote_it() -> None:
    value = 'pässwört "1"'
    text = r'Go: "pässwört \"1\"", JSON: "p\u00e4ssw\u00f6rt \"1\""'
    assert redact_parameters(text, [value]) == 'Go: "[value]", JSON: "[value]"'
