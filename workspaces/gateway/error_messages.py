"""What people read when something does not go: what happened, what is unchanged, what to do."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.coder.errors import (
    AnswerLost,
    CallError,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    RateLimited,
    ServerFault,
    Unreachable,
)
from workspaces.gateway import outage


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One error as a person reads it. `status` is what the portal itself answers."""

    status: int
    title: str
    happened: str
    unchanged: str
    todo: str
    detail: str = ""
    retry_after: int | None = None  # s

    @property
    def sentence(self) -> str:
        """All of it in one message, for a fragment or a redirect."""
        parts = (self.happened, self.detail, self.unchanged, self.todo)
        return " ".join(each if each.endswith((".", "!", "?", "…")) else f"{each}." for each in parts if each)


def trouble(error: CallError, *, write: bool) -> Trouble:
    """The words for an error of Coder's. `write`: the request was to change something."""
    unchanged = _("Nothing was changed.") if write else ""
    words = coder_words(error)
    match error:
        case NotFound() | Forbidden() if not write:
            return Trouble(
                status=404,
                title=_("Not there"),
                happened=_("This does not exist, or it is not yours to see."),
                unchanged="",
                todo=_("Look for it in your list, or ask whoever gave you this address."),
            )
        case Forbidden() | NotFound():
            return Trouble(
                status=error.status or 403,
                title=_("Not allowed"),
                happened=_("Coder does not let you do this."),
                unchanged=unchanged,
                todo="",
                detail=words,
            )
        case Gone():
            return Trouble(
                status=410,
                title=_("Deleted"),
                happened=_("This workspace has been deleted."),
                unchanged=unchanged,
                todo=_("Your other workspaces are in the list."),
            )
        case RateLimited():
            seconds = round(error.retry_after or 60)
            return Trouble(
                status=429,
                title=_("Coder asks to slow down"),
                happened=_("Coder has had many requests within the last minute and asks to slow down."),
                unchanged=unchanged,
                todo=ngettext("Try again in %(n)s second.", "Try again in %(n)s seconds.", seconds) % {"n": seconds},
                retry_after=seconds,
            )
        case AnswerLost():
            return Trouble(
                status=503,
                title=_("Coder's answer did not arrive"),
                happened=_("The connection to Coder broke before it answered."),
                unchanged=_("Whether it was done is not known."),
                todo=_("Look at the state here before you try again."),
            )
        case Unreachable():
            since = timezone.localtime(outage.begins())
            return Trouble(
                status=503,
                title=_("Coder cannot be reached"),
                happened=_("Coder cannot be reached since %(time)s.") % {"time": since.strftime("%H:%M")},
                unchanged=unchanged or _("Your workspaces are not touched by this."),
                todo=_("The portal keeps trying. Try again in a moment."),
                detail=error.why,
                retry_after=5,
            )
        case ServerFault():
            return Trouble(
                status=502,
                title=_("Coder had an error"),
                happened=_("Coder says that it had an error of its own."),
                unchanged="" if not write else _("Look at the state here before you try again."),
                todo=_("Try again; if it stays so, tell whoever runs Coder."),
                detail=words,
            )
        case Conflict():
            return Trouble(
                status=409,
                title=_("Not now"),
                happened=_("Coder cannot do this now."),
                unchanged=unchanged,
                todo="",
                detail=words,
            )
    return Trouble(
        status=error.status if error.status and 400 <= error.status < 500 else 502,
        title=_("Coder refused"),
        happened=_("Coder refused this."),
        unchanged=unchanged,
        todo="",
        detail=words,
    )


def coder_words(error: CallError) -> str:
    """What Coder itself said, as one text."""
    return " ".join(filter(None, (error.message, error.detail)))
