"""One line for every look at somebody's data by another person, and for every change.

Looks are noted by themselves: whatever row of a person is read in a request is collected here (`seen`, called when a
row comes from the database) and written in the same transaction before the answer leaves. No line, no page.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection

Key = tuple[str, int, str]  # what kind of owner, which one, category
PARTICIPANT = "participant"
_looks: ContextVar[dict[Key, set[tuple[str, int]]] | None] = ContextVar("looks", default=None)
_mine: ContextVar[int | None] = ContextVar("mine", default=None)
MOST_OBJECTS = 50  # a line says what was seen, not a whole list
PAGE = "-page"  # after the kind of a row whose own page was opened; without it the row stood in a list


def seen(owner_id: int, category: str, model: str, pk: int, owner: str = PARTICIPANT) -> None:
    """A row of this participant (or other owner) was read; called for every row, so it must be cheap."""
    looks = _looks.get()
    if looks is not None and (owner_id != _mine.get() or owner != PARTICIPANT):
        looks[owner, owner_id, str(category)].add((model, pk))


def opened(participant_id: int, category: str, model: str, pk: int) -> None:
    """The page of this very row was opened; what else was read stood on it or in a list."""
    seen(participant_id, category, model + PAGE, pk)


def noting_now() -> bool:
    return _looks.get() is not None


@contextmanager
def noting() -> Iterator[None]:
    """Collect what is read in this block, and write it when the block ends well."""
    token = _looks.set(defaultdict(set))
    mine = _mine.set(None)
    try:
        yield
        write_looks()
    finally:
        _looks.reset(token)
        _mine.reset(mine)


def is_own_record(participant_id: int) -> None:
    """The database said that this record is the acting person's own: its rows are no looks."""
    _mine.set(participant_id)
    looks = _looks.get() or {}
    for key in [key for key in looks if key[:2] == (PARTICIPANT, participant_id)]:
        del looks[key]


@contextmanager
def unnoted() -> Iterator[None]:
    """For a preview: the participant looks at the own data through somebody else's eyes."""
    token = _looks.set(None)
    try:
        yield
    finally:
        _looks.reset(token)


def write_looks() -> None:
    """Write the lines of this request; the database leaves out what the acting person owns."""
    looks = _looks.get()
    if not looks or connection.needs_rollback:  # a page that failed shows nothing, and its transaction is broken
        return
    lines = [
        {
            "participant": owner_id if owner == PARTICIPANT else None,
            "about": "" if owner == PARTICIPANT else owner,
            "about_id": None if owner == PARTICIPANT else owner_id,
            "category": category,
            "n": len(rows),
            "objects": rows[:MOST_OBJECTS],
        }
        for (owner, owner_id, category), found in looks.items()
        for rows in [_as_told(found)]
    ]
    with connection.cursor() as cursor:
        cursor.execute("select audit.look(%s::jsonb)", [json.dumps(lines)])
    looks.clear()


def _as_told(rows: set[tuple[str, int]]) -> list[tuple[str, int]]:
    """Rows whose page was opened first; each row once."""
    pages = {(model, pk) for model, pk in rows if model.endswith(PAGE)}
    return sorted(pages) + sorted((model, pk) for model, pk in rows - pages if (model + PAGE, pk) not in pages)


def log(event: str, participant_id: int, *, category: str = "", objects: list[Any] | None = None) -> None:
    """Write that the acting person did something in this participant's record. `event` is one word of the list in
    `AuditLine.Event`; nothing of the content goes along."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select audit.log(%s, %s, %s, %s::jsonb)",
            [event, participant_id, category, json.dumps(objects or [])],
        )
