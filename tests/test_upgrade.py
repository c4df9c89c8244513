"""A place that is in use gets new tables: the rules in force make room, and nobody reads anything meanwhile."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations import Migration

from herstel.apps import forget_the_rules_first
from herstel.policies import Access, access_sql, digest
from tests.harness import role
from tests.test_house import declared_for_web, grants_of

pytestmark = pytest.mark.django_db
NEW_TABLE = """create table another (participant_id bigint not null);
alter table another add foreign key (participant_id) references participants_participant (id)"""


def plan_with(of: str, *, backwards: bool = False) -> list[tuple[Migration, bool]]:
    migration = Migration("9999_access", "herstel")
    migration.operations = [Access(of)]
    return [(migration, backwards)]


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_new_table_finds_room_and_the_rules_come_back() -> None:
    with role("herstel_owner"):
        run("set local row_security = off")  # as the owner has it who logs in
        with pytest.raises(DatabaseError, match="row-level security"):
            run(NEW_TABLE)
        forget_the_rules_first("default", plan_with(digest()))
        run(NEW_TABLE)
        with pytest.raises(DatabaseError, match="permission denied"), role("herstel_web"):
            run("select from goals_goal")
        assert grants_of("herstel_web") == {}
        run(access_sql())
    assert grants_of("herstel_web") == declared_for_web()


@pytest.mark.parametrize("plan", [[], plan_with("an older one"), plan_with(digest(), backwards=True)])
def test_rules_stay_where_nothing_gives_them_back(plan: list[tuple[Migration, bool]]) -> None:
    with role("herstel_owner"):
        forget_the_rules_first("default", plan)
    assert grants_of("herstel_web") == declared_for_web()


def test_it_happens_whenever_somebody_migrates() -> None:
    from django.db.models.signals import pre_migrate

    told = pre_migrate.send(sender=apps.get_app_config("herstel"), using="default", plan=[])
    assert forget_the_rules_first in [receiver for receiver, _answer in told]
    call_command("migrate", plan=True, verbosity=0)  # nothing is waiting, so nothing is taken away
