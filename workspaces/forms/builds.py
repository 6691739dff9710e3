"""The form that requests a build, and the queries of the URLs that show builds."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workspaces.build_requests import BuildRequest
from workspaces.forms.base import PortalForm
from workspaces.forms.list import TOO_LONG
from workspaces.present.builds.history import MAX_EXPANDED_PAGES

MAX_LOG_Q_LENGTH = 200  # characters
TRANSITIONS = ("start", "stop", "restart", "update", "retry", "delete")
TRANSITIONS_WITH_VALUES = frozenset({"start", "restart", "update", "retry"})


class BuildForm(PortalForm):
    """The request of a build. Its fields for parameters, `param.NAME`, are those of creation/parameter_changes.py."""

    transition = forms.ChoiceField(choices=[(name, name) for name in TRANSITIONS])
    template_version_id = forms.UUIDField(required=False)
    log_level = forms.ChoiceField(required=False, choices=[("", ""), ("debug", "")])

    def clean(self) -> dict[str, Any]:
        """Refuse values that do not belong to the transition, rather than ignore them."""
        transition = self.cleaned_data.get("transition")
        if self.cleaned_data.get("template_version_id") and transition not in {"start", "restart"}:
            self.add_error("template_version_id", _("Only a start or a restart accepts a version."))
        if self.cleaned_data.get("log_level") and transition not in {"start", "stop", "retry"}:
            self.add_error("log_level", _("Only a start, a stop, or a retry accepts a log level."))
        if any(name.startswith("param.") for name in self.data) and transition not in TRANSITIONS_WITH_VALUES:
            self.add_error("transition", _("Only a start accepts parameter values."))
        return self.cleaned_data

    @property
    def build_request(self) -> BuildRequest:
        """Return the request of a valid form."""
        return BuildRequest(
            action=self.cleaned_data["transition"],
            template_version=self.cleaned_data["template_version_id"],
            log_level=self.cleaned_data["log_level"],
            has_values=any(name.startswith("param.") for name in self.data),
        )


class HistoryForm(PortalForm):
    """The query of the build history: a `page`, or all pages `upto` one. Invalid values are ignored."""

    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)
    upto = forms.IntegerField(required=False, min_value=1, max_value=MAX_EXPANDED_PAGES)

    @property
    def pages(self) -> tuple[int, int]:
        """Return the first and the last page, from 1."""
        self.is_valid()
        last_page = self.cleaned_data.get("upto")
        page = last_page or self.cleaned_data.get("page") or 1
        return (1, page) if last_page else (page, page)


class BuildLogForm(PortalForm):
    """The query of a build's page: `q` searches its log."""

    q = forms.CharField(required=False, max_length=MAX_LOG_Q_LENGTH, error_messages={"max_length": TOO_LONG})

    @property
    def query(self) -> str:
        """Return the text to search for, also an invalid one as far as its field can hold it; "" if there is none."""
        self.is_valid()
        return str(self.cleaned_data.get("q", self.data.get("q", "")))[:MAX_LOG_Q_LENGTH]

    @property
    def error(self) -> str:
        """Return why the text cannot be searched for; "" if it can."""
        return " ".join(map(str, self.errors.get("q", ())))
