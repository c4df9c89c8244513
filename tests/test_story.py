"""Mijn verhaal: told once, heard by whom it was chosen for; recordings carry nothing along but the sound."""

import io
from pathlib import Path
from typing import Any

import av
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from herstel import sounds
from herstel.refusal import Refused
from participants.models import StoryPart
from supportgroups.models import Audience, Invitation, Membership, Share
from tests.cast import Cast
from tests.harness import files_that_go, role, signed_in

pytestmark = pytest.mark.django_db
PLACE = "SECRET-PLACE-53.2194"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def jan(cast: Cast) -> Client:
    return signed_in(cast.users["jan"], crash=True)


def recorded(seconds: float, kind: str = "webm", codec: str = "libopus", rate: int = 48_000) -> SimpleUploadedFile:
    """A hum, as a telephone would record it: with the place and the maker in it."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as made:
        made.metadata.update({"title": PLACE, "location": PLACE, "artist": PLACE})
        stream = made.add_stream(codec, rate=rate, layout="mono")
        for n in range(int(seconds * rate) // 960):
            frame = av.AudioFrame(format="s16", layout="mono", samples=960)
            frame.planes[0].update(bytes([n % 200, 1]) * 960)
            frame.sample_rate, frame.pts = rate, n * 960
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return SimpleUploadedFile(f"{PLACE}.{kind}", out.getvalue(), "audio/anything")


def told(jan: Client, **said: Any) -> StoryPart:
    response = jan.post(reverse("supportgroups:story_new"), {"title": "Dit ben ik", "words": "", **said})
    assert response.status_code == 302, response.text
    with role("herstel_maint"):
        return StoryPart.objects.latest("pk")


@pytest.mark.parametrize(
    ("kind", "codec", "rate"),
    [("webm", "libopus", 48_000), ("mp4", "aac", 48_000), ("ogg", "libopus", 48_000), ("wav", "pcm_s16le", 48_000)],
)
def test_only_the_sound_is_kept(jan: Client, store: Path, kind: str, codec: str, rate: int) -> None:
    given = recorded(3, kind, codec, rate)
    assert PLACE.encode() in given.read()
    given.seek(0)
    part = told(jan, sound=given)
    kept = (store / part.sound[:2] / part.sound).read_bytes()
    assert PLACE.encode() not in kept
    assert part.seconds in (2, 3)
    with av.open(io.BytesIO(kept), "r") as file:
        assert file.streams.audio[0].codec_context.name == "aac"


def test_ten_minutes_and_not_four_hours(jan: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused with a sentence, and the words that were typed stay; as few seconds as the test needs."""
    monkeypatch.setattr(sounds, "MOST_SECONDS", 4)
    said = {"title": "Lang", "words": "Wat ik erbij schreef", "sound": recorded(6)}
    page = jan.post(reverse("supportgroups:story_new"), said)
    assert "Je kunt per stuk 10 minuten vertellen" in page.text
    assert "Wat ik erbij schreef" in page.text
    monkeypatch.setattr(sounds, "MOST_BYTES", 1000)
    with pytest.raises(Refused, match="te groot"):
        sounds.keep_sound(recorded(2))


@pytest.mark.parametrize(
    "data",
    [b"", b"x" * 5000, b"\x1aE\xdf\xa3" + b"x" * 5000, b"RIFF", b"OggS" * 900, b"\0\0\0\x20ftypM4A " + b"\0" * 900],
)
def test_no_recording_is_refused_with_a_sentence(jan: Client, store: Path, data: bytes) -> None:
    said = {"title": "Stem", "words": "", "sound": SimpleUploadedFile("x.webm", data)}
    response = jan.post(reverse("supportgroups:story_new"), said)
    assert response.status_code == 200
    assert 'id="fouten-kop"' in response.text
    assert not [file for file in store.rglob("*") if file.is_file()]


def test_a_film_is_no_voice(jan: Client, store: Path) -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as made:
        stream = made.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for _ in range(10):
            made.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        made.mux(stream.encode(None))
    with pytest.raises(Refused):
        sounds.keep_sound(SimpleUploadedFile("x.mp4", out.getvalue()))


def test_who_was_chosen_hears_it_and_nobody_else(cast: Cast, jan: Client) -> None:
    part = told(jan, sound=recorded(3))
    readers = reverse("supportgroups:story_readers", args=[part.slug])
    url = reverse("supportgroups:story_sound", args=[part.slug])
    page = reverse("member:story", args=[cast.jan.members["ans"].slug])
    ans = signed_in(cast.users["ans"])
    assert ans.get(url).status_code == 404
    assert jan.post(readers, {"people": [cast.jan.members["ans"].slug]}).status_code == 302
    assert "Dit ben ik" in ans.get(page).text
    whole = ans.get(url)
    body = b"".join(whole.streaming_content)  # type: ignore[attr-defined]
    some = ans.get(url, headers={"Range": "bytes=10-19"})
    assert (some.status_code, some.content) == (206, body[10:20])
    assert some["Content-Range"] == f"bytes 10-19/{len(body)}"
    assert ans.get(url, headers={"Range": f"bytes={len(body)}-"}).status_code == 200
    assert PLACE not in str(whole.headers)
    for name in ("mo", "willem", "els", "lotte", "anonymous"):
        assert signed_in(cast.users[name]).get(url).status_code in (302, 404), name
    assert jan.post(readers, {}).status_code == 302
    assert ans.get(url).status_code == 404
    with role("herstel_maint"):  # Ans has another piece still; nobody else has a share that opens nothing
        left = Audience.objects.filter(category="story", participant=cast.jan.participant).values("membership")
        empty = Share.objects.filter(category="story", participant=cast.jan.participant).exclude(membership__in=left)
        assert set(empty) <= {cast.jan.shares[name, "story"] for name in ("els", "piet", "fatima", "kees", "otto")}


def test_it_goes_along_with_an_invitation_and_opens_after_the_yes(cast: Cast, jan: Client) -> None:
    """Ticked when asking; read only after the hand-shake."""
    part = told(jan, words="Ik ben Jan")
    person = cast.jan.people["dog"]
    flow = {"slug": person.slug}
    jan.post(reverse("supportgroups:invite", kwargs={**flow, "page": "dichtbij"}), {"ring": "1"})
    jan.post(reverse("supportgroups:invite", kwargs={**flow, "page": "zien"}), {"story": [str(part.pk)]})
    jan.post(reverse("supportgroups:invite", kwargs={**flow, "page": "bericht"}), {"message": "Hoi"})
    check = reverse("supportgroups:invite", kwargs={**flow, "page": "controleer"})
    assert "Dit ben ik" in jan.get(check).text
    assert jan.post(check).status_code == 302
    with role("herstel_maint"):
        invitation = Invitation.objects.latest("pk")
        membership = invitation.membership
        Membership.objects.filter(pk=membership.pk).update(state="accepted", user=cast.user("lotte"))
    page = reverse("member:story", args=[membership.slug])
    lotte = signed_in(cast.users["lotte"])
    assert "Ik ben Jan" not in lotte.get(page).text
    jan.post(reverse("supportgroups:handshake", args=[membership.slug]), {"yes": "1"})
    assert "Ik ben Jan" in lotte.get(page).text


def test_two_tabs_lose_nothing(jan: Client) -> None:
    part = told(jan, words="Eerst")
    url = reverse("supportgroups:story_edit", args=[part.slug])
    assert jan.post(url, {"title": "A", "words": "Ene tab", "version": "1"}).status_code == 302
    answer = jan.post(url, {"title": "B", "words": "Andere tab", "version": "1"})
    assert answer.status_code == 409
    assert "Ene tab" in answer.text
    assert "Andere tab" in answer.text


def test_a_piece_that_goes_takes_its_files_along(
    jan: Client, store: Path, woken: list[tuple[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    part = told(jan, sound=recorded(1))
    assert (store / part.sound[:2] / part.sound).exists()
    with django_capture_on_commit_callbacks(execute=True):
        jan.post(reverse("supportgroups:story_remove", args=[part.slug]))
    files_that_go(woken)
    assert not (store / part.sound[:2] / part.sound).exists()
