"""The form that requests a build, and the queries of the URLs that show builds."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workspaces.build_requests import BuildRequest
from workspaces.present.builds.history import MAX_EXPANDED_PAGES

TRANSITIONS = ("start", "stop", "restart", "update", "retry", "delete")
TAKES_VALUES = frozenset({"start", "restart", "update", "retry"})


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
    def build_request(self) -> BuildRequest:
        """What is asked for."""
        return BuildRequest(
            action=self.cleaned_data["transition"],
            template_version=self.cleaned_data["template_version_id"],
            log_level=self.cleaned_data["log_level"],
            has_values=any(name.startswith("param.") for name in self.data),
        )


class HistoryForm(forms.Form):
    """Which builds: a `page` of them, or all pages `upto` one. Whatever does not fit is read as not given."""

    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)
    upto = forms.IntegerField(required=False, min_value=1, max_value=MAX_EXPANDED_PAGES)

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
