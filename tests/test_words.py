"""Days, times and names as Kring writes them, in both languages."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.utils import timezone
from django.utils.translation import override

from herstel.templatetags import kring

MEETING = dt.datetime(2026, 11, 26, 13, 0, tzinfo=dt.UTC)  # two o'clock in the Netherlands


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda: dt.date(2026, 11, 24))


def test_days_and_times_in_dutch() -> None:
    assert kring.dag(MEETING) == "donderdag 26 november"
    assert kring.dag_capital(MEETING) == "Donderdag 26 november"
    assert kring.dag_kort(MEETING) == "do 26 nov"
    assert kring.dag_half(MEETING) == "do 26 november"
    assert kring.tijd(MEETING) == "14.00\N{NO-BREAK SPACE}uur"
    assert kring.dag_tijd(MEETING) == "donderdag 26 november, 14.00\N{NO-BREAK SPACE}uur"


def test_days_and_times_in_english() -> None:
    with override("en"):
        assert kring.dag_tijd(MEETING) == "Thursday 26 November, 14:00"
        assert kring.dag_kort(MEETING) == "Thu 26 Nov"


def test_the_hour_has_no_leading_zero_and_the_minutes_do() -> None:
    assert kring.tijd(dt.time(9, 5)) == "9.05\N{NO-BREAK SPACE}uur"
    assert kring.tijd(dt.time(0, 0)) == "0.00\N{NO-BREAK SPACE}uur"


def test_another_year_is_named() -> None:
    assert kring.dag(dt.date(2027, 1, 14)) == "donderdag 14 januari 2027"
    assert kring.dag_kort(dt.date(2025, 12, 31)) == "wo 31 dec 2025"


def test_a_moment_near_midnight_belongs_to_the_dutch_day() -> None:
    late = dt.datetime(2026, 11, 25, 23, 30, tzinfo=dt.UTC)
    assert kring.dag(late) == "donderdag 26 november"
    assert kring.tijd(late) == "0.30\N{NO-BREAK SPACE}uur"
    summer = dt.datetime(2026, 7, 1, 22, 30, tzinfo=dt.UTC)
    assert kring.dag_tijd(summer) == "donderdag 2 juli, 0.30\N{NO-BREAK SPACE}uur"


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "Vandaag"), (1, "Morgen"), (2, "Over 2 dagen"), (-1, "Gisteren"), (-3, "3 dagen geleden")],
)
def test_how_far_away(days: int, said: str) -> None:
    assert kring.over_dagen(dt.date(2026, 11, 24) + dt.timedelta(days=days)) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [([], ""), (["Ans"], "Ans"), (["Ans", "Mo"], "Ans en Mo"), (["Ans", "Willem", "Mo"], "Ans, Willem en Mo")],
)
def test_names(names: list[str], said: str) -> None:
    assert kring.namen(names) == said
    assert kring.namen([SimpleNamespace(called=name) for name in names]) == said


def test_nothing_gives_nothing() -> None:
    for say in (kring.dag, kring.dag_kort, kring.dag_half, kring.tijd, kring.dag_tijd, kring.over_dagen):
        assert say(None) == ""


def test_a_person_is_initials_in_a_shape() -> None:
    person = SimpleNamespace(called="Mo", kind="professional", in_group=False)
    assert kring.avatar(person) == '<span class="ava p uit" aria-hidden="true">Mo</span>'
    assert "&lt;" in kring.avatar("<b>")


def test_progress_is_a_word_with_bars() -> None:
    assert [sum(kring.steps(level)) for level in range(5)] == [0, 2, 3, 4, 5]
