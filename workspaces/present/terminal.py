"""What programs write for a terminal, as pieces that a page can show: colours and weight stay, all else goes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from workspaces.present.text import CONTROLS, ESCAPES, redact_tokens

SGR = re.compile(r"\x1b\[(\d{0,3}(?:[;:]\d{0,3})*)m")
MAX_SEGMENTS = 200  # pieces of a line: what comes after them is shown without colours
GREY = 8  # a terminal's "bright black"
COLORLESS = frozenset({0, 7})  # black and white: on a page, the colour of text is the theme's
STYLES = {1: "strong", 2: "dim", 3: "slanted", 4: "under"}
STYLE_RESETS = {22: ("strong", "dim"), 23: ("slanted",), 24: ("under",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Letters that look alike. `look`: classes of a stylesheet, "" for ordinary ones."""

    text: str
    css_class: str = ""


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a terminal writes at the moment. A colour is 1 to 6 (red to cyan) or grey; None is the page's own."""

    foreground: int | None = None
    background: int | None = None
    styles: frozenset[str] = frozenset()


def parse_segments(text: str) -> tuple[Segment, ...]:
    """A text as it stands on the screen once it is written: what a carriage return has written over is gone."""
    if "\r" in text:
        text = "\n".join(map(apply_carriage_returns, text.split("\n")))
    text = redact_tokens(text)
    if "\x1b" not in text:
        return tuple(make_segment(text, ""))
    merged: list[Segment] = []
    for each in split_by_style(text):
        if merged and (merged[-1].css_class == each.css_class or len(merged) >= MAX_SEGMENTS):
            merged[-1] = replace(merged[-1], text=merged[-1].text + each.text)
        else:
            merged.append(each)
    return tuple(merged)


@lru_cache(maxsize=1024)
def css_classes(pen: TextStyle) -> str:
    """As classes. On a coloured ground the letters have the page's colour, so that they can be read."""
    color = f"on{pen.background}" if pen.background else f"c{pen.foreground}" if pen.foreground else ""
    return " ".join(filter(None, (color, *sorted(pen.styles))))


def apply_carriage_returns(line: str) -> str:
    """What is left of a line whose parts overwrite each other, as those of a bar that shows progress do."""
    parts = line.split("\r")
    return next((part for part in reversed(parts) if CONTROLS.sub("", ESCAPES.sub("", part))), "")


def split_by_style(text: str) -> Iterator[Segment]:
    """The text between the escape sequences, each part as the ones before it have set the pen."""
    pen, end = TextStyle(), 0
    for found in ESCAPES.finditer(text):
        yield from make_segment(text[end : found.start()], css_classes(pen))
        end = found.end()
        if colors := SGR.fullmatch(found[0]):
            pen = apply_sgr(pen, colors[1])
    yield from make_segment(text[end:], css_classes(pen))


def make_segment(text: str, look: str) -> Iterator[Segment]:
    """One piece, where there is anything to see."""
    if shown := text if text.isprintable() else CONTROLS.sub("", text):
        yield Segment(text=shown, css_class=look)


@lru_cache(maxsize=1024)
def apply_sgr(pen: TextStyle, codes: str) -> TextStyle:
    """The pen after these codes, as they stand between "[" and "m". One that is not known changes nothing."""
    rest = iter([int(code or 0) for code in re.split(r"[;:]", codes)])
    for code in rest:
        if code == 0:
            pen = TextStyle()
        elif code in STYLES:
            pen = replace(pen, styles=pen.styles | {STYLES[code]})
        elif code in STYLE_RESETS:
            pen = replace(pen, styles=pen.styles - {*STYLE_RESETS[code]})
        elif 30 <= code <= 39 or 90 <= code <= 97:
            pen = replace(pen, foreground=color(code, rest))
        elif 40 <= code <= 49 or 100 <= code <= 107:
            pen = replace(pen, background=color(code, rest))
    return pen


def color(code: int, rest: Iterator[int]) -> int | None:
    """What a code means, of letters (30 to 39, bright ones 90 to 97) or of their ground (ten more)."""
    match code % 10:
        case 8:
            return extended_color(rest)
        case 9:
            return None
        case number:
            return ansi_color(number + (GREY if code >= 90 else 0))


def extended_color(rest: Iterator[int]) -> int | None:
    """The colour that the next codes name: one of 256, or its red, green and blue."""
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
    """One of a terminal's sixteen colours as one of the page's; bright ones are no others."""
    if number == GREY:
        return GREY
    return None if number % 8 in COLORLESS else number % 8


def nearest_color(red: int, green: int, blue: int) -> int | None:
    """The page's colour that is most like this one."""
    low, high = min(red, green, blue), max(red, green, blue)
    if high - low < 40:  # no hue to speak of
        return GREY if 70 <= high <= 180 else None
    middle = (low + high) / 2
    return ansi_color((red > middle) | (green > middle) << 1 | (blue > middle) << 2)
