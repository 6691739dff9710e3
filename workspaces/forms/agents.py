"""The form that shares a port, and the query of an agent's log."""

from django import forms

from workspaces.coder.calls import NAME_PATTERN
from workspaces.forms.base import PortalForm
from workspaces.present.agents.connections import LEVELS
from workspaces.present.agents.logs import MAX_LINES, TAIL_LINES


class PortForm(PortalForm):
    """A port of an agent and its sharing level. `agent` is a name; the level "owner" means not shared."""

    agent = forms.RegexField(regex=rf"^(?:{NAME_PATTERN.pattern})\Z", max_length=64)
    port = forms.IntegerField(min_value=1, max_value=65_535)
    level = forms.ChoiceField(choices=[(level, level) for level in LEVELS])
    protocol = forms.ChoiceField(choices=[("http", "http"), ("https", "https")], required=False)


class LogForm(PortalForm):
    """The query of an agent's log: `source` selects a script, `all` shows every line, `tail` the last ones."""

    source = forms.UUIDField(required=False)
    all = forms.BooleanField(required=False)
    tail = forms.BooleanField(required=False)

    def max_lines(self) -> int | None:
        """Return the maximum number of lines of a valid query; None: no limit."""
        query = self.cleaned_data
        return TAIL_LINES if query["tail"] else None if query["all"] else MAX_LINES
