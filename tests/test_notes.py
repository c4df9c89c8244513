"""What somebody else writes down waits for the participant's yes; until then nobody reads it but those two."""

import pytest
from django.test import Client
from django.urls import reverse

from herstel.actor import acting_as
from meetings.actions import Report, write_minutes
from meetings.models import Meeting, Minutes, Notes
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db
WORDS = "We spraken over de fiets"


@pytest.fixture
def held(cast: Cast) -> Meeting:
    """A meeting at which Ans writes; nothing was written yet."""
    with role("herstel_maint"):
        Notes.objects.all().delete()
    return cast.jan.meetings["meeting-held"]


def write(cast: Cast, meeting: Meeting, words: str = WORDS, who: str = "ans", side: str = "member") -> int:
    url = reverse(f"{side}:notes", args=[meeting.slug])
    return signed_in(cast.users[who], crash=True).post(url, {"words": words}).status_code


def answer(jan: Client, **said: str) -> None:
    with role("herstel_maint"):
        notes = Notes.objects.get()
    assert jan.post(reverse("meetings:notes_answer", args=[notes.slug]), said).status_code == 302


def minutes_as(cast: Cast, who: str, side: str) -> str:
    slug = cast.jan.minutes["minutes-released"].slug
    return signed_in(cast.users[who]).get(reverse(f"{side}:minutes", args=[slug])).text


def test_it_waits_for_the_yes(cast: Cast, held: Meeting) -> None:
    jan = signed_in(cast.users["jan"], crash=True)
    assert write(cast, held) == 302
    assert "schreef iets op" in jan.get(reverse("begin")).text
    assert WORDS not in minutes_as(cast, "mo", "team")
    answer(jan, words=WORDS + ", en over Boef")
    assert WORDS + ", en over Boef" in minutes_as(cast, "mo", "team")
    assert "schreef iets op" not in jan.get(reverse("begin")).text
    answer(jan, nee="1", words=WORDS)
    assert WORDS not in minutes_as(cast, "mo", "team")


def test_no_is_no(cast: Cast, held: Meeting) -> None:
    jan = signed_in(cast.users["jan"], crash=True)
    write(cast, held)
    answer(jan, nee="1")
    assert WORDS not in minutes_as(cast, "mo", "team")
    url = reverse("member:notes", args=[held.slug])
    page = signed_in(cast.users["ans"]).get(url).text
    assert "heeft dit gelezen" in page
    assert "niet in het verslag" not in page


def test_only_who_was_asked_writes(cast: Cast, held: Meeting) -> None:
    for who, side in (("willem", "member"), ("mo", "team"), ("els", "member"), ("lotte", "member")):
        assert write(cast, held, who=who, side=side) == 404, who
    with role("herstel_maint"):
        Meeting.objects.filter(pk=held.pk).update(writer=None)
    assert write(cast, held) == 404
    with role("herstel_maint"):
        assert not Notes.objects.exists()


def test_what_was_read_stays_as_it_was_read(cast: Cast, held: Meeting) -> None:
    jan = signed_in(cast.users["jan"], crash=True)
    write(cast, held)
    write(cast, held, WORDS + " en meer")
    answer(jan, words=WORDS)
    assert write(cast, held, "Iets heel anders") == 200
    with role("herstel_maint"):
        assert Notes.objects.get().words == WORDS


def test_accepted_before_the_minutes_were_written(cast: Cast, held: Meeting) -> None:
    jan, meeting = signed_in(cast.users["jan"], crash=True), cast.jan.meetings["meeting-fixed"]
    with role("herstel_maint"):
        Meeting.objects.filter(pk=meeting.pk).update(writer=cast.jan.members["ans"])
    write(cast, meeting)
    answer(jan, words=WORDS)
    with acting_as(cast.pk("jan")):
        meeting = Meeting.objects.own().get(pk=meeting.pk)
        minutes = write_minutes(meeting=meeting, by=cast.user("jan"), report=Report())
        assert Minutes.objects.own().get(pk=minutes.pk).words == WORDS
