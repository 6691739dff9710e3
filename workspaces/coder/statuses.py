"""The statuses of a workspace, in Coder's words (the chapter "Get workspace metadata by ID": `latest_build.status`)."""

SETTLED = frozenset({"running", "stopped", "canceled", "failed"})  # Coder accepts a new build
IN_TRANSITION = frozenset({"pending", "starting", "stopping", "canceling", "deleting"})  # a build waits or runs
STATUSES = SETTLED | IN_TRANSITION | {"deleted"}
