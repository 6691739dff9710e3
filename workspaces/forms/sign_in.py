"""The forms for signing in and signing out."""

from django import forms
from django.utils.translation import gettext_lazy as _


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
