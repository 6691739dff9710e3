"""The project as a Django app: it sets the umask, registers the system checks, and closes database pools at exit."""

import atexit
import os

from django.apps import AppConfig
from django.core.checks import register
from django.db import connections

from coder_portal.private_files import UMASK


class CoderPortalConfig(AppConfig):
    """The app's configuration."""

    name = "coder_portal"

    def ready(self) -> None:
        """Make new files private, and register the system checks and the function that runs at exit."""
        from coder_portal.checks import check_settings  # needs Django's app registry

        os.umask(UMASK)
        register(check_settings, "settings")
        atexit.register(close_pools)


def close_pools() -> None:
    """Close the database pools. At exit the interpreter would wait 5 s for the threads of each open pool."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
