"""All input passes a form. Django checks its shape; what is right decides Coder."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workspaces import zones
from workspaces.present.history import MOST

TRANSITIONS = ("start", "stop", "restart", "update", "retry")


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
        known = [(name, name.replace("_", " ")) for name in sorted(zones.names()) if "/" in name or name == "UTC"]
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


class BuildForm(forms.Form):
    """What a workspace shall do."""

    transition = forms.ChoiceField(choices=[(name, name) for name in TRANSITIONS])


class RevealForm(forms.Form):
    """Which sensitive fact about a resource is wanted."""

    resource = forms.UUIDField()
    key = forms.CharField(max_length=500, strip=False)
