"""The site as a Django app: it only brings its checks."""

from django.apps import AppConfig
from django.core.checks import register


class Site(AppConfig):
    """Registers the checks of the settings."""

    name = "coder_portal"

    def ready(self) -> None:
        from coder_portal.checks import settings_are_whole  # Django's registry must be ready first

        register(settings_are_whole, "settings")
