"""Gegevens meenemen: everything of mine is in it, and nothing of others."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from herstel import jobs
from herstel.models import Job
from herstel.policies import ruled_models
from participants.copies import KIND, LEFT_OUT, columns_of, make_copy, tables_of_mine
from participants.models import DataCopy
from tests.cast import Cast, canaries_in
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def made(cast: Cast, copy: DataCopy, store: Path) -> dict[str, str]:
    """The texts of the file, by name; made by the worker under its own role."""
    with role("herstel_worker"):
        make_copy(copy.pk)
    with zipfile.ZipFile(store / "copies" / f"{copy.slug}.zip") as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist() if name[-3:] != "jpg"}


def asked(cast: Cast) -> DataCopy:
    signed_in(cast.users["jan"], crash=True).post(reverse("take_along"))
    with role("herstel_maint"):
        return DataCopy.objects.filter(participant=cast.jan.participant).latest("pk")


def test_all_of_mine_and_nothing_of_others(cast: Cast, store: Path) -> None:
    files = made(cast, asked(cast), store)
    everything = "\n".join(files.values())
    mine = {name for name in cast.may_see["jan"] if name.startswith("jan-")}
    assert canaries_in(files["kring.json"]) == mine
    assert not cast.leaked("jan", everything)
    for kind in ("goal-open", "step", "progress", "checkin", "plan", "interview-can", "p-ans"):
        assert f"jan-{kind}" in canaries_in(files["lees-mij.html"]), kind


def test_no_model_is_forgotten() -> None:
    """A model is in it, or there is a reason why not; and no secret of a link is."""
    known = {model._meta.label for model in ruled_models()}
    assert known >= LEFT_OUT.keys()
    assert {model._meta.label for model in tables_of_mine()} == known - LEFT_OUT.keys()
    names = {(model._meta.label, f.name) for model in tables_of_mine() for f in columns_of(model)}
    assert not {(label, name) for label, name in names if name in ("token", "password", "code")}


def test_asking_twice_is_asking_once(cast: Cast, store: Path) -> None:
    first = asked(cast)
    assert asked(cast) == first
    made(cast, first, store)
    assert asked(cast) != first


def test_a_worker_that_died_is_followed_by_another(cast: Cast, store: Path) -> None:
    copy = asked(cast)
    with role("herstel_worker"):
        assert jobs.claim(KIND, copy.pk) is not None
        make_copy(copy.pk)  # somebody is busy with it
        assert not (store / "copies").exists()
        Job.objects.filter(kind=KIND, subject=copy.pk).update(lease_until="2020-01-01T00:00Z")
        assert jobs.due(KIND) == [copy.pk]
        make_copy(copy.pk)
    assert [file.suffix for file in (store / "copies").iterdir()] == [".zip"]


def test_it_is_fetched_by_its_owner_alone_after_a_fresh_code(cast: Cast, store: Path) -> None:
    copy = asked(cast)
    made(cast, copy, store)
    url = reverse("fetch_copy", args=[copy.slug])
    jan = signed_in(cast.users["jan"], crash=True)
    response = jan.post(url)
    assert response.status_code == 200
    assert "jan" not in response["Content-Disposition"].lower()
    for name in ("ans", "lotte", "mo"):
        assert signed_in(cast.users[name]).post(url).status_code == 404
    session = jan.session
    session["fresh"] = 0
    session.save()
    assert jan.post(url)["Location"].startswith(reverse("step_up"))
    assert jan.post(reverse("take_along"))["Location"].startswith(reverse("step_up"))
