"""Remove what is left of session keys outside of the table: in the database's files and in Redis.

It runs outside of a transaction and can be repeated. It fails while another process uses the database.
"""

import logging
from itertools import batched

from django.apps.registry import Apps
from django.conf import settings
from django.db import OperationalError, migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OLD_REDIS_KEYS = "portal.sessions:*"  # with the session's key as the last part
BATCH = 1000
LOCK_TIMEOUT_S = 20

logger = logging.getLogger("portal.redis")


def remove_keys(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    connection = schema_editor.connection
    if connection.vendor == "sqlite":
        rewrite_sqlite(connection)
    elif connection.vendor == "postgresql":
        rewrite_postgresql(connection, apps.get_model("workspaces", "PortalSession")._meta.db_table)
    if settings.REDIS_URL:
        delete_redis_copies(settings.REDIS_URL)


def rewrite_sqlite(connection: BaseDatabaseWrapper) -> None:
    """Rewrite all pages (VACUUM), and empty the write-ahead log, which holds the pages of the previous migration."""
    with connection.cursor() as cursor:
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            try:
                row = cursor.execute(statement).fetchone()
            except OperationalError as error:
                raise database_in_use() from error
            if row and row[0]:  # a checkpoint's first column: it could not be completed
                raise database_in_use()


def rewrite_postgresql(connection: BaseDatabaseWrapper, table: str) -> None:
    """Write the table into a new file. The old one, with the rows as they were, is deleted."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
        try:
            cursor.execute(f"VACUUM FULL {connection.ops.quote_name(table)}")
        except OperationalError as error:
            raise database_in_use() from error
        finally:
            cursor.execute("RESET lock_timeout")


def database_in_use() -> OperationalError:
    return OperationalError("Another process uses the database. Stop all processes of the portal, then migrate again.")


def delete_redis_copies(url: str) -> None:
    """Delete the copies of sessions. Without Redis only say so: each copy ends 60 seconds after it was written."""
    import redis  # takes 60 ms, which a portal without Redis saves

    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            for keys in batched(client.scan_iter(match=OLD_REDIS_KEYS, count=BATCH), BATCH):
                client.delete(*keys)
    except redis.RedisError as error:
        logger.warning(
            "Redis does not answer (%s): its copies of sessions, which the previous release wrote, are not deleted. "
            "They end within a minute.",
            type(error).__name__,
        )


class Migration(migrations.Migration):
    atomic = False  # VACUUM cannot run in a transaction

    dependencies = [
        ("workspaces", "0005_hash_session_keys"),
    ]

    operations = [
        migrations.RunPython(remove_keys, migrations.RunPython.noop),
    ]
