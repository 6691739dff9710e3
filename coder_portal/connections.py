"""The check of pooled PostgreSQL connections."""

from typing import Any

import psycopg
from psycopg_pool import ConnectionPool


def check_connection(connection: psycopg.Connection[Any]) -> None:
    """Check a pooled connection before a request uses it.

    Raises psycopg.OperationalError for a broken one, so that the pool takes another. Then all are replaced: after a
    restart of the server the pool would find the broken ones one by one, each with twice the delay of the one before,
    and the request would time out.
    """
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        if isinstance(pool := getattr(connection, "_pool", None), ConnectionPool):
            pool.drain()
        raise
