"""Errors of Coder's API on a form."""

from django import forms

from workspaces.coder.errors import CoderError
from workspaces.coder.text import sanitize_text
from workspaces.gateway.error_messages import coder_message


class CoderErrorsMixin(forms.BaseForm):
    """A form that shows Coder's validation errors at the fields that they name."""

    def add_coder_errors(self, error: CoderError) -> None:
        """Add the messages of Coder's `validations` to their fields, else Coder's message to the form."""
        for name, texts in error.fields.items():
            for text in texts:
                self.add_error(self.error_field(name), sanitize_text(text))
        if not error.fields:
            self.add_error(self.error_field(""), coder_message(error))

    def error_field(self, name: str) -> str | None:
        """Return the form's field for a field of Coder's API; None: the message belongs to the whole form.

        `name` is "" for a message that names no field.
        """
        return name if name in self.fields else None
