"""Whoever may not look any more reaches nothing: with the page still open, with the address kept, with the link in the
mail. One test for each way in which it ends.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from herstel import mail
from herstel.actor import acting_as
from herstel.models import OutgoingMail
from meetings.actions import ask_people
from meetings.models import Answer, Meeting
from participants.models import Employment, Participant
from supportgroups.models import Membership, Person, Share
from tests.abuse.rows import Since
from tests.abuse.tally import Tally
from tests.abuse.test_forms import body_of, friendly
from tests.abuse.test_uploads import drawn
from tests.abuse.visits import Found, Visitor, addresses_for
from tests.cast import Cast, canaries_in
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db
# What a member may go on seeing of somebody who closed everything, or whose place rests: whose group it is.
NAME = "jan-called"
FILES = ("goals:goal_image", "meetings:meeting_file")
# PostgreSQL's clock stands still within a transaction, and each of these tests is one.
LONG_AGO = timezone.now() - timedelta(days=1)


@dataclass
class Member:
    """Somebody who sees much of Jan, with everything open in their browser, until it ends."""

    cast: Cast
    name: str
    tally: Tally
    visitor: Visitor = field(init=False)
    saw: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.visitor = Visitor(self.cast, self.name, signed_in(self.cast.users[self.name], crash=True))
        for address in addresses_for(self.cast, self.name):
            if address.name.startswith(("member:", "team:")) or address.name in FILES:
                response = self.visitor.client.get(address.url)
                self.visitor.read(address, response)
                if found := self._jans(address.url, response):
                    self.saw[address.url] = found

    def _jans(self, url: str, response: Any) -> set[str]:
        if response.status_code >= 500:
            self.tally.crashed(f"{self.name} {url}: {getattr(response, 'exc_info', '')}")
        return {c for c in canaries_in(body_of(response) + str(response.headers)) if c.startswith("jan-")}

    def reaches_nothing(self, *, still: Iterable[str] = (), may_leave: bool = False) -> None:
        """Every page and file that showed something, and every form that stood there."""
        assert len(self.saw) >= 6, "saw too little for this to mean anything"
        for url in self.saw:
            for headers in ({}, {"HX-Request": "true"}, {"X-Autosave": "1"}):
                self.tally.tried()
                response = self.visitor.client.get(url, headers=headers)
                if left := self._jans(url, response) - set(still):
                    self.tally.leaked(f"{self.name} {url}: {sorted(left)}")
        for url in files_of(self.cast):
            self.tally.tried()
            if (status := self.visitor.client.get(url).status_code) == 200:
                self.tally.leaked(f"{self.name} {url}: {status}")
        self._forms_do_nothing(may_leave)
        self.tally.judge()

    def _forms_do_nothing(self, may_leave: bool) -> None:
        since = Since()
        for found in self.visitor.forms:
            if not found.action.startswith(("/ik-steun/", "/team/")) or (
                may_leave and found.action.endswith(("/stoppen/", "/even-niet/"))
            ):
                continue
            if not self._is_jans(found):
                continue
            self.tally.tried()
            with self.visitor.taken_back():
                response = self.visitor.send(found.action, found.form, friendly(found))
                if response.status_code >= 500:
                    self.tally.crashed(f"{self.name} {found}: {getattr(response, 'exc_info', '')}")
                for table, participant in since.changed():
                    if participant == self.cast.jan.participant.pk:
                        self.tally.lost(f"{self.name} {found}: changed {table}")

    def _is_jans(self, found: Found) -> bool:
        jan = self.cast.jan
        rows = (*jan.goals.values(), *jan.meetings.values(), *jan.minutes.values(), *jan.promises.values())
        return any(row.slug in found.action for row in (*rows, jan.members[self.name]))


def files_of(cast: Cast) -> list[str]:
    return [
        reverse("goals:goal_image", args=[cast.jan.goals["goal-open"].slug]),
        reverse("meetings:meeting_file", args=[cast.jan.meetings["meeting-fixed"].slug]),
    ]


@pytest.fixture
def jan(cast: Cast, settings: Any, tmp_path: Any) -> Client:
    """Jan, whose goal has a picture."""
    settings.MEDIA_ROOT = str(tmp_path)
    client = signed_in(cast.users["jan"], crash=True)
    url = reverse("goals:goal_picture", args=[cast.jan.goals["goal-open"].slug])
    picture = SimpleUploadedFile("x.jpg", drawn(), "image/jpeg")
    assert client.post(url, {"pictogram": "", "image": picture}).status_code == 302
    return client


@pytest.fixture
def ans(cast: Cast, jan: Client, tally: Tally) -> Member:
    member = Member(cast, "ans", tally)
    assert all(member.visitor.client.get(url).status_code == 200 for url in files_of(cast))
    return member


@pytest.fixture
def mo(cast: Cast, jan: Client, tally: Tally) -> Member:
    member = Member(cast, "mo", tally)
    assert all(member.visitor.client.get(url).status_code == 200 for url in files_of(cast))
    return member


def change(model: Any, **where: Any) -> Callable[..., None]:
    def to(**fields: Any) -> None:
        with role("herstel_maint"):
            assert model._default_manager.filter(**where).update(**fields)

    return to


def link_of_ans(cast: Cast) -> str:
    return reverse("answer", args=[cast.jan.tokens["answer"]])


def assert_link_is_dead(cast: Cast) -> None:
    for response in (Client().get(link_of_ans(cast)), Client().post(link_of_ans(cast), {"coming": "yes"})):
        assert response.status_code == 410
        assert not canaries_in(body_of(response))
    with role("herstel_maint"):
        given = Answer.objects.filter(membership=cast.jan.members["ans"]).exclude(coming="")
        assert not given.exists()


# --- mail afterwards ------------------------------------------------------------------------------------------------
def assert_no_mail(cast: Cast, jan: Client, name: str, *, asked_again: bool = True) -> None:
    """Jan picks a day, calls off, and lets people read: nothing of it is sent to whoever is gone.

    `asked_again`: also not when Jan names them. (Who only has no share any more gets one anew by being named.)
    """
    proposed, fixed = cast.jan.meetings["meeting-proposed"], cast.jan.meetings["meeting-fixed"]
    minutes = cast.jan.minutes["minutes-released"].slug
    everybody = [m.slug for m in cast.jan.members.values()]
    jan.post(reverse("meetings:meeting_day", args=[proposed.slug]), {"option": cast.jan.options[0].pk})
    jan.post(reverse("meetings:meeting_cancel", args=[fixed.slug]))
    if asked_again:
        jan.post(reverse("meetings:minutes_readers", args=[minutes]), {"readers": everybody})
        jan.post(reverse("meetings:meeting_ask", args=[proposed.slug]), {"members": everybody})
    with role("herstel_maint"):
        assert Meeting.objects.get(pk=proposed.pk).state == "fixed"
    assert nothing_is_sent_to(cast, name)


def nothing_is_sent_to(cast: Cast, name: str) -> bool:
    """The worker sends all that waits for this person, also what was meant for later."""
    with role("herstel_maint"):
        waiting = OutgoingMail.objects.filter(to_user=cast.pk(name), sent_at=None)
        waiting.update(send_at=LONG_AGO)
        numbers = list(waiting.values_list("pk", flat=True))
    options = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    with override_settings(MAILERS=options), role("herstel_worker"):
        django_mail.outbox = []
        for number in numbers:
            mail.send(number)
    return not django_mail.outbox


def remind(cast: Cast, name: str) -> None:
    """Somebody was asked for a meeting of next week: they are reminded the day before."""
    with role("herstel_maint"):
        Answer.objects.filter(membership=cast.jan.members[name]).delete()
    with transaction.atomic(), acting_as(cast.pk("jan")):
        meeting = Meeting.objects.own().get(pk=cast.jan.meetings["meeting-fixed"].pk)
        ask_people(meeting=meeting, members=[Membership.objects.own().get(pk=cast.jan.members[name].pk)])
    with role("herstel_maint"):
        assert OutgoingMail.objects.filter(to_user=cast.pk(name), template="tomorrow").exists()
        OutgoingMail.objects.filter(to_user=cast.pk(name)).exclude(template="tomorrow").delete()


# --- the ways in which it ends --------------------------------------------------------------------------------------
def test_removed_from_the_map(cast: Cast, jan: Client, ans: Member) -> None:
    jan.post(reverse("supportgroups:person_remove", args=[cast.jan.people["ans"].slug]))
    with role("herstel_maint"):
        assert not Person.objects.filter(pk=cast.jan.people["ans"].pk).exists()
    ans.reaches_nothing()
    assert_link_is_dead(cast)
    assert_no_mail(cast, jan, "ans")


def test_ended_by_the_participant(cast: Cast, jan: Client, ans: Member) -> None:
    jan.post(reverse("supportgroups:stop", args=[cast.jan.people["ans"].slug]))
    ans.reaches_nothing()
    assert_link_is_dead(cast)
    assert_no_mail(cast, jan, "ans")


def test_left(cast: Cast, jan: Client, ans: Member) -> None:
    ans.visitor.client.post(reverse("member:stop", args=[cast.jan.members["ans"].slug]))
    ans.reaches_nothing()
    assert_link_is_dead(cast)
    assert_no_mail(cast, jan, "ans")


def test_everything_closed_by_the_participant(cast: Cast, jan: Client, ans: Member) -> None:
    jan.post(reverse("supportgroups:pause"))
    ans.reaches_nothing(still={NAME}, may_leave=True)
    assert_link_is_dead(cast)
    assert_no_mail(cast, jan, "ans")


def test_a_place_that_rests(cast: Cast, jan: Client, ans: Member) -> None:
    change(Membership, pk=cast.jan.members["ans"].pk)(state="paused")
    ans.reaches_nothing(still={NAME}, may_leave=True)
    assert_link_is_dead(cast)
    assert_no_mail(cast, jan, "ans")


def test_shares_whose_time_is_over(cast: Cast, jan: Client, ans: Member) -> None:
    change(Share, membership=cast.jan.members["ans"])(until=LONG_AGO)
    ans.reaches_nothing(still={NAME}, may_leave=True)
    assert_link_is_dead(cast)
    assert_no_mail(cast, jan, "ans", asked_again=False)


def test_every_tick_taken_away(cast: Cast, jan: Client, ans: Member) -> None:
    jan.post(reverse("supportgroups:share_with", args=[cast.jan.people["ans"].slug]), {"until": "stop"})
    with role("herstel_maint"):
        assert not Share.objects.filter(membership=cast.jan.members["ans"]).exists()
    ans.reaches_nothing(still={NAME}, may_leave=True)
    assert_link_is_dead(cast)
    assert_no_mail(cast, jan, "ans", asked_again=False)


def test_a_place_whose_time_is_over(cast: Cast, jan: Client, ans: Member) -> None:
    change(Membership, pk=cast.jan.members["ans"].pk)(ends_at=LONG_AGO)
    ans.reaches_nothing()
    assert_link_is_dead(cast)
    assert_no_mail(cast, jan, "ans")


def test_work_that_ended(cast: Cast, jan: Client, mo: Member) -> None:
    """Ended by the administrator: the open session is gone, and a new one shows nothing either."""
    administrator = signed_in(cast.users["administrator"], crash=True)
    response = administrator.post(reverse("beheer:employment_end", args=[cast.employments["mo"].pk]))
    assert response.status_code == 302
    with role("herstel_maint"):
        assert not Employment.objects.filter(user=cast.pk("mo"), active=True).exists()
    mo.reaches_nothing()
    again = Member(cast, "mo", mo.tally)
    assert not again.saw
    assert_no_mail(cast, jan, "mo")


def test_work_that_ended_in_the_middle_of_a_session(cast: Cast, jan: Client, mo: Member) -> None:
    """Whatever becomes of the session: the rows are closed from the next statement on."""
    change(Employment, pk=cast.employments["mo"].pk)(ended_at=timezone.now())
    mo.reaches_nothing()
    assert_no_mail(cast, jan, "mo")


def test_work_elsewhere_opens_nothing(cast: Cast, jan: Client, mo: Member) -> None:
    """Another job, at another organisation, is not the one that Jan said yes to."""
    change(Employment, pk=cast.employments["mo"].pk)(organisation=cast.organisations["lentis"])
    mo.reaches_nothing()


def test_not_yet_confirmed(cast: Cast, jan: Client, tally: Tally) -> None:
    """Fatima said yes, and would see everything; Jan has not said that it is her."""
    fatima = Member(cast, "fatima", tally)
    assert not fatima.saw
    fatima.saw = Member(cast, "ans", tally).saw
    fatima.reaches_nothing(may_leave=True)
    with role("herstel_maint"):  # nobody asks somebody who is not confirmed
        Answer.objects.filter(membership=cast.jan.members["fatima"]).delete()
    assert_no_mail(cast, jan, "fatima")


@pytest.mark.parametrize("how", ["ended", "left", "shares", "work"])
def test_no_reminder_of_what_one_may_not_know_any_more(cast: Cast, jan: Client, how: str) -> None:
    """Asked for next week, and then it ended: the day before nothing is said."""
    name = "mo" if how == "work" else "ans"
    remind(cast, name)
    if how == "ended":
        jan.post(reverse("supportgroups:stop", args=[cast.jan.people["ans"].slug]))
    elif how == "left":
        client = signed_in(cast.users["ans"], crash=True)
        client.post(reverse("member:stop", args=[cast.jan.members["ans"].slug]))
    elif how == "shares":
        jan.post(reverse("supportgroups:share_with", args=[cast.jan.people["ans"].slug]), {"until": "stop"})
    else:
        change(Employment, pk=cast.employments["mo"].pk)(ended_at=timezone.now())
    assert nothing_is_sent_to(cast, name)


def test_no_reminder_of_a_meeting_that_does_not_happen(cast: Cast, jan: Client) -> None:
    remind(cast, "ans")
    jan.post(reverse("meetings:meeting_cancel", args=[cast.jan.meetings["meeting-fixed"].slug]))
    with role("herstel_maint"):
        OutgoingMail.objects.filter(to_user=cast.pk("ans"), template="waiting").delete()
    assert nothing_is_sent_to(cast, "ans")


def test_the_page_after_stopping_is_the_page_of_who_was_never_asked(cast: Cast, jan: Client) -> None:
    """Silent: nothing says that there was something."""
    never = signed_in(cast.users["noor"], crash=True)
    jan.post(reverse("supportgroups:stop", args=[cast.jan.people["willem"].slug]))
    willem = signed_in(cast.users["willem"], crash=True)
    slug = cast.jan.members["willem"].slug
    for url in (reverse("member:person", args=[slug]), reverse("meetings:meeting_file", args=["zzzzzzzzz"])):
        assert willem.get(url).status_code == never.get(url).status_code == 404
    change(Participant, pk=cast.jan.participant.pk)(called="x")
    home = body_of(willem.get(reverse("member:home")))
    assert not [c for c in canaries_in(home) if c.startswith("jan-")]
