"""The context of the styleguide: all samples."""

from dataclasses import dataclass

from django import forms

from tests.styleguide.sample_data import BADGES, STATUSES, sample_badge, sample_header, sample_rows
from tests.styleguide.sample_lists import sample_list_page
from workspaces.present.page_models import Badge, Row, Status
from workspaces.present.workspace.header import Header
from workspaces.present.workspace_list.models import ListPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """The context of styleguide.html."""

    statuses: tuple[Status, ...]
    badges: tuple[Badge, ...]
    page: ListPage
    empty_pages: tuple[ListPage, ...]
    headers: tuple[Header, ...]
    row: Row
    form: forms.Form


class SampleForm(forms.Form):
    """A plain field, one with help text, one with an error, and a choice."""

    name = forms.CharField(label="Name", initial="api-server", required=False)
    hours = forms.IntegerField(label="Hours", help_text="How long after a start it stops by itself.", required=False)
    email = forms.EmailField(label="Email")
    theme = forms.ChoiceField(label="Theme", choices=[("", "System"), ("dark", "Dark")], required=False)


def build_samples() -> Samples:
    """Return all samples of the styleguide."""
    rows = tuple(sample_rows())
    return Samples(
        statuses=tuple(
            Status(key=key, label=word, tone=tone, icon=icon, tooltip="") for key, word, tone, icon in STATUSES
        ),
        badges=tuple(sample_badge(key) for key, *_rest in BADGES),
        page=sample_list_page(rows),
        empty_pages=(
            sample_list_page((), empty="none"),
            sample_list_page((), empty="no-match"),
            sample_list_page((), empty="beyond"),
        ),
        headers=(sample_header(rows[0]), sample_header(rows[3]), sample_header(rows[8])),
        row=rows[2],
        form=SampleForm({"name": "api-server", "email": "ben@example", "theme": ""}),
    )
