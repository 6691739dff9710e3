"""The SQLite database and the keys lie in a private folder, where those of earlier releases are moved."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.apps import apps

from coder_portal import checks, local_portal
from coder_portal.private_files import FileInUse, prepare_database
from tests.project.test_static_files import collect
from tests.server import ROOT

# Opens a database in the private folder, as each process of the portal does.
OPEN = """
import sys
from pathlib import Path
from django.conf import settings
import django
folder = Path(sys.argv[1])
settings.configure(
    PRIVATE_FOLDER=folder,
    DATABASES={"default": {"ENGINE": "coder_portal.sqlite", "NAME": folder / "portal.sqlite3",
                           "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL"}}},
)
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS sessions (name)")
    cursor.execute("SELECT name FROM sessions")
    print(cursor.fetchall())
"""


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Set the umask that most systems have."""
    umask = os.umask(0o022)
    yield
    os.umask(umask)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the private folder, which does not exist yet."""
    return tmp_path / "var" / "private"


def mode(path: Path) -> str:
    """Return the mode of a file or folder in octal digits."""
    return f"{path.stat().st_mode & 0o777:o}"


def create_old_database(folder: Path, *names: str) -> sqlite3.Connection:
    """Create a database at the old place with these rows, and return the open connection."""
    folder.parent.mkdir(mode=0o755, exist_ok=True)
    connection = sqlite3.connect(folder.parent / "portal.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE sessions (name)")
    for name in names:
        connection.execute("INSERT INTO sessions VALUES (?)", [name])
    return connection


def start_process(folder: Path) -> subprocess.Popen[str]:
    """Start a process that opens the database."""
    return subprocess.Popen([sys.executable, "-c", OPEN, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_new_database_and_its_log_are_private_and_static_files_stay_readable(folder: Path) -> None:
    assert start_process(folder).communicate()[0] == "[]\n"
    with closing(sqlite3.connect(folder / "portal.sqlite3")) as connection:
        connection.execute("CREATE TABLE t (x)")
        modes = {path.name: mode(path) for path in folder.iterdir()}
    assert set(modes.values()) == {"600"}
    assert {"portal.sqlite3", "portal.sqlite3-wal", "portal.sqlite3-shm"} == modes.keys()
    assert (mode(folder), mode(folder.parent)) == ("700", "755")


def test_old_database_is_moved_with_its_log_by_two_processes_that_start_at_once(folder: Path) -> None:
    old = folder.parent / "portal.sqlite3"
    with closing(create_old_database(folder, "alice")):
        files = {path.name: path.read_bytes() for path in folder.parent.iterdir()}
    assert len(files["portal.sqlite3-wal"]) > 0  # as a process leaves it that was killed
    for name, content in files.items():
        (folder.parent / name).write_bytes(content)
    processes = [start_process(folder) for _ in range(2)]
    assert [process.communicate()[0] for process in processes] == ["[('alice',)]\n"] * 2
    assert not old.exists()
    assert [path.name for path in folder.parent.iterdir()] == ["private"]
    assert mode(folder / "portal.sqlite3") == "600"


def test_old_database_is_not_moved_while_another_process_uses_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coder_portal.private_files.IN_USE_TIMEOUT_S", 0.1)
    with closing(create_old_database(folder, "alice")), pytest.raises(FileInUse, match="Stop all processes"):
        prepare_database(folder / "portal.sqlite3")
    assert not (folder / "portal.sqlite3").exists()
    prepare_database(folder / "portal.sqlite3")
    with closing(sqlite3.connect(folder / "portal.sqlite3")) as connection:
        assert connection.execute("SELECT name FROM sessions").fetchall() == [("alice",)]


def test_relative_link_to_database_keeps_its_target(folder: Path) -> None:
    create_old_database(folder, "alice").close()
    old = folder.parent / "portal.sqlite3"
    target = folder.parent / "volume.sqlite3"
    old.rename(target)
    old.symlink_to(target.name)
    prepare_database(folder / "portal.sqlite3")
    assert not old.is_symlink()
    assert (folder / "portal.sqlite3").resolve() == target
    assert mode(target) == "600"


def test_database_at_old_place_does_not_replace_the_one_in_use_and_is_reported(folder: Path) -> None:
    database = folder / "portal.sqlite3"
    prepare_database(database)
    create_old_database(folder, "alice").close()
    prepare_database(database)
    assert database.read_bytes() == b""
    (warning,) = checks.file_warnings({"ENGINE": "coder_portal.sqlite", "NAME": str(database)}, folder)
    assert f"{folder.parent / 'portal.sqlite3'} is not used" in warning.msg


def test_keys_are_moved_from_old_place_and_private(folder: Path) -> None:
    folder.parent.mkdir()
    old = folder.parent / "keys.json"
    old.write_text('{"PORTAL_SECRET_KEY": "old"}')
    assert local_portal.load_secrets(folder / "keys.json", old) == {"PORTAL_SECRET_KEY": "old"}
    assert not old.exists()
    assert mode(folder / "keys.json") == "600"


def test_processes_that_start_at_once_use_the_same_new_keys(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from coder_portal.local_portal import load_secrets; "
        "import json; print(json.dumps(load_secrets(Path(sys.argv[1]))))"
    )
    command = [sys.executable, "-c", code, str(folder / "keys.json")]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, other = [json.loads(process.communicate()[0]) for process in processes]
    assert other == first
    assert mode(folder / "keys.json") == "600"


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "count"), [(0o644, 0o755, 1), (0o600, 0o755, 0), (0o644, 0o700, 0)]
)
def test_check_warns_of_database_that_other_users_can_read(
    folder: Path, tmp_path: Path, file_mode: int, folder_mode: int, count: int
) -> None:
    database = tmp_path / "elsewhere" / "portal.sqlite3"
    database.parent.mkdir()
    database.touch()
    database.chmod(file_mode)
    database.parent.chmod(folder_mode)
    assert len(list(checks.file_warnings({"ENGINE": "coder_portal.sqlite", "NAME": str(database)}, folder))) == count


def test_process_of_portal_makes_new_files_private_and_collected_files_readable(tmp_path: Path) -> None:
    apps.get_app_config("coder_portal").ready()
    (tmp_path / "backup").touch()
    assert mode(tmp_path / "backup") == "600"
    collect(tmp_path / "static", "js/portal.js")
    collected = list((tmp_path / "static").rglob("*"))
    assert {path.suffix for path in collected} == {"", ".js", ".br", ".gz", ".json"}
    assert {mode(path) for path in collected if path.is_file()} == {"644"}
    assert {mode(path) for path in (tmp_path / "static", tmp_path / "static" / "js")} == {"755"}
