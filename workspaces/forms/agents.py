"""What is asked about the agents of a workspace."""

from django import forms

from workspaces.coder.calls import NAME_PATTERN
from workspaces.present.agents.connections import LEVELS
from workspaces.present.agents.logs import SHOWN, TAIL


class PortForm(forms.Form):
    """A port of an agent and who may open it: `agent` (its name), `port`, `level` (owner: nobody else), `protocol`."""

    agent = forms.RegexField(regex=rf"^(?:{NAME_PATTERN.pattern})\Z", max_length=64)
    port = forms.IntegerField(min_value=1, max_value=65_535)
    level = forms.ChoiceField(choices=[(level, level) for level in LEVELS])
    protocol = forms.ChoiceField(choices=[("http", "http"), ("https", "https")], required=False)


class LogForm(forms.Form):
    """The address of an agent's log: `source`, a script's lines alone; `all`, however many there are; or its `tail`."""

    source = forms.UUIDField(required=False)
    all = forms.BooleanField(required=False)
    tail = forms.BooleanField(required=False)

    def most(self) -> int | None:
        """How many lines are wanted at most; None: however many there are."""
        asked = self.cleaned_data if self.is_valid() else {}
        return TAIL if asked.get("tail") else None if asked.get("all") else SHOWN
