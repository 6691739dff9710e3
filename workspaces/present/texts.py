"""Texts of programs that a page shows: without what only a terminal understands."""

import re

# CSI sequences (colours, cursor), OSC sequences (titles, links; ended by BEL or ST), and two-letter escapes.
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
# Control characters, and those that turn the direction of the letters after them.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """The text without a terminal's escape sequences and control characters; lines and tabs stay."""
    return CONTROLS.sub("", ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
