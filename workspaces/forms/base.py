"""The base of all forms: errors of fields that say what is allowed, in place of Django's texts."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

CHOICE = gettext_lazy("Choose one of the options.")
WHOLE_NUMBER = gettext_lazy("Enter a whole number.")
# The texts of every field, by Django's code of the error.
COMMON_TEXTS: Mapping[str, Any] = {
    "required": gettext_lazy("Enter a value."),
    "invalid": gettext_lazy("This value is not valid."),
    "min_value": gettext_lazy("Enter %(limit_value)s or more."),
    "max_value": gettext_lazy("Enter %(limit_value)s or less."),
    "min_length": gettext_lazy("Use at least %(limit_value)d characters. You entered %(show_value)d."),
    "max_length": gettext_lazy("Use at most %(limit_value)d characters. You entered %(show_value)d."),
    "null_characters_not_allowed": gettext_lazy("Remove the null character from the text."),
}
# The texts of a class of fields and of those derived from it; the first class that fits counts.
CLASS_TEXTS: tuple[tuple[type[forms.Field], Mapping[str, Any]], ...] = (
    (forms.BooleanField, {"required": gettext_lazy("Select this to continue.")}),
    (forms.MultipleChoiceField, {"required": CHOICE, "invalid_choice": CHOICE, "invalid_list": CHOICE}),
    (forms.ChoiceField, {"required": CHOICE, "invalid_choice": CHOICE}),
    (forms.IntegerField, {"required": WHOLE_NUMBER, "invalid": WHOLE_NUMBER}),
    (forms.TimeField, {"invalid": gettext_lazy("Enter a time, like 09:30.")}),
    (forms.DateField, {"invalid": gettext_lazy("Enter a date, like 2026-11-25.")}),
    (forms.EmailField, {"invalid": gettext_lazy("Enter an email address, like alice@example.com.")}),
    (forms.UUIDField, {"invalid": gettext_lazy("This is not an ID.")}),
)


class PortalForm(forms.Form):
    """A form whose fields have the portal's texts for errors, except where a field declares its own."""

    def full_clean(self) -> None:
        """Validate all fields."""
        for field in self.fields.values():
            set_error_texts(field)
        super().full_clean()


def set_error_texts(field: forms.Field) -> None:
    """Replace Django's texts for the errors of a field."""
    for code, text in error_texts(field).items():
        if code not in field.error_messages or is_django_text(field, code):
            field.error_messages[code] = text


def is_django_text(field: forms.Field, code: str) -> bool:
    """Return whether the text for an error of a field is the default of one of Django's classes."""
    return any(
        field.error_messages[code] is vars(each).get("default_error_messages", {}).get(code)
        for each in type(field).__mro__
        if each.__module__.startswith("django.")
    )


def error_texts(field: forms.Field) -> dict[str, Any]:
    """Return the texts for the errors of a field, by Django's code."""
    of_class: Mapping[str, Any] = next((texts for each, texts in CLASS_TEXTS if isinstance(field, each)), {})
    texts = {**COMMON_TEXTS, **of_class}
    low, high = getattr(field, "min_value", None), getattr(field, "max_value", None)
    if low is not None and high is not None:
        text = _("Enter a whole number from %(low)d to %(high)d.") % {"low": low, "high": high}
        texts |= {"min_value": text, "max_value": text}
    return texts
