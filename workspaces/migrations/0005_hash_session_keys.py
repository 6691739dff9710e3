"""Store the SHA-256 of each session's key in place of the key. Cookies keep the key, so everybody stays signed in.

The column's new name makes processes of the previous release fail, which would otherwise go on to write keys. The
next migration removes what is left of the keys from the files of the database and from Redis.
"""

import hashlib

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone


def hash_keys(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    sessions = apps.get_model("workspaces", "PortalSession").objects.using(schema_editor.connection.alias)
    sessions.filter(expire_date__lt=timezone.now()).delete()
    for key in list(sessions.values_list("session_key", flat=True)):
        sessions.filter(session_key=key).update(session_key=hashlib.sha256(key.encode()).hexdigest())


def delete_sessions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Everybody signs in again: a hash does not give the key back."""
    apps.get_model("workspaces", "PortalSession").objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("workspaces", "0004_audit_entry"),
    ]

    operations = [
        migrations.AlterField(
            model_name="portalsession",
            name="session_key",
            field=models.CharField(db_column="key_sha256", max_length=64, primary_key=True, serialize=False),
        ),
        migrations.RunPython(hash_keys, delete_sessions),
    ]
