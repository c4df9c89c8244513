"""Whose transaction it is: nothing that a statement left in the connection counts for the page that comes next."""

import re

import pytest
from django.db import connection

from herstel.actor import serving
from herstel.policies import access_sql

# Every setting by which the functions are told something.
SETTINGS = sorted(set(re.findall(r"current_setting\('app\.(\w+)'", access_sql())))


@pytest.mark.django_db(transaction=True)
def test_a_page_begins_with_no_setting_of_the_one_before() -> None:
    """`set_config` without "for this transaction" outlives the page that said it, and connections are used again."""
    assert {"session", "actor", "preview", "study", "cut_off"} <= set(SETTINGS)
    with connection.cursor() as cursor:
        for name in SETTINGS:
            cursor.execute("select set_config(%s, '1', false)", [f"app.{name}"])
        with serving(b""):
            for name in SETTINGS:
                cursor.execute("select current_setting(%s, true)", [f"app.{name}"])
                assert cursor.fetchone() == ("",), name
    connection.close()
