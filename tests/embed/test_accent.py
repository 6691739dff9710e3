"""Test that the accent color of a frame is readable, whatever the host page chose."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.embed.accent import MIN_CONTRAST, SURFACES, accent_css, contrast, parse_accent, readable, to_color


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("#A0f", "aa00ff"),
        ("00529b", "00529b"),
        ("#00529B", "00529b"),
        ("red", ""),
        ("#12345", ""),
        ("#١٢٣", ""),
        ("", ""),
    ],
)
def test_color_is_hexadecimal(text: str, digits: str) -> None:
    assert parse_accent(text) == digits


@pytest.mark.parametrize("theme", SURFACES)
@given(digits=st.from_regex(r"[0-9a-f]{6}", fullmatch=True))
def test_accent_is_readable_on_all_surfaces(theme: str, digits: str) -> None:
    color = readable(to_color(digits), theme)
    assert min(contrast(color, to_color(surface)) for surface in SURFACES[theme]) >= MIN_CONTRAST


def test_readable_color_is_not_changed() -> None:
    assert "light-dark(#00529b," in accent_css("00529b")


@given(digits=st.from_regex(r"[0-9a-f]{6}", fullmatch=True))
def test_text_on_accent_is_readable(digits: str) -> None:
    colors = re.findall(r"#([0-9a-f]{6})", accent_css(digits))
    light, dark, on_light, on_dark = map(to_color, colors)
    assert min(contrast(light, on_light), contrast(dark, on_dark)) >= MIN_CONTRAST


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(to_color("ffffff"), to_color("000000")) == pytest.approx(21)
    assert contrast(to_color("ffffff"), to_color("767676")) == pytest.approx(4.54, abs=0.01)
