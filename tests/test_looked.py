"""Wie heeft gekeken: "de hele lijst" is the whole list, however long ago and however much."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from herstel.models import AuditLine
from meetings.views import looked
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db
OLDER = re.compile(r'href="\?tot=([0-9-]+)"')


def look(cast: Cast, days: int, called: str) -> None:
    with role("herstel_maint"):
        AuditLine.objects.create(
            participant=cast.jan.participant,
            actor=cast.pk("ans"),
            called=called,
            event=AuditLine.Event.READ,
            category="agenda",
            at=timezone.now() - timedelta(days=days),
        )


@pytest.mark.parametrize("most", [2000, 4])
def test_every_look_stands_on_some_page(cast: Cast, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(looked, "MOST", most)
    names = {f"Kijker {days}" for days in (0, 1, 2, 3, 9, 30, 59, 61, 119, 121, 400)}
    for name in names:
        look(cast, int(name.split()[1]), name)
    jan, seen, url = signed_in(cast.users["jan"], crash=True), set[str](), reverse("meetings:looked")
    for _page in range(40):
        text = jan.get(url).content.decode()
        seen |= set(re.findall(r"Kijker \d+", text))
        older = OLDER.search(text)
        if older is None:
            break
        url = f"{reverse('meetings:looked')}?tot={older[1]}"
    assert seen == names


@pytest.mark.parametrize("day", ["", "x", "9999-99-99", "0001-01-01", "2026-02-31", "²"])
def test_a_day_that_is_none_is_no_error(cast: Cast, day: Any) -> None:
    assert signed_in(cast.users["jan"], crash=True).get(reverse("meetings:looked"), {"tot": day}).status_code == 200


def test_however_often_a_page_is_opened_it_hides_nobody_else(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by an attacker: a member who opened a page often enough emptied the list of everybody's looks."""
    monkeypatch.setattr(looked, "MOST", 20)
    jan, mo = signed_in(cast.users["jan"]), signed_in(cast.users["mo"])
    signed_in(cast.users["ans"]).get(reverse("member:goal", args=[cast.jan.goals["goal-open"].slug]))
    before = jan.get(reverse("meetings:looked")).text
    for _time in range(25):
        mo.get(reverse("team:participants"))
    after = jan.get(reverse("meetings:looked")).text
    for name in ("ans", "mo"):
        assert f"CANARY[jan-p-{name}]" in after, name
    assert "CANARY[jan-p-ans]" in before


def test_of_a_day_that_is_too_busy_a_part_is_shown(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQL can write lines that differ; the day is not passed over, and the days before it can be reached."""
    monkeypatch.setattr(looked, "MOST", 20)
    line = {"participant": cast.jan.participant, "event": "read", "category": "goals", "basis": "member"}
    now = timezone.now()
    with role("herstel_maint"):
        AuditLine.objects.create(at=now - timedelta(days=1), called="GISTEREN", objects_seen=[["goal", 1]], **line)
        for n in range(30):
            AuditLine.objects.create(at=now, called="VANDAAG", objects_seen=[["goal", n]], **line)
    jan = signed_in(cast.users["jan"])
    page = jan.get(reverse("meetings:looked")).text
    assert "VANDAAG" in page
    (older,) = set(re.findall(r"tot=(\d{4}-\d\d-\d\d)", page))
    assert "GISTEREN" in jan.get(reverse("meetings:looked"), {"tot": older}).text
