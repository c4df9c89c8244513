"""Back again is not open again: whatever ended and came back shows nobody more than just before, until the participant
says so. The ways of ending are found in the models; each has its way back here."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, models
from django.urls import reverse
from django.utils import timezone

from herstel.access import Ruled
from herstel.actor import acting_as
from herstel.models import User
from herstel.policies import our_models, ruled_models
from meetings.actions import asked_by
from participants.actions import close_everything, open_again
from participants.erasing import ask_deletion, come_back
from participants.models import Deletion, Employment, Participant
from supportgroups.actions import (
    Sharing,
    accept,
    confirm,
    decline,
    end_membership,
    invite,
    invite_again,
    link_of,
    rest,
    set_sharing,
    sharing_of,
    stand_in,
)
from supportgroups.models import Invitation, Membership, Pass, Share
from tests.addresses import addresses, things_of
from tests.cast import Cast
from tests.decisions import _ask
from tests.harness import role, signed_in
from tests.test_feed import address, days_in, fetched

pytestmark = pytest.mark.django_db

# How a place begins; every other state of one is an ending, and every column of this kind ends something.
FORWARD = {Membership.State.INVITED, Membership.State.ACCEPTED, Membership.State.ACTIVE}
ENDS = re.compile(r"(until|ends_at|expires_at|withdrawn_at|paused_at|active)$")
OTHERWISE = {
    "Deletion.closed_until": "how it was closed before; kept to come back to",
    "OutgoingMail.lease_until": "of a worker",
    "Job.lease_until": "of a worker",
    "SignIn.expires_at": "of a code; a new one is a new sign-in",
    "Session.ends_at": "of a browser; after it one signs in anew",
    "Preference.quiet_until": "hours without mail",
    "Study.open_until": "of a study; consent is asked anew (tests/research)",
    "StudyRole.until": "of a study; shows no participant",
    "Export.expires_at": "of a file; released anew by a second person",
    "Consent.withdrawn_at": "of a study; consent is given anew by the participant",
}


def endings() -> set[str]:
    """Every way in which something that somebody may see ends, as the models say it."""
    columns = {
        f"{m.__name__}.{f.name}"
        for m in our_models()
        for f in m._meta.concrete_fields
        if ENDS.search(f.name) and isinstance(f, models.DateTimeField | models.DateField | models.BooleanField)
    }
    states = {f"Membership.{state.value}" for state in Membership.State if state not in FORWARD}
    return columns | states | {"Deletion"} - set(OTHERWISE)


# Of each kind of place one, and who has none: whoever is none of them would only make it slow.
VIEWERS = ("ans", "willem", "mo", "sara", "piet", "noor")


# --- what others see ------------------------------------------------------------------------------------------------
def of_jan(cast: Cast) -> list[type[Ruled]]:
    return [m for m in ruled_models() if "participant" in {f.name for f in m._meta.concrete_fields}]


def seen(cast: Cast) -> set[tuple[str, str, Any]]:
    """(who, what kind, which row) of Jan's record, of everybody else: rows, days in their calendar, the answer link."""
    jan, found = cast.jan.participant.pk, set()
    for name in VIEWERS:
        with acting_as(cast.pk(name)):
            rows = _ask({m: m.objects.visible().filter(participant=jan) for m in of_jan(cast)})
            rows["Participant"] = {p.pk for p in Participant.objects.visible() if p.pk == jan}
        found |= {(name, model, pk) for model, pks in rows.items() if model not in ("AuditLine",) for pk in pks}
        found |= {(name, "mail", category) for category in _mailed(cast, name)}
    return found | _by_link(cast)


def _mailed(cast: Cast, name: str) -> Iterator[str]:
    member = cast.jan.members.get(name)
    for category in ("agenda", "goals", "minutes") if member else ():
        with role("herstel_worker"), connection.cursor() as cursor:
            cursor.execute("select doors.still(%s, %s, null)", [member.pk, category])
            if cursor.fetchone()[0]:
                yield category


def _by_link(cast: Cast) -> set[tuple[str, str, Any]]:
    """Calendars and the answer link, which ask for no account."""
    found = {("link", "answer", asked[0].meeting) for asked in [asked_by(cast.jan.tokens["answer"])] if asked}
    of_jan = {meeting.slug for meeting in cast.jan.meetings.values()}
    for name in ("ans", "sara"):
        found |= {(name, "feed", slug) for slug in days_in_feed(cast, name) & of_jan}
    return found


def days_in_feed(cast: Cast, name: str) -> set[str]:
    status, text = fetched(address(cast.user(name)))
    return days_in(text) if status == 200 else set()


# --- the ways -------------------------------------------------------------------------------------------------------
@contextmanager
def as_jan(cast: Cast) -> Iterator[None]:
    with acting_as(cast.pk("jan")):
        yield


def maint(model: type[models.Model], pk: Any, **changed: Any) -> None:
    with role("herstel_maint"):
        model._base_manager.filter(pk=pk).update(**changed)


PAST = timezone.now() - timedelta(minutes=5)


@dataclass(frozen=True)
class Way:
    """`end` and `back`; what the participant's own act opens by `back`: kinds of rows, or "all"."""

    ends: tuple[str, ...]
    end: Callable[[Cast], Any]
    back: Callable[[Cast], Any]
    says: frozenset[str] = field(default_factory=frozenset)
    why: str = ""


def _place(cast: Cast, name: str) -> Membership:
    with as_jan(cast):
        return (
            Membership.objects.own().select_related("person", "participant", "user").get(pk=cast.jan.members[name].pk)
        )


def _stop(cast: Cast) -> None:
    with as_jan(cast):
        end_membership(membership=_place(cast, "ans"))


def _invite_anew(cast: Cast) -> None:
    """Asked again, with nothing ticked; Ans says yes, and Jan that it is her."""
    with as_jan(cast):
        invitation = invite(person=_place(cast, "ans").person, message="Kom je?", sharing=Sharing())
    _come_in(cast, invitation)


def _come_in(cast: Cast, invitation: Invitation) -> None:
    with acting_as(cast.pk("ans")):
        accept(token=link_of(invitation), by=cast.user("ans"), organisation=None)
    with as_jan(cast):
        confirm(membership=Membership.objects.own().get(pk=invitation.membership_id))


def _decline(cast: Cast) -> None:
    _stop(cast)
    with as_jan(cast):
        everything = Sharing(categories={"agenda", "minutes"}, goals={cast.jan.goals["goal-open"].pk})
        invitation = invite(person=_place(cast, "ans").person, message="Kom je?", sharing=everything)
    decline(token=link_of(invitation))


def _expire(cast: Cast) -> None:
    _stop(cast)
    with as_jan(cast):
        invitation = invite(person=_place(cast, "ans").person, message="Kom je?", sharing=Sharing())
    maint(Invitation, invitation.pk, expires_at=PAST)


def _link_anew(cast: Cast) -> None:
    with as_jan(cast):
        invitation = invite_again(
            membership=Membership.objects.own().get(person=cast.jan.people["ans"], state="invited")
        )
    _come_in(cast, invitation)


def _rest(on: bool) -> Callable[[Cast], None]:
    def resting(cast: Cast) -> None:
        with acting_as(cast.pk("ans")):
            rest(membership=cast.jan.members["ans"], on=on)

    return resting


def _end_work(cast: Cast) -> None:
    signed_in(cast.users["administrator"]).post(reverse("beheer:employment_end", args=[cast.employments["sara"].pk]))


def _hire_again(cast: Cast) -> None:
    work = {"name": "Sara", "email": cast.user("sara").email, "function": "professional"}
    organisation = {"organisation": str(cast.organisations["lentis"].pk)}
    answer = signed_in(cast.users["administrator"]).post(reverse("beheer:employment_new"), work | organisation)
    assert answer.status_code == 302


def _tick_again(cast: Cast) -> None:
    """The same ticks as before, and not "ook wat je eerder koos"."""
    with as_jan(cast):
        membership = _place(cast, "ans")
        assert sharing_of(membership).ended
        set_sharing(membership=membership, sharing=Sharing(categories={"minutes", "goals", "story"}))


def _shares_end(cast: Cast) -> None:
    with role("herstel_maint"):
        Share.objects.filter(membership=cast.jan.members["ans"]).update(until=PAST)


def _place_ends(cast: Cast) -> None:
    maint(Membership, cast.jan.members["ans"].pk, ends_at=PAST)


def _stand_in_again(cast: Cast) -> None:
    with as_jan(cast):
        stand_in(membership=_place(cast, "ans"), instead_of=None, until=timezone.now() + timedelta(days=9))


def _close(cast: Cast) -> None:
    with as_jan(cast):
        close_everything(participant=cast.jan.participant)


def _open(cast: Cast) -> None:
    with as_jan(cast):
        open_again(participant=Participant.objects.own().get())


def _delete_while_closed(cast: Cast) -> None:
    _close(cast)
    _delete(cast)


def _delete(cast: Cast) -> None:
    with as_jan(cast):
        ask_deletion(participant=Participant.objects.own().get(), by=cast.user("jan"), tell=False)


def _undo(cast: Cast) -> None:
    with as_jan(cast):
        come_back(participant=Participant.objects.own().get())


def _account(on: bool) -> Callable[[Cast], None]:
    return lambda cast: maint(User, cast.pk("ans"), is_active=on)


def _passes_end(cast: Cast) -> None:
    with role("herstel_maint"):
        Pass.objects.filter(participant=cast.jan.participant).update(expires_at=PAST)


ANEW = frozenset({"Membership", "Participant", "OwnWord"})
ALL = frozenset({"all"})
# Whoever has a share sees what is about themselves, whatever the share is of, and gets mail about its category.
TICKED = frozenset({"Share", "mail", *(m.__name__ for m in ruled_models() if m.rule.mine)})
WAYS = [
    Way(("Membership.ended",), _stop, _invite_anew, ANEW, "asked again, and confirmed"),
    Way(("Membership.declined", "Invitation.withdrawn_at"), _decline, _invite_anew, ANEW, "asked again, and confirmed"),
    Way(("Invitation.expires_at",), _expire, _link_anew, ANEW, "a new link, and confirmed"),
    Way(("Membership.paused",), _rest(True), _rest(False), ALL, "a member's own break (decisions.md 9)"),
    Way(("Membership.resting", "Employment.active"), _end_work, _hire_again),
    Way(("User.is_active",), _account(False), _account(True)),
    Way(("Share.until",), _shares_end, _tick_again, TICKED, "ticked again, without the earlier rows"),
    Way(
        ("Membership.ends_at",),
        lambda c: maint(Membership, c.jan.members["ans"].pk, ends_at=PAST),
        _stand_in_again,
        ANEW,
    ),
    Way(("Participant.paused_at", "Participant.paused_until"), _close, _open, ALL, "the participant opens it again"),
    Way(("Deletion",), _delete_while_closed, _undo),
    Way(("Pass.expires_at",), _passes_end, lambda cast: None),
]


def test_every_ending_has_its_way_back() -> None:
    covered = {name for way in WAYS for name in way.ends}
    assert covered == endings() - set(OTHERWISE)
    assert all(way.why for way in WAYS if way.says - ANEW)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.ends[0])
def test_back_again_is_not_open_again(cast: Cast, way: Way) -> None:
    before = seen(cast)
    way.end(cast)
    ended = seen(cast)
    assert ended < before, "it closes something"
    way.back(cast)
    opened = seen(cast) - ended
    if way.says == ALL:
        assert opened == before - ended
    else:
        assert {row for row in opened if row[1] not in way.says} == set()


def test_what_was_chosen_earlier_opens_when_the_participant_chooses_it(cast: Cast) -> None:
    before = seen(cast)
    _shares_end(cast)
    with as_jan(cast):
        membership = _place(cast, "ans")
        set_sharing(membership=membership, sharing=Sharing(categories={"minutes"}, earlier=True))
    minutes = {row for row in before if row[:2] == ("ans", "Minutes")}
    assert minutes
    assert minutes <= seen(cast)


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
            work.update(active=False)
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
    assert seen(cast) == before
    _account(True)(cast)
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
