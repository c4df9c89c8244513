"""An organisation says that somebody works there: it begins when that person says so too (participants/work.py)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from herstel.actor import acting_as
from herstel.models import OutgoingMail
from participants.models import AdministrationLine, Employment
from tests.abuse.codes import asks, mailed, types
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db


def form(cast: Cast, function: str = "professional") -> dict[str, str]:
    return {
        "name": "Otto Bakker",
        "email": cast.users["otto"].email,
        "function": function,
        "organisation": str(cast.organisations["lentis"].pk),
    }


def hire(cast: Cast, function: str = "professional") -> Employment:
    """As the page of the administrator does, twice: nobody is asked twice."""
    administrator = signed_in(cast.users["administrator"])
    for _twice in "12":
        assert administrator.post(reverse("beheer:employment_new"), form(cast, function)).status_code == 302
    with role("herstel_maint"):
        return Employment.objects.get(user=cast.pk("otto"))


def now(work: Employment) -> tuple[bool, bool]:
    """Active, ended."""
    with role("herstel_maint"):
        work.refresh_from_db()
    return work.active, work.ended_at is not None


def events(cast: Cast) -> list[str]:
    with role("herstel_maint"):
        return list(AdministrationLine.objects.order_by("pk").values_list("event", flat=True))


def answer(client: Client, work: Employment, **said: str) -> Any:
    return client.post(reverse("work_asked"), {"work": str(work.pk), **said})


def said(cast: Cast, work: Employment, yes: str) -> bool:
    """Past the page, as Otto: whether it was heard."""
    with acting_as(cast.pk("otto")), connection.cursor() as cursor:
        cursor.execute(f"select doors.answer_work(%s, {yes})", [work.pk])
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("first", ["true", "false"])
def test_an_answer_is_given_once(cast: Cast, first: str) -> None:
    work = hire(cast)
    assert said(cast, work, first)
    kept = now(work)
    assert not any(said(cast, work, again) for again in ("true", "false"))
    assert now(work) == kept == (first == "true", first == "false")


def test_nothing_changes_before_the_yes(cast: Cast) -> None:
    otto = signed_in(cast.users["otto"], second_factor=False)
    work = hire(cast)
    assert now(work) == (False, False)
    assert otto.get(reverse("begin")).status_code == 200
    assert otto.get(reverse("side"))["Location"] == reverse("work_asked")
    page = otto.get(reverse("work_asked")).text
    assert all(words in page for words in ("Werk je bij LENTIS als hulpverlener?", "tweede sleutel"))
    assert "Zei nog geen ja" in signed_in(cast.users["administrator"]).get(reverse("beheer:employments")).text


def test_yes_begins_it_and_asks_for_the_second_factor(cast: Cast) -> None:
    otto = signed_in(cast.users["otto"], second_factor=False)
    work = hire(cast)
    before = events(cast)
    for _twice in "12":
        answer(otto, work, yes="1")
    assert now(work) == (True, False)
    assert events(cast) == before
    assert otto.get(reverse("begin"))["Location"].startswith(reverse("second_factor"))
    page = signed_in(cast.users["administrator"]).get(reverse("beheer:employments")).text
    assert page.count("Zei nog geen ja") == 1  # Kees


def test_no_changes_nothing_and_the_administrator_reads_it(cast: Cast) -> None:
    otto = signed_in(cast.users["otto"], second_factor=False)
    work = hire(cast)
    assert answer(otto, work, no="1")["Location"] == reverse("work_asked")
    assert now(work) == (False, True)
    assert otto.get(reverse("work_asked"))["Location"] == reverse("side")
    assert otto.get(reverse("begin")).status_code == 200
    page = signed_in(cast.users["administrator"]).get(reverse("beheer:employments")).text
    assert page.count("Niet begonnen") == 1


def test_no_is_said_and_an_empty_form_is_no_answer(cast: Cast) -> None:
    otto = signed_in(cast.users["otto"], second_factor=False)
    work = hire(cast)
    assert "Werk je bij LENTIS als hulpverlener?" in answer(otto, work).text
    assert now(work) == (False, False)
    page = otto.post(reverse("work_asked"), {"work": work.pk, "no": "1"}, follow=True).text
    assert "Goed. Er verandert niets voor jou." in page
    assert now(work) == (False, True)


def test_a_yes_is_to_the_question_that_was_shown(cast: Cast) -> None:
    """Found by an attacker: taken back and asked anew as something else while the page stood open."""
    otto, administrator = signed_in(cast.users["otto"], second_factor=False), signed_in(cast.users["administrator"])
    shown = hire(cast)
    administrator.post(reverse("beheer:employment_end", args=[shown.pk]))
    with role("herstel_maint"):
        Employment.objects.filter(pk=shown.pk).update(user=cast.user("ans"))  # `hire` finds the new one alone
    anew = hire(cast, "administrator")
    page = answer(otto, shown, yes="1")
    assert "beheerder" in page.text
    assert now(anew) == (False, False)


def test_an_offer_taken_back_signs_nobody_out(cast: Cast) -> None:
    otto = signed_in(cast.users["otto"], second_factor=False)
    work = hire(cast)
    administrator, url = signed_in(cast.users["administrator"]), reverse("beheer:employment_end", args=[work.pk])
    page = administrator.get(url).text
    assert "Trek je de vraag aan Otto Bakker in?" in page
    assert "uitgelogd" not in page
    assert "De vraag aan Otto Bakker is ingetrokken." in administrator.post(url, follow=True).text
    assert events(cast)[-1:] == ["taken_back"]
    assert now(work) == (False, True)
    answer(otto, work, yes="1")  # the page was still open
    assert not said(cast, work, "true")
    assert now(work) == (False, True)
    assert otto.get(reverse("begin")).status_code == 200


def test_nobody_answers_for_another(cast: Cast) -> None:
    work = hire(cast)
    for name in ("mo", "administrator", "ans"):
        answer(signed_in(cast.users[name]), work, yes="1")
        with acting_as(cast.pk(name)), connection.cursor() as cursor:
            cursor.execute("select doors.answer_work(%s, true)", [work.pk])
            assert cursor.fetchone() == (False,)
    assert now(work) == (False, False)


@pytest.mark.parametrize("columns", [["began_at"], ["began_at", "ended_at"], ["active"], ["user_id"], ["function"]])
def test_an_administrator_says_no_yes_for_another_in_sql(cast: Cast, columns: list[str]) -> None:
    work = hire(cast)
    values = {"began_at": "now()", "ended_at": "null", "active": "true", "user_id": "user_id", "function": "function"}
    assignments = ", ".join(f"{column} = {values[column]}" for column in columns)
    as_administrator = acting_as(cast.pk("administrator"))
    with as_administrator, connection.cursor() as cursor, pytest.raises(Error), transaction.atomic():
        cursor.execute(f"update participants_employment set {assignments} where id = {work.pk}")
    assert now(work) == (False, False)


def test_an_administrator_adds_no_work_that_began(cast: Cast) -> None:
    new = {"user": cast.user("ans"), "organisation": cast.organisations["lentis"], "function": "professional"}
    with acting_as(cast.pk("administrator")):
        with pytest.raises(Error), transaction.atomic():
            Employment.objects.create(name="Ans", **new)
        Employment.objects.create(name="Ans", active=False, began_at=None, **new)


def test_what_ended_stays_ended(cast: Cast) -> None:
    """Taking the end back would be a way around the yes: the person is asked anew."""
    with acting_as(cast.pk("administrator")):
        mo = Employment.objects.filter(pk=cast.employments["mo"].pk)
        mo.update(ended_at=timezone.now())
        with pytest.raises(Error), transaction.atomic():
            mo.update(ended_at=None)
    assert now(cast.employments["mo"]) == (False, True)


def test_an_administrator_who_ends_their_own_work_is_in_the_log(cast: Cast) -> None:
    another_keeper(cast)
    administrator = signed_in(cast.users["administrator"])
    administrator.post(reverse("beheer:employment_end", args=[cast.employments["administrator"].pk]))
    assert events(cast)[-1:] == ["ended"]
    with role("herstel_maint"):
        assert AdministrationLine.objects.latest("pk").name == cast.employments["administrator"].name


def test_who_ends_their_own_work_is_signed_out_and_nothing_breaks(cast: Cast) -> None:
    vera = signed_in(cast.users["vera"])
    answered = vera.post(reverse("beheer:employment_end", args=[cast.employments["vera"].pk]))
    assert answered["Location"] == reverse("sign_in")
    assert vera.get(reverse("beheer:home"))["Location"].startswith(reverse("sign_in"))


@pytest.mark.parametrize("by", ["code", "link"])
def test_where_somebody_was_going_waits_for_the_answer(cast: Cast, by: str) -> None:
    work = hire(cast)
    otto, address = Client(), cast.users["otto"].email
    asks(address, otto, next=reverse("own_words"))
    if by == "code":
        types(otto, mailed(address)["code"])
    else:
        otto.post(mailed(address)["link"], {"device": "shared"})
    assert otto.get(reverse("side"))["Location"] == reverse("work_asked")
    answer(otto, work, no="1")
    assert otto.get(reverse("side"))["Location"] == reverse("own_words")


def test_nobody_is_asked_again_and_again(cast: Cast) -> None:
    """Found by an attacker: thirty forms were thirty mails, and a no was asked anew at once."""
    otto, administrator = signed_in(cast.users["otto"], second_factor=False), signed_in(cast.users["administrator"])
    for _time in range(3):
        assert "krijgt een mail" in hire_again(administrator, cast)
        assert "kreeg deze vraag al. Er ging geen nieuwe mail uit." in hire_again(administrator, cast)
        with role("herstel_maint"):
            work = Employment.objects.latest("pk")
        answer(otto, work, no="1")
    assert "Deze organisatie vroeg deze persoon al 3 keer." in hire_again(administrator, cast)
    with role("herstel_maint"):
        assert Employment.objects.filter(user=cast.pk("otto")).count() == 3
        assert OutgoingMail.objects.filter(to_user=cast.pk("otto"), template="invited_worker").count() == 3
        Employment.objects.filter(user=cast.pk("otto")).update(invited_at=timezone.now() - timedelta(days=31))
    assert "krijgt een mail" in hire_again(administrator, cast)


def hire_again(administrator: Client, cast: Cast) -> str:
    return administrator.post(reverse("beheer:employment_new"), form(cast), follow=True).text


def test_sql_asks_no_oftener_and_takes_no_answer_back(cast: Cast) -> None:
    """Found by an attacker: a no whose end was taken away was a question again."""
    ask = """insert into participants_employment (user_id, organisation_id, function, name, invited_at, active)
             values (%s, %s, 'researcher', 'X', '2020-01-01', false)"""
    with acting_as(cast.pk("administrator")), connection.cursor() as cursor:
        for _time in range(3):
            cursor.execute(ask, [cast.pk("otto"), cast.organisations["lentis"].pk])
            cursor.execute("update participants_employment set ended_at = now() where user_id = %s", [cast.pk("otto")])
        with pytest.raises(Error, match="asked often enough"), transaction.atomic():
            cursor.execute(ask, [cast.pk("otto"), cast.organisations["lentis"].pk])
        with pytest.raises(Error, match="stays ended"), transaction.atomic():
            cursor.execute("update participants_employment set ended_at = null where user_id = %s", [cast.pk("otto")])


def test_taking_back_a_question_to_oneself_signs_nobody_out(cast: Cast) -> None:
    administrator = signed_in(cast.users["administrator"])
    said = form(cast, "researcher") | {"email": cast.users["administrator"].email}
    administrator.post(reverse("beheer:employment_new"), said)
    with role("herstel_maint"):
        work = Employment.objects.get(user=cast.pk("administrator"), began_at=None)
    answered = administrator.post(reverse("beheer:employment_end", args=[work.pk]))
    assert answered["Location"] == reverse("beheer:employments")
    assert administrator.get(reverse("beheer:home")).status_code == 200


def another_keeper(cast: Cast) -> None:
    with role("herstel_maint"):
        kring = cast.organisations["kring"]
        Employment.objects.create(user=cast.user("vera"), organisation=kring, function="administrator", name="Vera")


def test_the_last_who_keeps_kring_cannot_stop(cast: Cast) -> None:
    """Only a command on the server could make another."""
    administrator, words = signed_in(cast.users["administrator"]), "Dit is de laatste beheerder van Kring."
    last = reverse("beheer:employment_end", args=[cast.employments["administrator"].pk])
    assert words in administrator.get(last).text
    assert words in administrator.post(last).text
    assert administrator.get(reverse("beheer:home")).status_code == 200
    another_keeper(cast)
    assert "Stop je zelf als beheerder bij KRING?" in administrator.get(last).text
    assert administrator.post(last)["Location"] == reverse("sign_in")


def test_sql_ends_no_last_keeper(cast: Cast) -> None:
    mine = Employment.objects.filter(pk=cast.employments["administrator"].pk)
    with acting_as(cast.pk("administrator")), pytest.raises(Error, match="last who keeps"), transaction.atomic():
        mine.update(ended_at=timezone.now())


def test_a_second_tap_on_yes_says_nothing_untrue(cast: Cast) -> None:
    otto = signed_in(cast.users["otto"], second_factor=False)
    work = hire(cast)
    for _twice in "12":
        assert "Er verandert niets" not in str(answer(otto, work, yes="1").cookies)
    assert "Die vraag is er niet meer" not in otto.get(reverse("help")).text
    assert otto.post(reverse("work_asked"), {"work": "9" * 5000, "yes": "1"}).status_code < 500


def test_a_question_that_is_gone_is_told_of(cast: Cast) -> None:
    otto = signed_in(cast.users["otto"], second_factor=False)
    work = hire(cast)
    signed_in(cast.users["administrator"]).post(reverse("beheer:employment_end", args=[work.pk]))
    page = otto.post(reverse("work_asked"), {"work": work.pk, "yes": "1"}, follow=True).text
    assert "Die vraag is er niet meer. Er verandert niets voor jou." in page


def test_work_is_of_a_kind_that_there_is(cast: Cast) -> None:
    """Found by an attacker: the question showed words of their own choosing."""
    ask = """insert into participants_employment (user_id, organisation_id, function, name, invited_at, active)
             values (%s, %s, 'keizer', 'X', now(), false)"""
    with acting_as(cast.pk("administrator")), pytest.raises(Error, match="no such work"), transaction.atomic():
        connection.cursor().execute(ask, [cast.pk("otto"), cast.organisations["lentis"].pk])


def test_a_question_that_was_answered_meanwhile_is_not_taken_back(cast: Cast) -> None:
    """Found by an attacker: the page said that nothing changes, and ended work that had begun."""
    otto, administrator = signed_in(cast.users["otto"], second_factor=False), signed_in(cast.users["administrator"])
    work = hire(cast)
    url = reverse("beheer:employment_end", args=[work.pk])
    answer(otto, work, yes="1")
    assert "Stopt Otto Bakker bij LENTIS?" in administrator.post(url, {"began": ""}).text
    assert now(work) == (True, False)
    administrator.post(url, {"began": "1"})
    assert now(work) == (False, True)
