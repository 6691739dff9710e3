"""The services of one process that the topics of its streams share."""

from dataclasses import dataclass

from workspaces.coder.hub import Hub
from workspaces.live.database_poller import DatabasePoller
from workspaces.live.subscribers import ViewCache


@dataclass(frozen=True, slots=True)
class StreamContext:
    """The sources of Coder's data, the views of subscribers and the state of the portal's own database."""

    hub: Hub
    views: ViewCache
    database_poller: DatabasePoller
