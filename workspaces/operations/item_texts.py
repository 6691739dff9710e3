"""The texts that an item stores for the user: why it ended, and what it left behind. Without parameter values."""

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.errors import PARAMETER_PREFIX, CoderError
from workspaces.coder.text import redact_parameters
from workspaces.coder.types import Workspace
from workspaces.gateway.error_messages import error_message_for, rejected_value
from workspaces.models import Item
from workspaces.operations import item_builds
from workspaces.operations.kinds import KINDS
from workspaces.operations.write_machine import SENT, WAITING

# Coder's field by what the person knows it as.
FIELD_LABELS = {
    "ttl_ms": gettext_noop("Time until shutdown (TTL)"),
    "autostart": gettext_noop("Autostart"),
    "deadline": gettext_noop("Stop at"),
    "automatic_updates": gettext_noop("Automatic updates"),
}
NOTHING_CHANGED = gettext_noop("Nothing was changed.")
START_CONTINUES = gettext_noop("The start was already requested and continues.")
UNFINISHED = {
    "stop": NOTHING_CHANGED,
    "stopping": gettext_noop("The stop was requested. The workspace is not started again."),
    "start": gettext_noop("The workspace was stopped and is not started again."),
    "starting": START_CONTINUES,
    SENT: gettext_noop("Coder may have carried it out: its response was lost."),
}


def canceled_message(item: Item) -> str:
    """Return the user's message for a canceled item: why, if a person did not cancel its operation, and its state."""
    if item.operation.fingerprint and not item.operation.token:  # see cancellation.cancel_borrowing
        return _("The session that started this operation has ended. ") + unfinished_message(item)
    return unfinished_message(item)


def unfinished_message(item: Item) -> str:
    """Return the state in which an item leaves its workspace when it ends early."""
    if item.phase == WAITING:
        return _(KINDS[item.operation.kind].unfinished)
    return _(UNFINISHED.get(item.phase, NOTHING_CHANGED))


def error_text(item: Item, error: CoderError) -> str:
    """Return the message about an error, with Coder's words about the fields of the request."""
    message, values, rejected = error_message_for(error, write=True), parameter_values(item), field_texts(error)
    return replace(
        message,
        description=redact_parameters(" ".join(rejected) or message.description, values),
        detail="" if rejected else redact_parameters(message.detail, values),
    ).text


def field_texts(error: CoderError) -> list[str]:
    """Return what Coder says of each field of the request, with its label; not of parameters, see error_messages."""
    return [
        rejected_value(_(FIELD_LABELS[name]) if name in FIELD_LABELS else name, text)
        for name, texts in error.fields.items()
        for text in texts
        if not name.startswith(PARAMETER_PREFIX)
    ]


def redact_build_error(item: Item, workspace: Workspace) -> Workspace:
    """Return the workspace with the error of its latest build as the item may store it: without parameter values."""
    build = workspace.latest_build
    if not build.job.error:
        return workspace
    error = redact_parameters(build.job.error, parameter_values(item))
    return replace(workspace, latest_build=replace(build, job=replace(build.job, error=error)))


def parameter_values(item: Item) -> list[str]:
    """Return the item's parameter values; none where their key was removed from the settings."""
    return [each["value"] for each in item_builds.decrypt_values_or_none(item)]
