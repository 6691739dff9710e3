"""Failed builds: what failed, why by Coder's code, and where in the log."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.build_types import BuildLog
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import ProvisionerJob

CONTEXT_LINES = 2  # before and after the failing line
MAX_LENGTH = 300  # characters of a line
NO_QUOTA = "INSUFFICIENT_QUOTA"  # Coder's code
ERROR_PREFIX = "Error:"  # Terraform's, in lines to which Coder gives no level
TITLES = {
    "start": gettext_noop("The start failed"),
    "stop": gettext_noop("The stop failed"),
    "delete": gettext_noop("The deletion failed"),
}
# By Coder's code: what it means and what to do. An unknown code is shown as it is.
CODES = {
    NO_QUOTA: gettext_noop(
        "The owner’s workspaces would exceed their quota of credits per day. Stop or delete a workspace, or "
        "ask a Coder administrator for a higher quota."
    ),
    "REQUIRED_TEMPLATE_VARIABLES": gettext_noop(
        "The template lacks a value that only a template admin can set. Contact a template admin."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcerptLine:
    """One line of the log. `id` is Coder's; the log's page has it as an anchor."""

    id: int
    text: str
    failing: bool


def failure_title(transition: str) -> str:
    """Return the heading for a failed build with this transition."""
    return _(TITLES[transition]) if transition in TITLES else _("The latest build failed")


def error_code(job: ProvisionerJob) -> str:
    """Return Coder's code for a job's error, or "". Coder 2.19 sends no code: the quota's is read from the message."""
    return job.error_code or (NO_QUOTA if job.error.strip().lower() == "insufficient quota" else "")


def error_code_text(job: ProvisionerJob) -> str:
    """Return what the error code of a job means; "" for a job without a code."""
    code = error_code(job)
    return _(CODES[code]) if code in CODES else (code and _("Error code: %(code)s.") % {"code": code})


def failing_line_index(logs: Sequence[BuildLog] | None) -> int | None:
    """Return the index of the line that names the error; None if no line does.

    It is the first line of the last run of error lines: Terraform writes one error as many lines, and the first one
    names it.
    """
    lines = logs or ()
    for is_error in (has_error_level, has_error_prefix):
        indexes = [index for index, line in enumerate(lines) if is_error(line)]
        if indexes:
            return next(index for index in reversed(indexes) if index - 1 not in indexes)
    return None


def has_error_level(line: BuildLog) -> bool:
    """Return whether Coder logs the line as an error."""
    return line.log_level == "error"


def has_error_prefix(line: BuildLog) -> bool:
    """Return whether the line holds Terraform's error prefix."""
    return ERROR_PREFIX in sanitize_text(line.output)


def make_excerpt(logs: Sequence[BuildLog] | None) -> tuple[ExcerptLine, ...]:
    """Return the failing line with the lines around it; empty if no line names the error."""
    lines, failing = logs or (), failing_line_index(logs)
    if failing is None:
        return ()
    first = max(0, failing - CONTEXT_LINES)
    return tuple(
        ExcerptLine(id=line.id, text=truncate(sanitize_text(line.output)), failing=index == failing)
        for index, line in enumerate(lines[first : failing + CONTEXT_LINES + 1], first)
        if line.output or index == failing
    )


def truncate(text: str) -> str:
    """Return a line cut to the length that a page shows."""
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"
