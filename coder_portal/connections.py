"""PostgreSQL's connections: what is done with one that broke while it lay in the pool."""

from typing import Any

import psycopg
from psycopg_pool import ConnectionPool


def check_connection(connection: psycopg.Connection[Any]) -> None:
    """See that a connection works before a page gets it. Raises psycopg.OperationalError: the pool gives another one.

    Where one broke, as when the server was started anew, all are made anew: the pool would find them out one by one,
    waiting twice as long after each, and the page would get none in time.
    """
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        if isinstance(pool := getattr(connection, "_pool", None), ConnectionPool):
            pool.drain()
        raise
