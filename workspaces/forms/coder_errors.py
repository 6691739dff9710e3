"""Errors of Coder's API on a form."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.errors import CoderError, Forbidden, ServerError
from workspaces.coder.text import sanitize_text
from workspaces.gateway.error_messages import coder_message, error_message_for

# What a message of Coder's means, by a part of it.
EXPLANATIONS = {
    "time until shutdown must be less than": gettext_noop("Enter 30 days or less."),
    "must be at least 30 minutes in the future": gettext_noop("Enter a time at least 30 minutes from now."),
    "expected day-of-month and month to be *": gettext_noop(
        "Coder supports weekly schedules only: set day of month and month to *."
    ),
    "expected schedule to consist of 5 fields": gettext_noop(
        "Enter a cron expression with five fields, like 30 9 * * 1-5."
    ),
    "already in use and should be unique": gettext_noop("This name is already in use."),
}


def explain(text: str) -> str:
    """Return a message of Coder's after what it means, if the portal knows that."""
    for part, meaning in EXPLANATIONS.items():
        if part in text:
            return _("%(meaning)s Coder’s message: %(text)s") % {"meaning": _(meaning), "text": text}
    return text


class CoderErrorsMixin(forms.BaseForm):
    """A form that shows Coder's validation errors at the fields that they name."""

    def add_coder_errors(self, error: CoderError) -> None:
        """Add the messages of Coder's `validations` to their fields, else Coder's message to the form."""
        for name, texts in error.fields.items():
            for text in texts:
                self.add_error(self.error_field(name), explain(sanitize_text(text)))
        if isinstance(error, Forbidden | ServerError):
            self.add_error(self.error_field(""), error_message_for(error, write=True).text)
        elif not error.fields:
            self.add_error(self.error_field(""), explain(coder_message(error)))

    def error_field(self, name: str) -> str | None:
        """Return the form's field for a field of Coder's API; None: the message belongs to the whole form.

        `name` is "" for a message that names no field.
        """
        return name if name in self.fields else None
