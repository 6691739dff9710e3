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
        migrations.AlterField(
            model_name="item", name="before", field=models.PositiveIntegerField(db_column="before", default=0)
        ),
        migrations.RenameField(model_name="item", old_name="before", new_name="build_number_before_write"),
        migrations.AlterField(
            model_name="item", name="away_since", field=models.DateTimeField(db_column="away_since", null=True)
        ),
        migrations.RenameField(model_name="item", old_name="away_since", new_name="unreachable_since"),
        migrations.AlterField(
            model_name="auditentry",
            name="outcome",
            field=models.CharField(
                choices=[("done", "Done"), ("refused", "Refused"), ("lost", "Lost"), ("away", "Unreachable")],
                max_length=16,
            ),
        ),
    ]
