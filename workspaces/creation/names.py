"""The suggested name of a new workspace."""

import re
from collections.abc import Collection
from itertools import count

MAX_LENGTH = 32
RESERVED = frozenset({"new", "create"})  # paths of Coder's own dashboard


def slugify_name(text: str) -> str:
    """Return the text as a valid workspace name: letters and digits with single hyphens between them."""
    slug = re.sub(r"[^a-zA-Z0-9]+", "-", text)[:MAX_LENGTH].strip("-")
    return slug if slug and slug.lower() not in RESERVED else "workspace"


def suggest_name(text: str, taken: Collection[str]) -> str:
    """Return the first of NAME, NAME-2, NAME-3... that is not taken. Coder ignores the case of letters."""
    name, used = slugify_name(text), {other.lower() for other in taken}
    for number in count(2):
        if name.lower() not in used:
            break
        suffix = f"-{number}"
        name = slugify_name(text)[: MAX_LENGTH - len(suffix)].rstrip("-") + suffix
    return name
