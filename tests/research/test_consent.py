"""What a participant says yes to: this text, while the study is open, to exactly these columns."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import psycopg
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participants.models import Background
from research.columns import FILES
from research.models import CohortMember, Consent, ExportPerson, Study
from tests.abuse.test_forms import body_of
from tests.cast import Cast
from tests.harness import another, role, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def jan(cast: Cast) -> Client:
    return signed_in(cast.users["jan"])


def study_of(cast: Cast) -> Study:
    assert cast.study is not None
    return cast.study


def page(cast: Cast, client: Client) -> str:
    return body_of(client.get(reverse("research:consent", args=[study_of(cast).slug])))


def say(cast: Cast, client: Client, word: str, version: int = 1) -> None:
    data = {word: "1", "text_version": version, "birth_year": "", "gender": ""}
    assert client.post(reverse("research:consent", args=[study_of(cast).slug]), data).status_code in (200, 302)


def change(cast: Cast, **fields: Any) -> None:
    with role("herstel_maint"):
        Study.objects.filter(pk=study_of(cast).pk).update(**fields)


def consents(cast: Cast) -> list[tuple[int, bool]]:
    with role("herstel_maint"):
        rows = Consent.objects.filter(participant=cast.jan.participant, study=study_of(cast)).order_by("pk")
        return [(row.text_version, row.withdrawn_at is None) for row in rows]


def test_the_columns_on_the_page_are_the_columns_in_the_zip(cast: Cast, jan: Client) -> None:
    """tests/abuse/test_exports.py holds the files to the same declaration, cell by cell."""
    shown = unescape(page(cast, jan))
    for file in FILES:
        part = shown.split(f"<summary>{file.name}")[1].split("</details>")[0]
        assert re.findall(r'<span class="mono">([a-z_]+)</span>', part) == [c.name for c in file.columns]
        for column in file.columns:
            assert str(column.meaning) in part, column.name
    assert set(re.findall(r"<summary>(\w+\.csv)", shown)) == {file.name for file in FILES}


def test_a_yes_to_text_two_is_kept_as_that(cast: Cast, jan: Client) -> None:
    assert consents(cast) == [(1, True)]
    change(cast, text_version=2)
    say(cast, jan, "yes", version=1)
    assert consents(cast) == [(1, True)], "a page that was open with the older text"
    say(cast, jan, "yes", version=2)
    assert consents(cast) == [(2, True)]


def test_a_yes_to_less_stops_counting_and_the_page_says_so(cast: Cast, jan: Client) -> None:
    change(cast, text_version=2)
    assert "Je doet mee sinds" in page(cast, jan), "a text that asks no more"
    change(cast, counts_from=2)
    assert "Dat ja telt nu niet mee" in page(cast, jan)
    assert "Lees de nieuwe tekst" in body_of(jan.get(reverse("research:consents")))
    say(cast, jan, "yes", version=2)
    assert "Je doet mee sinds" in page(cast, jan)


@pytest.mark.parametrize("days", [(-9, -1), (1, 9)])
def test_outside_its_days_nobody_says_yes_and_everybody_can_stop(
    cast: Cast, jan: Client, days: tuple[int, int]
) -> None:
    today = timezone.localdate()
    change(cast, open_from=today + timedelta(days=days[0]), open_until=today + timedelta(days=days[1]))
    lotte = signed_in(cast.users["lotte"])
    say(cast, lotte, "yes")
    with role("herstel_maint"):
        assert not Consent.objects.filter(participant=cast.records["lotte"].participant).exists()
    assert 'name="no"' in page(cast, jan)
    assert 'name="yes"' not in page(cast, jan)
    say(cast, jan, "no")
    assert consents(cast) == [(1, False)]


def test_the_participant_reads_what_became_of_each_file(cast: Cast, jan: Client) -> None:
    with role("herstel_maint"):
        for export, fetched, confirmed in (("ready", False, None), ("asked", True, None)):
            ExportPerson.objects.create(
                participant=cast.jan.participant, study=study_of(cast), export=cast.exports[export],
                left_at=timezone.now(), fetched=fetched, confirmed_at=confirmed,
            )  # fmt: skip
    shown = page(cast, jan)
    assert "niet opgehaald. Niemand kan het nog ophalen." in shown
    assert "Dat is nog niet bevestigd." in shown
    with role("herstel_maint"):
        ExportPerson.objects.filter(fetched=True).update(confirmed_at=timezone.now())
    assert "De onderzoekers haalden jou eruit op" in page(cast, jan)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["counts", "the text asks more", "over", "not begun"])
def test_whose_yes_counts_is_read_and_nobody_elses(cast: Cast, how: str) -> None:
    today = timezone.localdate()
    if how == "the text asks more":
        change(cast, text_version=2, counts_from=2)
    elif how != "counts":
        days = (-9, -1) if how == "over" else (1, 9)
        change(cast, open_from=today + timedelta(days=days[0]), open_until=today + timedelta(days=days[1]))
    with another("research", study=study_of(cast).pk) as second:
        (seen,) = second.execute("select authz.consented()").fetchone() or ()
        assert seen == ([cast.jan.participant.pk] if how == "counts" else [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["web", "worker"])
def test_consented_tells_no_other_role_anything(cast: Cast, name: str) -> None:
    with another(name, actor=cast.pk("jan"), study=study_of(cast).pk) as second:
        assert second.execute("select authz.consented()").fetchone() == ([],)


@pytest.mark.django_db(transaction=True)
def test_the_web_writes_nobody_into_a_cohort_a_version_or_a_list(cast: Cast) -> None:
    for table in ("research_cohortmember", "research_exportperson", "research_removal", "research_download"):
        for statement in (f"insert into {table} default values", f"update {table} set id = id", f"delete from {table}"):
            with another("web", actor=cast.pk("jan")) as second, pytest.raises(psycopg.errors.InsufficientPrivilege):
                second.execute(statement)  # type: ignore[call-overload]


def test_a_yes_is_a_place_in_the_cohort(cast: Cast) -> None:
    say(cast, signed_in(cast.users["lotte"]), "yes")
    with role("herstel_maint"):
        place = CohortMember.objects.get(participant=cast.records["lotte"].participant)
        assert place.cohort == cast.cohort
        assert Background.objects.filter(participant=place.participant).exists()
