"""Messages for errors of Coder: what happened, what is unchanged, what to do next."""

from dataclasses import dataclass, replace
from http import HTTPStatus

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.coder.errors import (
    PARAMETER_PREFIX,
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
    UnreadableResponse,
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
    def cause(self) -> str:
        """Return the detail for a running text: Coder's message as a quotation, another cause as it is; "" if none."""
        is_quotation = self.detail and self.status != 503  # 503: no response of Coder's, so the portal's own words
        return _("Coder’s message: %(text)s") % {"text": self.detail} if is_quotation else self.detail

    @property
    def text(self) -> str:
        """Return all parts as one text, for a fragment or a message after a redirect."""
        parts = (self.description, self.cause, self.consequence, self.next_step)
        return " ".join(part if part.endswith((".", "!", "?", "…")) else f"{part}." for part in parts if part)


def error_message_for(error: CallError, *, write: bool) -> ErrorMessage:
    """Return the message for an error of Coder. `write`: the request was to change something."""
    unchanged = _("Nothing was changed.") if write else ""
    detail = coder_message(error)
    match error:
        case NotFound() | Forbidden() if not write:
            return ErrorMessage(
                status=404,
                title=_("Page not found"),
                description=_("This page does not exist, or you do not have access to it."),
                consequence="",
                next_step=_("Check the address, or look for the workspace in your list."),
            )
        case Forbidden() | NotFound():
            return ErrorMessage(
                status=404 if is_hidden_owner(error) else error.status or 403,
                title=_("Not allowed"),
                description=_("You do not have permission to do this in Coder."),
                consequence=unchanged,
                next_step="",
                detail="" if is_hidden_owner(error) else detail,
            )
        case Gone():
            return ErrorMessage(
                status=410,
                title=_("Deleted"),
                description=_("This workspace was deleted."),
                consequence=unchanged,
                next_step=_("Your other workspaces are in the list."),
            )
        case RateLimited():
            seconds = round(error.retry_after or 60)
            return ErrorMessage(
                status=429,
                title=_("Too many requests"),
                description=_("Coder received too many requests within the last minute."),
                consequence=unchanged,
                next_step=ngettext("Try again in %(n)s second.", "Try again in %(n)s seconds.", seconds)
                % {"n": seconds},
                retry_after=seconds,
            )
        case ResponseLost():
            return lost_message(error)
        case Unreachable():
            return unreachable_message(error, unchanged)
        case ResponseTooLarge():
            return ErrorMessage(
                status=502,
                title=_("Coder’s response was too large"),
                description=_("Coder’s response exceeds the portal’s limit, so none of it is shown."),
                consequence=unchanged,
                next_step=_("Open this page in Coder. If this persists, contact your portal administrator."),
            )
        case ServerError():
            return ErrorMessage(
                status=502,
                title=_("Coder reported an error"),
                description=_("Coder reported an internal error."),
                consequence="" if not write else _("Check the current state before you try again."),
                next_step=_("If the error persists, contact your Coder administrator.")
                if write
                else _("Try again. If the error persists, contact your Coder administrator."),
                detail=detail,
            )
        case Conflict():
            return conflict_message(error, unchanged)
    reasons = parameter_reasons(error)
    return ErrorMessage(
        status=error.status if error.status and 400 <= error.status < 500 else 502,
        title=_("Request rejected"),
        description=reasons or _("Coder rejected this request."),
        consequence=unchanged,
        next_step="",
        detail="" if reasons else detail,
    )


def is_hidden_owner(error: CallError) -> bool:
    """Return whether Coder 2.19 hides an owner whom the person may not see: its message is about its own parser."""
    return isinstance(error, NotFound) and error.status == HTTPStatus.BAD_REQUEST


def conflict_message(error: Conflict, unchanged: str) -> ErrorMessage:
    """Return the message for a state that does not allow the request. `unchanged`: for a write, else ""."""
    is_active = error.has_active_build
    return ErrorMessage(
        status=409,
        title=_("Not possible now"),
        description=_("Another build of this workspace is in progress.")
        if is_active
        else _("Coder cannot do this now."),
        consequence=unchanged,
        next_step=_("Try again when it has ended.") if is_active else "",
        detail="" if is_active else coder_message(error),
    )


def lost_message(error: ResponseLost) -> ErrorMessage:
    """Return the message for a write whose response did not arrive, or is not Coder's."""
    outcome = _("The outcome is unknown.")
    if error.is_unreadable:
        return replace(unreachable_message(UnreadableResponse(error.reason), ""), consequence=outcome, retry_after=None)
    return ErrorMessage(
        status=503,
        title=_("Coder’s response was lost"),
        description=_("The connection to Coder was lost before it responded."),
        consequence=outcome,
        next_step=_("Check the current state before you try again."),
    )


def unreachable_message(error: Unreachable, unchanged: str) -> ErrorMessage:
    """Return the message for a missing response, or for one that is not Coder's. `unchanged`: for a write, else ""."""
    if isinstance(error, UnreadableResponse):
        return ErrorMessage(
            status=503,
            title=_("Coder’s response cannot be read"),
            description=_("The portal received a response that is not in Coder’s format."),
            consequence=unchanged or _("Your workspaces are not affected."),
            next_step=_(
                "Try again in a moment. If this persists, contact your portal administrator: a proxy or a "
                "sign-in page may be between the portal and Coder."
            ),
            detail=error.reason,
            retry_after=5,
        )
    since = timezone.localtime(outage.mark_unreachable())
    return ErrorMessage(
        status=503,
        title=_("Coder is unreachable"),
        description=_("Coder has been unreachable since %(time)s.") % {"time": since.strftime("%H:%M")},
        consequence=unchanged or _("Your workspaces are not affected."),
        next_step=_("The portal keeps trying to connect. Try again in a moment."),
        detail=error.reason,
        retry_after=5,
    )


def parameter_reasons(error: CallError) -> str:
    """Return a sentence with Coder's reason for each parameter whose value it rejects; "" for another error."""
    return " ".join(
        rejected_value(name.removeprefix(PARAMETER_PREFIX), reason)
        for name, reasons in error.fields.items()
        for reason in reasons
        if name.startswith(PARAMETER_PREFIX)
    )


def rejected_value(name: str, reason: str) -> str:
    """Return a sentence with Coder's reason against the value of the field or parameter with this name."""
    text = _("Coder rejected the value of “%(name)s”: %(reason)s.")
    return text % {"name": sanitize_text(name), "reason": sanitize_text(reason).rstrip(".")}


def coder_message(error: CallError) -> str:
    """Return Coder's own message and detail as one text. They may quote values that a template or a user chose."""
    return sanitize_text(" ".join(filter(None, (error.message, error.detail))))
