"""What the export worker's own database role reaches: measures of who consented to the study it works on, no words."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import transaction
from django.utils import timezone

from participants.models import Participant
from research.models import Consent
from tests.cast import Cast
from tests.harness import another, role

pytestmark = pytest.mark.django_db(transaction=True)

VIEWS = ["participants", "people", "goals", "progress", "meetings"]
TABLES = [
    "participants_background",
    "supportgroups_person",
    "supportgroups_membership",
    "goals_goal",
    "goals_step",
    "goals_helper",
    "goals_progress",
    "meetings_meeting",
    "meetings_minutes",
    "meetings_attendance",
    "meetings_promise",
]
REFUSED = """
select words from goals_goal
select why from goals_goal
select * from supportgroups_person
select phase from supportgroups_supportgroup
select called from participants_participant
select user_id from participants_participant
select user_id from supportgroups_membership
select district from participants_background
select place from meetings_meeting
select what from meetings_promise
select words from participants_checkin
select * from goals_reply
select * from meetings_meetingexperience
select * from research_consent
select * from herstel_user
select * from herstel_auditline
select * from account_emailaddress
select authz.visible('goals', 1)
update research_consent set withdrawn_at = null
update goals_goal set state = 'active'
insert into research_download (study_id) values (1)
update research_export set released_by_id = asked_by_id
delete from research_export
"""


def owners(second: psycopg.Connection, source: str) -> set[int]:
    query = f"select distinct participant_id from {source}"
    return {owner for (owner,) in second.execute(query).fetchall()}  # type: ignore[call-overload]


def everything(second: psycopg.Connection) -> set[int]:
    """Whose rows are seen anywhere at all."""
    found = {owner for source in [*(f"research.{v}" for v in VIEWS), *TABLES] for owner in owners(second, source)}
    return found | {pk for (pk,) in second.execute("select id from participants_participant").fetchall()}


def test_only_who_consented_to_this_study_is_seen(cast: Cast) -> None:
    assert cast.study is not None
    jan = cast.jan.participant.pk
    with another("research") as second:
        assert everything(second) == set()
    with another("research", actor=cast.pk("jan")) as second:
        assert everything(second) == set(), "being somebody opens nothing to this role"
    with another("research", study=cast.study.pk + 1) as second:
        assert everything(second) == set()
    with another("research", study=cast.study.pk) as second:
        assert everything(second) == {jan}
        for source in VIEWS:
            assert owners(second, f"research.{source}") == {jan}, source


def test_no_word_of_anybody_leaves(cast: Cast) -> None:
    assert cast.study is not None
    with another("research", study=cast.study.pk) as second:
        for view in VIEWS:
            shown = str(second.execute(f"select * from research.{view}").fetchall())  # type: ignore[call-overload]
            assert "CANARY" not in shown
            assert "datetime" not in shown, "whole months leave, no day"


ENDS: dict[str, Callable[[Cast], object]] = {
    "withdrawn": lambda cast: Consent.objects.update(withdrawn_at=timezone.now()),
    "closed": lambda cast: Participant.objects.filter(pk=cast.jan.participant.pk).update(paused_at=timezone.now()),
}


@pytest.mark.parametrize("how", ENDS)
def test_it_ends_at_the_next_statement(cast: Cast, how: str) -> None:
    assert cast.study is not None
    with another("research", study=cast.study.pk) as second:
        assert owners(second, "research.goals")
        with transaction.atomic(), role("herstel_maint"):
            ENDS[how](cast)
        assert everything(second) == set()


def test_the_database_refuses_the_rest(cast: Cast) -> None:
    assert cast.study is not None
    for query in REFUSED.strip().splitlines():
        with another("research", study=cast.study.pk) as second, pytest.raises(psycopg.errors.InsufficientPrivilege):
            second.execute(query)  # type: ignore[call-overload]
