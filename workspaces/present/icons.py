"""Icons of templates, apps and resources: the address at Coder, or a letter on a colored square."""

from collections.abc import Mapping
from zlib import crc32

HUES = 8  # colors of the squares, h0 to h7 in portal.css

# Coder's own icons that one of the themes would hide, by the query that says how to show them. Coder's dashboard reads
# the same query in the address of a template's icon; portal.css does the rest.
QUERIES: Mapping[str, frozenset[str]] = {
    # of one color: any neutral one will do
    "monochrome": frozenset(
        {
            "anthropic.svg", "apple-black.svg", "auggie.svg", "auto-dev-server.svg", "aws-monochrome.svg", "coder.svg",
            "container.svg", "database.svg", "devcontainers.svg", "docker-white.svg", "folder.svg",
            "gemini-monochrome.svg", "github.svg", "image.svg", "memory.svg", "mux.svg", "okta.svg", "openai-codex.svg",
            "openai.svg", "openwebui.svg", "perplexica.svg", "rust.svg", "tasks.svg", "terminal.svg", "widgets.svg",
            "windsurf.svg", "zed.svg",
        }
    ),
    # white and colors, on a light page to be inverted
    "whiteWithColor": frozenset(
        {"aws.png", "aws.svg", "github-copilot.svg", "kasmvnc.svg", "kiro.svg", "roo-code.svg"}
    ),
    # black and colors, on a dark page to be inverted
    "blackWithColor": frozenset({"copyparty.svg", "jupyter.svg", "kilo-code.svg", "nexus-repository.svg"}),
}  # fmt: skip
PATH = "/icon/"
QUERY_BY_PATH = {f"{PATH}{name}": query for query, names in QUERIES.items() for name in names}


def icon_hue(key: str) -> int:
    """Return the color of the square for a key, 0 to 7. The same key has the same color in every process."""
    return crc32(key.encode()) % HUES


def icon_url(icon: str, public_url: str) -> str:
    """Return the absolute address of an icon at Coder; "" for an icon elsewhere, which the page may not load.

    The address of an icon that one of the themes would hide says in its query how the page shows it.
    """
    at_coder = icon.startswith("/") and not icon.startswith(("//", "/\\"))
    if not at_coder and not icon.startswith(f"{public_url}/"):
        return ""
    path = icon if at_coder else icon.removeprefix(public_url)
    query = QUERY_BY_PATH.get(path)
    return f"{public_url}{path}?{query}" if query else f"{public_url}{path}"
