"""The form that confirms the deletion of a workspace."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from workspaces.forms.base import PortalForm
from workspaces.present.workspace.deletion import DeletionPage


class DeleteForm(PortalForm):
    """The confirmation of a deletion: `confirm` is the workspace's name; `sure` is there for a favorite only."""

    confirm = forms.CharField(
        label=_("Workspace name"),
        error_messages={"required": _("Type the workspace name to confirm.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "off", "autocorrect": "off", "spellcheck": "false"}
        ),
    )
    sure = forms.BooleanField(
        label=_("This workspace is a favorite. Delete it anyway"),
        error_messages={"required": _("Select this to delete one of your favorites.")},
    )
    orphan = forms.BooleanField(
        label=_("Orphan resources"),
        required=False,
        help_text=_(
            "Coder deletes the workspace but not its resources. They keep running and may cost money, and you "
            "must remove them yourself: neither Coder nor the portal tracks them any longer. Use this only if "
            "deleting fails."
        ),
    )

    def __init__(self, *args: Any, deletion: DeletionPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deletion = deletion
        name = format_html("<b><bdi>{}</bdi></b>", deletion.name)
        self.fields["confirm"].help_text = format_html(str(_("Type {name} to confirm.")), name=name)
        if not deletion.favorite:
            del self.fields["sure"]

    def clean_confirm(self) -> str:
        """Require the exact name."""
        name: str = self.cleaned_data["confirm"]
        if name != self.deletion.name:
            raise forms.ValidationError(
                _("This does not match the name %(name)s."), params={"name": self.deletion.name}
            )
        return name

    def clean_orphan(self) -> bool:
        """Refuse the form if the workspace cannot be orphaned, rather than delete its resources."""
        if self.cleaned_data["orphan"] and not self.deletion.can_orphan:
            self.add_error(None, self.deletion.orphan_reason)
        return bool(self.cleaned_data["orphan"])
