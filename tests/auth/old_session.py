"""Make a database as the release left it that stored session keys in clear, with one session of Alice in it.

    python -m tests.auth.old_session USER_ID TOKEN

With the portal's environment. Prints the value of the session's cookie.
"""

import json
import os
import sys
import time
from typing import Any
from uuid import UUID

import django
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

OLD_STATE = ("workspaces", "0004_audit_entry")
OLD_REDIS_KEY = "portal.sessions:1:{key}"


class SessionStore(DatabaseStore):
    """Django's own store, with the table as it was. Its name is part of the signature of the data."""

    @classmethod
    def get_model_class(cls) -> Any:
        """Return the model of the old table."""
        return (
            MigrationExecutor(connection)
            .loader.project_state([OLD_STATE])
            .apps.get_model(OLD_STATE[0], "PortalSession")
        )


def session_data(user_id: UUID, token: str) -> dict[str, Any]:
    """Return what a session held."""
    from workspaces.auth import tokens  # needs the settings

    person = {"id": str(user_id), "username": "alice", "name": "Alice Liddell", "avatar_url": "", "roles": []}
    now = time.time()
    return {
        "person": {**person, "pasted": False, "fingerprint": tokens.fingerprint(token)},
        "token": tokens.encrypt(token, user_id),
        "since": now,
        "seen": now,
        "browser": "An old browser",
        "preferences": {"zone": "", "theme": "", "page_size": 25},
    }


def main(user_id: UUID, token: str) -> str:
    """Save the session, in Redis too if there is one, and return its key."""
    from django.conf import settings

    call_command("migrate", *OLD_STATE, verbosity=0)
    session: Any = SessionStore()
    session.update(session_data(user_id, token))
    session.save()
    session.model.objects.update(person=user_id, browser=session["browser"])
    if settings.REDIS_URL:
        import redis

        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.set(OLD_REDIS_KEY.format(key=session.session_key), json.dumps(dict(session.items())))
    return str(session.session_key)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coder_portal.settings")
    django.setup()
    sys.stdout.write(main(UUID(sys.argv[1]), sys.argv[2]))
