"""The rules of access, applied to the database. Written by `manage.py make_access`."""

from typing import ClassVar

from django.db import migrations

from herstel.policies import Access


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("herstel", "0006_preference_reading_pushdevice"),
        ("participants", "0002_concern_crisiscard_storypart"),
        ("supportgroups", "0001_initial"),
        ("goals", "0002_initial"),
        ("meetings", "0002_minutes_words_minutes_words_by_feed_notes"),
        ("research", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]
    operations: ClassVar = [Access("804da0e441a8ee29")]
