"""The narrow doors: an invitation, an answer without an account, a promise, leaving."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from goals.models import Goal
from herstel.actor import acting_as, preview_as
from herstel.models import AuditLine, OutgoingMail
from meetings.models import Answer, DateVote, Meeting, Promise
from participants.models import Employment
from supportgroups.models import Audience, Invitation, Membership, Pass, Person, Share
from tests.cast import Cast
from tests.harness import another, role

TOKEN, PASS = b"t" * 32, b"p" * 32
committed = pytest.mark.django_db(transaction=True)


def ask(sql: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def invited(cast: Cast, owner: str = "jan", *, formal: bool = False, **changed: Any) -> Membership:
    """Somebody new is asked, and may see everything once they are confirmed."""
    participant = cast.records[owner].participant
    with role("herstel_maint"):
        person = Person.objects.create(participant=participant, called="Nieuw")
        membership = Membership.objects.create(
            participant=participant, person=person, kind="formal" if formal else "informal"
        )
        Share.objects.create(participant=participant, membership=membership, category="goals", scope="all")
        fields = {"token": TOKEN, "message": "Kom je?", "expires_at": timezone.now() + timedelta(days=14)} | changed
        Invitation.objects.create(participant=participant, membership=membership, **fields)
    return membership


def accept(cast: Cast, name: str, organisation: str = "") -> str:
    work = cast.organisations[organisation].pk if organisation else None
    with acting_as(cast.pk(name)):
        answer: str = ask("select doors.accept_invitation(%s, %s)", TOKEN, work)[0]
    return answer


def shown() -> tuple[Any, ...]:
    """What the link shows: (membership, participant, person, message, kind, state)."""
    found: tuple[Any, ...] = ask("select * from doors.invitation(%s)", TOKEN)
    return found


# --- the invitation -------------------------------------------------------------------------------------------------
def test_the_link_shows_a_name_and_a_message_and_opens_nothing(cast: Cast) -> None:
    membership = invited(cast)
    assert shown() == (membership.pk, "CANARY[jan-called]", "Nieuw", "Kom je?", "informal", "open")
    assert ask("select * from doors.invitation(%s)", b"x" * 32) in (None, (None,) * 6)
    assert accept(cast, "noor") == "ok"
    with acting_as(cast.pk("noor")):
        assert not Goal.objects.visible().filter(participant=cast.jan.participant)
        assert Membership.objects.visible().filter(pk=membership.pk, state="accepted").exists()
    with acting_as(cast.pk("jan")):
        Membership.objects.own().filter(pk=membership.pk).update(state="active", confirmed_at=timezone.now())
    with acting_as(cast.pk("noor")):
        assert [g.words for g in Goal.objects.visible() if g.participant_id == cast.jan.participant.pk] == [
            "CANARY[jan-goal-all]"
        ]


def test_saying_yes_is_noted_and_tells_the_participant(cast: Cast) -> None:
    membership = invited(cast)
    accept(cast, "noor")
    with role("herstel_maint"):
        assert AuditLine.objects.filter(event="accept", actor=cast.pk("noor"), membership=membership.pk).count() == 1
        assert OutgoingMail.objects.filter(to_user=cast.pk("jan")).count() == 1


PAST = timezone.now() - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("why", "changed"),
    [("expired", {"expires_at": PAST}), ("gone", {"withdrawn_at": PAST}), ("used", {"used_at": PAST})],
)
def test_a_dead_link_opens_nothing_and_tells_nothing(cast: Cast, why: str, changed: dict[str, Any]) -> None:
    invited(cast, **changed)
    assert accept(cast, "noor") == "gone"
    assert shown()[-1] == why
    assert "CANARY" not in str(shown())
    assert "Kom je?" not in str(shown())


@pytest.mark.parametrize("state", ["ended", "paused", "declined", "active"])
def test_a_link_dies_with_the_place(cast: Cast, state: str) -> None:
    membership = invited(cast)
    with role("herstel_maint"):
        Membership.objects.filter(pk=membership.pk).update(state=state, confirmed_at=timezone.now())
    assert accept(cast, "noor") == "gone"
    assert "CANARY" not in str(shown())


def test_nobody_joins_the_own_group_or_twice(cast: Cast) -> None:
    invited(cast)
    assert accept(cast, "jan") == "own"
    for name in ("ans", "piet", "fatima"):
        assert accept(cast, name) == "double", name
    assert accept(cast, "anonymous") == "gone"
    # Who was stopped earlier may be asked again.
    assert accept(cast, "els") == "ok"
    assert accept(cast, "els") == "mine"
    assert accept(cast, "hanna") == "gone"


def test_a_professional_joins_as_employed(cast: Cast) -> None:
    membership = invited(cast, "lotte", formal=True)
    assert accept(cast, "hanna") == "unemployed"
    assert accept(cast, "kees", "lentis") == "unemployed"
    assert accept(cast, "noor", "lentis") == "unemployed"
    assert accept(cast, "administrator", "kring") == "unemployed"
    assert accept(cast, "noor", "vnn") == "ok"
    with role("herstel_maint"):
        membership.refresh_from_db()
    assert (membership.organisation, membership.state) == (cast.organisations["vnn"], "accepted")


def test_an_informal_place_takes_no_organisation_along(cast: Cast) -> None:
    membership = invited(cast)
    assert accept(cast, "noor", "vnn") == "ok"
    with role("herstel_maint"):
        membership.refresh_from_db()
    assert membership.organisation is None


def test_saying_no_needs_no_account_and_is_final(cast: Cast) -> None:
    membership = invited(cast)
    assert ask("select doors.decline_invitation(%s)", TOKEN) == (True,)
    assert ask("select doors.decline_invitation(%s)", TOKEN) == (False,)
    assert accept(cast, "noor") == "gone"
    with role("herstel_maint"):
        membership.refresh_from_db()
    assert membership.state == "declined"


@committed
def test_of_two_who_accept_at_once_one_wins(cast: Cast) -> None:
    with transaction.atomic():
        membership = invited(cast)
    answers: dict[str, str] = {}
    together = threading.Barrier(2)

    def say_yes(name: str) -> None:
        with another("web", actor=cast.pk(name)) as second:
            together.wait()
            row = second.execute("select doors.accept_invitation(%s, null)", [TOKEN]).fetchone()
            answers[name] = row[0] if row else ""

    threads = [threading.Thread(target=say_yes, args=(name,)) for name in ("noor", "hanna")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(answers.values()) == ["gone", "ok"]
    (winner,) = [name for name, answer in answers.items() if answer == "ok"]
    with transaction.atomic(), role("herstel_maint"):
        membership.refresh_from_db()
    assert membership.user_id == cast.pk(winner)


# --- answering without an account -----------------------------------------------------------------------------------
def with_pass(cast: Cast, name: str = "ans", meeting: str = "meeting-proposed", **changed: Any) -> Pass:
    jan = cast.jan
    fields = {"row": jan.meetings[meeting].pk, "expires_at": timezone.now() + timedelta(days=1)} | changed
    with role("herstel_maint"):
        return Pass.objects.create(
            participant=jan.participant, membership=jan.members[name], purpose="answer", token=PASS, **fields
        )


def asked() -> Any:
    row = ask("select place from doors.asked(%s)", PASS)
    return row[0] if row else None


def answer(coming: str, days: list[int]) -> bool:
    said: bool = ask("select doors.answer(%s, %s, %s)", PASS, coming, days)[0]
    return said


def test_a_pass_answers_for_one_person_and_one_meeting(cast: Cast) -> None:
    with_pass(cast)
    days = [option.pk for option in cast.jan.options]
    others = cast.records["lotte"].options[0].pk
    assert asked() == "CANARY[jan-meeting-proposed]"
    assert answer("yes", [days[1], others])
    with role("herstel_maint"):
        votes = set(DateVote.objects.filter(membership=cast.jan.members["ans"]).values_list("option", flat=True))
        answers = Answer.objects.filter(participant=cast.jan.participant, coming="yes")
        assert votes == {days[1]}
        assert [(a.membership_id, a.meeting_id) for a in answers] == [
            (cast.jan.members["ans"].pk, cast.jan.meetings["meeting-proposed"].pk)
        ]


def test_an_answer_is_one_of_three(cast: Cast) -> None:
    with_pass(cast)
    try:
        with transaction.atomic():
            assert not answer("zzz", [])
    except IntegrityError:
        pass  # a constraint says so as well


DEATHS: dict[str, Callable[[Cast], Any]] = {
    "stopped": lambda cast: _place(cast).update(state="ended"),
    "paused": lambda cast: _place(cast).update(state="paused"),
    "past its end": lambda cast: _place(cast).update(ends_at=PAST),
    "closed": lambda cast: type(cast.jan.participant).objects.update(paused_at=timezone.now()),
    "not shared": lambda cast: cast.jan.shares["ans", "agenda"].delete(),
    "no longer shared": lambda cast: Share.objects.filter(pk=cast.jan.shares["ans", "agenda"].pk).update(until=PAST),
    "locked": lambda cast: Meeting.objects.filter(state="proposed").update(reach="me"),
    "for others": lambda cast: Meeting.objects.filter(state="proposed").update(reach="chosen"),
    "taken back": lambda cast: Meeting.objects.filter(state="proposed").update(state="draft"),
    "expired": lambda cast: Pass.objects.update(expires_at=PAST),
}


def _place(cast: Cast) -> Any:
    return Membership.objects.filter(pk=cast.jan.members["ans"].pk)


@pytest.mark.parametrize("death", DEATHS)
def test_a_pass_dies_with_what_it_stood_for(cast: Cast, death: str) -> None:
    with_pass(cast)
    with role("herstel_maint"):
        DEATHS[death](cast)
    assert asked() is None
    assert not answer("yes", [])
    assert ask("select count(*) from doors.asked_days(%s)", PASS) == (0,)


def test_a_professionals_pass_dies_with_the_employment(cast: Cast) -> None:
    with_pass(cast, "mo")
    assert asked()
    with role("herstel_maint"):
        Employment.objects.filter(pk=cast.employments["mo"].pk).update(ended_at=timezone.now())
    assert asked() is None


def test_a_pass_for_anothers_meeting_opens_nothing(cast: Cast) -> None:
    """The row of a pass carries no foreign key: a participant could write somebody else's meeting there."""
    with_pass(cast, row=cast.records["lotte"].meetings["meeting-proposed"].pk)
    assert asked() is None


def test_that_the_link_was_opened_stands_in_the_log(cast: Cast) -> None:
    """A program that shows what is behind a link opens it too: no name, and one line an hour. A dead link and one's own
    leave no line."""
    made = with_pass(cast)
    for name in ("anonymous", "ans", "noor", "anonymous"):
        with acting_as(cast.pk(name)):
            ask("select doors.note_asked(%s)", PASS)
    with acting_as(cast.pk("jan")):
        ask("select doors.note_asked(%s)", PASS)
    with role("herstel_maint"):
        line = AuditLine.objects.get(event="open")
        assert (line.called, line.membership, line.actor, line.side) == ("", None, None, "link")
        assert line.participant_id == cast.jan.participant.pk
        AuditLine.objects.filter(pk=line.pk).update(at=timezone.now() - timedelta(hours=1, minutes=1))
    ask("select doors.note_asked(%s)", PASS)
    with role("herstel_maint"):
        assert AuditLine.objects.filter(event="open").count() == 2
        made.delete()
    ask("select doors.note_asked(%s)", PASS)
    with role("herstel_maint"):
        assert AuditLine.objects.filter(event="open").count() == 2
        assert not AuditLine.objects.filter(participant=cast.jan.participant, event="read").exists()


def test_an_answer_with_the_link_says_who_answered(cast: Cast) -> None:
    with_pass(cast)
    assert ask("select doors.answer(%s, 'yes', '{}')", PASS) == (True,)
    with role("herstel_maint"):
        line = AuditLine.objects.get(event="change", basis="link")
        assert (line.called, line.membership) == ("CANARY[jan-p-ans]", cast.jan.members["ans"].pk)


def test_a_meeting_chosen_for_somebody_is_asked(cast: Cast) -> None:
    with_pass(cast)
    meeting = cast.jan.meetings["meeting-proposed"]
    with role("herstel_maint"):
        Meeting.objects.filter(pk=meeting.pk).update(reach="chosen")
        Audience.objects.create(
            participant=cast.jan.participant, membership=cast.jan.members["ans"], category="agenda", row=meeting.pk
        )
    assert asked() == "CANARY[jan-meeting-proposed]"


# --- promises, leaving ----------------------------------------------------------------------------------------------
def close_promise(cast: Cast, name: str, whose: str = "ans", state: str = "done") -> bool:
    with acting_as(cast.pk(name)):
        done: bool = ask("select doors.close_promise(%s, %s)", cast.jan.promises[whose].pk, state)[0]
    return done


def test_a_promise_is_closed_by_who_made_it(cast: Cast) -> None:
    for name in ("mo", "willem", "lotte", "els", "anonymous"):
        assert not close_promise(cast, name), name
    assert not close_promise(cast, "ans", "own")
    assert not close_promise(cast, "ans", state="nonsense")
    assert close_promise(cast, "ans")
    with acting_as(cast.pk("jan")):
        assert Promise.objects.own().get(pk=cast.jan.promises["ans"].pk).state == "done"
        assert AuditLine.objects.visible().filter(event="change", actor=cast.pk("ans"), category="support").exists()


def test_a_promise_is_closed_only_while_one_sees_it(cast: Cast) -> None:
    """Decision 5: unticking everything is as before the first share."""
    with acting_as(cast.pk("jan")):
        Share.objects.own().filter(membership=cast.jan.members["ans"]).delete()
    assert not close_promise(cast, "ans")


def test_leaving_ends_ones_own_place_and_what_hung_on_it(cast: Cast) -> None:
    place = cast.jan.members["ans"]
    with acting_as(cast.pk("mo")):
        assert ask("select doors.leave(%s, '')", place.pk) == (False,)
    with acting_as(cast.pk("ans")):
        assert ask("select doors.leave(%s, '')", place.pk) == (True,)
        assert ask("select doors.leave(%s, '')", place.pk) == (False,)
        assert not Goal.objects.visible().filter(participant=cast.jan.participant)
    with acting_as(cast.pk("jan")):
        assert not Share.objects.own().filter(membership=place).exists()
        assert not Audience.objects.own().filter(membership=place).exists()
        assert Goal.objects.own().count() == 4
        assert AuditLine.objects.visible().filter(event="leave", actor=cast.pk("ans")).exists()


def test_in_a_preview_no_door_moves_anything(cast: Cast) -> None:
    """Looking through somebody's eyes is looking: nothing is promised, left or noted in their name."""
    with acting_as(cast.pk("jan")), preview_as(cast.jan.members["ans"].pk):
        ask("select audit.log('change', %s, '', '[]')", cast.jan.participant.pk)
        assert ask("select doors.leave(%s, '')", cast.jan.members["ans"].pk) == (False,)
    with role("herstel_maint"):
        assert not AuditLine.objects.filter(event="change").exists()


def test_that_an_answer_link_was_opened_stands_in_the_log(cast: Cast) -> None:
    """Also without an account; nobody knows by whom."""
    from django.test import Client
    from django.urls import reverse

    from herstel.models import AuditLine

    assert Client().get(reverse("answer", args=[cast.jan.tokens["answer"]])).status_code == 200
    with role("herstel_maint"):
        line = AuditLine.objects.filter(participant=cast.jan.participant, basis="link").get()
    assert (line.event, line.category, line.actor, line.called) == ("open", "agenda", None, "")
