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
from participants.models import Employment, Participant
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
from tests.cast import Cast
from tests.decisions import keys_of
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
            rows = keys_of({m: m.objects.visible().filter(participant=jan) for m in of_jan(cast)})
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
    with role("herstel_maint"):
        asked = Employment.objects.get(user=cast.user("sara"), began_at=None, ended_at=None)
    signed_in(cast.users["sara"]).post(reverse("work_asked"), {"work": asked.pk, "yes": "1"})


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
