"""Test the page of one build, its log search and its raw log."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from coder_simulator.state import Build, Log, Workspace
from tests.portal import SimulatedCoder, create_token, htmx_headers, sign_in
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
HOSTILE = (
    '<script>alert(1)</script>\x1b]8;;https://evil.example\x07link\x1b]8;;\x07\x1b[2J<hx-partial hx-target="body">'
)


def build_url(workspace: Workspace, number: int | None = None) -> str:
    """Return the URL of a build; without a number, of the latest build."""
    return f"/@{workspace.owner.username}/{workspace.name}/builds/{number or workspace.latest_build.build_number}/"


def append_log_lines(build: Build, *outputs: str, level: str = "info", stage: str = "Starting workspace") -> list[int]:
    """Append lines to the log of a build and return their IDs."""
    first_id = build.job.logs[-1].id + 1 if build.job.logs else 1
    created_at = build.job.started_at or build.job.created_at
    build.job.logs += [
        Log(id=first_id + n, created_at=created_at, source="provisioner", level=level, stage=stage, output=output)
        for n, output in enumerate(outputs)
    ]
    return [first_id + n for n in range(len(outputs))]


def parse_facts(page: Html) -> dict[str, str]:
    """Return the facts of the build by their labels."""
    pairs = page.all("dl", class_="fact-list")[0].all("div")
    return {pair.one("dt").text: pair.one("dd").text for pair in pairs}


def log_lines(page: Html) -> list[str]:
    """Return the lines of the log."""
    elements = page.all("div", id="log")
    return [line.one("code").text for line in elements[0].all("li")] if elements else []


def streamed_chunks(response: Any) -> Iterator[bytes]:
    """Return the chunks of a streamed response."""
    assert isinstance(response, StreamingHttpResponse)
    chunks: Any = response.streaming_content
    return iter(chunks)


def test_too_long_log_search_is_refused_under_field(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    append_log_lines(web.latest_build, "a line of the log")
    page = Html(alice.get(build_url(web), {"q": "x" * 201}, headers=htmx_headers("section#b")))
    field = page.one("input", id="log-q")
    assert (field.get("value"), field.get("aria-invalid"), field.get("aria-describedby")) == (
        "x" * 200,
        "true",
        "log-q-error",
    )
    assert "Use at most 200 characters. This search has 201." in page.one("p", id="log-q-error").text
    assert log_lines(page) == []


@BOTH_VERSIONS
def test_build_page_shows_action_reason_status_and_duration(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped", template="dev", reason="autostop", previous_transitions=("start",))
    page = Html(alice.get(build_url(web)))
    assert page.one("h1").text == "Stopped by autostop"
    head = page.one("div", class_="header-text")
    assert head.one("span", class_="status-badge").text == "Done"
    assert "Build #2" in head.text
    facts = parse_facts(page)
    assert facts["Template version"] == "v1"
    assert {"Requested", "Ended", "Duration"} <= facts.keys()
    assert page.one("title").text.startswith("Build #2 of web")


@BOTH_VERSIONS
def test_build_page_makes_one_call_before_first_byte_and_others_concurrently(
    alice: Client, coder: SimulatedCoder, require_concurrent_requests: Callable[..., None]
) -> None:
    web = coder.place("web", template="dev")
    build = web.latest_build
    require_concurrent_requests(r"/logs$", r"/parameters$", r"/rich-parameters$", rf"/workspaces/{web.id}$")
    chunks = streamed_chunks(alice.get(build_url(web)))
    assert b"<h1" in next(chunks)
    assert coder.request_lines() == [f"GET /users/alice/workspace/web/builds/{build.build_number}"]
    assert b'id="log"' in b"".join(chunks)
    assert sorted(coder.request_lines()[1:]) == sorted(
        [
            f"GET /workspacebuilds/{build.id}/logs",
            f"GET /workspacebuilds/{build.id}/parameters",
            f"GET /templateversions/{build.version.id}/rich-parameters",
            f"GET /workspaces/{web.id}",
        ]
    )


@BOTH_VERSIONS
def test_first_streamed_part_shows_error_of_failed_build(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "failed", error="no space left")
    page = Html(next(streamed_chunks(alice.get(build_url(web)))).decode())
    assert page.one("h1").text == "Start requested by alice"
    assert page.all("article")[0].one("p", class_="quote").text == "no space left"


@BOTH_VERSIONS
def test_build_log_shows_stages_and_lines_with_coder_ids(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    (last_id,) = append_log_lines(web.latest_build, "\x1b[1;32mApply complete!\x1b[0m", stage="Cleaning Up")
    page = Html(alice.get(build_url(web)))
    log = page.one("div", id="log")
    assert [stage.one("bdi").text for stage in log.all("h3")] == ["Setting up", "Starting workspace", "Cleaning Up"]
    line = log.one("li", id=f"l{last_id}")
    assert line.one("a").get("href") == f"#l{last_id}"
    assert line.one("span", class_="strong").get("class") == "c2 strong"
    assert (log.get("data-after"), log.get("data-stage")) == (str(last_id), "Cleaning Up")
    hrefs = [link.get("href") for link in page.one("nav", class_="log-stages").all("a")]
    assert hrefs == [f"#{stage.get('id')}" for stage in log.all("h3")]


@BOTH_VERSIONS
def test_failed_build_page_and_workspace_page_link_to_failing_line(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "failed", error="exit status 1", error_code="REQUIRED_TEMPLATE_VARIABLES")
    _previous_id, failing_id, _next_id = append_log_lines(
        web.latest_build, "all is well", "Error: no space left", "on the disk"
    )
    page = Html(alice.get(build_url(web)))
    assert page.one("li", id=f"l{failing_id}").one("code").get("id") == "failing"
    article = page.all("article")[0]
    assert "The template lacks a value" in article.text
    assert article.one("a").get("href") == "#failing"
    assert f"#l{failing_id}" in [link.get("href") for link in page.one("nav", class_="log-stages").all("a")]
    notice = Html(alice.get("/@alice/web/")).all("article")[0]
    assert notice.one("a").get("href") == f"{build_url(web)}#failing"
    advice = Html(alice.get(f"/workspaces/{web.id}/advice/"))
    assert advice.one("ol", class_="log-excerpt").one("a").get("href") == f"{build_url(web)}#l{failing_id}"


def test_failing_anchor_is_on_log_section_when_log_is_empty(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "failed")
    web.latest_build.job.logs.clear()
    page = Html(alice.get(build_url(web)))
    assert page.one("section", id="failing").one("h2").text == "Log"
    assert "No log lines." in page.one("section", id="failing").text


@BOTH_VERSIONS
def test_untrusted_build_log_lines_are_sanitized(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "failed", error=HOSTILE)
    append_log_lines(web.latest_build, HOSTILE, "10 %\r50 %\r100 %", "\u202eabc", stage=HOSTILE)
    html = alice.get(build_url(web)).getvalue().decode()
    assert "<script>alert" not in html
    assert "<hx-partial hx-target" not in html
    assert "\x1b" not in html
    assert "evil.example" not in html
    assert log_lines(Html(html.replace("&lt;", "(")))[-2:] == ["100 %", "abc"]


@BOTH_VERSIONS
def test_log_search_without_javascript_shows_matches_linked_to_whole_log(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    *_others, last_id = append_log_lines(web.latest_build, "a pod is made", "nothing", "the POD is there")
    page = Html(alice.get(build_url(web), {"q": "pod is"}))
    assert log_lines(page) == ["a pod is made", "the POD is there"]
    assert [mark.text for mark in page.one("div", id="log").all("mark")] == ["pod is", "POD is"]
    assert page.one("p", id="log-matches").text == "2 matching lines. Show full log"
    assert page.one("li", id=f"l{last_id}").one("a").get("href") == f"{build_url(web)}#l{last_id}"
    form = page.one("form", role="search")
    assert (form.get("action"), form.one("input").get("value")) == (f"{build_url(web)}#t-log", "pod is")


def test_log_search_without_matches_shows_count_of_zero(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    append_log_lines(web.latest_build, "text")
    page = Html(alice.get(build_url(web), {"q": '"><script>'}))
    assert log_lines(page) == []
    assert page.one("p", id="log-matches").text.startswith("0 matching lines.")


@BOTH_VERSIONS
def test_raw_log_is_plain_text_with_token_redacted(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    append_log_lines(web.latest_build, f"\x1b[31mtoken\x1b[0m = {create_token(coder)}", "<b>bold</b>")
    page = Html(alice.get(build_url(web)))
    response = alice.get(f"{build_url(web)}log.txt")
    assert f"{build_url(web)}log.txt" in [link.get("href") for link in page.all("a")]
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"] == 'inline; filename="alice-web-build-2.txt"'
    lines = response.content.decode().splitlines()
    assert lines[-1].endswith("[Starting workspace] <b>bold</b>")
    assert lines[-2].endswith("info  [Starting workspace] token = [token]")
    assert log_lines(page)[-2:] == ["token = [token]", "<b>bold</b>"]


@pytest.mark.parametrize("owner", ['a"; filename="x.html', "a\r\nX-Evil: 1", "../../a", "ü\n"])
def test_raw_log_is_not_served_when_coder_sends_odd_owner(alice: Client, coder: SimulatedCoder, owner: str) -> None:
    web = coder.place("web")
    token = {"Coder-Session-Token": create_token(coder)}
    build = coder.server.http.get("/api/v2/users/alice/workspace/web/builds/2", headers=token).json()
    coder.server.add_fault("answer", path="/builds/2$", body=build | {"workspace_owner_name": owner})
    response = alice.get(f"{build_url(web)}log.txt")
    assert response.status_code == 503  # no name of Coder's has these characters: the response is not read
    assert "Content-Disposition" not in response.headers


@BOTH_VERSIONS
def test_build_parameters_show_known_names_and_list_unknown_ones_last(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev", parameters={"cpu": "4"})
    web.latest_build.parameters["gone"] = ""
    section = Html(alice.get(build_url(web))).one("section", aria_labelledby="t-parameters")
    rows = {row.one("dt").text: row.one("dd").text for row in section.all("div")}
    assert rows["gone"] == "–"
    assert any("cpu" in name for name in rows)
    assert list(rows)[-1] == "gone"


@BOTH_VERSIONS
def test_sensitive_value_of_earlier_build_is_hidden_until_revealed(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev", previous_transitions=("start", "stop"))
    first_build = web.builds[0]
    page = alice.get(build_url(web, 1)).getvalue().decode()
    assert "hunter2" not in page
    form = Html(page).one("div", class_="secret-value").one("form")
    fields = {field.get("name"): field.get("value") for field in form.all("input")}
    assert fields["build"] == first_build.id
    coder.clear_requests()
    response = alice.post(
        f"/workspaces/{web.id}/reveal/", fields, headers=htmx_headers("dd", page_path=build_url(web, 1))
    )
    assert Html(response).one("code").text == "hunter2"
    assert f"GET /workspacebuilds/{first_build.id}/resources" in coder.request_lines()


@BOTH_VERSIONS
def test_latest_build_offers_cancel_or_retry_and_earlier_build_offers_none(
    alice: Client, coder: SimulatedCoder
) -> None:
    busy, broken = coder.place("busy", "starting", template="hang"), coder.place("broken", "failed")
    (cancel,) = Html(alice.get(build_url(busy))).one("div", class_="build-actions").all("form")
    response = alice.post(cancel.get("action"), {"next": build_url(busy)})
    assert response.headers["Location"] == build_url(busy)
    assert f"PATCH /workspacebuilds/{busy.latest_build.id}/cancel" in coder.request_lines()
    (retry,) = Html(alice.get(build_url(broken))).one("div", class_="build-actions").all("form")
    (button,) = retry.all("button")
    assert (retry.get("action"), button.get("value")) == (f"/workspaces/{broken.id}/builds/", "retry")
    assert retry.one("input", name="next").get("value") == "/@alice/broken/"
    assert Html(alice.get(build_url(broken, 1))).one("div", class_="build-actions").all("form") == []


@BOTH_VERSIONS
def test_build_page_offers_no_actions_to_reader(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "failed")
    reader = Client()
    sign_in(reader, "tina")
    assert Html(reader.get(build_url(web))).one("div", class_="build-actions").all("button") == []


@BOTH_VERSIONS
def test_pending_build_shows_queue_notice_and_refreshes(alice: Client, coder: SimulatedCoder) -> None:
    coder.occupy_provisioners()
    web = coder.start_queued_build(coder.place("web", "stopped"))
    page = Html(alice.get(build_url(web)))
    assert "queue" in page.one("article").text
    assert page.one("div", id="log").get("data-empty") == "No log lines yet."
    assert page.one("section", class_="build-page").get("data-refresh-s") == "5"


def test_finished_build_page_does_not_refresh(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    assert Html(alice.get(build_url(web))).one("section", class_="build-page").get("data-refresh-s") == "0"


@BOTH_VERSIONS
def test_build_fragment_is_one_complete_section(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "starting", template="hang")
    response = alice.get(
        build_url(web), headers=htmx_headers(f"section#b-{web.latest_build.id}", page_path=build_url(web))
    )
    html = response.content.decode().strip()
    assert html.startswith(f'<section id="b-{web.latest_build.id}"')
    assert html.endswith("</section>")


@BOTH_VERSIONS
def test_build_pages_of_deleted_workspace_remain_available(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "deleted", previous_transitions=("start", "stop"))
    for number, text in ((1, "Created by alice"), (2, "Stopped by alice"), (3, "Deleted by alice")):
        page = Html(alice.get(build_url(web, number)))
        assert page.one("h1").text == text
        assert alice.get(f"{build_url(web, number)}log.txt").status_code == 200
    assert page.one("div", class_="build-actions").all("form") == []


def test_build_url_redirects_to_new_name_after_rename(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.post(f"/workspaces/{web.id}/rename/", {"name": "shop"})
    response = alice.get("/@alice/web/builds/1/")
    assert response.headers["Location"] == "/@alice/shop/builds/1/"


@BOTH_VERSIONS
@pytest.mark.parametrize("number", ["0", "3", "2147483648", "9" * 40])
def test_unknown_build_number_returns_404_with_links_to_existing_builds(
    alice: Client, coder: SimulatedCoder, number: str
) -> None:
    web = coder.place("web")
    response = alice.get(f"/@alice/web/builds/{number}/")
    page = Html(response)
    assert response.status_code == 404
    assert f"web has no build #{number}" in page.one("main").text
    links = [link.get("href") for link in page.one("p", class_="row-actions").all("a")]
    assert links == ["/@alice/web/builds/2/", "/@alice/web/builds/", f"/workspaces/{web.id}/"]


def test_build_of_other_user_returns_404(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", owner="bob")
    response = alice.get("/@bob/web/builds/1/")
    assert response.status_code == 404
    assert "bob" not in Html(response).one("main").text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (r"/logs$", "Coder reported an internal error."),
        (r"/workspacebuilds/[^/]+/parameters$", "Coder reported an internal error."),
        (r"/workspaces/[^/]+$", "The actions for this build could not be loaded."),
    ],
)
def test_failed_coder_call_shows_error_in_its_section(
    alice: Client, coder: SimulatedCoder, path: str, text: str
) -> None:
    web = coder.place("web", template="dev")
    coder.server.add_fault("error", path=path)
    page = Html(alice.get(build_url(web)))
    assert text in page.one("main").text
    assert page.one("h1").text == "Started by alice"
    assert len(page.all("section", aria_labelledby="t-parameters")) == 1


def test_parameters_use_coder_names_when_version_parameters_call_fails(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    coder.server.add_fault("error", path=r"/rich-parameters$")
    section = Html(alice.get(build_url(web))).one("section", aria_labelledby="t-parameters")
    assert "cpu" in [row.one("dt").text for row in section.all("div")]


def test_session_expiring_during_stream_shows_try_again_link_on_page(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    coder.server.add_fault("signed_out", path=r"/logs$")
    response = alice.get(build_url(web))
    page = Html(response)
    assert response.status_code == 200
    assert page.one("section", id="failing").one("a").get("href") == build_url(web)


def test_build_page_shows_last_seen_content_when_coder_is_unreachable(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    append_log_lines(web.latest_build, "what was written")
    alice.get(build_url(web)).getvalue()
    coder.server.add_fault("refuse")
    response = alice.get(build_url(web))
    assert response.status_code == 503
    assert log_lines(Html(response))[-1] == "what was written"
    assert "as you last saw it" in Html(response).text


def test_build_history_and_workspace_page_link_to_build_pages(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", previous_transitions=("start", "stop"))
    history = Html(alice.get("/@alice/web/builds/"))
    hrefs = [
        build.one("div", class_="build-title").all("a")[0].get("href") for build in history.all("li", class_="build")
    ]
    assert hrefs == [build_url(web, 3), build_url(web, 2), build_url(web, 1)]
    assert build_url(web, 3) in [link.get("href") for link in Html(alice.get("/@alice/web/")).all("a")]
