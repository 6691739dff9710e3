"""The site as a Django app: it brings its checks, and gives back what the process holds of the database."""

import atexit

from django.apps import AppConfig
from django.core.checks import register
from django.db import connections


class CoderPortalConfig(AppConfig):
    """Registers the checks of the settings, and what is done when the process ends."""

    name = "coder_portal"

    def ready(self) -> None:
        from coder_portal.checks import check_settings  # Django's registry must be ready first

        register(check_settings, "settings")
        atexit.register(close_pools)


def close_pools() -> None:
    """Close the pools of connections: their threads would be waited for, 5 s each, by an interpreter that ends."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
