"""The parameters of the addresses of frames, and the forms in frames."""

from django import forms

from workspaces.forms.base import PortalForm
from workspaces.forms.list import MAX_Q_LENGTH

THEMES = ("light", "dark", "system")
DENSITIES = ("normal", "compact")
COLUMNS = ("status", "name", "stops", "open", "actions", "star")
DEFAULT_LIMIT, MAX_LIMIT = 10, 50
TRANSITIONS = ("start", "stop")


class FrameForm(PortalForm):
    """What the address of a frame says about its look. Unknown values are ignored."""

    theme = forms.ChoiceField(required=False, choices=[(theme, theme) for theme in THEMES])
    density = forms.ChoiceField(required=False, choices=[(density, density) for density in DENSITIES])
    accent = forms.RegexField(r"^#?(?:[0-9a-fA-F]{3}){1,2}$", required=False, max_length=7)
    actions = forms.ChoiceField(required=False, choices=[("none", "none")])


class FrameListForm(FrameForm):
    """The address of a list in a frame: what it shows besides."""

    q = forms.CharField(required=False, max_length=MAX_Q_LENGTH)
    limit = forms.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)
    columns = forms.CharField(required=False, max_length=100)

    @property
    def chosen_limit(self) -> int:
        """How many workspaces are shown."""
        return self.cleaned_data.get("limit") or DEFAULT_LIMIT

    @property
    def chosen_columns(self) -> frozenset[str]:
        """The columns; all where the address names none that exists. The name is always shown."""
        chosen = {name.strip() for name in self.cleaned_data.get("columns", "").split(",")}.intersection(COLUMNS)
        return frozenset({*(chosen or COLUMNS), "name"})


class FrameBuildForm(PortalForm):
    """A build that a frame may request."""

    transition = forms.ChoiceField(choices=[(name, name) for name in TRANSITIONS])
