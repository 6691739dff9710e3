"""The task paths of the previous release: rows that it left in the queue name the tasks by them."""

from workspaces.operations.tasks import revoke_token as tidy
from workspaces.operations.tasks import run_step as step

__all__ = ["step", "tidy"]
