"""What looks after operations when nothing else does: steps that were lost, tokens left over, rows that are old."""

from datetime import timedelta

from django.conf import settings
from django.tasks import TaskResultStatus, task
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from workspaces.models import AuditEntry, Item, Operation
from workspaces.operations import credentials, tasks

EVERY = timedelta(minutes=5)
LOST = 2 * tasks.LEASE  # after which a step that should have come is put into the queue once more
TOO_OLD = 2 * credentials.LIFETIME  # nothing can be done any more in the name of somebody whose token ended a day ago
DONE_TASKS = timedelta(days=1)  # for which the queue keeps what has been done


@task
def sweep() -> None:
    """Sweep, and again in a while as long as there is something to look after."""
    again()
    once()


def begin() -> None:
    """See to it that a worker sweeps in a while, where none is about to."""
    ready = DBTaskResult.objects.filter(task_path=sweep.module_path, status=TaskResultStatus.READY)
    if not ready.exists():
        sweep.using(run_after=timezone.now() + EVERY).enqueue()


def again() -> None:
    """Go on sweeping while an operation is under way or holds a token."""
    if Operation.objects.filter(ended_at=None).exists() or Operation.objects.exclude(token="").exists():  # none
        begin()


def once() -> None:
    """All of it, now."""
    now = timezone.now()
    unfinished = Item.objects.filter(ended_at=None).select_related("operation")
    for item in unfinished.filter(operation__created_at__lt=now - TOO_OLD):
        tasks.end(item, Item.Outcome.FAILED, _("It took too long. ") + tasks.left(item))
    for item in unfinished.filter(next_at__lt=now - LOST).exclude(leased_until__gt=now - tasks.LEASE):
        tasks.enqueue(item, 0)
    for operation in Operation.objects.filter(ended_at__lt=now - LOST).exclude(token=""):  # none
        tasks.tidy.enqueue(str(operation.pk))
    Operation.objects.filter(ended_at__lt=now - timedelta(days=settings.OPERATIONS_DAYS)).delete()
    AuditEntry.objects.filter(at__lt=now - timedelta(days=settings.AUDIT_DAYS)).delete()
    done = [TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED]
    DBTaskResult.objects.filter(status__in=done, finished_at__lt=now - DONE_TASKS).delete()
    DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=now - DONE_TASKS).delete()
