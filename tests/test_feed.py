"""The calendar of one's own: what one may see now, days and times alone, and nothing once one is out."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from herstel import links
from herstel.actor import acting_as
from herstel.models import AuditLine, User
from meetings.feeds import FEED, make_feed
from meetings.models import Feed, Meeting
from participants.actions import close_everything
from supportgroups.actions import end_membership
from supportgroups.models import Membership
from tests.cast import Cast, canaries_in
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db


def address(user: User) -> str:
    with role("herstel_maint"):
        Feed.objects.filter(user=user).delete()
    with acting_as(user.pk):
        return reverse("feed", args=[links.token_for(FEED, make_feed(user).name)])


def fetched(url: str) -> tuple[int, str]:
    """By a calendar program: no cookie, no account."""
    answer = Client().get(url)
    return answer.status_code, answer.content.decode()


def days_in(text: str) -> set[Any]:
    return {event["uid"].split("@")[0] for event in Calendar.from_ical(text).walk("VEVENT")}


def test_everybody_gets_what_they_may_see(cast: Cast) -> None:
    """The same rules as the pages: of every persona, exactly the dated meetings that the database shows them."""
    for name, user in cast.users.items():
        if not isinstance(user, User):
            continue
        status, text = fetched(address(user))
        if status == 410:
            assert name in ("noor", "researcher", "checker", "administrator", "vera"), name
            continue
        with acting_as(user.pk):
            seen = Meeting.objects.visible().exclude(at=None).exclude(state__in=["draft", "proposed"])
            assert days_in(text) == {meeting.slug for meeting in seen}, name
        assert not canaries_in(text), name
        assert "kring" in text.lower()
        assert "jan" not in text.lower().replace("january", "")


def test_it_ends_with_the_membership(cast: Cast) -> None:
    willem, jan = cast.user("willem"), cast.jan
    url = address(willem)
    assert fetched(url)[0] == 200
    with acting_as(jan.participant.user_id):
        end_membership(membership=jan.members["willem"])
    assert fetched(url) == (410, "Dit adres werkt niet meer.")
    assert fetched(reverse("feed", args=["x" * 24]))[0] == 410


@pytest.mark.parametrize("how", ["paused", "ends", "closed"])
def test_it_shows_nothing_meanwhile(cast: Cast, how: str) -> None:
    willem, jan = cast.user("willem"), cast.jan
    url = address(willem)
    assert days_in(fetched(url)[1])
    if how == "closed":
        with acting_as(jan.participant.user_id):
            close_everything(participant=jan.participant)
    else:
        changed = {"state": "paused"} if how == "paused" else {"ends_at": timezone.now() - timedelta(hours=1)}
        with role("herstel_maint"):
            Membership.objects.filter(pk=jan.members["willem"].pk).update(**changed)
    status, text = fetched(url)
    assert status == 410 or not days_in(text)


def test_a_new_address_ends_the_old_one(cast: Cast) -> None:
    ans = cast.user("ans")
    old = address(ans)
    client = signed_in(ans)
    client.post(reverse("my_feed"), {"nieuw": "1"})
    assert fetched(old)[0] == 410
    with role("herstel_maint"):
        new = reverse("feed", args=[links.token_for(FEED, Feed.objects.get(user=ans).name)])
    assert new in client.get(reverse("my_feed")).text
    assert fetched(new)[0] == 200
    client.post(reverse("my_feed"), {"weg": "1"})
    assert fetched(new)[0] == 410


def test_an_old_session_makes_no_address(cast: Cast) -> None:
    client = signed_in(cast.user("ans"), fresh=0)
    assert client.post(reverse("my_feed"), {"nieuw": "1"})["Location"].startswith(reverse("step_up"))
    with role("herstel_maint"):
        assert not Feed.objects.filter(user=cast.user("ans")).exists()


def test_the_participant_reads_that_it_was_fetched(cast: Cast) -> None:
    """Once a day, said as what it is; one's own days are no look."""
    for name in ("ans", "jan"):
        url = address(cast.user(name))
        for _ in range(4):
            fetched(url)
    with role("herstel_maint"):
        lines = AuditLine.objects.filter(basis="feed", participant=cast.jan.participant)
        assert [line.membership for line in lines] == [cast.jan.members["ans"].pk]
    page = signed_in(cast.user("jan")).get(reverse("meetings:looked")).text
    assert "Een agenda-programma haalde je dagen op" in page


def test_a_meeting_that_is_new_in_the_calendar_is_a_line(cast: Cast) -> None:
    """Not only the first fetch of a day: what the calendar had not got yet is told when it gets it."""
    url, jan = address(cast.user("ans")), cast.jan
    fetched(url)
    at = timezone.now() + timedelta(days=2)
    with role("herstel_maint"):
        told = {(line.pk, str(line.objects_seen)) for line in AuditLine.objects.filter(basis="feed")}
        new = Meeting.objects.create(participant=jan.participant, state="fixed", at=at, reach="everyone")
    for _ in range(3):
        assert new.slug in days_in(fetched(url)[1])
    with role("herstel_maint"):
        lines = AuditLine.objects.filter(basis="feed", participant=jan.participant)
        (added,) = [line for line in lines if (line.pk, str(line.objects_seen)) not in told]
        assert added.objects_seen == [["meeting", new.pk]]


def test_a_changed_day_replaces_itself(cast: Cast) -> None:
    """Same UID, higher SEQUENCE; cancelled is said, not left out."""
    url = address(cast.user("willem"))
    meeting = cast.jan.meetings["meeting-fixed"]
    with role("herstel_maint"):
        Meeting.objects.filter(pk=meeting.pk).update(state="cancelled", sequence=3)
    events = {event["uid"].split("@")[0]: event for event in Calendar.from_ical(fetched(url)[1]).walk("VEVENT")}
    assert (events[meeting.slug]["status"], events[meeting.slug]["sequence"]) == ("CANCELLED", 3)
