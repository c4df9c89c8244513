"""Preparing a meeting: the usual order is an offer, and takes nothing away."""

import pytest
from django.urls import reverse

from meetings.forms import USUAL_ORDER
from tests.cast import Cast
from tests.harness import signed_in

pytestmark = pytest.mark.django_db


def test_the_usual_order_keeps_what_stood_there(cast: Cast) -> None:
    jan = signed_in(cast.users["jan"], crash=True)
    url = reverse("meetings:meeting_prepare", args=[cast.jan.meetings["meeting-fixed"].slug])
    jan.post(url, {"words": "Mijn eigen punt\nNog een punt"})
    text = jan.get(url, {"gewoon": "1"}).content.decode()
    assert all(str(line) in text for line in USUAL_ORDER)
    assert "Mijn eigen punt" in text
    assert "Nog een punt" in text
