"""Write the migration that applies the rules as they are now."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.migrations.loader import MigrationLoader

from herstel.policies import LOCAL, digest

TEMPLATE = '''"""The rules of access, applied to the database. Written by `manage.py make_access`."""

from typing import ClassVar

from django.db import migrations

from herstel.policies import Access


class Migration(migrations.Migration):
    dependencies: ClassVar = [
{dependencies}
    ]
    operations: ClassVar = [Access("{digest}")]
'''


class Command(BaseCommand):
    help = __doc__
    # One of the checks says that this command must be run.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        loader = MigrationLoader(None, ignore_no_migrations=True)
        leaves = [leaf for label in LOCAL for leaf in loader.graph.leaf_nodes(label)]
        names = sorted(name for label, name in loader.disk_migrations if label == "herstel")
        number = int(names[-1][:4]) + 1
        file = Path(apps.get_app_config("herstel").path) / "migrations" / f"{number:04d}_access.py"
        third = [loader.graph.leaf_nodes(label)[0] for label in ("account", "mfa", "socialaccount")]
        lines = "\n".join(f'        ("{label}", "{name}"),' for label, name in [*leaves, *third])
        file.write_text(TEMPLATE.format(dependencies=lines, digest=digest()))
        self.stdout.write(f"{file.relative_to(settings.ROOT)}: {digest()}")
