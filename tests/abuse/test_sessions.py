"""A session is read by whoever holds its key: whatever page is opened and whatever form is sent, it holds times, marks
and choices of the house, and nothing that anybody typed or is called.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest

from herstel.models import Session
from herstel.sessions import SessionStore
from herstel.sides import Side
from supportgroups.views import sharing
from tests.abuse.tally import Tally
from tests.abuse.test_forms import PERSONAS
from tests.abuse.visits import Found, Visitor, addresses_for, filled, no_export_is_being_made, ticked
from tests.cast import Cast
from tests.harness import role, signed_in
from tests.sampling import some

pytestmark = pytest.mark.django_db

TYPED = "GETYPT-7Q"


def is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_mark(value: Any) -> bool:
    return isinstance(value, bool)


def how_they_signed_in(value: Any) -> bool:
    """allauth's list: with what, and when."""
    known = {"method": str, "at": float, "reauthenticated": bool, "type": str, "id": int}
    return all(isinstance(part[key], known.get(key, type(None))) for part in value for key in part)


# Every key that a session may have, and what it may hold.
MAY_HOLD: dict[str, Callable[[Any], bool]] = {
    "_auth_user_id": lambda value: value.isdigit(),
    "_auth_user_backend": lambda value: value.startswith("allauth."),
    "_auth_user_hash": lambda value: bool(re.fullmatch(r"[0-9a-f]{64}", value)),
    "_session_expiry": is_time,
    "account_authentication_methods": how_they_signed_in,
    "own_device": is_mark,
    "second_factor": is_mark,
    "keeps": is_mark,
    "fresh": is_time,
    "code_sent": is_time,
    "side": lambda value: value in {side.value for side in Side},
    # Before there is an account: whom the code was mailed to, and the page that was asked for.
    "address": lambda value: "@" in value,
    "next": lambda value: value.startswith("/"),
    # allauth, while a passkey or an app for codes is being set up or used.
    "mfa.webauthn.state": lambda value: set(value) <= {"challenge", "user_verification"},
    "mfa.totp.secret": lambda value: bool(re.fullmatch(r"[A-Z2-7]+", value)),
}


def faults(cast: Cast) -> list[str]:
    """What lies in any session that should not."""
    with role("herstel_maint"):
        sessions = [SessionStore().decode(row.data) for row in Session.objects.all()]
    found = []
    for held in sessions:
        text = json.dumps(held, default=str)
        if TYPED in text or "CANARY[" in text:
            found.append(f"words of somebody: {text[:200]}")
        found += [f"{key} holds {value!r}" for key, value in held.items() if not MAY_HOLD.get(key, never)(value)]
    return found


def never(value: Any) -> bool:
    return False


def typed(found: Found) -> dict[str, list[str]]:
    """Friendly, with a text of one's own wherever a text may stand, and everything ticked."""
    texts = {f.name: [TYPED] for f in found.form.fields.values() if f.kind in ("text", "textarea", "search")}
    return filled(found.form) | ticked(found.form) | texts


@pytest.mark.parametrize("persona", PERSONAS)
def test_no_session_holds_what_somebody_typed_or_is_called(cast: Cast, persona: str, tally: Tally) -> None:
    no_export_is_being_made()
    # An older sign-in: what has to wait for a code is where something would be put aside.
    visitors = [Visitor(cast, persona, signed_in(cast.users[persona], crash=True, fresh=at)) for at in (2**40, 0)]
    addresses = addresses_for(cast, persona)
    visitors[0].look_around(addresses)
    for address in addresses:  # what is no page for this person may remember that it was asked for
        if address.name not in visitors[0].opened:
            visitors[0].client.get(address.url)
    for fault in faults(cast):
        tally.leaked(f"{persona}, looking around: {fault}")
    for found in visitors[0].forms:
        buttons: list[dict[str, list[str]]] = [{}, *({name: [value]} for name, value in found.form.buttons)]
        for button in some(buttons, 2, found.key[0], sorted(found.form.fields)):
            for visitor in visitors:
                tally.tried()
                with visitor.taken_back():
                    visitor.send(found.action, found.form, typed(found) | button)
                    for fault in faults(cast):
                        tally.leaked(f"{persona} {found} {button}: {fault}")
    tally.judge()


def test_a_view_that_puts_words_aside_is_found(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant: what was stopped is remembered in the session."""
    ending = sharing._stop

    def forgetful(request: HttpRequest, *args: Any) -> str:
        request.session["closed"] = "je agenda"
        return ending(request, *args)

    monkeypatch.setattr(sharing, "_stop", forgetful)
    signed_in(cast.users["jan"]).post(f"/mensen/{cast.jan.people['ans'].slug}/stoppen/")
    assert any("closed" in fault for fault in faults(cast))
