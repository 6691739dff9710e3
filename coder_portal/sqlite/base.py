"""The backend's connection: see private_files.py. Django looks for `DatabaseWrapper` in this module."""

from pathlib import Path
from threading import Condition
from typing import Any

from cachetools import cached
from django.conf import settings
from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from coder_portal.private_files import FileInUse, prepare_database


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to SQLite. Before the first one, a database in the private folder is created or moved there."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open a connection. Raises OperationalError."""
        prepare_once(str(conn_params["database"]), settings.PRIVATE_FOLDER)
        return super().get_new_connection(conn_params)


@cached(cache={}, condition=Condition())  # other threads wait until the files have been moved
def prepare_once(database: str, folder: Path) -> None:
    """Prepare a database in the private folder, once in each process. Raises OperationalError."""
    if Path(database).parent != folder:
        return
    try:
        prepare_database(Path(database))
    except FileInUse as error:
        raise OperationalError(str(error)) from error
