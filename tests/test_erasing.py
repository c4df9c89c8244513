"""Alles weggooien: closed at once, back within fourteen days, and after that nothing of it can be found."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from goals.models import Goal
from herstel.files import path_of
from herstel.models import OutgoingMail, SignIn, User
from herstel.policies import our_models
from participants.erasing import erase_due
from participants.models import Deletion, Employment, Participant
from research.models import Export
from tests.abuse.test_uploads import drawn, upload
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db
# What must be kept: the ledger, and the log of who looked (of others: what they were called in their own work).
KEPT = {"herstel_auditline", "herstel_erasure"}


def ask(cast: Cast, name: str = "jan", tell: str = "nee") -> None:
    client = signed_in(cast.users[name], crash=True)
    assert client.post(f"{reverse('delete_sure')}?tell={tell}").status_code == 302
    assert client.get(reverse("begin")).status_code == 302  # signed out


def due(cast: Cast, name: str = "jan") -> int:
    with role("herstel_maint"):
        Deletion.objects.filter(participant=cast.records[name].participant).update(
            due_at=timezone.now() - timedelta(days=1)  # the database clock stands still in a test
        )
    with role("herstel_worker"):
        return erase_due()


def everything() -> dict[str, str]:
    """Every row of every table, as text."""
    with role("herstel_maint"), connection.cursor() as cursor:
        cursor.execute("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f"select coalesce(string_agg(t::text, chr(10)), '') from {table} t")
            (found[table],) = cursor.fetchone()
    return found


def test_nothing_can_be_found(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    jan = signed_in(cast.users["jan"], crash=True)
    upload(jan, cast.jan.goals["goal-open"], drawn())
    jan.post(reverse("take_along"))
    address, number, user = cast.user("jan").email, cast.jan.participant.pk, cast.pk("jan")
    with role("herstel_maint"):
        SignIn.objects.create(address=address, session_id=1, code=b"1", link=b"2", expires_at=timezone.now())
        OutgoingMail.objects.create(address=address, template="code")
    before = everything()
    assert sum("CANARY[jan-" in text for table, text in before.items() if table not in KEPT) > 25
    ask(cast)
    assert due(cast) == 1
    after = everything()
    assert {table for table, text in after.items() if "CANARY[jan-" in text} == set()
    assert {table for table, text in after.items() if address in text} == set()
    numbered = {
        m._meta.db_table for m in our_models() if any(f.column == "participant_id" for f in m._meta.concrete_fields)
    }
    with role("herstel_maint"), connection.cursor() as cursor:
        for table in sorted(numbered):
            cursor.execute(f"select count(*) from {table} where participant_id = %s", [number])
            assert (table in KEPT) or cursor.fetchone() == (0,), table
        cursor.execute("select former_participant, former_user from herstel_erasure")
        assert cursor.fetchall() == [(number, user)]
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
    assert due(cast) == 0


def test_until_that_day_all_is_closed_and_can_come_back(cast: Cast) -> None:
    ask(cast)
    ans = signed_in(cast.users["ans"], crash=True)
    page = ans.get(reverse("member:person", args=[cast.jan.members["ans"].slug])).content.decode()
    assert "jan-goal" not in page
    assert "stopt met Kring" not in page
    with role("herstel_worker"):
        assert erase_due() == 0
    jan = signed_in(cast.users["jan"], crash=True)
    assert jan.get(reverse("begin"))["Location"] == reverse("back_again")
    jan.post(reverse("back_again"))
    assert jan.get(reverse("begin")).status_code == 200
    assert "jan-goal" in ans.get(reverse("member:person", args=[cast.jan.members["ans"].slug])).content.decode()
    with role("herstel_worker"):
        assert erase_due() == 0


def test_the_group_is_told_when_the_participant_wants_that(cast: Cast) -> None:
    ask(cast, tell="ja")
    ans = signed_in(cast.users["ans"], crash=True)
    page = ans.get(reverse("member:person", args=[cast.jan.members["ans"].slug])).content.decode()
    assert "stopt met Kring" in page
    with role("herstel_maint"):
        told = set(OutgoingMail.objects.values_list("to_user", flat=True))
    assert cast.pk("ans") in told
    assert cast.pk("els") not in told


def test_who_supports_somebody_else_keeps_that_place(cast: Cast) -> None:
    """Els's record goes; the account stays when it is somebody's in another group."""
    with role("herstel_maint"):
        cast.jan.members["els"].state = "active"
        cast.jan.members["els"].save()
    ask(cast, "els")
    assert due(cast, "els") == 1
    with role("herstel_maint"):
        assert not Participant.objects.filter(user=cast.pk("els")).exists()
    assert signed_in(cast.users["els"], crash=True).get(reverse("member:home")).status_code == 200


@pytest.mark.parametrize("answered", [True, False])
def test_who_was_only_asked_to_work_goes_whole(cast: Cast, answered: bool) -> None:
    """Otherwise an administrator could keep anybody's account by asking them."""
    with role("herstel_maint"):
        Employment.objects.create(
            user=cast.user("jan"), organisation=cast.organisations["vnn"], function="professional", name="Jan",
            active=False, began_at=None, ended_at=timezone.now() if answered else None)  # fmt: skip
    ask(cast)
    assert due(cast) == 1
    with role("herstel_maint"):
        assert not User.objects.filter(pk=cast.pk("jan")).exists()


def test_it_asks_for_a_fresh_code(cast: Cast) -> None:
    client = signed_in(cast.users["jan"])
    session = client.session
    session["fresh"] = 0
    session.save()
    assert client.post(reverse("delete_sure"))["Location"].startswith(reverse("step_up"))
    with role("herstel_maint"):
        assert not Deletion.objects.exists()


def test_a_name_of_somebody_elses_file_takes_nothing_along(cast: Cast, settings: Any, tmp_path: Path) -> None:
    """Found by an attacker: with SQL a row of one's own may name another's picture, and erasing it took that away."""
    settings.MEDIA_ROOT = str(tmp_path)
    goal = cast.jan.goals["goal-open"]
    upload(signed_in(cast.users["jan"]), goal, drawn())
    with role("herstel_maint"):
        goal.refresh_from_db()
        Goal.objects.filter(participant=cast.records["lotte"].participant).update(image=goal.image)
    ask(cast, "lotte")
    assert due(cast, "lotte") == 1
    assert path_of(goal.image).is_file()


def test_who_cannot_go_keeps_nobody_else(cast: Cast, capfd: pytest.CaptureFixture[str]) -> None:
    """Found by an attacker: all went in one transaction, so one person whom something held stayed with everybody."""
    ask(cast, "jan")
    ask(cast, "lotte")
    jan, lotte = (cast.records[name].participant.pk for name in ("jan", "lotte"))
    with role("herstel_maint"), connection.cursor() as cursor:
        Export.objects.filter(pk=cast.exports["ready"].pk).update(released_by=cast.pk("jan"))
        Deletion.objects.update(due_at=timezone.now() - timedelta(days=1))
        cursor.execute("set constraints all immediate")  # as at the end of a transaction
    with role("herstel_worker"):
        assert erase_due() == 1
    assert "somebody could not be erased (23503)" in "".join(capfd.readouterr())
    with role("herstel_maint"):
        there = set(Participant.objects.filter(pk__in=(jan, lotte)).values_list("pk", flat=True))
        assert Goal.objects.filter(participant=jan).exists()
    assert there == {jan}
