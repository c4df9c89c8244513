"""What a member may write in somebody's log through SQL: what they did themselves, in words of the house.

Found by an attacker: a number that broke the page of the log and the copy of one's data, a line "onderzoekers maakten
een bestand", words in the place of a kind, and leaving without a line by claiming to look through another's eyes.
"""

import json
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.urls import reverse
from django.utils import timezone

from goals.actions import MOST_GOALS
from herstel.actor import acting_as
from herstel.audit import MOST_OBJECTS, log
from herstel.models import AuditLine, OutgoingMail
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db

NO_OBJECTS = [
    *('[["goal", 1e5000]]', '[["goal", 1e30]]', '[["goal", 1.5]]', '[["goal", -1]]', '[["goal", true]]'),
    *('[["IK WEET WAAR JE WOONT", 1]]', '[["goal", "1"]]', '[["", 1]]', '["goal"]', '{"goal": 1}', "null", "[[1, 1]]"),
    f'[["{"x" * 41}", 1]]',
]
# What members do themselves; every other event is somebody else's to write.
DONE_BY_MEMBERS = {"create", "change", "delete", "accept", "leave", "pause"}


def ask(query: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()


@pytest.mark.parametrize("objects", NO_OBJECTS)
def test_a_line_is_about_rows_and_nothing_else(cast: Cast, objects: str) -> None:
    jan = cast.jan.participant.pk
    look = f'[{{"participant": {jan}, "category": "goals", "n": 1, "objects": {objects}}}]'
    with acting_as(cast.pk("mo")):
        with pytest.raises(Error), transaction.atomic():
            ask("select audit.look(%s::jsonb)", look)
        with pytest.raises(Error), transaction.atomic():
            ask("select audit.log('change', %s, 'goals', %s::jsonb)", jan, objects)
    page = signed_in(cast.users["jan"])
    assert page.get(reverse("meetings:looked")).status_code == 200


def test_a_look_names_as_many_rows_as_the_house_writes_and_an_act_all_of_them(cast: Cast) -> None:
    """Found in review: choosing fifty goals at once is one line, and a limit on it kept them open."""
    jan, mo = cast.jan.participant.pk, cast.pk("mo")
    for n, fits in ((MOST_OBJECTS, True), (MOST_OBJECTS + 1, False)):
        objects = [["goal", number] for number in range(n)]
        look = json.dumps([{"participant": jan, "category": "goals", "n": n, "objects": objects}])
        with acting_as(mo), nullcontext() if fits else pytest.raises(Error), transaction.atomic():
            ask("select audit.look(%s::jsonb)", look)
    with acting_as(cast.pk("jan")):
        objects = [["membership", 1], *(["row", number] for number in range(MOST_GOALS))]
        log("share", jan, category="goals", objects=objects)


@pytest.mark.parametrize("category", ["WEES BANG", "goals!", "é"])
def test_a_category_is_no_sentence(cast: Cast, category: str) -> None:
    with acting_as(cast.pk("mo")), pytest.raises(Error), transaction.atomic():
        ask("select audit.log('change', %s, %s, '[]')", cast.jan.participant.pk, category)


@pytest.mark.parametrize("event", sorted(DONE_BY_MEMBERS))
def test_a_member_writes_what_they_did(cast: Cast, event: str) -> None:
    with acting_as(cast.pk("ans")):
        ask("select audit.log(%s, %s, 'agenda', '[]')", event, cast.jan.participant.pk)
    with role("herstel_maint"):
        assert AuditLine.objects.filter(event=event, actor=cast.pk("ans")).exists()


@pytest.mark.parametrize("event", sorted({*AuditLine.Event.values, "nonsense"} - DONE_BY_MEMBERS))
def test_a_member_writes_no_line_of_what_others_do(cast: Cast, event: str) -> None:
    with acting_as(cast.pk("ans")), pytest.raises(Error, match="what others do"), transaction.atomic():
        ask("select audit.log(%s, %s, 'agenda', '[]')", event, cast.jan.participant.pk)


def test_nothing_is_done_unnoted_through_eyes_that_are_nobodys(cast: Cast) -> None:
    with acting_as(cast.pk("ans")):
        ask("select set_config('app.preview', '1', true)")
        assert ask("select doors.leave(%s, '')", cast.jan.members["ans"].pk) == (True,)
        ask("select set_config('app.preview', '', true)")
    with role("herstel_maint"):
        assert AuditLine.objects.filter(event="leave", actor=cast.pk("ans")).exists()


@pytest.mark.parametrize("when", ["-infinity", "infinity", "0001-01-01", "20000-01-01"])
def test_a_mail_goes_at_a_time_that_there_is(cast: Cast, when: str) -> None:
    with acting_as(cast.pk("noor")):
        (pk,) = ask("select doors.send_word(%s, 'waiting', null, null, null, %s)", cast.pk("noor"), when)
    with role("herstel_maint"):
        at = OutgoingMail.objects.get(pk=pk).send_at
    assert timezone.now() - timedelta(days=1) < at < timezone.now() + timedelta(days=401)
