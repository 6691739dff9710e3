"""The text of a workspace's name."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from workspaces.present.settings.setting_lines import Facts, Line


def rename_says(facts: Facts) -> Iterator[Line]:
    """What hangs on the name."""
    names = {"owner": facts.workspace.owner_name, "name": facts.workspace.name}
    yield Line(text=_("Its address is @%(owner)s/%(name)s; another name changes it at once.") % names)
    yield Line(text=_("The old address leads here until you sign out. SSH, editors and bookmarks need the new name."))
