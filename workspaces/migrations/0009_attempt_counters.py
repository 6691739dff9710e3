from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workspaces", "0008_sign_in_counters"),
    ]

    operations = [
        migrations.RenameModel(old_name="SignInCounter", new_name="AttemptCounter"),
        migrations.RenameIndex(
            model_name="attemptcounter",
            old_name="workspaces__failure_bbe6c6_idx",
            new_name="workspaces__failure_7b0d80_idx",
        ),
        migrations.AddField(
            model_name="portalsession",
            name="draft_person",
            field=models.UUIDField(db_index=True, null=True),
        ),
    ]
