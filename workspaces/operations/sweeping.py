"""The task path of the previous release: rows that it left in the queue name the cleanup by it."""

from workspaces.operations.cleanup import run_cleanup as sweep

__all__ = ["sweep"]
