"""No column that the web may write holds a date that Python cannot read (infinity, a year after 9999), and no public
name of a row is a path. The columns come from the catalogue, so that a new table cannot be forgotten.
"""

import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import JSONField

from herstel.policies import our_models
from tests.cast import Cast
from tests.harness import role

DATES = """
select c.relname, a.attname
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
   and a.atttypid in ('date'::regtype, 'timestamptz'::regtype)
   and (has_any_column_privilege('herstel_web', c.oid, 'INSERT')
        or has_column_privilege('herstel_web', c.oid, a.attnum, 'UPDATE')
        or has_any_column_privilege('herstel_doors', c.oid, 'INSERT'))"""
# Read by SQL alone, which knows infinity: what the cache keeps without an end.
READ_BY_SQL = {("herstel_cache", "expires")}


def columns() -> set[tuple[str, str]]:
    with role("herstel_owner"), connection.cursor() as cursor:
        cursor.execute(DATES)
        return set(cursor.fetchall()) - READ_BY_SQL


def constrained() -> dict[str, str]:
    query = (
        "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint where conname = 'plain_columns'"
    )
    with role("herstel_owner"), connection.cursor() as cursor:
        cursor.execute(query)
        return dict(cursor.fetchall())


@pytest.mark.django_db
def test_every_date_that_the_web_may_write_can_be_read() -> None:
    known = constrained()
    assert len(columns()) > 60
    assert [
        f"{table}.{column}"
        for table, column in columns()
        if not re.search(rf"\b{column} >= '", known.get(table, "").replace('"', ""))
    ] == []


@pytest.mark.django_db
@pytest.mark.parametrize("date", ["infinity", "-infinity", "20000-01-01", "0001-01-01 BC"])
def test_no_column_takes_a_date_that_cannot_be_read(cast: Cast, date: str) -> None:
    tried = 0
    for table, column in columns():
        with role("herstel_maint"), connection.cursor() as cursor:
            cursor.execute(f"select count(*) from {table}")
            if not cursor.fetchone()[0]:
                continue
            tried += 1
            with pytest.raises(IntegrityError, match=r"plain_columns|cut_off_is"), transaction.atomic():
                cursor.execute(f'update {table} set "{column}" = %s', [date])
    assert tried > 40, tried


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["../../esc", "/tmp/esc", "a.b", ""])
def test_no_public_name_is_a_path(cast: Cast, slug: str) -> None:
    found = [(table, re.findall(r"\((\w+)\)::text ~", checked)) for table, checked in constrained().items()]
    named = [(table, column) for table, columns_of_it in found for column in columns_of_it]
    assert ("participants_datacopy", "slug") in named
    assert ("supportgroups_invitation", "name") in named
    for table, column in named:
        with role("herstel_maint"), connection.cursor() as cursor:
            cursor.execute(f"select count(*) from {table}")
            if not cursor.fetchone()[0]:
                continue
            one = f"update {table} set {column} = %s where id = (select min(id) from {table})"
            with pytest.raises(IntegrityError, match="plain_columns"), transaction.atomic():
                cursor.execute(one, [slug])


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["[1e5000]", '{"a": [{"b": -1e400}]}', "5", '"x"', "null"])
def test_no_json_breaks_who_reads_it(cast: Cast, value: str) -> None:
    """Found by an attacker: a number of five thousand digits in a wish broke the pages of everybody in the group."""
    tried = 0
    for model in our_models():
        for column in [f.column for f in model._meta.concrete_fields if isinstance(f, JSONField)]:
            table = model._meta.db_table
            with role("herstel_maint"), connection.cursor() as cursor:
                cursor.execute(f"select count(*) from {table}")
                if not cursor.fetchone()[0]:
                    continue
                tried += 1
                with pytest.raises(IntegrityError, match="plain_columns"), transaction.atomic():
                    cursor.execute(f"update {table} set {column} = %s", [value])
    assert tried >= 5, tried
