"""A PostgreSQL and a Redis of one's own, in a temporary folder, for as long as a test run lasts.

Debian's packages `postgresql` and `redis-server` are what is looked for. Neither listens on a port.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import redis

TIMEOUT_S = 30.0  # s
USER = "postgres" if os.geteuid() == 0 else None  # PostgreSQL does not run as root; Debian's package makes this user
# Nothing that is kept here outlives the run.
FAST_SETTINGS = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=200",
]


def find_program(name: str) -> str | None:
    """Where a program is: on the PATH, or where Debian puts PostgreSQL's."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(debian[-1]) if debian else None)


def missing_programs() -> list[str]:
    """The programs that are not on this machine."""
    return [name for name in ("initdb", "postgres", "redis-server") if find_program(name) is None]


@contextmanager
def run_servers() -> Iterator[dict[str, str]]:
    """Both servers, and the variables under which tests/settings.py finds them. They end with the context."""
    with tempfile.TemporaryDirectory(prefix="portal-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        grant_write_access(folder)
        started: list[subprocess.Popen[bytes]] = []
        try:
            started += [start_postgresql(folder), start_redis(folder)]
            wait_for(lambda: connect(database_url(folder, "postgres")).close(), psycopg.OperationalError)
            wait_for(lambda: redis.from_url(redis_url(folder)).ping(), redis.ConnectionError)
            yield {"TEST_DATABASE_URL": database_url(folder, "postgres"), "TEST_REDIS_URL": redis_url(folder)}
        finally:
            for process in started:
                process.terminate()  # of PostgreSQL's ways to stop the patient one; whoever is connected is gone by now
            for process in started:
                stop_server(process)


def grant_write_access(folder: Path) -> None:
    """Let the servers write to it."""
    if USER:
        shutil.chown(folder, USER)


def start_postgresql(folder: Path) -> subprocess.Popen[bytes]:
    """Make a cluster and start its server, in the folder."""
    data = folder / "postgresql"
    make = [
        find_program("initdb"),
        "--no-sync",
        "--auth=trust",
        "--username=portal",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run([*map(str, make), f"--pgdata={data}"], check=True, stdout=subprocess.DEVNULL, user=USER)
    line = [str(find_program("postgres")), "-D", str(data), "-k", str(folder)]
    for setting in FAST_SETTINGS:
        line += ["-c", setting]
    return start_server(line, folder / "postgresql.log")


def start_redis(folder: Path) -> subprocess.Popen[bytes]:
    """Start a Redis that keeps nothing on disk."""
    line = [str(find_program("redis-server")), "--port", "0", "--unixsocket", str(folder / "redis"), "--save", ""]
    return start_server([*line, "--dir", str(folder)], folder / "redis.log")


def start_server(line: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a server that writes to the log."""
    with log.open("wb") as file:
        return subprocess.Popen(line, stdout=file, stderr=subprocess.STDOUT, user=USER)


def stop_server(process: subprocess.Popen[bytes]) -> None:
    """See that it has ended."""
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(attempt: Callable[[], object], *retried_errors: type[Exception]) -> None:
    """Ask until there is an answer. Raises what came instead once PATIENCE is over."""
    until = time.monotonic() + TIMEOUT_S
    while True:
        try:
            attempt()
        except retried_errors:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def database_url(folder: Path | str, name: str) -> str:
    """The address of a database whose server's socket lies in the folder."""
    return f"postgres://portal@/{folder}/{name}"


def redis_url(folder: Path) -> str:
    """The address of the Redis whose socket lies in the folder."""
    return f"unix://{folder}/redis"


def connect(url: str) -> psycopg.Connection:
    """A connection to a database, outside of Django."""
    folder, name = urlsplit(url).path.removeprefix("/").rsplit("/", 1)
    return psycopg.connect(host=folder, dbname=name, user="portal", autocommit=True)


def new_database() -> str:
    """The address of a new, empty database beside that of the tests. It goes with the server."""
    url, name = os.environ["TEST_DATABASE_URL"], f"portal_{uuid4().hex}"
    with connect(url) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    folder = urlsplit(url).path.removeprefix("/").rsplit("/", 1)[0]
    return database_url(folder, name)
