"""Checks of the static files: vendored checksums, icons, color tokens and file lengths."""

import hashlib
import re
from pathlib import Path

import pytest

from workspaces.present.builds.log import BLOCK_LINES

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
STYLES = sorted((STATIC / "css").glob("*.css"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
SPRITE = (STATIC / "icons.svg").read_text()
VENDORED = re.findall(
    r"^\| `(\S+)` \| (\S+) \| `([0-9a-f]{64})` \| (.+?) \|", (STATIC / "vendor/README.md").read_text(), re.M
)


def test_vendored_files_match_listed_checksums() -> None:
    listed = {name: sha256 for name, _version, sha256, _license in VENDORED}
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (STATIC / "vendor").glob("*.js")}
    assert listed == there


def test_htmx_reports_listed_version() -> None:
    versions = {name: version for name, version, _sha256, _license in VENDORED}
    assert f'this.version="{versions["htmx.min.js"]}"' in (STATIC / "vendor/htmx.min.js").read_text()


def test_sprite_contains_exactly_the_icons_that_are_used() -> None:
    sources = {
        path: path.read_text()
        for path in [*ROOT.glob("workspaces/present/**/*.py"), ROOT / "tests/styleguide/sample_data.py"]
    }
    words = {word for source in sources.values() for word in re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"', source)}
    templates = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    styles = "".join(path.read_text() for path in STYLES)
    masks = set(re.findall(r"\.btn-(?:star|more)(?:\[.+?\])? { --icon: url\(\.\./icons\.svg#([a-z-]+)\)", styles))
    asked = (
        masks
        | set(re.findall(r'{% icon "(.+?)" %}', templates))
        | set(re.findall(r"[ \"]icon-([a-z0-9-]+)[ \"]", templates))
    )
    there = set(re.findall(r'<view id="(.+?)"', SPRITE))
    assert asked - there == set()
    assert there - asked - words == set()
    assert icons_of_present() - there == set()


def test_style_sheet_has_class_for_every_icon_of_sprite() -> None:
    classes = dict(
        re.findall(
            r"\.icon-([a-z0-9-]+) { --icon: url\(\.\./icons\.svg#(.+?)\)", (STATIC / "css/portal.css").read_text()
        )
    )
    views = re.findall(r'<view id="(.+?)" viewBox="0 (\d+) 24 24"/><g transform="translate\(0 (\d+)\)"', SPRITE)
    names = {name for name, *_ in views}
    assert names == {*classes, "ellipsis", "star-filled"}  # of .btn-more and .btn-star
    assert [name for name, view in classes.items() if name != view] == []
    assert [name for name, top, shift in views if top != shift] == []
    assert len({top for _name, top, _shift in views}) == len(views) == SPRITE.count("<view")


def icons_of_present() -> set[str]:
    """The icons that the page objects name."""
    from workspaces.present.action_buttons import BUTTONS
    from workspaces.present.statuses import STATUS_DISPLAY
    from workspaces.present.workspace.notices import ICONS

    tables = (
        {icon for _word, _tone, icon in STATUS_DISPLAY.values()}
        | set(ICONS.values())
        | {button.icon for button in BUTTONS.values()}
    )
    sources = "".join(path.read_text() for path in ROOT.glob("workspaces/present/**/*.py"))
    return tables | set(re.findall(r'icon="(.+?)"', sources))


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_stylesheet_colors_are_defined_tokens(path: Path) -> None:
    source = path.read_text()
    defined = set(re.findall(r"(--[a-z-]+):", "".join(each.read_text() for each in STYLES)))
    assert set(re.findall(r"var\((--[a-z-]+)", source)) - defined == set()
    literal = [
        line.strip()
        for line in source.splitlines()
        if re.search(r"#[0-9a-f]{3,8}\b|\brgb|\bhsl", line) and "--" not in line
    ]
    assert literal == []


def table_rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading of static/js/README.md, without its two head lines."""
    section = (STATIC / "js/README.md").read_text().split(f"# {heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def code_words(cell: str) -> set[str]:
    """Return the words of a cell that are in backquotes."""
    return set(re.findall(r"`([^`]+)`", cell))


def test_every_script_is_listed_in_readme() -> None:
    listed = [name for file, *_ in table_rows("Scripts") for name in code_words(file)]
    assert sorted(listed) == [path.name for path in SCRIPTS]


def test_every_script_is_loaded_by_a_template() -> None:
    templates = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    assert set(re.findall(r"{% static 'js/([\w.]+)' %}", templates)) == {path.name for path in SCRIPTS}


def test_custom_events_are_those_listed_in_readme() -> None:
    listed = {
        (event, frozenset(code_words(detail)), frozenset(code_words(senders)), frozenset(code_words(receivers)))
        for name, detail, _when, senders, receivers in table_rows("Events")
        for event in code_words(name)
    }
    details: dict[str, set[str]] = {}
    senders: dict[str, set[str]] = {}
    receivers: dict[str, set[str]] = {}
    for path in SCRIPTS:
        source = path.read_text()
        for event, detail in re.findall(r'new (?:Custom)?Event\("(portal:[\w-]+)"(?:, {detail: {(.*?)}})?', source):
            details.setdefault(event, set()).update(word for word in re.split(r"[,\s]+", detail) if word)
            senders.setdefault(event, set()).add(path.name)
        for event in re.findall(r'addEventListener\("(portal:[\w-]+)"', source):
            receivers.setdefault(event, set()).add(path.name)
        assert source.count('"portal:') == len(re.findall(r'(?:Event|addEventListener)\("portal:', source))
    used = {
        (event, frozenset(details[event]), frozenset(senders[event]), frozenset(receivers.get(event, ())))
        for event in senders.keys() | receivers.keys()
    }
    assert used == listed


@pytest.mark.parametrize("path", [*STYLES, *SCRIPTS], ids=lambda path: path.name)
def test_static_file_stays_below_line_limit(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= (600 if path.suffix == ".css" else 400)


def test_style_sheet_knows_height_of_full_block_of_log() -> None:
    height = f"contain-intrinsic-block-size: auto {BLOCK_LINES * 5 // 4}rem"
    assert (
        f'.log-block[data-lines="{BLOCK_LINES}"] {{ content-visibility: auto; {height} }}'
        in (STATIC / "css/build.css").read_text()
    )
