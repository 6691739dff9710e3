"""All input passes a form. Django checks its shape; what is right decides Coder."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from workspaces import timezones
from workspaces.build_requests import Wish
from workspaces.present.builds.history import MOST
from workspaces.present.workspace.deletion import Deletion

TRANSITIONS = ("start", "stop", "restart", "update", "retry", "delete")
TAKES_VALUES = frozenset({"start", "restart", "update", "retry"})


class LoginForm(forms.Form):
    """Signing in with Coder's password."""

    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class TokenForm(forms.Form):
    """Signing in with a token of Coder's. It is text and not a password, so that no browser offers to keep it."""

    token = forms.CharField(
        label=_("Token"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )


class LogoutForm(forms.Form):
    """Signing out; `revoke` ends a pasted token at Coder too, `anyway` what acts with the token as well."""

    revoke = forms.BooleanField(required=False)
    anyway = forms.BooleanField(required=False)


class ListForm(forms.Form):
    """The address of the list. Whatever does not fit is read as not given."""

    q = forms.CharField(required=False, max_length=2000)
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)


class AccountForm(forms.Form):
    """How somebody likes their pages."""

    zone = forms.ChoiceField(label=_("Time zone"), required=False)
    theme = forms.ChoiceField(
        label=_("Theme"),
        required=False,
        choices=[("", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    page_size = forms.TypedChoiceField(
        label=_("Workspaces on a page"), coerce=int, choices=[(size, str(size)) for size in (10, 25, 50, 100)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(name, name.replace("_", " ")) for name in sorted(timezones.names()) if "/" in name or name == "UTC"]
        self.fields["zone"].choices = [("", _("As the browser")), *known]  # type: ignore[attr-defined]  # a ChoiceField


class FavoriteForm(forms.Form):
    """`favorite`: true or false."""

    favorite = forms.TypedChoiceField(choices=[("true", ""), ("false", "")], coerce=lambda value: value == "true")


class DormantForm(forms.Form):
    """`dormant`: true or false."""

    dormant = forms.TypedChoiceField(choices=[("true", ""), ("false", "")], coerce=lambda value: value == "true")


class HistoryForm(forms.Form):
    """Which builds: a `page` of them, or all pages `upto` one. Whatever does not fit is read as not given."""

    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)
    upto = forms.IntegerField(required=False, min_value=1, max_value=MOST)

    @property
    def pages(self) -> tuple[int, int]:
        """The first and the last of them, from 1."""
        self.is_valid()
        last = self.cleaned_data.get("upto")
        page = last or self.cleaned_data.get("page") or 1
        return (1, page) if last else (page, page)


class BuildLogForm(forms.Form):
    """The address of a build: `q` finds lines of its log. What does not fit is read as not given."""

    q = forms.CharField(required=False, max_length=200)

    @property
    def asked(self) -> str:
        """What is looked for; "" where nothing is."""
        return str(self.cleaned_data.get("q", "")) if self.is_valid() else ""


class BuildForm(forms.Form):
    """What a workspace shall do. The parameters beside it, `param.NAME`, are those of creation/revising.py."""

    transition = forms.ChoiceField(choices=[(name, name) for name in TRANSITIONS])
    template_version_id = forms.UUIDField(required=False)
    log_level = forms.ChoiceField(required=False, choices=[("", ""), ("debug", "")])

    def clean(self) -> dict[str, Any]:
        """Nothing that was said is overlooked: what does not belong together is refused."""
        asked = self.cleaned_data.get("transition")
        if self.cleaned_data.get("template_version_id") and asked not in {"start", "restart"}:
            self.add_error("template_version_id", _("Only a start or a restart takes a version."))
        if self.cleaned_data.get("log_level") and asked not in {"start", "stop", "retry"}:
            self.add_error("log_level", _("Only a start, a stop or a retry can be more talkative."))
        if any(name.startswith("param.") for name in self.data) and asked not in TAKES_VALUES:
            self.add_error("transition", _("Only a start takes values of parameters."))
        return self.cleaned_data

    @property
    def wish(self) -> Wish:
        """What is asked for."""
        return Wish(
            asked=self.cleaned_data["transition"],
            version=self.cleaned_data["template_version_id"],
            log_level=self.cleaned_data["log_level"],
            values=any(name.startswith("param.") for name in self.data),
        )


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


class RevealForm(forms.Form):
    """Which sensitive fact about a resource is wanted."""

    resource = forms.UUIDField()
    build = forms.UUIDField(required=False)  # which one made it, where that is not the latest
    key = forms.CharField(max_length=500, strip=False)
