#!/usr/bin/env python
"""Django's command line. Commands that change the structure of the database run as the owner of the tables."""

import os
import sys

# A process has one database role; these commands need more than the web role and say so here.
AS_OWNER = {
    *("migrate", "makemigrations", "make_roles", "load_demo", "seed_world", "make_access", "sqlmigrate"),
    *("create_administrator", "create_study", "add_cohort", "set_study_role"),
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "herstel.settings")
    if len(sys.argv) > 1 and sys.argv[1] in AS_OWNER:
        os.environ["HERSTEL_ROLE"] = "owner"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
