"""The rules of access, applied to the database. Written by `manage.py make_access`."""

from typing import ClassVar

from django.db import migrations

from herstel.policies import Access


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("herstel", "0011_access"),
        ("participants", "0007_administration_taken_back"),
        ("supportgroups", "0003_owners"),
        ("goals", "0002_initial"),
        ("meetings", "0002_minutes_words_minutes_words_by_feed_notes"),
        ("research", "0004_roles_of_work"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]
    operations: ClassVar = [Access("9ada6d5f9215ab5d")]
