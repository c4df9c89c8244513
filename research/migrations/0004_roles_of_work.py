import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A role in a study ends with the work for which somebody got it. Roles of before: the newest work as a researcher that
    somebody has, or had; who never was one loses the role.
    """

    dependencies = [
        ("participants", "0006_work_begins_with_a_yes"),
        ("research", "0003_failed_versions"),
    ]

    operations = [
        migrations.AddField(
            "studyrole",
            "employment",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="participants.employment",
            ),
        ),
        migrations.RunSQL(
            """set constraints all immediate;
            update research_studyrole r set employment_id = (
              select e.id from participants_employment e where e.user_id = r.user_id and e.function = 'researcher'
               order by e.active desc, e.id desc limit 1);
            delete from research_studyrole where employment_id is null;
            set constraints all deferred""",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            "studyrole",
            "employment",
            models.ForeignKey(
                on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="participants.employment"
            ),
        ),
    ]
