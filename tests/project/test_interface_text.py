"""Test the text of the interface: the words of docs/style-guide.md, and none that it forbids."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.server import ROOT

GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"}
TRANSLATE = re.compile(r"""\{%\s*translate\s+(["'])(?P<text>.*?)\1""", re.DOTALL)
BLOCK = re.compile(r"\{%\s*blocktranslate\b.*?%\}(?P<text>.*?)\{%\s*endblocktranslate\s*%\}", re.DOTALL)
# What a Coder user does not say, with the reason or the word to use instead.
FORBIDDEN = {
    r"\bby (it|them)sel(f|ves)\b": "Autostart, Autostop, automatically",
    r"\bmade\b|\bmake (?!(it )?dormant)": "created, create",
    r"\banew\b|\bonce more\b": "again, Retry",
    r"\bmend\b": "fix, correct",
    r"\brests?\b|\blaid to\b|\bawake\b": "Dormancy, Report activity",
    r"\bunder way\b|\basked for\b|\bbeg[aiu]ns?\b": "In progress, Requested, started",
    r"\btake no further\b|\bput an end\b": "Cancel operation",
    r"\bhow long it\b|\bhow far\b": "Build timeline, View progress",
    r"\bwhoever\b|\bsomebody who\b|\blooks? after\b": "the name of the role: administrator, template admin",
    r"\bmeanwhile\b": "in the meantime",
    r"\bnot there\b|\bno such\b(?! parameter)|\bgone\b": "not found, Removed",
    r"\bnewest version\b|\bthe newest one\b": "active version",
    r"\bstar(red)?\b": "favorite",
    r"\bit speaks\b|\bdistance\b": "Protocol, Latency",
    r"\bwants?\b": "needs, requires",
    r"\bword for word\b|\bletter by letter\b": "characters",
    r"\bsays?\b(?! )|\bin .{0,8}words\b": "reports",
    r"\btick\b": "select",
    r"\be-mail\b": "email",
    r"\blog ?(in|out) to\b|\blogged (in|out)\b": "sign in, sign out",
    r"(?i)organisation|cancel[l]|favour|colour|behaviour|recognis|(?<!program)me\bs": "American spelling",
    r"\bplease\b|\bsorry\b|\boops\b": "leave it out",
    r"\b(cannot be reached|is unreachable|cannot be read) since\b": "has been unreachable since",
    r"\bat the latest\b": "no later than",
    r"\bsend (it )?again\b|\bsent this form\b": "submit",
    r"\bsomebody\b|\bnobody\b": "the passive voice, or the name of the role",
    r"^(Already|Not|Never) [a-z -]+\.$": "a sentence with its subject: The workspace is already running.",
    r"\bNew workspace\b": "Create workspace",
    r"\bother version\b": "selected version",
    r"\w, (the )?\w+ (and|or) (the )?\w+": "a comma before the last element of a series",
    r"\d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December)\b": "July 1",
    r"%\(day\)d %\(month\)s": "July 1",
    r"\b(keep|kept) (it )?awake\b|\bbump\b": "Report activity, extend",
    r"\b[Ll]og of\b(?<!agent log of)|operation token|password sign-ins": "Agent log, API token of an operation",
    r"\bare a suggestion\b|\bwith these values\b|\bstart this version\b": "Start with this version, Update and start",
    r"\b(everybody|for them|their workspaces|they have)\b|^people$|^person$": "everyone, user",
    r"\bdid the same\b|\bare those of\b|\bleft out\b|\bnot among them\b": "same, ignored, not included",
    r"\bshows? (it |this )?(to )?you\b": "You do not have permission to view",
    r"\blong after each\b|\bat once\b|\ba day\b(?! \()|\btake at most\b|\blately\b": "duration, immediately, per day",
    r"\bwindow of its own\b|^Another time$": "a new window, Choose a time",
    r"\bensure this\b": "what is allowed: Use at most 60 characters",
}
# The zone is named once a page, in the header; a schedule has a zone of its own, and the others name a wrong value.
WITH_ZONE = {
    "Too many failed sign-ins from your IP address. Try again at %(time)s (%(zone)s).",  # no header before the sign-in
    "Too many failed sign-ins with this email address. Try again at %(time)s (%(zone)s).",
    "Times in {{ zone }}",
    "%(moment)s, %(zone)s",
    "%(days)s %(times)s, %(zone)s",
    "“%(zone)s” is ambiguous: %(names)s.",
    "Unknown time zone “%(zone)s”.",
}


def template_messages(path: Path) -> Iterator[str]:
    """Yield the translated texts of a template, with each run of spaces as one."""
    source = path.read_text()
    for pattern in (TRANSLATE, BLOCK):
        for match in pattern.finditer(source):
            yield from (" ".join(part.split()) for part in re.split(r"\{%\s*plural\s*%\}", match["text"]))


def python_messages(path: Path) -> Iterator[str]:
    """Yield the translated texts of a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            if name in GETTEXT:
                yield from (
                    arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                )


def messages() -> Iterator[tuple[str, str]]:
    """Yield the file and the text of every message of the interface."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from ((path.name, text) for text in template_messages(path))
    for package in ("workspaces", "coder_portal"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield from ((path.name, text) for text in python_messages(path))


def test_messages_are_found_in_templates_and_modules() -> None:
    texts = {text for _, text in messages()}
    assert {"Create workspace", "Build timeline", "Autostart is off.", "Starting %(name)s…"} <= texts
    assert len(texts) > 800


def test_messages_contain_no_forbidden_words() -> None:
    found = [
        (file, text, instead)
        for file, text in messages()
        for pattern, instead in FORBIDDEN.items()
        if re.search(pattern, text, re.IGNORECASE)
    ]
    assert found == []


def test_time_zone_is_named_once_a_page() -> None:
    assert {text for _, text in messages() if "zone" in text and ("%(zone)" in text or "{{ zone" in text)} == WITH_ZONE


def test_no_footer_describes_the_portal() -> None:
    assert "<footer" not in (ROOT / "templates" / "base.html").read_text()
