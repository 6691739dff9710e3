"""The banners of Coder's own pages, which the portal's pages show, too.

A licensed Coder has them for all users alike, and tells them to any of these. So a process reads them once for
everybody, in the background, with the token of whoever opens a page when they are old.
"""

from collections.abc import Callable
from functools import partial

from workspaces.coder import calls
from workspaces.coder.appearance_types import Appearance
from workspaces.coder.errors import CoderError, NotFound, SessionEnded
from workspaces.gateway import connection
from workspaces.gateway.background import BackgroundValue

MAX_AGE_S = 60
MAX_BANNERS = 5
MAX_LENGTH = 3000  # of one, in characters

BANNERS: BackgroundValue[tuple[str, ...]] = BackgroundValue(
    "banners",
    None,
    max_age_s=MAX_AGE_S,
    retry_s=connection.OPTIONAL_CALL_BUDGET_S,
    expected_errors=(CoderError, SessionEnded),
)


def current_banners(read_token: Callable[[], str | None], forwarded_for: str) -> tuple[str, ...]:
    """Return the banners as Markdown, as they were last read. Does not wait.

    If they are old, `read_token` is called for the token to read them with; None keeps them as they are.
    """
    token = read_token() if BANNERS.is_old else None
    if token is None:
        return BANNERS.value or ()
    return BANNERS.get(partial(fetch_banners, token, forwarded_for)) or ()


def fetch_banners(token: str, forwarded_for: str) -> tuple[str, ...]:
    """Read the banners; none where Coder has no such page. Raises CoderError and SessionEnded.

    A token that may not read them is an error: they stay as they are for everybody else.
    """
    coder = connection.client_for_token(token, forwarded_for, budget_s=connection.OPTIONAL_CALL_BUDGET_S)
    try:
        return read_banners(coder.send(calls.appearance()))
    except NotFound:
        return ()


def read_banners(appearance: Appearance) -> tuple[str, ...]:
    """Return the messages of the banners that are shown, each once."""
    banners = appearance.announcement_banners or ((appearance.service_banner,) if appearance.service_banner else ())
    messages = (banner.message.strip()[:MAX_LENGTH] for banner in banners if banner.enabled)
    return tuple(dict.fromkeys(filter(None, messages)))[:MAX_BANNERS]
