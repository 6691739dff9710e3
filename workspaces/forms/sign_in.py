"""The forms for signing in and signing out."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LoginForm(forms.Form):
    """The sign-in with Coder's password."""

    email = forms.EmailField(
        label=_("Email"), widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class UnrepeatedTextInput(forms.PasswordInput):
    """A text field whose value is not part of the page that shows an error, as that of a password field."""

    input_type = "text"


class TokenForm(forms.Form):
    """The sign-in with a token of Coder. The field is no password field, so that browsers do not offer to save it."""

    token = forms.CharField(
        label=_("Session token"),
        max_length=200,
        widget=UnrepeatedTextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )


class EndSessionForm(forms.Form):
    """The end of one session, by the hash of its key."""

    session = forms.RegexField(regex=r"\A[0-9a-f]{64}\Z")


class LogoutForm(forms.Form):
    """The sign-out. `revoke` revokes a pasted token at Coder; `anyway` signs out although operations end with it."""

    revoke = forms.BooleanField(required=False)
    anyway = forms.BooleanField(required=False)
