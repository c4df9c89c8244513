"""Pictures that are none, that are too much, that say where they were taken, or that belong to somebody else."""

import io
import os
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from PIL import Image

from goals.models import Goal
from herstel import files, images
from herstel.models import Draft
from supportgroups.models import Audience, Share
from tests.abuse.pages import Page, fault_at
from tests.abuse.test_forms import body_of
from tests.cast import Cast
from tests.harness import files_that_go, role, signed_in

pytestmark = pytest.mark.django_db
SECRET_PLACE = "SECRET-PLACE-53.2194"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def jan(cast: Cast) -> Client:
    return signed_in(cast.users["jan"], crash=True)


def upload(client: Client, goal: Goal, content: bytes, name: str = "foto.jpg") -> HttpResponseBase:
    url = reverse("goals:goal_picture", args=[goal.slug])
    return client.post(url, {"pictogram": "", "image": SimpleUploadedFile(name, content, "image/jpeg")})


def kept_files(store: Path) -> list[Path]:
    return [file for file in store.rglob("*") if file.is_file()] if store.exists() else []


def image_of(goal: Goal) -> str:
    with role("herstel_maint"):
        goal.refresh_from_db()
    return goal.image


# --- making pictures ------------------------------------------------------------------------------------------------
def drawn(kind: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 120 if mode in ("L", "P", "I;16") else None).save(out, kind, **more)  # type: ignore[arg-type]
    return out.getvalue()


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET_PLACE
    exif[0x0112] = 6  # to be turned a quarter
    exif[0x0131] = SECRET_PLACE
    where = exif.get_ifd(0x8825)
    where[1], where[2] = "N", (53.0, 13.0, 9.0)
    where[29] = SECRET_PLACE
    out = io.BytesIO()
    picture = Image.new("RGB", (40, 30), "red")
    picture.info["comment"] = SECRET_PLACE.encode()
    picture.save(out, "JPEG", exif=exif, comment=SECRET_PLACE.encode(), icc_profile=SECRET_PLACE.encode())
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes) -> bytes:
    """A PNG that says it is this large, whatever it holds."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(more) + body + chunk(b"IEND", b"")


def gif_with_many_frames() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("P", (60, 60), n % 250) for n in range(300)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


NO_PICTURE: dict[str, bytes] = {
    "nothing": b"",
    "text": b"hello",
    "html": b"<html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "pdf": b"%PDF-1.7\n1 0 obj\n",
    "a zip": b"PK\x03\x04" + b"\0" * 100,
    "half a jpeg": drawn("JPEG", (400, 300))[:300],
    "a png without its end": drawn("PNG", (400, 300))[:60],
    "a tiff": drawn("TIFF"),
    "a bmp": drawn("BMP"),
    "an eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "a bomb": png(30_000, 30_000),
    "a bomb of one line": png(2**31 - 1, 1),
    "no size": png(0, 0),
    "a text that unpacks to 200 MB": png(10, 10, chunk(b"zTXt", b"x\0\0" + zlib.compress(b"a" * 200 * 2**20))),
    "noise": random.Random(1).randbytes(5000),
}
PICTURES: dict[str, bytes] = {
    "jpeg": drawn(),
    "png": drawn("PNG", mode="RGBA"),
    "grey": drawn("PNG", mode="LA"),
    "16 bits": drawn("PNG", mode="I;16"),
    "palette": drawn("GIF", mode="P"),
    "webp": drawn("WEBP"),
    "cmyk": drawn("JPEG", mode="CMYK"),
    "1 pixel": drawn(size=(1, 1)),
    "a long line": drawn("PNG", size=(20_000, 2)),
    "many frames": gif_with_many_frames(),
    "place and time": with_exif(),
    "a picture with a script behind it": drawn() + b"<script>alert(1)</script><?php x ?>",
    "a picture with a zip behind it": drawn("GIF", mode="P") + b"PK\x03\x04" + b"x" * 500,
}


# --- what is kept ---------------------------------------------------------------------------------------------------
def test_what_is_no_picture_is_refused_in_a_sentence(cast: Cast, jan: Client, store: Path) -> None:
    goal = cast.jan.goals["goal-open"]
    for case, content in NO_PICTURE.items():
        response = upload(jan, goal, content, "foto.png")
        assert response.status_code == 200, case
        sentence = fault_at(Page(body_of(response)), "image")
        assert sentence.endswith((".", "). ", ").")), f"{case}: {sentence!r}"
        assert image_of(goal) == "", case
    assert not kept_files(store)


def test_a_picture_is_drawn_again(cast: Cast, jan: Client, store: Path) -> None:
    """Whatever it was: a JPEG of at most 1600 pixels, with nothing behind it and nothing that says where."""
    goal = cast.jan.goals["goal-open"]
    for case, content in PICTURES.items():
        response = upload(jan, goal, content)
        assert response.status_code == 302, f"{case}: {body_of(response)[:2000] if case else ''}"
        name = image_of(goal)
        (file,) = [file for file in kept_files(store) if file.name == name]
        kept = file.read_bytes()
        with Image.open(file) as picture:
            picture.load()
            assert picture.format == "JPEG", case
            assert max(picture.size) <= images.EDGE, case
            assert not dict(picture.getexif()), case
            assert not set(picture.info) & {"exif", "comment", "icc_profile", "xmp"}, case
            if case == "place and time":
                assert picture.size == (30, 40)  # turned as the camera said
        assert kept.endswith(b"\xff\xd9"), case
        for secret in (SECRET_PLACE.encode(), b"script", b"PK\x03", b"Exif"):
            assert secret not in kept, case


def test_too_large_is_refused_before_it_is_read(cast: Cast, jan: Client, store: Path) -> None:
    response = upload(jan, cast.jan.goals["goal-open"], drawn() + b"\0" * (16 * 2**20))
    assert response.status_code in (200, 413)
    assert "groot" in body_of(response)
    assert not kept_files(store)


@pytest.mark.parametrize(
    "name",
    ["../../x.jpg", "/etc/x.jpg", "..\\x.jpg", "x.php", "x\0.jpg", "a" * 500 + ".jpg", "é\u202egpj.exe", "", "x.jpg/"],
)
def test_a_name_decides_nothing(cast: Cast, jan: Client, store: Path, name: str) -> None:
    """The name of the file is ours, and lies in the store."""
    goal = cast.jan.goals["goal-open"]
    url = reverse("goals:goal_picture", args=[goal.slug])
    part = f'Content-Disposition: form-data; name="image"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = b"--x\r\n" + part.encode() + drawn() + b"\r\n--x--\r\n"
    response = jan.generic("POST", url, body, content_type="multipart/form-data; boundary=x")
    assert response.status_code < 500
    for file in kept_files(store):
        assert file.relative_to(store).as_posix() == f"{file.name[:2]}/{file.name}"
        assert file.suffix == ".jpg"
        assert len(file.stem) == 32


def test_the_store_is_no_place_of_the_web(jan: Client) -> None:
    from herstel import settings as real

    static = Path(real.STATIC_ROOT).resolve()
    media = Path(real.MEDIA_ROOT).resolve()
    assert not media.is_relative_to(static)
    assert not static.is_relative_to(media)
    assert not any(media.is_relative_to(folder) for folder in house.STATICFILES_DIRS)
    for path in ("/media/x.jpg", "/static/../media/x.jpg", "/export/x.zip"):
        assert jan.get(path).status_code == 404


def test_a_picture_in_a_draft_is_kept_once_and_seen_by_nobody(cast: Cast, jan: Client, store: Path) -> None:
    url = reverse("goals:goal_new", kwargs={"page": "beeld"})
    assert jan.post(url, {"image": SimpleUploadedFile("x.jpg", drawn(), "image/jpeg")}).status_code == 302
    (file,) = kept_files(store)
    for persona in ("lotte", "mo", "ans", "anonymous"):
        client = signed_in(cast.users[persona], crash=True)
        for guess in (file.name, file.stem, f"{file.name[:2]}/{file.name}"):
            assert client.get(f"/beeld/{guess}/").status_code in (302, 404)
    # What somebody types into the draft is no name of a file.
    bad = {"pictogram": "", "stored": "../../manage.py", "image_stored": "x", "beeld": "x"}
    assert jan.post(url, bad).status_code in (200, 302)
    with role("herstel_maint"):
        draft = Draft.objects.get(user=cast.pk("jan"), flow="goal")
    assert "manage.py" not in str(draft.data)


# --- whose ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def picture(cast: Cast, jan: Client) -> str:
    """The address of the picture of a goal that Ans and Mo may see."""
    goal = cast.jan.goals["goal-open"]
    assert upload(jan, goal, drawn()).status_code == 302
    return reverse("goals:goal_image", args=[goal.slug])


def statuses(cast: Cast, url: str, *names: str) -> dict[str, int]:
    return {name: signed_in(cast.users[name], crash=True).get(url).status_code for name in names}


def test_a_picture_goes_where_its_goal_goes(cast: Cast, picture: str) -> None:
    everybody = [name for name in cast.users if name != "anonymous"]
    assert {name for name, status in statuses(cast, picture, *everybody).items() if status == 200} == {
        "jan",
        "ans",
        "mo",
    }
    assert Client().get(picture).status_code == 302
    response = signed_in(cast.users["ans"]).get(picture)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store, private"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("how", ["unshared", "not chosen", "only mine", "ended", "paused"])
def test_the_same_address_after_it_was_closed(cast: Cast, picture: str, how: str) -> None:
    goal, place = cast.jan.goals["goal-open"], cast.jan.members["ans"]
    assert statuses(cast, picture, "ans") == {"ans": 200}
    with role("herstel_maint"):
        if how == "unshared":
            Share.objects.filter(membership=place, category="goals").delete()
        elif how == "not chosen":
            Audience.objects.filter(membership=place, category="goals").delete()
        elif how == "only mine":
            Goal.objects.filter(pk=goal.pk).update(reach="me")
        elif how == "ended":
            type(place).objects.filter(pk=place.pk).update(state="ended")
        else:
            type(cast.jan.participant).objects.filter(pk=cast.jan.participant.pk).update(paused_at="2026-01-01T00:00Z")
    assert statuses(cast, picture, "ans", "jan") == {"ans": 404, "jan": 200}


@pytest.mark.parametrize("name", ["../../manage.py", "/etc/hostname", "", ".", "..", "x.jpg", "\0"])
def test_a_name_in_the_row_reaches_nothing_outside(cast: Cast, jan: Client, store: Path, name: str) -> None:
    goal = cast.jan.goals["goal-open"]
    if "\0" not in name:
        with role("herstel_maint"):
            Goal.objects.filter(pk=goal.pk).update(image=name)
    response = jan.get(reverse("goals:goal_image", args=[goal.slug]))
    assert response.status_code == 404


def test_another_picture_takes_the_old_one_away(
    cast: Cast, jan: Client, store: Path, woken: list[tuple[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    """A picture that stands with nothing any more is somebody's picture that nobody can take away."""
    goal = cast.jan.goals["goal-open"]
    for _turn in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            assert upload(jan, goal, drawn()).status_code == 302
    files_that_go(woken)
    assert [file.name for file in kept_files(store)] == [image_of(goal)]


def test_a_name_of_somebody_elses_picture_takes_nothing_away(
    cast: Cast, jan: Client, store: Path, woken: list[tuple[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    """Found in review: who may see a picture can read its name, and SQL can put it in a row of one's own."""
    upload(jan, cast.jan.goals["goal-open"], drawn())
    mine = cast.records["lotte"].goals["goal-open"]
    with role("herstel_maint"):
        Goal.objects.filter(pk=mine.pk).update(image=image_of(cast.jan.goals["goal-open"]))
    with django_capture_on_commit_callbacks(execute=True):
        assert upload(signed_in(cast.users["lotte"]), mine, drawn()).status_code == 302
    files_that_go(woken)
    assert {file.name for file in kept_files(store)} == {image_of(cast.jan.goals["goal-open"]), image_of(mine)}


def test_a_picture_that_nothing_names_is_swept(cast: Cast, jan: Client, store: Path) -> None:
    """Drafts that were thrown away leave pictures; those of a goal, of a draft and of today stay."""
    goal = cast.jan.goals["goal-open"]
    upload(jan, goal, drawn())
    image = SimpleUploadedFile("foto.jpg", drawn(), "image/jpeg")
    jan.post(reverse("goals:goal_new", args=["beeld"]), {"pictogram": "", "image": image})
    with role("herstel_maint"):
        drafts = " ".join(str(draft.data) for draft in Draft.objects.filter(user=cast.pk("jan")))
    named = {file.name for file in kept_files(store)}
    assert len(named) == 2
    assert sum(name in drafts for name in named) == 1
    old, today = (images.keep_image(SimpleUploadedFile("foto.jpg", drawn(), "image/jpeg")) for _ in "12")
    for file in kept_files(store):
        if file.name != today:
            os.utime(file, (0, 0))
    with role("herstel_worker"):
        assert files.sweep_files() == 1
    assert {file.name for file in kept_files(store)} == named | {today}
    assert old not in named


KEEP_ONE = r"""
import django, re, sys
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from herstel.images import keep_image
from herstel.refusal import Refused
with open(sys.argv[1], "rb") as file:
    try:
        keep_image(SimpleUploadedFile("x.png", file.read()))
    except Refused:
        pass
# Not ru_maxrss: that keeps what the process had before it became this program, which is all of the tests.
print(int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


def test_a_small_file_does_not_fill_the_memory(tmp_path: Path) -> None:
    """One colour on 59 million pixels is 200 kB on the line; either it is refused, or it is made small at once."""
    file = tmp_path / "x.png"
    Image.new("RGBA", (7700, 7700)).save(file)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "herstel.settings", "MEDIA_ROOT": str(tmp_path / "media")}
    done = subprocess.run(
        [sys.executable, "-c", KEEP_ONE, file], cwd=house.ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-1000:]
    assert int(done.stdout) < 400
