"""The form that confirms the deletion of a workspace."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from workspaces.present.workspace.deletion import Deletion


class DeleteForm(forms.Form):
    """Whether to delete a workspace: `confirm` is its name; `sure` and `orphan` stand there where they apply."""

    confirm = forms.CharField(
        label=_("The name of the workspace"),
        error_messages={"required": _("Type its name to delete it.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "off", "autocorrect": "off", "spellcheck": "false"}
        ),
    )
    sure = forms.BooleanField(
        label=_("Yes, though it has a star"),
        error_messages={"required": _("It is one of your favorites. Tick this to delete it all the same.")},
    )
    orphan = forms.BooleanField(
        label=_("Leave behind what it has made"),
        required=False,
        help_text=_(
            "Coder forgets the workspace and takes nothing away. What it has made goes on, may cost money, and has to "
            "be taken away by hand: neither Coder nor the portal knows of it any more. For when deleting it fails."
        ),
    )

    def __init__(self, *args: Any, of: Deletion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of
        told = format_html("<b><bdi>{}</bdi></b>", of.name)
        self.fields["confirm"].help_text = format_html(str(_("Type {name}, letter by letter.")), name=told)
        if not of.favorite:
            del self.fields["sure"]

    def clean_confirm(self) -> str:
        """The name, letter by letter."""
        typed: str = self.cleaned_data["confirm"]
        if typed != self.of.name:
            raise forms.ValidationError(_("This is not its name, which is %(name)s."), params={"name": self.of.name})
        return typed

    def clean_orphan(self) -> bool:
        """What cannot be left behind is not deleted instead."""
        if self.cleaned_data["orphan"] and not self.of.orphan:
            self.add_error(None, self.of.orphan_reason)
        return bool(self.cleaned_data["orphan"])
