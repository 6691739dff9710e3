"""Sample pages of the list."""

from django.utils.translation import gettext as _

from tests.styleguide.sample_data import NOW, sample_status
from workspaces.list_search import ListSearch
from workspaces.present.page_models import Link, Row
from workspaces.present.workspace_list.models import AttentionLink, Choice, EmptyReason, Filters, ListPage, Select
from workspaces.present.workspace_list.sorting import make_sort_links

SEARCH = ListSearch(scope="all", filters="template:docker")


def sample_link(label: str, *, current: bool = False) -> Link:
    """Return a link whose address is the same for all labels."""
    return Link(label=label, query="?q=owner%3Ame", current=current)


def sample_list_page(rows: tuple[Row, ...], *, empty: EmptyReason = "") -> ListPage:
    """Return the second page of a list of 160 pages."""
    statuses = tuple(
        Choice(value=key, label=sample_status(key).label, current=False) for key in ("running", "stopped", "failed")
    )
    templates = (
        Choice(value="docker", label="Docker (Debian)", current=True),
        Choice(value="pod", label="Kubernetes pod", current=False),
    )
    return ListPage(
        search=SEARCH,
        live_query=SEARCH.form_query(2),
        address=SEARCH.address(2),
        q_error="",
        filters=Filters(
            scopes=(sample_link(_("Mine")), sample_link(_("All"), current=True)),
            presets=tuple(
                sample_link(label, current=label == "Any status")
                for label in ("Any status", "Running", "Failed", "Outdated", "Dormant")
            ),
            selects=(
                Select(key="status", label="Status", choices=statuses, is_active=False),
                Select(key="template", label="Template", choices=templates, is_active=True),
            ),
            chips=(sample_link("Template: Docker (Debian)", current=True),),
            suggestions=("outdated:true",),
            hidden=(("scope", "all"),),
            clear_query="?scope=all",
        ),
        attention=(AttentionLink(label="2 failed", tone="bad", query="?attention=failed", current=False),),
        attention_note="on this page",
        headers=make_sort_links(SEARCH),
        rows=rows,
        count=4000 if rows else 0,
        can_select_all=bool(rows),
        hidden_count=2 if rows else 0,
        start_index=26 if rows else 0,
        end_index=50 if rows else 0,
        page=2,
        num_pages=160,
        previous_query="?q=&page=1",
        next_query="?q=&page=3",
        empty_reason=empty,
        note="" if rows else _("Nobody shares a workspace with you now."),
        read_at=NOW,
        read_ms=0,
        refresh_s=0,
    )
