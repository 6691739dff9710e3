"""Names of many things in one sentence."""

from collections.abc import Sequence

from django.utils.translation import ngettext

MAX_NAMES = 5


def join_names(names: Sequence[str]) -> str:
    """Return the names as a text: the first ones, and how many more there are."""
    more = len(names) - MAX_NAMES
    text = ", ".join(names[:MAX_NAMES])
    if more <= 0:
        return text
    return ngettext("%(names)s and %(n)d more", "%(names)s and %(n)d more", more) % {"names": text, "n": more}
