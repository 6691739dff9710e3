"""Messages for errors of Coder: what happened, what is unchanged, what to do next."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.coder.errors import (
    CallError,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    RateLimited,
    ResponseLost,
    ResponseTooLarge,
    ServerError,
    Unreachable,
)
from workspaces.coder.text import sanitize_text
from workspaces.gateway import outage


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage:
    """The parts of one error message."""

    status: int  # of the portal's own HTTP response
    title: str
    description: str
    consequence: str  # what the error changed or left unchanged
    next_step: str
    detail: str = ""  # Coder's own words, or the cause of a lost connection
    retry_after: int | None = None  # s

    @property
    def text(self) -> str:
        """Return all parts as one text, for a fragment or a message after a redirect."""
        parts = (self.description, self.detail, self.consequence, self.next_step)
        return " ".join(part if part.endswith((".", "!", "?", "…")) else f"{part}." for part in parts if part)


def error_message_for(error: CallError, *, write: bool) -> ErrorMessage:
    """Return the message for an error of Coder. `write`: the request was to change something."""
    unchanged = _("Nothing was changed.") if write else ""
    detail = coder_message(error)
    match error:
        case NotFound() | Forbidden() if not write:
            return ErrorMessage(
                status=404,
                title=_("Not there"),
                description=_("This does not exist, or it is not yours to see."),
                consequence="",
                next_step=_("Look for it in your list, or ask whoever gave you this address."),
            )
        case Forbidden() | NotFound():
            return ErrorMessage(
                status=error.status or 403,
                title=_("Not allowed"),
                description=_("Coder does not let you do this."),
                consequence=unchanged,
                next_step="",
                detail=detail,
            )
        case Gone():
            return ErrorMessage(
                status=410,
                title=_("Deleted"),
                description=_("This workspace has been deleted."),
                consequence=unchanged,
                next_step=_("Your other workspaces are in the list."),
            )
        case RateLimited():
            seconds = round(error.retry_after or 60)
            return ErrorMessage(
                status=429,
                title=_("Coder asks to slow down"),
                description=_("Coder has had many requests within the last minute and asks to slow down."),
                consequence=unchanged,
                next_step=ngettext("Try again in %(n)s second.", "Try again in %(n)s seconds.", seconds)
                % {"n": seconds},
                retry_after=seconds,
            )
        case ResponseLost():
            return ErrorMessage(
                status=503,
                title=_("Coder's answer did not arrive"),
                description=_("The connection to Coder broke before it answered."),
                consequence=_("Whether it was done is not known."),
                next_step=_("Look at the state here before you try again."),
            )
        case Unreachable():
            since = timezone.localtime(outage.mark_unreachable())
            return ErrorMessage(
                status=503,
                title=_("Coder cannot be reached"),
                description=_("Coder cannot be reached since %(time)s.") % {"time": since.strftime("%H:%M")},
                consequence=unchanged or _("Your workspaces are not touched by this."),
                next_step=_("The portal keeps trying. Try again in a moment."),
                detail=error.reason,
                retry_after=5,
            )
        case ResponseTooLarge():
            return ErrorMessage(
                status=502,
                title=_("Coder's answer was too large"),
                description=_("Coder's answer was larger than the portal reads, so nothing of it is shown."),
                consequence=unchanged,
                next_step=_("Open this page in Coder. If it happens each time, tell whoever runs the portal."),
            )
        case ServerError():
            return ErrorMessage(
                status=502,
                title=_("Coder had an error"),
                description=_("Coder says that it had an error of its own."),
                consequence="" if not write else _("Look at the state here before you try again."),
                next_step=_("Try again; if it stays so, tell whoever runs Coder."),
                detail=detail,
            )
        case Conflict():
            return ErrorMessage(
                status=409,
                title=_("Not now"),
                description=_("Coder cannot do this now."),
                consequence=unchanged,
                next_step="",
                detail=detail,
            )
    return ErrorMessage(
        status=error.status if error.status and 400 <= error.status < 500 else 502,
        title=_("Coder refused"),
        description=_("Coder refused this."),
        consequence=unchanged,
        next_step="",
        detail=detail,
    )


def coder_message(error: CallError) -> str:
    """Return Coder's own message and detail as one text. They may quote values that a template or a user chose."""
    return sanitize_text(" ".join(filter(None, (error.message, error.detail))))
