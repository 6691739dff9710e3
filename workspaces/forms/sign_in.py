"""The forms for signing in and signing out."""

from django import forms
from django.utils.translation import gettext_lazy as _

from workspaces.forms.base import PortalForm


class LoginForm(PortalForm):
    """The sign-in with Coder's password."""

    email = forms.EmailField(
        label=_("Email"),
        error_messages={"required": _("Enter your email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        error_messages={"required": _("Enter your password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class UnrepeatedTextInput(forms.PasswordInput):
    """A text field whose value is not part of the page that shows an error, as that of a password field."""

    input_type = "text"


class TokenForm(PortalForm):
    """The sign-in with a token of Coder. The field is no password field, so that browsers do not offer to save it."""

    token = forms.CharField(
        label=_("Session token"),
        max_length=200,
        error_messages={"required": _("Enter a token.")},
        widget=UnrepeatedTextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )


class EndSessionForm(PortalForm):
    """The end of one session, by the hash of its key."""

    session = forms.RegexField(regex=r"\A[0-9a-f]{64}\Z")


class LogoutForm(PortalForm):
    """The sign-out. `revoke` revokes a pasted token at Coder; `anyway` signs out although operations end with it."""

    revoke = forms.BooleanField(required=False)
    anyway = forms.BooleanField(required=False)
