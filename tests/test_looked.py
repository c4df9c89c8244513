"""Wie heeft gekeken: "de hele lijst" is the whole list, however long ago and however much."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from herstel.actor import acting_as
from herstel.models import AuditLine
from meetings.views import looked
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db
OLDER = re.compile(r'href="\?tot=([0-9-]+)"')


def look(cast: Cast, hours: int, called: str) -> None:
    with role("herstel_maint"):
        AuditLine.objects.create(
            participant=cast.jan.participant,
            actor=cast.pk("ans"),
            called=called,
            event=AuditLine.Event.READ,
            category="agenda",
            at=timezone.now() - timedelta(hours=hours),
        )


@pytest.mark.parametrize("earlier", [0, 1, 6, 12, 18, 23])
def test_every_look_stands_on_some_page(cast: Cast, earlier: int) -> None:
    """Also on the day on which a page ends: before and after the hour it is now."""
    hours = {day * 24 + earlier for day in (0, 1, 2, 3, 9, 30, 59, 60, 61, 119, 120, 121, 400)}
    names = {f"Kijker {h}" for h in hours}
    for h in hours:
        look(cast, h, f"Kijker {h}")
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


@pytest.mark.parametrize("each", [1, 20])
def test_however_often_a_page_is_opened_it_hides_nobody_else(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, each: int
) -> None:
    """Found by an attacker: a member who opened a page often enough, or wrote lines that differ, emptied the list."""
    monkeypatch.setattr(looked, "EACH", each)
    jan, mo = signed_in(cast.users["jan"]), signed_in(cast.users["mo"])
    signed_in(cast.users["ans"]).get(reverse("member:goal", args=[cast.jan.goals["goal-open"].slug]))
    look(cast, 24, "GISTEREN")
    for _time in range(5):
        mo.get(reverse("team:participants"))
    line = {"participant": cast.jan.participant, "event": "read", "category": "goals", "basis": "member"}
    with role("herstel_maint"):
        read = [["goal-page", cast.jan.goals["goal-open"].pk]]
        AuditLine.objects.create(actor=cast.pk("mo"), called="MO", objects_seen=read, **line)
        for n in range(30):
            AuditLine.objects.create(actor=cast.pk("mo"), called="MO", objects_seen=[["goal", n]], **line)
    page = jan.get(reverse("meetings:looked")).text
    for name in ("CANARY[jan-p-ans]", "CANARY[jan-p-mo]", "GISTEREN", "MO"):
        assert name in page, name
    assert "Las je doel" in page, "what somebody did is not hidden by what else they write of themselves"
    assert alike_count(cast) == each + 1


def alike_count(cast: Cast) -> int:
    """Of Mo's thirty lines: how many are read."""
    with acting_as(cast.pk("jan")):
        return looked.alike_once(AuditLine.objects.own()).filter(called="MO").count()
