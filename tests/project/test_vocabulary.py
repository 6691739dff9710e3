"""Test that names of an earlier vocabulary do not come back.

Some names are unmistakable and may occur nowhere. Others are ordinary English words: prose may contain them, but no
module, class, function, method or attribute may have them as its whole name.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = {".py", ".html", ".js", ".css", ".md"}
EXCLUDED_FOLDERS = ("tests/contract/recorded/", "tests/vendor/", "static/vendor/", "docs/screenshots/")
EXCLUDED = {
    "tests/project/test_vocabulary.py",
    "tests/contract/replay.py",  # handed over, and kept as it is
    "workspaces/tasks.py",  # the paths under which the previous release queued tasks
    "workspaces/operations/sweeping.py",
}

FORBIDDEN_WORDS = frozenset({
    "Bulletin", "EARS", "Looking", "OfList", "OfWorkspace", "OfBuild", "OfOperation", "Asker", "Unarmed",
    "RecordingCoder", "HOLES", "judged_as", "in_two", "not_done", "mark_of", "rights_on", "status_mark",
})  # fmt: skip
FORBIDDEN_CLASSES = frozenset({
    "Visitor", "Over", "Measures", "Dialect", "Wish", "Sheet", "Facts", "Wanted", "Move", "Trouble", "Told",
    "Private", "Refusals", "Ledger", "Shelf", "Holes",
})  # fmt: skip
FORBIDDEN_NAMES = frozenset({
    "told", "kept", "asked", "shown", "said", "fates", "bustle", "shelf", "bulletin", "stage", "mortal",
    "ledger", "stencil", "holes", "judge", "refuse", "arm", "disarm", "chains", "offers", "seen", "bears",
})  # fmt: skip
FORBIDDEN_MODULES = frozenset({
    "answers", "sheets", "telling", "pieces", "visitors", "asking", "revising", "moves", "acting",
    "beginning", "viewers", "upstream", "trouble", "record", "tiles", "reach", "marks", "offers", "objects",
    "words", "texts", "moments", "changes", "placing", "entering", "moved", "listening", "likeness", "pure",
    "looks", "site", "stores",
})  # fmt: skip
ALLOWED = {
    ("workspaces/present/builds/log.py", "Stage"),  # Coder's term: a log has stages
}
CODER_FIELDS = {"stage"}  # of logs and timings; types keep Coder's names

Finding = tuple[int, str]


def project_files() -> Iterator[str]:
    """Yield the paths of the project's own files, relative to its root."""
    output = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for path in output.splitlines():
        is_text = Path(path).suffix in SUFFIXES and (ROOT / path).is_file()
        if is_text and path not in EXCLUDED and not path.startswith(EXCLUDED_FOLDERS) and "/migrations/" not in path:
            yield path


FILES = list(project_files())


def attribute_targets(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a statement assigns to."""
    if isinstance(node, ast.Assign):
        yield from node.targets
    elif isinstance(node, ast.AnnAssign):
        yield node.target


def definitions(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Yield line, kind and name of classes, functions, module constants, and attributes of classes and instances."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.lineno, "class", node.name
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, "function", node.name
        if isinstance(node, ast.ClassDef | ast.Module):
            for statement in node.body:
                for target in attribute_targets(statement):
                    if isinstance(target, ast.Name):
                        yield target.lineno, "attribute", target.id
        for target in attribute_targets(node):
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                yield target.lineno, "attribute", target.attr.removeprefix("_")


def script_definitions(source: str) -> Iterator[Finding]:
    """Yield line and name of the functions and variables of a script."""
    pattern = re.compile(r"\b(?:function|const|let|class)\s+(\w+)|(?<=, )(\w+)(?= = )")
    for number, line in enumerate(source.splitlines(), 1):
        for match in pattern.finditer(line):
            yield number, match[1] or match[2]


def find_words(source: str) -> Iterator[Finding]:
    """Yield line and name of every forbidden word."""
    pattern = re.compile(rf"(?<![\w-])({'|'.join(sorted(FORBIDDEN_WORDS))})(?![\w-])")
    for number, line in enumerate(source.splitlines(), 1):
        yield from ((number, match[1]) for match in pattern.finditer(line))


def find_definitions(path: str, source: str) -> Iterator[Finding]:
    """Yield line and name of every definition with a forbidden name."""
    if path.endswith(".py"):
        for line, kind, name in definitions(ast.parse(source)):
            if kind == "class" and name in FORBIDDEN_CLASSES:
                yield line, name
            is_allowed = (path, name) in ALLOWED or (kind == "attribute" and name in CODER_FIELDS)
            if name.lower() in FORBIDDEN_NAMES and not is_allowed:
                yield line, name
    elif path.endswith(".js"):
        yield from ((line, name) for line, name in script_definitions(source) if name in FORBIDDEN_NAMES)
    elif path.endswith(".html"):
        for number, text in enumerate(source.splitlines(), 1):
            partials = re.findall(r"{% partialdef (\w+)", text)
            yield from ((number, name) for name in partials if name in FORBIDDEN_NAMES)


def test_names_of_earlier_vocabulary_are_not_used() -> None:
    findings = []
    for path in FILES:
        source = (ROOT / path).read_text()
        for line, name in [*find_words(source), *find_definitions(path, source)]:
            findings.append(f"{path}:{line}: {name}")
    assert findings == []


def test_modules_have_no_names_of_earlier_vocabulary() -> None:
    stems = {path: Path(path).stem for path in FILES if path.endswith(".py")}
    assert [path for path, stem in stems.items() if stem in FORBIDDEN_MODULES | FORBIDDEN_NAMES] == []


@pytest.mark.parametrize(
    ("path", "source", "names"),
    [
        ("a.py", "class Sheet: ...", ["Sheet"]),
        ("a.py", "def told(): ...", ["told"]),
        ("a.py", "class A:\n    kept: int", ["kept"]),
        ("a.py", "class A:\n    def f(self):\n        self.asked = 1", ["asked"]),
        ("a.py", "class Line:\n    stage: str", []),
        ("a.py", "'''Nobody is told.'''\nsettings_told = 1", []),
        ("a.js", "const a = 1, told = 2;", ["told"]),
        ("a.html", "{% partialdef bears %}", ["bears"]),
    ],
)
def test_definitions_with_forbidden_names_are_found(path: str, source: str, names: list[str]) -> None:
    assert [name for _line, name in find_definitions(path, source)] == names
