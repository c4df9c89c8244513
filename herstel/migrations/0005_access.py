"""The rules of access, applied to the database. Written by `manage.py make_access`."""

from typing import ClassVar

from django.db import migrations

from herstel.policies import Access


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("herstel", "0004_help_lines"),
        ("participants", "0001_initial"),
        ("supportgroups", "0001_initial"),
        ("goals", "0002_initial"),
        ("meetings", "0001_initial"),
        ("research", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]
    operations: ClassVar = [Access("c5ff7ca474d66227")]
