"""The demo's people: those of the mock-ups, made once, living under the rules."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from goals.models import Goal
from herstel.actor import acting_as
from herstel.demo_people import DEMO_PEOPLE
from herstel.models import AuditLine, OutgoingMail, User
from herstel.policies import our_models
from herstel.sides import HOME
from meetings.models import Answer, Meeting, Minutes, Promise
from meetings.reading import what_is_shared
from participants.models import Participant
from research.exports import FEWEST
from research.models import Consent
from research.world.demo import load_demo
from supportgroups.models import Membership, Person
from supportgroups.reading import sees_of
from tests.harness import role

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(demo: None) -> dict[str, User]:
    return {person.slug: User.objects.get(email=person.email) for person in DEMO_PEOPLE}


def test_loading_again_changes_nothing(people: dict[str, User]) -> None:
    def count() -> dict[str, int]:
        with role("herstel_maint"):
            return {model.__name__: model._default_manager.count() for model in our_models()}

    before = count()
    assert not load_demo()
    assert count() == before


def test_jan_has_the_people_and_goals_of_the_mock_ups(people: dict[str, User]) -> None:
    with acting_as(people["deelnemer"].pk):
        names = set(Person.objects.own().values_list("called", flat=True))
        members = {
            m.person.called: m.pk for m in Membership.objects.own().filter(state="active").select_related("person")
        }
        sees = sees_of(members.values())
        goals = list(Goal.objects.own().order_by("created_at").values_list("words", "standing"))
    assert names == {"Ans", "Willem", "Henk", "Mo", "Sara", "Fatima", "Boef", "Ma", "Bram", "Kees"}
    assert {name: sees[pk] for name, pk in members.items()} == {
        "Ans": "agenda, 2 doelen, verslagen, plan, verhaal",
        "Willem": "agenda, 1 doel",
        "Henk": "agenda, 1 doel",
        "Mo": "agenda, 3 doelen, verslagen, mensen",
        "Sara": "agenda, 1 doel, plan, verhaal",
    }
    assert goals == [
        ("Weer naar mijn zus fietsen", 2),
        ("Mijn kop rustig krijgen ’s avonds", 1),
        ("Iets met mijn handen doen", 0),
    ]


def test_jan_meets_his_group_the_day_after_tomorrow(people: dict[str, User]) -> None:
    with acting_as(people["deelnemer"].pk):
        meeting = Meeting.objects.own().get(state=Meeting.State.FIXED)
        coming = set(Answer.objects.own().filter(meeting=meeting, coming="yes").values_list("called", flat=True))
    assert meeting.at is not None
    assert timezone.localtime(meeting.at).date() == timezone.localdate() + timedelta(days=2)
    assert timezone.localtime(meeting.at).hour == 14
    assert coming == {"Ans", "Willem", "Mo", "Sara"}


def test_ans_and_mo_looked_this_week_and_willem_did_not(people: dict[str, User]) -> None:
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    with acting_as(people["deelnemer"].pk):
        looks = AuditLine.objects.own().filter(event=AuditLine.Event.READ)
        by_week = {(look.called, timezone.localtime(look.at).date() >= monday) for look in looks}
    assert {name for name, this_week in by_week if this_week} >= {"Ans", "Mo"}
    assert {name for name, _this_week in by_week} == {"Ans", "Mo", "Willem"}


def test_mo_sees_his_six_as_the_dashboard_shows_them(people: dict[str, User]) -> None:
    with acting_as(people["vnn"].pk):
        places = Membership.objects.visible().filter(user=people["vnn"]).select_related("participant")
        shared = {place.participant.called: what_is_shared(place)["sees"] for place in places}
        promises = set(Promise.objects.visible().filter(membership__in=places).values_list("what", flat=True))
    assert shared == {
        "Jan": "agenda, 3 doelen, verslagen, mensen",
        "Lotte": "agenda, 1 doel, verslagen",
        "Peter": "agenda, 2 doelen, mensen",
        "Rinus": "agenda, 2 doelen, mensen, hoe het gaat",
        "Aïsha": "agenda",
        "M.": "",
    }
    assert {"Samen naar de huisarts", "Folder dagbesteding meenemen", "Fietsenmaker bellen"} <= promises


def test_minutes_of_jan_are_read_by_ans_and_mo_only(people: dict[str, User]) -> None:
    readers = set()
    for slug, user in people.items():
        with acting_as(user.pk):
            if Minutes.objects.visible().filter(participant__called="Jan").exists():
                readers.add(slug)
    assert readers == {"deelnemer", "zus", "vnn"}


def test_the_study_has_enough_people_for_a_file(demo: None) -> None:
    with role("herstel_maint"):
        assert Consent.objects.filter(withdrawn_at=None).count() >= FEWEST + 2


def test_mails_of_one_second_are_all_shown(tmp_path: Path, client: Client, settings: Settings) -> None:
    """Django's backend gives a file the second as its name, and what happens to stand in memory."""
    settings.DEMO, settings.MAIL_ROOT = True, tmp_path
    with EmailBackend(file_path=str(tmp_path)) as backend:
        for subject in ("De eerste", "De tweede"):
            backend.send_messages([EmailMessage(subject, "Dag", to=["ans@kring.example"])])
    assert len(list(tmp_path.iterdir())) == 1
    page = client.get(reverse("demo")).text
    assert 0 < page.index("De tweede") < page.index("De eerste")


def test_no_old_mail_goes_out_when_the_demo_starts(people: dict[str, User]) -> None:
    with role("herstel_maint"):
        assert not OutgoingMail.objects.filter(sent_at=None, send_at__lte=timezone.now()).exists()


def test_history_lies_in_the_past(people: dict[str, User]) -> None:
    with role("herstel_maint"):
        begun = Participant.objects.get(user=people["deelnemer"]).created_at
        first = AuditLine.objects.earliest("at").at
    assert begun < timezone.now() - timedelta(days=179)
    assert first < timezone.now() - timedelta(days=179)


def test_everybody_can_be_chosen(people: dict[str, User], settings: Settings) -> None:
    settings.DEMO = True
    for person in DEMO_PEOPLE:
        client = Client()
        client.post(reverse("demo_as", args=[person.slug]))
        assert client.session["_auth_user_id"] == str(people[person.slug].pk)
        answer = client.get(reverse("side"), follow=True)
        assert answer.status_code == 200
        assert answer.request["PATH_INFO"] in {*map(reverse, HOME.values()), reverse("side")}, person
