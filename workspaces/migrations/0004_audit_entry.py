from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("workspaces", "0003_record"),
    ]

    operations = [
        migrations.RenameModel(old_name="Change", new_name="AuditEntry"),
    ]
