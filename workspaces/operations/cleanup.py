"""The periodic task that ends old sessions, requeues lost steps, revokes leftover tokens and deletes old rows."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.tasks import TaskResultStatus, task
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from workspaces.auth import throttle
from workspaces.models import AuditEntry, FrameCode, Item, Operation, PortalSession, Selection, TokenRevocation
from workspaces.operations import credentials, item_texts, selections, session_end, tasks, token_revocation

CLEANUP_INTERVAL = timedelta(minutes=5)
LOST_AFTER = 2 * tasks.LEASE  # a step that is overdue for this long is queued again
OPERATION_TIME_LIMIT = 2 * credentials.TOKEN_LIFETIME  # its token expired one TOKEN_LIFETIME ago
TASK_RETENTION = timedelta(days=1)
VALUES_RETENTION = timedelta(hours=1)  # of parameter values that Coder refused, as of drafts


@task
def run_cleanup() -> None:
    """Clean up, and schedule the next cleanup while it is needed."""
    reschedule_while_needed()
    clean_up()


def schedule_cleanup() -> None:
    """Queue a cleanup to run in CLEANUP_INTERVAL, unless one is queued."""
    queued = DBTaskResult.objects.filter(task_path=run_cleanup.module_path, status=TaskResultStatus.READY)
    if not queued.exists():
        run_cleanup.using(run_after=timezone.now() + CLEANUP_INTERVAL).enqueue()


def reschedule_while_needed() -> None:
    """Schedule a cleanup while there are sessions, tokens to revoke, refused values, or operations in progress."""
    pending = [
        Operation.objects.filter(ended_at=None),
        Operation.objects.exclude(token=""),
        items_with_refused_values(),
        PortalSession.objects.all(),
        Selection.objects.all(),
        TokenRevocation.objects.all(),
    ]
    if any(rows.exists() for rows in pending):
        schedule_cleanup()


def items_with_refused_values() -> "QuerySet[Item]":
    """Return the items that have ended and keep the parameter values that Coder refused."""
    return Item.objects.filter(ended_at__isnull=False).exclude(values="")


def clean_up() -> None:
    """End expired sessions and operations, requeue lost steps, revoke leftover tokens, and delete old rows."""
    now = timezone.now()
    session_end.end_expired_sessions()
    session_end.enqueue_orphaned_revocations()
    throttle.delete_expired(now)
    FrameCode.objects.filter(expires_at__lte=now).delete()
    for revocation in TokenRevocation.objects.filter(due_at__lt=now - LOST_AFTER):
        token_revocation.enqueue(revocation, now)
    unfinished = Item.objects.filter(ended_at=None).select_related("operation")
    for item in unfinished.filter(operation__created_at__lt=now - OPERATION_TIME_LIMIT):
        tasks.end_item(item, Item.Outcome.FAILED, _("The operation timed out. ") + item_texts.unfinished_message(item))
    begun = unfinished.filter(in_line=False)
    for item in begun.filter(next_at__lt=now - LOST_AFTER).exclude(leased_until__gt=now - tasks.LEASE):
        tasks.enqueue_step(item, 0)
    for operation in Operation.objects.filter(ended_at__lt=now - LOST_AFTER).exclude(token=""):
        tasks.revoke_token.enqueue(str(operation.pk))
    selections.delete_expired(now)
    items_with_refused_values().filter(ended_at__lt=now - VALUES_RETENTION).update(values="")
    Operation.objects.filter(ended_at__lt=now - timedelta(days=settings.OPERATIONS_DAYS)).delete()
    AuditEntry.objects.filter(at__lt=now - timedelta(days=settings.AUDIT_DAYS)).delete()
    finished = [TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED]
    DBTaskResult.objects.filter(status__in=finished, finished_at__lt=now - TASK_RETENTION).delete()
    DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=now - TASK_RETENTION).delete()
