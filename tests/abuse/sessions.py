"""A session is read by whoever holds its key: it holds times, marks and choices of the house, and nothing that anybody
typed or is called. What may lie in one; asked after every form that is sent (test_forms.py, test_widening.py) and every
address that is opened (test_access.py).
"""

import json
import re
from collections.abc import Callable
from typing import Any

from herstel.models import Session
from herstel.sessions import SessionStore
from herstel.sides import Side
from tests.harness import role

TYPED = "Gewoon iets"  # what a friendly person writes in every text


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


def faults_of_sessions() -> list[str]:
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
