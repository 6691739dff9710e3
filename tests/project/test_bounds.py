"""Test that each cache, queue and registry of a process is in the table of bounds in docs/performance.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "performance.md").read_text().partition("\n## Memory\n")[2].partition("\n## ")[0]
MODULES = sorted(
    path
    for folder in ("coder_portal", "workspaces")
    for path in (ROOT / folder).rglob("*.py")
    if not {"migrations", "management", "__pycache__"} & set(path.parts)
)
# Calls that make something that can grow: anywhere in a module, as each of them lasts.
CACHES = {
    "lru_cache",
    "cache",
    "cached",
    "LRUCache",
    "TTLCache",
    "WeakValueDictionary",
    "deque",
    "Queue",
    "SimpleQueue",
}
# These last only where a module or an object keeps them.
COLLECTIONS = {"dict", "list", "set", "OrderedDict", "Counter", "defaultdict", "bytearray", "ThreadPoolExecutor"}
# Modules whose collections end with a request, a call or a form, or never grow after the start.
SHORT_LIVED = {
    "coder_portal/env.py": "names of variables, read once",
    "coder_portal/checks.py": "names of settings, read once",
    "coder_portal/settings.py": "settings, read once",
    "coder_portal/health.py": "one cache backend",
    "coder_portal/http_protocol.py": "one connection",
    "coder_portal/page_server.py": "one request",
    "coder_portal/local_portal.py": "a command",
    "coder_portal/sqlite/base.py": "a flag for each database file",
    "workspaces/creation/forms.py": "one form",
    "workspaces/gateway/audit.py": "one request; and a flag that a warning was logged",
    "workspaces/gateway/connection.py": "one HTTP client",
}


def name_of(node: ast.expr) -> str:
    """Return the last name of a call or a reference: `cache` for `functools.cache`."""
    match node:
        case ast.Call():
            return name_of(node.func)
        case ast.Attribute():
            return node.attr
        case ast.Name():
            return node.id
        case ast.Subscript():
            return name_of(node.value)
    return ""


def is_empty_collection(node: ast.expr | None) -> bool:
    """Return whether an expression makes a collection that something will be put into."""
    match node:
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
        case ast.Call():
            return name_of(node) in COLLECTIONS
    return False


def growing(tree: ast.Module) -> Iterator[str]:
    """Yield what may grow: decorators and calls that make caches, and empty collections of modules and objects."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from (f"@{name_of(each)} {node.name}" for each in node.decorator_list if name_of(each) in CACHES)
        elif isinstance(node, ast.Call) and name_of(node) in CACHES:
            yield name_of(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and is_empty_collection(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            at_module = node in tree.body
            yield from (name_of(target) for target in targets if at_module or isinstance(target, ast.Attribute))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_with_cache_or_collection_is_in_table_of_bounds(path: Path) -> None:
    module = str(path.relative_to(ROOT))
    found = sorted(set(growing(ast.parse(path.read_text()))))
    if found and module not in SHORT_LIVED:
        assert f"`{module.removeprefix('workspaces/')}`" in TABLE, f"{module} has {found}"


def is_bounded(decorator: ast.expr) -> bool:
    """Return whether the cache of `@cached` is no dictionary: that is given by keyword."""
    return isinstance(decorator, ast.Call) and not any(keyword.arg == "cache" for keyword in decorator.keywords)


def test_caches_of_functions_have_a_bound() -> None:
    """`lru_cache` needs a size; `cache` has none, nor has a dictionary: for functions with a fixed set of arguments."""
    unbounded = {
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if name_of(decorator) == "cache"
        or (name_of(decorator) == "cached" and not is_bounded(decorator))
        or (name_of(decorator) == "lru_cache" and not (isinstance(decorator, ast.Call) and decorator.keywords))
    }
    assert unbounded == {
        "coder_portal/sqlite/base.py: prepare_once",  # the database's file
        "workspaces/gateway/connection.py: http_client",  # without arguments
        "workspaces/coder/transport.py: ssl_context",  # the settings, and one more in tests
        "workspaces/gateway/audit.py: warn_of_old_logger",  # without arguments
    }


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from functools import cache\n@cache\ndef f(): ...", ["@cache f"]),
        ("import functools\n@functools.lru_cache(maxsize=9)\ndef f(): ...", ["@lru_cache f", "lru_cache"]),
        ("PAGES = {}", ["PAGES"]),
        ("PAGES: dict[str, int] = {}\nNAMES = {'a': 1}", ["PAGES"]),
        ("class A:\n    def __init__(self):\n        self.pages = OrderedDict()", ["pages"]),
        ("def f():\n    pages = []\n    return pages", []),
        ("class A:\n    pages = deque()", ["deque"]),
    ],
)
def test_what_may_grow_is_found(source: str, found: list[str]) -> None:
    assert sorted(set(growing(ast.parse(source)))) == found
