"""The second person sees counts and k, says why something is given back; who has a copy says whom they took out."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from research.models import Download, Export, ExportPerson, Removal
from tests.abuse.test_forms import body_of
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db

PID = "abcdefgh22334455"
REPORT = {
    "files": [
        {"name": "deelnemers.csv", "columns": [{"column": "gender", "values": [["vrouw", 31], ["man", 4], ["", 2]]}]}
    ],
    "anonymity": {"columns": ["gender"], "k": 2, "alone": 3, "under_5": 6, "under_10": 17},
    "since": {"version": 1, "cut_off": "2026-09-30", "came": 5, "went": 1, "rows": {"deelnemers.csv": 33}},
}
FILES = {"deelnemers.csv": {"rows": 37, "columns": ["pid", "gender"], "bytes": 900}}


@pytest.fixture
def ready(cast: Cast) -> Export:
    with role("herstel_maint"):
        export = cast.exports["ready"]
        manifest = {"people": 37, "files": FILES}
        Export.objects.filter(pk=export.pk).update(report=REPORT, manifest=manifest, file="x.zip", asked_name="Wim")
    return export


def client(cast: Cast, name: str) -> Client:
    return signed_in(cast.users[name])


def page(cast: Cast, name: str, export: Export) -> str:
    return " ".join(body_of(client(cast, name).get(reverse("research:export", args=[export.slug]))).split())


def judge(cast: Cast, export: Export, **data: str) -> str:
    client(cast, "checker").post(reverse("research:export_judge", args=[export.slug]), data)
    with role("herstel_maint"):
        export.refresh_from_db()
    return export.state


def test_the_checker_sees_counts_and_k_and_no_row(cast: Cast, ready: Export) -> None:
    shown = page(cast, "checker", ready)
    for told in (
        "Kleinste groep met dezelfde waarden (k)</dt><dd>2</dd>",
        "Mensen die alleen staan</dt><dd>3</dd>",
        "Waarden onder 10 mensen</dt><dd>2</dd>",
        "Anders dan in versie 1",
        "5 mensen kwamen erbij",
        "1 persoon ging eruit",
        "van 33 naar 37 rijen",
    ):
        assert told in shown
    assert shown.count('<span class="tag w">onder 10</span>') == 2
    assert "31</td>" in shown


def test_giving_back_says_why(cast: Cast, ready: Export) -> None:
    assert judge(cast, ready, **{"return": "1"}) == "ready"
    assert judge(cast, ready, **{"return": "1", "why": "   "}) == "ready"
    assert judge(cast, ready, **{"return": "1", "why": "Te weinig mannen"}) == "returned"
    assert "Te weinig mannen" in page(cast, "researcher", ready)
    with role("herstel_maint"):
        assert Export.objects.get(pk=ready.pk).released_name


def test_releasing_needs_no_reason_and_names_who(cast: Cast, ready: Export) -> None:
    assert judge(cast, ready, release="1") == "released"
    assert ready.released_name
    assert ready.returned_why == ""
    assert "We zetten de bestanden klaar" in page(cast, "researcher", ready)
    assert "Download alles" not in page(cast, "researcher", ready)


@pytest.fixture
def stopped(cast: Cast, ready: Export) -> Export:
    """Jan stopped after it was fetched."""
    with role("herstel_maint"):
        left = timezone.now() - timedelta(minutes=5)
        Export.objects.filter(pk=ready.pk).update(state="void")
        Download.objects.create(study=ready.study, export=ready, by=cast.user("researcher"), name="Wim")
        Removal.objects.create(study=ready.study, export=ready, pid=PID, at=left)
        ExportPerson.objects.create(
            participant=cast.jan.participant, study=ready.study, export=ready, left_at=left, fetched=True
        )
    return ready


def confirm(cast: Cast, name: str, export: Export) -> int:
    return client(cast, name).post(reverse("research:export_removals", args=[export.slug])).status_code


def confirmed(export: Export) -> tuple[Any, Any]:
    with role("herstel_maint"):
        removal, person = Removal.objects.get(export=export), ExportPerson.objects.get(export=export)
        return removal.confirmed_by_id if removal.confirmed_at else None, person.confirmed_at


def test_who_has_a_copy_reads_whom_to_take_out_and_says_so(cast: Cast, stopped: Export) -> None:
    shown = page(cast, "researcher", stopped)
    assert PID in shown
    assert "Nog weg te halen" in shown
    assert "Ik heb deze mensen weggehaald" in shown
    assert confirm(cast, "researcher", stopped) == 302
    by, at = confirmed(stopped)
    assert by == cast.pk("researcher")
    assert at is not None
    assert "Weggehaald volgens" in page(cast, "researcher", stopped)
    assert "Ik heb deze mensen weggehaald" not in page(cast, "researcher", stopped)


@pytest.mark.parametrize("name", ["checker", "jan", "mo", "administrator"])
def test_nobody_else_says_so(cast: Cast, stopped: Export, name: str) -> None:
    assert confirm(cast, name, stopped) in (302, 404)
    assert confirmed(stopped) == (None, None)


def test_a_pseudonym_that_is_not_made_yet_is_not_confirmed(cast: Cast, stopped: Export) -> None:
    with role("herstel_maint"):
        Removal.objects.update(pid="")
    assert "Ik heb deze mensen weggehaald" not in page(cast, "researcher", stopped)
    confirm(cast, "researcher", stopped)
    assert confirmed(stopped) == (None, None)
