"""Sessions from before their keys were hashed: nobody is signed out, and no key is left anywhere."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import redis
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from django.utils.module_loading import import_string

from coder_portal import local_portal
from tests.external_services.browsers import is_signed_in, post_form
from tests.external_services.servers import connect
from tests.portal import SimulatedCoder, create_token
from tests.server import ROOT, collect_static_once, free_port, portal_environment, run_manage_command

COOKIE = "coder_portal_session"


@contextmanager
def running_portal(env: Mapping[str, str]) -> Iterator[str]:
    """Run a portal on the database of `env` as it is, and yield its URL."""
    collect_static_once()
    process = local_portal.start_portal(env, int(urlsplit(env["PORTAL_URL"]).port or 0))
    try:
        local_portal.wait_until_ready(f"{env['PORTAL_URL']}/healthz", process)
        yield env["PORTAL_URL"]
    finally:
        local_portal.terminate([process])


def save_old_session(env: Mapping[str, str], coder: SimulatedCoder) -> str:
    """Make a database of the previous release with a session of Alice; return the value of its cookie."""
    command = [sys.executable, "-m", "tests.auth.old_session", coder.user("alice").id, create_token(coder)]
    process = subprocess.run(
        [str(part) for part in command], check=True, env=dict(env), cwd=ROOT, stdout=subprocess.PIPE
    )
    return process.stdout.decode()


def stored_bytes(env: Mapping[str, str]) -> bytes:
    """Return all bytes of the table of sessions and its indexes, or of the files of SQLite, and of Redis."""
    scheme, _, path = env["DATABASE_URL"].partition(":///")
    if scheme == "sqlite":
        files = sorted(Path(path).parent.glob(f"{Path(path).name}*"))
        assert Path(path) in files
        return b"".join(file.read_bytes() for file in files) + redis_bytes(env)
    with connect(env["DATABASE_URL"]) as database:
        database.execute("CHECKPOINT")
        rows = database.execute(
            "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class"
            " WHERE relkind IN ('r', 't', 'i') AND relfilenode <> 0 AND pg_relation_size(oid) > 0"
        ).fetchall()
    return b"".join(row[0] for row in rows) + redis_bytes(env)


def redis_bytes(env: Mapping[str, str]) -> bytes:
    """Return the names and the serialized values of all keys in Redis."""
    if "REDIS_URL" not in env:
        return b""
    with redis.Redis.from_url(env["REDIS_URL"]) as client:
        parts: list[Any] = [
            part for key in client.keys("*") for part in (key, client.dump(key) or b"", client.get(key))
        ]
    return b"".join(part for part in parts if part)


@pytest.fixture
def env(coder: SimulatedCoder, tmp_path: Path) -> dict[str, str]:
    """Return the environment of a portal with stores of its own."""
    return portal_environment(coder.url, tmp_path, free_port())


def test_session_from_before_upgrade_is_valid_and_its_key_is_nowhere(
    env: dict[str, str], coder: SimulatedCoder
) -> None:
    key = save_old_session(env, coder)
    assert key.encode() in stored_bytes(env)
    run_manage_command("migrate", env)
    assert key.encode() not in stored_bytes(env)
    with running_portal(env) as url, httpx.Client(trust_env=False, timeout=30, cookies={COOKIE: key}) as browser:
        assert is_signed_in(browser, url)
        assert browser.get(f"{url}/workspaces/").status_code == 200
        assert "An old browser" in browser.get(f"{url}/account/").text
        assert key.encode() not in stored_bytes(env)
        assert post_form(browser, f"{url}/logout/").status_code == 302
        with httpx.Client(trust_env=False, timeout=30, cookies={COOKIE: key}) as copied:
            assert not is_signed_in(copied, url)
    assert key.encode() not in stored_bytes(env)


def test_new_session_leaves_its_key_nowhere_and_its_hash_is_no_key(env: dict[str, str], coder: SimulatedCoder) -> None:
    run_manage_command("migrate", env)
    with running_portal(env) as url, httpx.Client(trust_env=False, timeout=30) as browser:
        browser.get(f"{url}/login/")
        user = coder.user("alice")
        assert post_form(browser, f"{url}/login/", email=user.email, password=str(user.password)).status_code == 302
        assert is_signed_in(browser, url)
        key = browser.cookies[COOKIE]
        stored_hash = import_string("workspaces.auth.session_store.hash_session_key")(key)
        assert stored_hash.encode() in stored_bytes(env)
        assert key.encode() not in stored_bytes(env)
        with httpx.Client(trust_env=False, timeout=30, cookies={COOKIE: stored_hash}) as thief:
            assert not is_signed_in(thief, url)
    assert key.encode() not in stored_bytes(env)


@pytest.mark.django_db
def test_upgrade_fails_while_another_process_uses_sqlite(tmp_path: Path) -> None:
    options = {"init_command": "PRAGMA journal_mode=WAL", "timeout": 0.1}
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "portal.sqlite3"), "OPTIONS": options}
    rewrite = import_string("workspaces.migrations.0006_remove_session_keys.rewrite_sqlite")
    handler, other_handler = ConnectionHandler({"default": database}), ConnectionHandler({"default": database})
    with closing(handler["default"]) as ours, closing(other_handler["default"]) as other:
        ours.cursor().execute("CREATE TABLE t (x)")
        cursor = other.cursor()
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM t")
        ours.cursor().execute("INSERT INTO t VALUES (1)")
        with pytest.raises(OperationalError, match="Stop all processes"):
            rewrite(ours)
        cursor.execute("ROLLBACK")
        rewrite(ours)
