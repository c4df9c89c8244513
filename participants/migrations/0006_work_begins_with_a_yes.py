from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    """Work began when somebody was invited, until now; from now on when they say so themselves."""

    dependencies = [
        ("participants", "0005_one_concern_waiting"),
    ]

    operations = [
        migrations.RemoveConstraint("employment", "employed_once"),
        migrations.AddField("employment", "began_at", models.DateTimeField(null=True)),
        migrations.RunSQL(
            """set constraints all immediate;
            update participants_employment
               set began_at = invited_at, ended_at = case when not active then coalesce(ended_at, now()) end;
            set constraints all deferred""",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField("employment", "began_at", models.DateTimeField(default=timezone.now, null=True)),
        migrations.AddConstraint(
            "employment",
            models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("user", "organisation", "function"),
                name="employed_once",
            ),
        ),
        migrations.AddConstraint(
            "employment",
            models.CheckConstraint(
                condition=models.Q(("active", True), ("began_at__isnull", False), ("ended_at", None))
                | models.Q(
                    models.Q(("began_at", None), ("ended_at__isnull", False), _connector="OR"), ("active", False)
                ),
                name="active_between_beginning_and_end",
            ),
        ),
    ]
