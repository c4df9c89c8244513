"""What lies in a session is asked after whatever anybody does (sessions.py); here: that the question has teeth."""

from typing import Any

import pytest
from django.http import HttpRequest

from supportgroups.views import sharing
from tests.abuse.sessions import TYPED, faults_of_sessions
from tests.cast import Cast
from tests.harness import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("key", "value"), [("closed", "je agenda"), ("next", TYPED), ("side", "CANARY[jan-goal-open]")]
)
def test_a_view_that_puts_words_aside_is_found(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    """A mutant: what was stopped is remembered in the session."""
    ending = sharing._stop

    def forgetful(request: HttpRequest, *args: Any) -> str:
        request.session[key] = value
        return ending(request, *args)

    jan, url = signed_in(cast.users["jan"]), f"/mensen/{cast.jan.people['ans'].slug}/stoppen/"
    assert not faults_of_sessions()
    monkeypatch.setattr(sharing, "_stop", forgetful)
    jan.post(url)
    assert any(key in fault for fault in faults_of_sessions())
