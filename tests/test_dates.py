"""No column of ours holds a date that Python cannot read: infinity, or a year after 9999."""

import pytest
from django.db import IntegrityError, connection, models, transaction

from herstel.policies import our_models
from tests.cast import Cast
from tests.harness import role

COLUMNS = [
    (model._meta.db_table, f.column)
    for model in our_models()
    for f in model._meta.concrete_fields
    if isinstance(f, models.DateField)
]


@pytest.mark.django_db
@pytest.mark.parametrize("date", ["infinity", "-infinity", "20000-01-01", "0001-01-01 BC"])
def test_no_column_holds_a_date_that_cannot_be_read(cast: Cast, date: str) -> None:
    tried = 0
    for table, column in COLUMNS:
        with role("herstel_maint"), connection.cursor() as cursor:
            cursor.execute(f"select count(*) from {table}")
            if not cursor.fetchone()[0]:
                continue
            tried += 1
            with pytest.raises(IntegrityError, match=r"readable_dates|cut_off_is"), transaction.atomic():
                cursor.execute(f'update {table} set "{column}" = %s', [date])
    assert tried > len(COLUMNS) / 2, tried


@pytest.mark.django_db
def test_every_table_with_a_date_says_so() -> None:
    query = """select pg_get_constraintdef(oid) from pg_constraint
                where conname = 'readable_dates' and conrelid = %s::regclass"""
    for table, column in COLUMNS:
        with role("herstel_owner"), connection.cursor() as cursor:
            cursor.execute(query, [table])
            assert column in cursor.fetchone()[0], (table, column)
