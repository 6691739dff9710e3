"""Icons of templates, apps and resources: the address at Coder, or a letter on a colored square."""

from zlib import crc32

HUES = 8  # colors of the squares, h0 to h7 in portal.css


def icon_hue(key: str) -> int:
    """Return the color of the square for a key, 0 to 7. The same key has the same color in every process."""
    return crc32(key.encode()) % HUES


def icon_url(icon: str, public_url: str) -> str:
    """Return the absolute address of an icon at Coder; "" for an icon elsewhere, which the page may not load."""
    if icon.startswith("/") and not icon.startswith(("//", "/\\")):
        return f"{public_url}{icon}"
    return icon if icon.startswith(f"{public_url}/") else ""
