"""The log says which page and how it went; never who, and never a word of anybody. What it says of every address is
read where all of them are asked for (test_access.py).
"""

from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from herstel import mail
from herstel.models import OutgoingMail
from tests.cast import Cast
from tests.harness import role, signed_in
from tests.logged import nothing_of_anybody

pytestmark = pytest.mark.django_db


def test_an_error_says_where_and_not_what(cast: Cast, written: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: Any, **kwargs: Any) -> Any:
        raise ValueError("CANARY[jan-goal] of jan@kring.example")

    monkeypatch.setattr("goals.views.goal.say_where", breaks)
    client = signed_in(cast.users["jan"])
    client.raise_request_exception = False
    url = reverse("goals:goal_write", args=[cast.jan.goals["goal-open"].slug])
    assert client.post(url, {"words": "CANARY[typed]"}).status_code == 500
    assert "ValueError" in written.getvalue()
    nothing_of_anybody(written.getvalue())


def test_signing_in_and_mail_leave_no_address(cast: Cast, written: StringIO) -> None:
    Client().post(reverse("sign_in"), {"address": "jan@kring.example"})
    with role("herstel_worker"):
        for mail_id in mail.due():
            mail.send(mail_id)
    with role("herstel_maint"):
        assert OutgoingMail.objects.exclude(sent_at=None).exists()
    nothing_of_anybody(written.getvalue())
