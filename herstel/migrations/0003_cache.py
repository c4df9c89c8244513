"""The table that the cache falls back on while Valkey is away (herstel/cache.py)."""

from typing import ClassVar

from django.db import migrations

TABLE = """
create table herstel_cache (
  cache_key varchar(255) primary key,
  value text not null,
  expires timestamp with time zone not null);
create index herstel_cache_expires on herstel_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("herstel", "0002_initial")]
    operations: ClassVar = [migrations.RunSQL(TABLE, "drop table herstel_cache")]
