"""Why a build went wrong, and where in its log."""

from collections.abc import Sequence
from dataclasses import dataclass

from workspaces.coder.build_types import BuildLog
from workspaces.coder.types import ProvisionerJob
from workspaces.present.text import plain, quoted

AROUND = 2  # lines before and after
LONGEST = 300  # letters of a line
NO_QUOTA = "INSUFFICIENT_QUOTA"  # Coder's code for it
SIGN = "Error:"  # how Terraform begins it, in a line that Coder gives no level


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcerptLine:
    """One line of the log. `id` is Coder's, by which the log's page can be entered at it."""

    id: int
    text: str
    failing: bool


def code_of(job: ProvisionerJob) -> str:
    """Coder's code for why a job failed, or ""; 2.19 sends none, but these words where it would be of the quota."""
    return job.error_code or (NO_QUOTA if job.error.strip().lower() == "insufficient quota" else "")


def failing_line(logs: Sequence[BuildLog] | None) -> int | None:
    """The index of the line that says what went wrong; None where no line does.

    It is the first of the last error's lines: an error of Terraform's has many, and the first names it.
    """
    lines = logs or ()
    for is_error in (marked, signed):
        found = [index for index, line in enumerate(lines) if is_error(line)]
        if found:
            return next(index for index in reversed(found) if index - 1 not in found)
    return None


def marked(line: BuildLog) -> bool:
    """Whether Coder calls it an error."""
    return line.log_level == "error"


def signed(line: BuildLog) -> bool:
    """Whether it reads like one."""
    return SIGN in plain(line.output)


def excerpt(logs: Sequence[BuildLog] | None) -> tuple[ExcerptLine, ...]:
    """The failing line with those around it; nothing where no line says what went wrong."""
    lines, at = logs or (), failing_line(logs)
    if at is None:
        return ()
    first = max(0, at - AROUND)
    return tuple(
        ExcerptLine(id=line.id, text=cut(quoted(line.output)), failing=index == at)
        for index, line in enumerate(lines[first : at + AROUND + 1], first)
        if line.output or index == at
    )


def cut(text: str) -> str:
    """A line that is not too long to be shown."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
