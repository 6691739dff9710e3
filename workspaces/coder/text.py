"""Sanitize the words of Coder and of the programs that it runs, before they are shown, logged or stored.

A message of Coder's can hold a person's token: Terraform writes the owner's into its output, and a URL in an error may
carry it. Who reads the message could act for that person. `redact` is the only place that says what a token looks like.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar

# CSI sequences (colors, cursor), OSC sequences (titles, links; ended by BEL or ST), and two-letter escapes.
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
# Control characters, and those that change the direction of the text after them.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# A token for the API has ten and twenty-two letters and digits; OAuth2 refresh tokens and client secrets have "coder_",
# ten and forty. What stands before may be a letter or digit: the end of an encoding, such as "%3D", "\u003d" or "\n".
TOKEN = re.compile(r"(?:[A-Za-z0-9]{10}-[A-Za-z0-9]{22}|coder_[A-Za-z0-9]{10}_[A-Za-z0-9]{40})(?![A-Za-z0-9])")
REPLACEMENT = "[token]"
MIN_VALUE_LENGTH = 3
MIN_TOKEN_LENGTH = 16  # of a person's token of another form; what is shorter may be an ordinary word

_own_token: ContextVar[str] = ContextVar("own_token", default="")


def strip_control_codes(text: str) -> str:
    """Return the text without escape sequences and control characters; line breaks and tabs stay."""
    return CONTROLS.sub("", ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def sanitize_text(text: str) -> str:
    """Return a text as a page shows it: without control codes and tokens."""
    # Before, because an escape may end in the first letter of a token; after, because a code may stand within a token.
    return replace_tokens(strip_control_codes(replace_tokens(text)))


def redact(text: str) -> str:
    """Return the text with "[token]" for each of Coder's tokens, and for the one that this context sends.

    Control codes stay, except in a text where they stand within a token.
    """
    text = replace_tokens(text)
    if text.isprintable():
        return text
    visible = strip_control_codes(text)
    replaced = replace_tokens(visible)
    return text if replaced == visible else replaced


def redact_values(value: object) -> object:
    """Return a value for JSON with the texts in it redacted, as keys too; objects of other types become text."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return redact(value)
        case Mapping():
            return {redact(str(key)): redact_values(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redact_values(each) for each in value]
    return redact(str(value))


def redact_parameters(text: str, values: Iterable[str]) -> str:
    """Return a text of Coder's that is stored with "[value]" for each of these parameter values, which may be secrets.

    A value is also found as Coder quotes it, with escapes. Values shorter than MIN_VALUE_LENGTH occur in any word.
    """
    secrets = {form for value in values if len(value) >= MIN_VALUE_LENGTH for form in quoted_forms(value)}
    for secret in sorted(secrets, key=len, reverse=True):  # one value may be a part of another
        text = text.replace(secret, "[value]")
    return text


def quoted_forms(value: str) -> Iterator[str]:
    """Yield a value as it is, and as JSON and Go quote it, of which Go escapes only what cannot be printed."""
    yield value
    yield from (json.dumps(value, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))


def protect_token(token: str) -> None:
    """Have `redact` replace this token too in the current context, whatever it looks like."""
    _own_token.set(token if len(token) >= MIN_TOKEN_LENGTH else "")


def replace_tokens(text: str) -> str:
    """Replace the tokens that stand in the text without control codes in them."""
    if (own_token := _own_token.get()) and own_token in text:
        text = text.replace(own_token, REPLACEMENT)
    return TOKEN.sub(REPLACEMENT, text) if "-" in text or "coder_" in text else text
