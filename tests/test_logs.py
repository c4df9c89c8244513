"""The log says which page and how it went; never who, and never a word of anybody."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as house
from django.test import Client
from django.urls import reverse

from herstel import mail
from herstel.logs import Structured
from herstel.models import OutgoingMail
from tests.addresses import addresses, things_of
from tests.cast import PERSONAS, Cast
from tests.harness import role, signed_in
from tests.sampling import some

pytestmark = pytest.mark.django_db


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that any logger says, as the house writes it."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Structured())
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("", *house.LOGGING["loggers"])}
    root.addHandler(handler)
    for name in levels:
        logging.getLogger(name).setLevel(logging.INFO)
    yield out
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def nothing_of_anybody(text: str) -> None:
    assert "CANARY" not in text
    assert "@" not in text


def test_no_page_writes_anything_of_anybody(cast: Cast, written: io.StringIO) -> None:
    things, clients = things_of(cast), {who: signed_in(cast.users[who]) for who in PERSONAS}
    for address in (a for a in addresses() if a.name != "favicon.ico"):
        url = reverse(address.name, kwargs=address.kwargs(things))
        for client in some(clients.values(), 6, address.name):
            client.get(url, {"next": "CANARY[query]"})
            client.post(url, {"words": "CANARY[typed]", "called": "CANARY[typed]", "address": "jan@kring.example"})
    text = written.getvalue()
    assert text.count('"request"') > 1000
    nothing_of_anybody(text)


def test_an_error_says_where_and_not_what(cast: Cast, written: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: Any, **kwargs: Any) -> Any:
        raise ValueError("CANARY[jan-goal] of jan@kring.example")

    monkeypatch.setattr("goals.views.goal.say_where", breaks)
    client = signed_in(cast.users["jan"])
    client.raise_request_exception = False
    url = reverse("goals:goal_write", args=[cast.jan.goals["goal-open"].slug])
    assert client.post(url, {"words": "CANARY[typed]"}).status_code == 500
    assert "ValueError" in written.getvalue()
    nothing_of_anybody(written.getvalue())


def test_signing_in_and_mail_leave_no_address(cast: Cast, written: io.StringIO) -> None:
    Client().post(reverse("sign_in"), {"address": "jan@kring.example"})
    with role("herstel_worker"):
        for mail_id in mail.due():
            mail.send(mail_id)
    with role("herstel_maint"):
        assert OutgoingMail.objects.exclude(sent_at=None).exists()
    nothing_of_anybody(written.getvalue())
