"""A PostgreSQL and a Redis in a temporary folder for the duration of a test run.

The programs come from Debian's packages `postgresql` and `redis-server`. Neither listens on a port.
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

TIMEOUT_S = 30.0
USER = "postgres" if os.geteuid() == 0 else None  # PostgreSQL does not run as root; Debian's package creates this user
# The data does not have to survive the run.
FAST_SETTINGS = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=200",
]


def find_program(name: str) -> str | None:
    """Return the path of a program on the PATH or among Debian's PostgreSQL programs."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(debian[-1]) if debian else None)


def missing_programs() -> list[str]:
    """Return the required programs that are not installed."""
    return [name for name in ("initdb", "postgres", "redis-server") if find_program(name) is None]


@contextmanager
def run_servers() -> Iterator[dict[str, str]]:
    """Run both servers within the context, and yield the variables that tests/settings.py reads."""
    with tempfile.TemporaryDirectory(prefix="portal-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        grant_write_access(folder)
        processes: list[subprocess.Popen[bytes]] = []
        try:
            processes += [start_postgresql(folder), start_redis(folder)]
            wait_for(lambda: connect(database_url(folder, "postgres")).close(), psycopg.OperationalError)
            wait_for(lambda: redis.from_url(redis_url(folder)).ping(), redis.ConnectionError)
            yield {"TEST_DATABASE_URL": database_url(folder, "postgres"), "TEST_REDIS_URL": redis_url(folder)}
        finally:
            for process in processes:
                process.terminate()  # PostgreSQL's smart shutdown; all clients have disconnected by now
            for process in processes:
                stop_server(process)


def grant_write_access(folder: Path) -> None:
    """Let the servers write to the folder."""
    if USER:
        shutil.chown(folder, USER)


def start_postgresql(folder: Path) -> subprocess.Popen[bytes]:
    """Create a database cluster in the folder and start its server."""
    data = folder / "postgresql"
    initdb_command = [
        find_program("initdb"),
        "--no-sync",
        "--auth=trust",
        "--username=portal",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run([*map(str, initdb_command), f"--pgdata={data}"], check=True, stdout=subprocess.DEVNULL, user=USER)
    command = [str(find_program("postgres")), "-D", str(data), "-k", str(folder)]
    for setting in FAST_SETTINGS:
        command += ["-c", setting]
    return start_server(command, folder / "postgresql.log")


def start_redis(folder: Path) -> subprocess.Popen[bytes]:
    """Start a Redis without persistence."""
    command = [str(find_program("redis-server")), "--port", "0", "--unixsocket", str(folder / "redis"), "--save", ""]
    return start_server([*command, "--dir", str(folder)], folder / "redis.log")


def start_server(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a server that writes to this log file."""
    with log.open("wb") as file:
        return subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, user=USER)


def stop_server(process: subprocess.Popen[bytes]) -> None:
    """Wait until the server has ended; kill it after 10 s."""
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(attempt: Callable[[], object], *retried_errors: type[Exception]) -> None:
    """Retry until the call succeeds. Raises the last error after TIMEOUT_S."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            attempt()
        except retried_errors:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def database_url(folder: Path | str, name: str) -> str:
    """Return the URL of a database whose server has its socket in the folder."""
    return f"postgres://portal@/{folder}/{name}"


def redis_url(folder: Path) -> str:
    """Return the URL of the Redis whose socket is in the folder."""
    return f"unix://{folder}/redis"


def connect(url: str) -> psycopg.Connection:
    """Connect to a database without Django."""
    folder, name = urlsplit(url).path.removeprefix("/").rsplit("/", 1)
    return psycopg.connect(host=folder, dbname=name, user="portal", autocommit=True)


def new_database() -> str:
    """Create an empty database on the test server and return its URL. It is removed with the server."""
    url, name = os.environ["TEST_DATABASE_URL"], f"portal_{uuid4().hex}"
    with connect(url) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    folder = urlsplit(url).path.removeprefix("/").rsplit("/", 1)[0]
    return database_url(folder, name)
