"""Rename in the code only: tables and columns stay, so that processes of both releases can use them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workspaces", "0003_record"),
    ]

    operations = [
        migrations.AlterModelTable(name="Change", table="workspaces_change"),
        migrations.RenameModel(old_name="Change", new_name="AuditEntry"),
        migrations.AlterField(model_name="item", name="said", field=models.TextField(blank=True, db_column="said")),
        migrations.RenameField(model_name="item", old_name="said", new_name="message"),
    ]
