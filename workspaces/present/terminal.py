"""Convert terminal output to segments that a page shows: colors and styles stay, all other codes go."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from workspaces.coder.text import CONTROLS, ESCAPES, redact

SGR = re.compile(r"\x1b\[(\d{0,3}(?:[;:]\d{0,3}){0,31})m")  # longer ones are no codes of a program, and are cached
MAX_SEGMENTS = 200  # of a line; the rest is shown without colors
GREY = 8  # a terminal's "bright black"
COLORLESS = frozenset({0, 7})  # black and white: the page uses its own text color
STYLES = {1: "strong", 2: "dim", 3: "slanted", 4: "under"}
STYLE_RESETS = {22: ("strong", "dim"), 23: ("slanted",), 24: ("under",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Text of one style. `css_class`: classes of the style sheet, "" for plain text."""

    text: str
    css_class: str = ""


@dataclass(frozen=True, slots=True)
class TextStyle:
    """The style of a terminal. A color is 1 to 6 (red to cyan) or GREY; None is the page's own."""

    foreground: int | None = None
    background: int | None = None
    styles: frozenset[str] = frozenset()


def parse_segments(text: str) -> tuple[Segment, ...]:
    """Return a text as a terminal shows it at the end: without what a carriage return has overwritten."""
    if "\r" in text:
        text = "\n".join(map(apply_carriage_returns, text.split("\n")))
    text = redact(text)
    if "\x1b" not in text:
        return tuple(make_segment(text, ""))
    merged: list[Segment] = []
    for segment in split_by_style(text):
        if merged and (merged[-1].css_class == segment.css_class or len(merged) >= MAX_SEGMENTS):
            merged[-1] = replace(merged[-1], text=merged[-1].text + segment.text)
        else:
            merged.append(segment)
    return tuple(merged)


@lru_cache(maxsize=1024)
def css_classes(style: TextStyle) -> str:
    """Return a style as CSS classes. On a colored background the text has the page's color, for contrast."""
    color = f"on{style.background}" if style.background else f"c{style.foreground}" if style.foreground else ""
    return " ".join(filter(None, (color, *sorted(style.styles))))


def apply_carriage_returns(line: str) -> str:
    """Return what remains of a line whose parts overwrite each other, as in a progress bar."""
    parts = line.split("\r")
    return next((part for part in reversed(parts) if CONTROLS.sub("", ESCAPES.sub("", part))), "")


def split_by_style(text: str) -> Iterator[Segment]:
    """Yield the text between escape sequences, each part in the style that these have set."""
    style, end = TextStyle(), 0
    for escape in ESCAPES.finditer(text):
        yield from make_segment(text[end : escape.start()], css_classes(style))
        end = escape.end()
        if sgr := SGR.fullmatch(escape[0]):
            style = apply_sgr(style, sgr[1])
    yield from make_segment(text[end:], css_classes(style))


def make_segment(text: str, css_class: str) -> Iterator[Segment]:
    """Yield a segment without control characters, unless it is empty."""
    if visible := text if text.isprintable() else CONTROLS.sub("", text):
        yield Segment(text=visible, css_class=css_class)


@lru_cache(maxsize=1024)
def apply_sgr(style: TextStyle, codes: str) -> TextStyle:
    """Return the style after the codes between "[" and "m". An unknown code changes nothing."""
    rest = iter([int(code or 0) for code in re.split(r"[;:]", codes)])
    for code in rest:
        if code == 0:
            style = TextStyle()
        elif code in STYLES:
            style = replace(style, styles=style.styles | {STYLES[code]})
        elif code in STYLE_RESETS:
            style = replace(style, styles=style.styles - {*STYLE_RESETS[code]})
        elif 30 <= code <= 39 or 90 <= code <= 97:
            style = replace(style, foreground=color(code, rest))
        elif 40 <= code <= 49 or 100 <= code <= 107:
            style = replace(style, background=color(code, rest))
    return style


def color(code: int, rest: Iterator[int]) -> int | None:
    """Return the color of a code for text (30 to 39, bright 90 to 97) or background (ten more)."""
    match code % 10:
        case 8:
            return extended_color(rest)
        case 9:
            return None
        case number:
            return ansi_color(number + (GREY if code >= 90 else 0))


def extended_color(rest: Iterator[int]) -> int | None:
    """Return the color of the next codes: one of 256, or red, green and blue."""
    kind = next(rest, 0)
    if kind == 5:
        number = next(rest, 0)
        if number < 16:
            return ansi_color(number)
        if number < 232:
            cube = number - 16
            return nearest_color(cube // 36 * 51, cube // 6 % 6 * 51, cube % 6 * 51)
        return nearest_color(*[(number - 232) * 10 + 8] * 3)
    if kind == 2:
        return nearest_color(next(rest, 0), next(rest, 0), next(rest, 0))
    return None


def ansi_color(number: int) -> int | None:
    """Return the page's color for one of the sixteen terminal colors; bright and normal ones are the same."""
    if number == GREY:
        return GREY
    return None if number % 8 in COLORLESS else number % 8


def nearest_color(red: int, green: int, blue: int) -> int | None:
    """Return the page's color that is closest to an RGB color."""
    low, high = min(red, green, blue), max(red, green, blue)
    if high - low < 40:  # hardly any hue
        return GREY if 70 <= high <= 180 else None
    middle = (low + high) / 2
    return ansi_color((red > middle) | (green > middle) << 1 | (blue > middle) << 2)
