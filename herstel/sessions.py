"""Django's sessions over the functions of sql/sign_in.sql: keys are stored hashed, and who is signed in is for the
database to say, whatever the data of a session claims.
"""

import hashlib
import json
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import connection
from django.http import HttpRequest

from herstel.actor import show_session

CLAIMS = (SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY)


def token_of(key: str | None) -> bytes:
    """What a statement shows of a session's key: its SHA-256, 32 bytes; nothing for no session."""
    return hashlib.sha256(key.encode()).digest() if key else b""


def _ask(query: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()


class SessionStore(SessionBase):
    """One browser. `away`: somebody was signed in here, and was gone for longer than this session lasts.

    `preference`: how this person (`loaded_for`) wants their screen, when they chose.
    """

    away = False
    loaded_for: int | None = None
    preference: dict[str, Any] | None = None

    def load(self) -> dict[str, Any]:
        row = _ask("select * from doors.load_session(%s)", token_of(self.session_key))
        data, self.loaded_for, away, preference = row
        self.away = bool(away)
        self.preference = json.loads(preference) if preference else None
        if data is None:
            self._session_key = None
            return {}
        kept: dict[str, Any] = self.decode(data)
        if kept.get(SESSION_KEY) != (str(self.loaded_for) if self.loaded_for else None):
            kept = {name: value for name, value in kept.items() if name not in CLAIMS}
        return kept

    def exists(self, session_key: str) -> bool:
        """Keys hold 165 random bits: none is ever made twice, and `save_session` refuses one that would be."""
        return False

    def create(self) -> None:
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        data = self.encode(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        (kept,) = _ask(
            "select doors.save_session(%s, %s, %s, %s)",
            token_of(self.session_key),
            data,
            self.get_expiry_date(),
            must_create,
        )
        if not kept:
            raise CreateError if must_create else UpdateError
        if must_create:
            show_session(token_of(self.session_key))
        return None

    def cycle_key(self) -> None:
        """The same session under a new key: whoever planted the old one is left behind."""
        old = self.session_key
        if old is None:
            return self.create()
        data = self._session  # type: ignore[attr-defined]
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        (moved,) = _ask("select doors.rename_session(%s, %s)", token_of(old), token_of(self.session_key))
        self._session_cache = data
        if not moved:
            self.create()
        self.modified = True
        return None

    def delete(self, session_key: str | None = None) -> None:
        ended = session_key or self.session_key
        if ended is not None:
            _ask("select doors.end_session(%s)", token_of(ended))
        if session_key is None:
            show_session(b"")

    @classmethod
    def clear_expired(cls) -> None:
        """The worker does, with everything else that nobody needs any more (doors.tidy)."""


def was_away(request: HttpRequest) -> bool:
    """Was whoever is behind this browser signed out because nobody was there? Said once."""
    session = request.session
    away = isinstance(session, SessionStore) and session.away
    if isinstance(session, SessionStore):
        session.away = False
    return away


def end_sessions(*, here: bool) -> None:
    """Sign out whoever is signed in on every browser; `here`: on this one as well."""
    _ask("select doors.end_my_sessions(%s)", here)
