"""Who works no longer, and who threw everything away: what the participant reads, and who lets somebody back."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from herstel.actor import acting_as
from participants.actions import close_everything
from participants.models import Deletion, Employment, Participant
from supportgroups.models import Membership
from tests.addresses import addresses, things_of
from tests.cast import Cast
from tests.harness import role, signed_in
from tests.test_ways_back import _account, _close, _delete, _end_work, _hire_again, _place, _undo, as_jan, maint, seen

pytestmark = pytest.mark.django_db


# --- work that ended ------------------------------------------------------------------------------------------------
LEFT = "Sara werkt niet meer bij LENTIS. Sara ziet niets meer."


@pytest.fixture
def sara(cast: Cast) -> Membership:
    maint(type(cast.jan.people["sara"]), cast.jan.people["sara"].pk, called="Sara")
    return cast.jan.members["sara"]


def pages(cast: Cast) -> list[str]:
    jan, person = signed_in(cast.users["jan"]), cast.jan.people["sara"].slug
    return [
        jan.get(reverse("begin")).text,
        jan.get(reverse("supportgroups:person_list")).text,
        jan.get(reverse("supportgroups:person", args=[person])).text,
    ]


def test_the_participant_reads_it_and_lets_somebody_back(cast: Cast, sara: Membership) -> None:
    before = seen(cast)
    assert not any("werkt niet meer" in text for text in pages(cast))
    _end_work(cast)
    assert all(LEFT in text for text in pages(cast))
    url = reverse("supportgroups:back_in", args=[cast.jan.people["sara"].slug])
    jan = signed_in(cast.users["jan"])
    assert jan.post(url)["Location"] == reverse("supportgroups:person", args=[cast.jan.people["sara"].slug])
    _hire_again(cast)
    assert all("Sara werkt weer bij LENTIS. Sara ziet nog niets." in text for text in pages(cast))
    assert "hoe het gaat" in jan.get(url).text
    stale = signed_in(cast.users["jan"], fresh=0)
    assert stale.post(url)["Location"].startswith(reverse("step_up"))
    for _twice in "12":
        jan.post(url)
    assert seen(cast) == before
    assert not any("werkt" in text for text in pages(cast)[:1])


# What a page says of somebody who sees something, or will.
SEES = re.compile(r"Sara ziet nu: |Ziet: |Straks ziet Sara|Eerst zegt Sara ja")


def test_every_page_about_somebody_who_rests_opens_and_says_it_right(cast: Cast, sara: Membership) -> None:
    _end_work(cast)
    jan, things = signed_in(cast.users["jan"], crash=True), things_of(cast)
    things |= {"person-ans": things["person-sara"], "member-ans": things["member-sara"]}
    for found in addresses():
        if "jan" in (found.who or ()) and {thing for _key, thing in found.key} & {"person-ans", "member-ans"}:
            answer = jan.get(reverse(found.name, kwargs=found.kwargs(things)), follow=True)
            assert answer.status_code == 200, found.name
            assert not SEES.search(answer.text), found.name


def test_nobody_else_lets_somebody_back(cast: Cast, sara: Membership) -> None:
    _end_work(cast)
    _hire_again(cast)
    ended = seen(cast)
    url = reverse("supportgroups:back_in", args=[cast.jan.people["sara"].slug])
    for name, user in cast.users.items():
        if name != "jan":
            signed_in(user, crash=True).post(url)
            with acting_as(user.pk), connection.cursor() as cursor:
                cursor.execute("select doors.could_come_back()")
                assert cursor.fetchone() == ([],), name
                cursor.execute("update supportgroups_membership set state = 'active' where id = %s", [sara.pk])
                assert not cursor.rowcount, name
                cursor.execute("select doors.rest(%s, false)", [sara.pk])
                assert cursor.fetchone() == (False,), name
    assert seen(cast) == ended


@pytest.mark.parametrize(
    "how", ["updated", "deleted", "moved", "another function", "ended before this was made", "resting already"]
)
def test_every_way_in_which_work_ends(cast: Cast, sara: Membership, how: str) -> None:
    """By hand in the database as well; and places that were open while nobody worked there rest at the next start."""
    work = Employment.objects.filter(pk=cast.employments["sara"].pk)
    with role("herstel_maint"):
        if how == "resting already":
            Membership.objects.filter(pk=sara.pk).update(state="paused")
        if how == "deleted":
            work.delete()
        elif how == "moved":
            work.update(organisation=cast.organisations["vnn"])
        elif how == "another function":
            work.update(function="administrator")
        else:
            work.update(ended_at=timezone.now())
        if how == "ended before this was made":
            Membership.objects.filter(pk=sara.pk).update(state="active", rests_because="")
    ended = seen(cast)
    with role("herstel_maint"):
        Employment.objects.create(
            user=cast.user("sara"), organisation=cast.organisations["lentis"], function="professional", name="Sara"
        )
    assert seen(cast) <= ended
    assert _place(cast, "sara").state == Membership.State.RESTING


def test_a_rename_lets_nobody_rest(cast: Cast, sara: Membership) -> None:
    before = seen(cast)
    maint(Employment, cast.employments["sara"].pk, name="Sara de Vries")
    assert seen(cast) == before


def test_without_its_trigger_it_opens_again(cast: Cast) -> None:
    """The comparison has teeth."""
    before = seen(cast)
    with role("herstel_owner"), connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")
        cursor.execute("alter table participants_employment disable trigger rest_places")
        cursor.execute("alter table herstel_user disable trigger rest_places")
    _account(False)(cast)
    _account(True)(cast)
    assert seen(cast) == before
    _end_work(cast)
    ended = seen(cast)
    _hire_again(cast)
    assert seen(cast) - ended


# --- alles weggooien ------------------------------------------------------------------------------------------------
def test_what_is_about_to_go_is_not_opened_first(cast: Cast) -> None:
    _delete(cast)
    ended = seen(cast)
    signed_in(cast.users["jan"], crash=True).post(reverse("supportgroups:pause"), {"open": "1"})
    assert seen(cast) == ended
    with role("herstel_maint"):
        assert Deletion.objects.filter(participant=cast.jan.participant).exists()


@pytest.mark.parametrize("closed", ["before", "since", "until a day", "never"])
def test_who_comes_back_finds_it_as_it_was(cast: Cast, closed: str) -> None:
    before, until = seen(cast), timezone.now() + timedelta(days=3)
    with as_jan(cast):
        if closed in ("before", "until a day"):
            close_everything(participant=cast.jan.participant, until=until if closed == "until a day" else None)
    _delete(cast)
    _delete(cast)
    if closed == "since":
        _close(cast)
    _undo(cast)
    if closed == "never":
        assert seen(cast) == before
    else:
        assert seen(cast) < before
        with as_jan(cast):
            assert Participant.objects.own().get().paused_until == (until if closed == "until a day" else None)
