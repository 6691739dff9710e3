"""Files that only the user of the portal may read: SQLite databases and keys, in var/private.

Earlier releases had them in var/, readable for every user of the machine. Whoever needs a file first moves it.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

KEYS_FILE = "keys.json"
UMASK = 0o077  # new files and folders are for their owner alone
FOLDER_MODE = 0o700
FILE_MODE = 0o600
PUBLIC_FOLDER_MODE = 0o755  # of var/, which also holds the static files that a proxy may serve
IN_USE_TIMEOUT_S = 5.0


class FileInUse(Exception):
    """Another process still uses a database at its old place."""


@contextmanager
def private_folder(folder: Path) -> Iterator[None]:
    """Create the folder if it is missing, and let no other process change it meanwhile."""
    create_folder(folder.parent, PUBLIC_FOLDER_MODE)
    create_folder(folder, FOLDER_MODE)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)  # which releases the lock


def create_folder(folder: Path, mode: int) -> None:
    """Create the folder with this mode, whatever the umask is. One that exists keeps its mode."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return
    folder.chmod(mode)


def prepare_database(database: Path) -> None:
    """Create the folder of a SQLite database, move the database there from the folder above, and restrict its mode.

    Raises FileInUse where it has to be moved and another process uses it.
    """
    with private_folder(database.parent):
        old = database.parent.parent / database.name
        if old.exists() and not database.exists():
            leave_wal_mode(old)
            move_file(old, database)
        database.touch(mode=FILE_MODE)
        restrict(database)


def leave_wal_mode(database: Path) -> None:
    """Write SQLite's log into the database, and remove the log and its index: what is left is one file.

    Raises FileInUse: SQLite does this only while no other process has the database open.
    """
    try:
        with closing(sqlite3.connect(database, timeout=IN_USE_TIMEOUT_S)) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        raise database_in_use(database) from error
    if mode != "delete":
        raise database_in_use(database)


def database_in_use(database: Path) -> FileInUse:
    """Return the error for a database that cannot be moved now."""
    return FileInUse(
        f"{database} is in use. Stop all processes of the portal, then start them again: the database moves to "
        f"{database.parent / 'private'}."
    )


def move_file(old: Path, new: Path) -> None:
    """Move a file into its private folder, which is locked, unless there is one already.

    Of a symbolic link only the link moves; its target stays where the operator has put it.
    """
    if not old.exists() or new.exists():
        return
    if old.is_symlink():
        new.symlink_to(old.resolve())
        old.unlink()
    else:
        old.rename(new)
    restrict(new)


def restrict(file: Path) -> None:
    """Take away the rights of other users, if the file is our own."""
    status = file.stat()
    if status.st_uid == os.geteuid() and status.st_mode & UMASK:
        file.chmod(FILE_MODE)


def write_private_file(file: Path, text: str) -> None:
    """Write a new file at once, so that no process reads a part of it."""
    part = file.with_name(f"{file.name}.new")
    part.touch(mode=FILE_MODE)
    part.write_text(text)
    part.rename(file)
