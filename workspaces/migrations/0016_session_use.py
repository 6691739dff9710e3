from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workspaces", "0015_fleet_searches"),
    ]

    operations = [
        migrations.AddField(
            model_name="portalsession",
            name="seen_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="portalsession",
            name="address",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
    ]
