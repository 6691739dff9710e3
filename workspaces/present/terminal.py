"""What programs write for a terminal, as pieces that a page can show: colours and weight stay, all else goes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from workspaces.present.text import CONTROLS, ESCAPES, redact_tokens

SGR = re.compile(r"\x1b\[(\d{0,3}(?:[;:]\d{0,3})*)m")
MOST = 200  # pieces of a line: what comes after them is shown without colours
GREY = 8  # a terminal's "bright black"
COLORLESS = frozenset({0, 7})  # black and white: on a page, the colour of text is the theme's
STYLES = {1: "strong", 2: "dim", 3: "slanted", 4: "under"}
ENDS = {22: ("strong", "dim"), 23: ("slanted",), 24: ("under",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Letters that look alike. `look`: classes of a stylesheet, "" for ordinary ones."""

    text: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class Pen:
    """How a terminal writes at the moment. A colour is 1 to 6 (red to cyan) or grey; None is the page's own."""

    ink: int | None = None
    ground: int | None = None
    styles: frozenset[str] = frozenset()


def pieces(text: str) -> tuple[Piece, ...]:
    """A text as it stands on the screen once it is written: what a carriage return has written over is gone."""
    if "\r" in text:
        text = "\n".join(map(written, text.split("\n")))
    text = redact_tokens(text)
    if "\x1b" not in text:
        return tuple(piece(text, ""))
    merged: list[Piece] = []
    for each in drawn(text):
        if merged and (merged[-1].look == each.look or len(merged) >= MOST):
            merged[-1] = replace(merged[-1], text=merged[-1].text + each.text)
        else:
            merged.append(each)
    return tuple(merged)


@lru_cache(maxsize=1024)
def look(pen: Pen) -> str:
    """As classes. On a coloured ground the letters have the page's colour, so that they can be read."""
    color = f"on{pen.ground}" if pen.ground else f"c{pen.ink}" if pen.ink else ""
    return " ".join(filter(None, (color, *sorted(pen.styles))))


def written(line: str) -> str:
    """What is left of a line whose parts overwrite each other, as those of a bar that shows progress do."""
    parts = line.split("\r")
    return next((part for part in reversed(parts) if CONTROLS.sub("", ESCAPES.sub("", part))), "")


def drawn(text: str) -> Iterator[Piece]:
    """The text between the escape sequences, each part as the ones before it have set the pen."""
    pen, end = Pen(), 0
    for found in ESCAPES.finditer(text):
        yield from piece(text[end : found.start()], look(pen))
        end = found.end()
        if colors := SGR.fullmatch(found[0]):
            pen = dipped(pen, colors[1])
    yield from piece(text[end:], look(pen))


def piece(text: str, look: str) -> Iterator[Piece]:
    """One piece, where there is anything to see."""
    if shown := text if text.isprintable() else CONTROLS.sub("", text):
        yield Piece(text=shown, look=look)


@lru_cache(maxsize=1024)
def dipped(pen: Pen, codes: str) -> Pen:
    """The pen after these codes, as they stand between "[" and "m". One that is not known changes nothing."""
    rest = iter([int(code or 0) for code in re.split(r"[;:]", codes)])
    for code in rest:
        if code == 0:
            pen = Pen()
        elif code in STYLES:
            pen = replace(pen, styles=pen.styles | {STYLES[code]})
        elif code in ENDS:
            pen = replace(pen, styles=pen.styles - {*ENDS[code]})
        elif 30 <= code <= 39 or 90 <= code <= 97:
            pen = replace(pen, ink=color(code, rest))
        elif 40 <= code <= 49 or 100 <= code <= 107:
            pen = replace(pen, ground=color(code, rest))
    return pen


def color(code: int, rest: Iterator[int]) -> int | None:
    """What a code means, of letters (30 to 39, bright ones 90 to 97) or of their ground (ten more)."""
    match code % 10:
        case 8:
            return chosen(rest)
        case 9:
            return None
        case number:
            return basic(number + (GREY if code >= 90 else 0))


def chosen(rest: Iterator[int]) -> int | None:
    """The colour that the next codes name: one of 256, or its red, green and blue."""
    kind = next(rest, 0)
    if kind == 5:
        number = next(rest, 0)
        if number < 16:
            return basic(number)
        if number < 232:
            cube = number - 16
            return nearest(cube // 36 * 51, cube // 6 % 6 * 51, cube % 6 * 51)
        return nearest(*[(number - 232) * 10 + 8] * 3)
    if kind == 2:
        return nearest(next(rest, 0), next(rest, 0), next(rest, 0))
    return None


def basic(number: int) -> int | None:
    """One of a terminal's sixteen colours as one of the page's; bright ones are no others."""
    if number == GREY:
        return GREY
    return None if number % 8 in COLORLESS else number % 8


def nearest(red: int, green: int, blue: int) -> int | None:
    """The page's colour that is most like this one."""
    low, high = min(red, green, blue), max(red, green, blue)
    if high - low < 40:  # no hue to speak of
        return GREY if 70 <= high <= 180 else None
    middle = (low + high) / 2
    return basic((red > middle) | (green > middle) << 1 | (blue > middle) << 2)
