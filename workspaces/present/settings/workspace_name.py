"""The text of a workspace's name."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from workspaces.present.settings.setting_lines import SettingContext, SettingLine


def rename_lines(context: SettingContext) -> Iterator[SettingLine]:
    """Yield the address, and the effect of another name."""
    names = {"owner": context.workspace.owner_name, "name": context.workspace.name}
    yield SettingLine(text=_("Renaming changes the address @%(owner)s/%(name)s immediately.") % names)
    yield SettingLine(
        text=_(
            "The old address redirects here until you sign out. Update your SSH configuration, editors, and bookmarks."
        )
    )
