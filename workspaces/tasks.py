"""Where an earlier version kept its tasks: rows in the queue name them by this path."""

from workspaces.operations.tasks import step, tidy

__all__ = ["step", "tidy"]
