"""The Django app."""

from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    """Connects packages that must not import each other."""

    name = "workspaces"

    def ready(self) -> None:
        """Tell operations how the staff table's filters judge a workspace."""
        from workspaces.fleet import judging
        from workspaces.operations import criteria

        criteria.register_filter(judging.NAME, judging.matches_query)
