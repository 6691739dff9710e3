"""Where an earlier version kept its cleanup task: rows in the queue name it by this path."""

from workspaces.operations.cleanup import sweep

__all__ = ["sweep"]
