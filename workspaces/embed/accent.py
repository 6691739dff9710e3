"""The accent color of a frame, as a style sheet: the color that the host page chose, readable on both themes. Pure.

The contrast is that of WCAG 2.2 (relative luminance): links and buttons in the accent color need 4.5:1.
"""

import re
from collections.abc import Sequence

type Color = tuple[float, ...]  # red, green, blue, from 0 to 1

HEX_COLOR = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE | re.ASCII)
MIN_CONTRAST = 4.5
SURFACES: dict[str, Sequence[str]] = {  # what the accent stands on: --paper, --surface and --raised of portal.css
    "light": ("f7f5f1", "fffefc"),
    "dark": ("18161a", "211e24", "2a262e"),
}
BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
STEPS = 64  # from the color to black or white


def parse_accent(text: str) -> str:
    """Return a color as six lower-case hex digits; "" for any other text."""
    match = HEX_COLOR.fullmatch(text)
    if match is None:
        return ""
    digits = match[1].lower()
    return "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits


def to_color(digits: str) -> Color:
    """Return the color of six hex digits."""
    return tuple(int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4))


def to_hex(color: Color) -> str:
    """Return a color as CSS has it."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in color)


def luminance(color: Color) -> float:
    """Return the relative luminance of a color, from 0 to 1."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colors, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(color: Color, theme: str) -> Color:
    """Return the color, mixed with as little black or white as makes it readable on the surfaces of a theme."""
    surfaces = [to_color(digits) for digits in SURFACES[theme]]
    end = BLACK if theme == "light" else WHITE
    for step in range(STEPS):
        part = step / STEPS
        mixed = to_color(to_hex(tuple(a + (b - a) * part for a, b in zip(color, end, strict=True)))[1:])
        if min(contrast(mixed, surface) for surface in surfaces) >= MIN_CONTRAST:
            return mixed
    return end


def text_on(color: Color) -> Color:
    """Return black or white, whichever is more readable on a color."""
    return max(BLACK, WHITE, key=lambda text: contrast(text, color))


def accent_css(digits: str) -> str:
    """Return the style sheet that replaces the portal's accent color by the color of six hex digits."""
    light, dark = (readable(to_color(digits), theme) for theme in ("light", "dark"))
    accent = f"--accent:light-dark({to_hex(light)},{to_hex(dark)})"
    return f":root{{{accent};--on-accent:light-dark({to_hex(text_on(light))},{to_hex(text_on(dark))})}}\n"
