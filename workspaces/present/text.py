"""Sanitize the output of programs before a page shows it."""

import re

# CSI sequences (colors, cursor), OSC sequences (titles, links; ended by BEL or ST), and two-letter escapes.
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
# Control characters, and those that change the direction of the text after them.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# A token of Coder's: Terraform writes the owner's into its debug output. The portal's own log has the same rule.
TOKEN = re.compile(r"\b[A-Za-z0-9]{10}-[A-Za-z0-9]{22}\b")


def strip_control_codes(text: str) -> str:
    """Return the text without escape sequences and control characters; line breaks and tabs stay."""
    return CONTROLS.sub("", ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def sanitize_output(text: str) -> str:
    """Return the output of a program without control codes and tokens."""
    return redact_tokens(strip_control_codes(text))


def redact_tokens(text: str) -> str:
    """Replace every token of Coder's: a reader of a log must not be able to act for its owner."""
    return TOKEN.sub("[token]", text) if "-" in text else text
