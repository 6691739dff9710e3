"""Test the conversion of terminal output to segments for a page."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.present.terminal import Segment, parse_segments

RESET = "\x1b[0m"


def styled_segments(text: str) -> list[tuple[str, str]]:
    """Return the CSS class and the text of each segment."""
    return [(piece.css_class, piece.text) for piece in parse_segments(text)]


@pytest.mark.parametrize(
    ("output", "segments"),
    [
        ("plain", [("", "plain")]),
        ("", []),
        (f"\x1b[31mError:{RESET} no", [("c1", "Error:"), ("", " no")]),
        (f"\x1b[1m\x1b[32mApply complete!{RESET}", [("c2 strong", "Apply complete!")]),
        ("\x1b[1;31mbad\x1b[22m still red\x1b[39m no", [("c1 strong", "bad"), ("c1", " still red"), ("", " no")]),
        ("\x1b[2mdim\x1b[3;4mmore", [("dim", "dim"), ("dim slanted under", "more")]),
        ("\x1b[91mbright is no other colour", [("c1", "bright is no other colour")]),
        ("\x1b[90mgrey", [("c8", "grey")]),
        ("\x1b[30mblack\x1b[97mwhite", [("", "blackwhite")]),
        ("\x1b[37;41mon red", [("on1", "on red")]),
        ("\x1b[38;5;196mred\x1b[38;5;21mblue\x1b[38;5;244mgrey", [("c1", "red"), ("c4", "blue"), ("c8", "grey")]),
        ("\x1b[38;2;20;200;30mgreen\x1b[38:2:250:240:10myellow", [("c2", "green"), ("c3", "yellow")]),
        ("\x1b[48;2;0;0;90mdark ground", [("on4", "dark ground")]),
        ("\x1b[8mnothing is hidden\x1b[5;7m, nothing blinks", [("", "nothing is hidden, nothing blinks")]),
        ("\x1b[mnone\x1b[999mnone", [("", "nonenone")]),
    ],
)
def test_terminal_colors_and_weight_become_looks(output: str, segments: list[tuple[str, str]]) -> None:
    assert styled_segments(output) == segments


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b]8;;https://evil.example\x07a link\x1b]8;;\x07",
        "\x1b]0;title\x1b\\a link",
        "\x1b[2J\x1b[Ha link",
        "\x1b[?25l\x1b[6na link",
        "\u202ea link\u2066",
        "a\x00 \x07link\x9b",
        "\x1b[99999999999999999999999999ma link",
        "\x1b[1111111111111111111111?ma link",
        "a link\x1b",
    ],
)
def test_other_terminal_sequences_are_removed(hostile: str) -> None:
    assert "".join(piece.text for piece in parse_segments(hostile)) == "a link"
    assert {piece.css_class for piece in parse_segments(hostile)} == {""}


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("10 %\r50 %\r100 %", "100 %"),
        ("10 %\r50 %\r\r\n", "50 %\n"),
        ("done\r\x1b[K", "done"),
        ("a\rb\nc\rd", "b\nd"),
    ],
)
def test_progress_bar_shows_only_its_last_state(output: str, text: str) -> None:
    assert "".join(piece.text for piece in parse_segments(output)) == text


def test_coder_token_is_redacted() -> None:
    token = "abcDEF1234-" + "x" * 22
    assert parse_segments(f"\x1b[2msession_token = {token};{RESET}") == (
        Segment(text="session_token = [token];", css_class="dim"),
    )
    assert parse_segments(f"token={token}") == (Segment(text="token=[token]"),)


def test_line_with_many_colors_keeps_text_and_limits_pieces() -> None:
    segments = parse_segments("".join(f"\x1b[3{n % 7}m{n % 10}" for n in range(20_000)))
    assert len(segments) == 200
    assert len("".join(piece.text for piece in segments)) == 20_000


@given(st.text(alphabet=st.sampled_from("\x1b[]0123;:mKJ\r\n\x07\\ab<&é\u202e")))
def test_no_control_characters_remain_in_any_text(text: str) -> None:
    segments = parse_segments(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", "".join(piece.text for piece in segments))
    assert all(re.fullmatch(r"[a-z0-9 ]*", piece.css_class) for piece in segments)
    assert all(first.css_class != second.css_class for first, second in pairwise(segments))
