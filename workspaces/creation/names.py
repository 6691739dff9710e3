"""A name to suggest for a new workspace. Pure."""

import re
from collections.abc import Collection
from itertools import count

MAX_LENGTH = 32
RESERVED = frozenset({"new", "create"})  # Coder keeps them for addresses of its own


def slugify_name(text: str) -> str:
    """A text as a name that Coder takes: letters and digits, single hyphens between them."""
    words = re.sub(r"[^a-zA-Z0-9]+", "-", text)[:MAX_LENGTH].strip("-")
    return words if words and words.lower() not in RESERVED else "workspace"


def suggest_name(text: str, taken: Collection[str]) -> str:
    """The first of NAME, NAME-2, NAME-3... that is not taken; Coder takes no notice of upper and lower case."""
    name, used = slugify_name(text), {each.lower() for each in taken}
    for number in count(2):
        if name.lower() not in used:
            break
        ending = f"-{number}"
        name = slugify_name(text)[: MAX_LENGTH - len(ending)].rstrip("-") + ending
    return name
