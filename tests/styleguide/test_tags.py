"""Cached fragments of a row: each shows its own workspace, in the active language and URL prefix."""

import re
from dataclasses import replace

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test.utils import override_settings
from django.urls import set_script_prefix
from django.utils import translation

from tests.styleguide import sample_data, samples
from workspaces.present.page_models import Row
from workspaces.present.workspace_list.columns import COLUMNS
from workspaces.templatetags import portal

ROWS = sample_data.sample_rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row_contains_its_own_ids_and_no_placeholders(row: Row) -> None:
    html = portal.list_row(row)
    assert f'href="/@{row.owner}/{row.name}/"' in html
    app = {str(row.way_in.agent_id)} if row.way_in else set()
    assert {str(row.id)} <= set(re.findall("[0-9a-f]{8}-[0-9a-f-]{27}", html)) <= {str(row.id), str(row.build_id)} | app


def test_row_has_cell_of_each_column_in_order() -> None:
    row = replace(ROWS[0], template="the template", summary="the summary")
    _before, *cells = re.split("<t[dh][ >]", portal.list_row(row))
    signs = {
        "status": row.status.label,
        "name": f"<bdi>{row.name}</bdi>",
        "template": "the template",
        "summary": "the summary",
        "last-used": "Last used",
        "actions": "Actions for",
    }
    assert [[key for key, sign in signs.items() if sign in cell] for cell in cells] == [
        [column.key] for column in COLUMNS
    ]


def test_row_tag_renders_same_html_as_stream_partial() -> None:
    assert portal.list_row(ROWS[0]) == render_to_string("workspaces/list.html#row", {"row": ROWS[0]}).strip()


def test_rows_with_same_actions_get_their_own_buttons() -> None:
    first, second = portal.actions_cell(ROWS[20]), portal.actions_cell(ROWS[22])
    assert first.replace(str(ROWS[20].id), str(ROWS[22].id)).replace(ROWS[20].name, ROWS[22].name) == second


@pytest.mark.parametrize("field", ["owner", "name", "template", "summary", "letter", "note"])
def test_workspace_text_is_escaped_in_row(field: str) -> None:
    row = replace(ROWS[16])
    object.__setattr__(row, field, '<b onclick="x">&')
    html = portal.list_row(row)
    assert "<b onclick" not in html
    assert "&lt;b onclick" in html


def test_cached_fragment_is_rendered_separately_for_each_language() -> None:
    with translation.override("en"):
        plain = portal.favorite_button(ROWS[0])
    with translation.override("de"):
        portal.favorite_button(ROWS[0])
        german = len(portal.RENDERINGS)
        portal.favorite_button(ROWS[0])
        assert len(portal.RENDERINGS) == german
    with translation.override("en"):
        assert portal.favorite_button(ROWS[0]) == plain


def test_row_urls_include_prefix_when_script_prefix_is_set() -> None:
    portal.list_row(ROWS[0])
    set_script_prefix("/coder-portal/")
    try:
        html = portal.list_row(ROWS[0])
    finally:
        set_script_prefix("/")
    assert 'href="/coder-portal/@alice/api-server/"' in html
    assert f'formaction="{ROWS[0].id}/builds/"' in html  # relative to the list's address


def test_row_that_differs_in_its_texts_alone_is_not_rendered_again() -> None:
    portal.list_row(ROWS[3])
    misses = len(portal.RENDERINGS)
    html = portal.list_row(replace(ROWS[3], name="a&b", template="<i>", checksum=1))
    assert len(portal.RENDERINGS) == misses
    assert "a&amp;b" in html
    assert "&lt;i&gt;" in html


def test_row_is_rendered_again_when_its_buttons_change() -> None:
    portal.list_row(ROWS[3])
    misses = len(portal.RENDERINGS)
    portal.list_row(replace(ROWS[3], primary_action=replace(sample_data.CANCEL, label="another")))
    assert len(portal.RENDERINGS) > misses


def test_unavailable_action_is_rendered_as_reason_without_button() -> None:
    html = portal.action_button(sample_data.NO_RESTART, ROWS[0], "menu-item")
    assert "<button" not in html
    assert sample_data.NO_RESTART.reason in html


def test_cancel_posts_to_build_and_activate_sends_dormant_false() -> None:
    assert f'formaction="/builds/{ROWS[6].build_id}/cancel/"' in portal.action_button(
        sample_data.CANCEL, ROWS[6], "btn-quiet"
    )
    assert 'name="dormant" value="false"' in portal.action_button(sample_data.ACTIVATE, ROWS[8], "btn-quiet")


def test_time_element_contains_zone_and_machine_readable_time() -> None:
    html = Template("{% moment at %} {% moment at 'short' %}").render(Context({"at": sample_data.SOON}))
    assert html == (
        '<time datetime="2026-11-25T18:30:00Z" title="today at 18:30, Europe/Dublin">in 2 h</time> '
        '<time datetime="2026-11-25T18:30:00Z" title="today at 18:30, Europe/Dublin">today at 18:30</time>'
    )


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) Chrome/156.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156 Safari/537 Edg/156", "Edge on Windows"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown browser"),
    ],
)
def test_user_agent_is_shown_as_browser_and_system_name(agent: str, words: str) -> None:
    assert portal.browser(agent) == words


@override_settings(ROOT_URLCONF="tests.styleguide.sample_portal")
def test_styleguide_samples_have_unique_ids() -> None:
    html = render_to_string("styleguide.html", {"samples": samples.build_samples()})
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert [each for each in set(ids) if ids.count(each) > 1] == []
