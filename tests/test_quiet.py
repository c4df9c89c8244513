"""Messages that stay quiet: not at night, at most one a day, and none for who wants none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as sent
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from herstel import mail
from herstel.actor import acting_as
from herstel.mail import off_link
from herstel.models import OutgoingMail, Preference, User
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[[int], None]:
    """Says which hour of the day it is."""
    settings.QUIET_HOURS = (21, 9)

    def set_to(hour: int) -> None:
        now = timezone.localtime().replace(hour=hour, minute=30)
        monkeypatch.setattr("herstel.quiet.here", lambda: now)

    set_to(14)
    return set_to


def queue(user: User, template: str = "waiting") -> None:
    with acting_as(user.pk):
        mail.queue(template, to=user)


def work() -> list[str]:
    """What the worker sends now: the subjects."""
    sent.outbox.clear()
    with role("herstel_worker"):
        for mail_id in mail.due():
            mail.send(mail_id)
    return [message.subject for message in sent.outbox]


def wish(user: User, **fields: Any) -> None:
    with acting_as(user.pk):
        Preference.objects.update_or_create(user=user, defaults=fields)


@pytest.mark.parametrize(("hour", "goes"), [(8, 0), (9, 1), (20, 1), (21, 0), (2, 0)])
def test_nothing_at_night(cast: Cast, clock: Callable[[int], None], hour: int, goes: int) -> None:
    queue(cast.user("jan"))
    clock(hour)
    assert len(work()) == goes
    with role("herstel_maint"):
        letter = OutgoingMail.objects.get()
    if not goes:
        assert timezone.localtime(letter.send_at).hour == 9
        assert letter.attempts == 0
        assert letter.lease_until is None


def test_somebody_has_nights_of_their_own(cast: Cast, clock: Callable[[int], None]) -> None:
    wish(cast.user("jan"), quiet_from=13, quiet_until=16)
    queue(cast.user("jan"))
    assert work() == []
    clock(22)
    with role("herstel_maint"):
        OutgoingMail.objects.update(send_at=timezone.now())
    assert len(work()) == 1


def test_one_a_day_for_everything(cast: Cast, clock: Callable[[int], None]) -> None:
    for _n in range(3):
        queue(cast.user("jan"))
    queue(cast.user("ans"))
    assert len(work()) == 2  # one for each of them
    queue(cast.user("jan"))
    assert work() == []
    with role("herstel_maint"):
        OutgoingMail.objects.exclude(sent_at=None).update(sent_at=timezone.now() - timedelta(hours=25))
        OutgoingMail.objects.filter(sent_at=None).update(send_at=timezone.now())
    assert len(work()) == 1


@pytest.mark.parametrize(("mails", "subjects"), [("", 2), ("reminders", 1), ("none", 0)])
def test_who_wants_none_gets_none(cast: Cast, clock: Callable[[int], None], mails: str, subjects: int) -> None:
    wish(cast.user("jan"), mails=mails)
    queue(cast.user("jan"))
    queue(cast.user("jan"), "tomorrow")
    assert len(work()) == subjects
    with role("herstel_maint"):
        assert not OutgoingMail.objects.filter(sent_at=None).exists()


def test_a_code_comes_at_night_and_to_who_wants_none(cast: Cast, clock: Callable[[int], None]) -> None:
    wish(cast.user("jan"), mails="none")
    clock(3)
    with role("herstel_maint"):
        OutgoingMail.objects.create(address=cast.user("jan").email, template="code", context={"code": "482 913"})
    assert len(work()) == 1


def test_turning_off_works_signed_out(cast: Cast, clock: Callable[[int], None]) -> None:
    link = off_link(cast.user("jan")).split("//", 1)[1].split("/", 1)[1]
    nobody = Client(enforce_csrf_checks=True)  # a mail program has no cookie
    assert nobody.get(f"/{link}").status_code == 200
    queue(cast.user("jan"))
    assert len(work()) == 1  # looking turned nothing off
    assert nobody.post(f"/{link}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    with role("herstel_maint"):
        OutgoingMail.objects.all().delete()
    queue(cast.user("jan"))
    queue(cast.user("ans"))
    assert len(work()) == 1
    assert nobody.post(f"/{link[:-2]}x/").status_code == 410


def test_every_mail_that_can_wait_says_how_to_stop_it(cast: Cast, clock: Callable[[int], None]) -> None:
    queue(cast.user("jan"))
    work()
    (message,) = sent.outbox
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.extra_headers["List-Unsubscribe"].strip("<>") in str(message.body)


def test_an_address_that_bounces_is_told_of(cast: Cast, clock: Callable[[int], None]) -> None:
    """To its owner alone, and only after some tries; the mail keeps waiting."""
    jan, page = cast.user("jan"), reverse("mails")
    queue(jan)
    told = "Onze mails komen niet bij je aan"
    assert told not in signed_in(jan).get(page).text
    with role("herstel_maint"):
        OutgoingMail.objects.update(attempts=5)
    assert told in signed_in(jan).get(page).text
    assert told not in signed_in(cast.user("ans")).get(page).text
    assert len(work()) == 1
    assert told not in signed_in(jan).get(page).text
