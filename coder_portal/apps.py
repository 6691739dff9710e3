"""The project as a Django app: it registers the system checks and closes database pools at exit."""

import atexit

from django.apps import AppConfig
from django.core.checks import register
from django.db import connections


class CoderPortalConfig(AppConfig):
    """The app's configuration."""

    name = "coder_portal"

    def ready(self) -> None:
        """Register the system checks and the function that runs at exit."""
        from coder_portal.checks import check_settings  # needs Django's app registry

        register(check_settings, "settings")
        atexit.register(close_pools)


def close_pools() -> None:
    """Close the database pools. At exit the interpreter would wait 5 s for the threads of each open pool."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
