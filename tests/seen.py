"""What everybody else may see, now and later, as the oracle says it from what stands in the tables.

Growth is what a person did not show before:
* a row that was there already, and that somebody sees now, or will see at a later moment, and did not;
* a new row that somebody sees only because of what was given with it. A new row that they would have seen by what was
  given before (a check-in for who has "hoe het gaat") was shared already: the oracle is asked once more about the new
  rows, with everything that gives (`GIVING`) as it was;
* something that opens without being a row for somebody: a link, a calendar address, a yes to a study, a place of work.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db.models import Model
from django.utils import timezone

from herstel.policies import our_models, ruled_models
from tests.abuse.rows import Prints, Since, changed, fingerprints
from tests.harness import role
from tests.oracle import PARENT, Oracle, World

# Until, ends_at and paused_until: what lasts longer shows itself only later.
LATER = (timedelta(0), timedelta(days=20), timedelta(days=2000))
GIVING = ("Share", "Audience", "Membership", "Participant", "Employment", "Deletion", "Organisation", "StudyRole")
# Lines about what was done, and what somebody keeps for themselves.
ONESELF = {"AuditLine", "Draft", "FormToken", "Preference", "PushDevice"}
UNSEEN = {model._meta.db_table for model in ruled_models() if model.__name__ in ONESELF}

type Sight = tuple[Any, ...]


@dataclass
class Others:
    """What others than `me` may see; taken once, and compared with after every attempt."""

    me: int | None
    users: list[int]
    since: Since = field(init=False)
    prints: Prints = field(default_factory=dict)
    world: World = field(init=False)
    seen: set[Sight] = field(init=False)
    known: set[tuple[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.since = Since()
        self.prints = self.since.before | prints_of_others()
        self.world = world_of(self.users, [*our_models()])
        self.seen = sights(self.world, self.me, whole(self.world)) | openings(self.world)
        self.known = {(type(row).__name__, row.pk) for row in whole(self.world)}

    def growth(self) -> set[Sight]:
        """What others may see since this was taken, and might not."""
        written = self.since.touched() - UNSEEN
        before = {key: mark for key, mark in self.prints.items() if key[0] in written}
        touched = changed(before, fingerprints(written) | prints_of_others(written))
        if not touched:
            return set()
        after = self._world_now(written)
        whose = {number for _table, number in touched}
        models = affected({table for table, _number in touched})
        rows = [
            row
            for row in whole(after)
            if type(row).__name__ in models and (getattr(row, "participant_id", row.pk) in whose or not _owned(row))
        ]
        new = [row for row in rows if (type(row).__name__, row.pk) not in self.known]
        given_before = replace(after, rows=after.rows | {name: self.world.rows[name] for name in GIVING})
        shown_already = sights(given_before, self.me, new) if new else set()
        grown = (sights(after, self.me, rows) | openings(after)) - self.seen - shown_already
        return {sight for sight in grown if not (sight[0] == "meeting" and sight[1] in whole_agenda(self.world))}

    def _world_now(self, written: set[str]) -> World:
        """As it is now; what nobody wrote to is not read again."""
        new = world_of(self.users, [model for model in our_models() if model._meta.db_table in written])
        return replace(new, rows=self.world.rows | new.rows)


def affected(tables: set[str]) -> set[str]:
    """The models of which somebody may see other rows now: all, when what gives changed; else these and what follows
    them."""
    names = {model.__name__ for model in our_models()}
    found = {model.__name__ for model in our_models() if model._meta.db_table in tables}
    if found & set(GIVING):
        return names
    while more := {child for child, (_key, parent) in PARENT.items() if parent in found} - found:
        found |= more
    return found


def world_of(users: list[int], models: list[type[Model]]) -> World:
    with role("herstel_maint"):
        rows = {model.__name__: list(model._base_manager.all()) for model in models}
    return World(rows, users, timezone.now())


def whole(world: World) -> list[Model]:
    return [row for model in ruled_models() if model.__name__ not in ONESELF for row in world.rows[model.__name__]]


def _owned(row: Model) -> bool:
    return type(row).__name__ == "Participant" or hasattr(row, "participant_id")


def prints_of_others(only: set[str] | None = None) -> Prints:
    """Fingerprints of what belongs to no participant, under the number 0; of these tables, or of all."""
    with role("herstel_maint"):
        return {
            (model._meta.db_table, 0): repr(sorted(map(str, model._base_manager.values_list())))
            for model in our_models()
            if model.__name__ in ("Employment", "Export", "Feed", "Organisation", "StudyRole")
            and (only is None or model._meta.db_table in only)
        }


def sights(world: World, me: int | None, rows: Iterable[Any]) -> set[Sight]:
    """(moment, who, table, row) for everybody but `me`."""
    found: set[Sight] = set()
    rows = list(rows)
    moments = [(later.days, replace(world, now=world.now + later)) for later in LATER]
    for user in world.users:
        if user == me:
            continue
        seen: dict[Any, list[Any]] = {}
        for days, moment in moments:
            oracle = Oracle(moment, user)
            standing = repr(oracle.standing())  # while nothing ends and nothing begins, somebody sees the same
            if standing not in seen:
                seen[standing] = [(type(row).__name__, row.pk) for row in rows if oracle.sees(row)]
            found |= {(days, user, *row) for row in seen[standing]}
    return found


def openings(world: World) -> set[Sight]:
    """What opens to who holds a link, to researchers, or to who begins to work somewhere."""
    now, rows = world.now, world.rows
    # A member without an account sees a meeting by a link; whoever sees it anyway gains nothing by one.
    meetings = {(a.membership_id, a.row) for a in rows["Audience"] if a.category == "agenda"}
    meetings |= {(p.membership_id, p.row) for p in rows["Pass"] if p.expires_at > now}
    open_invitations = [i for i in rows["Invitation"] if not (i.used_at or i.withdrawn_at) and i.expires_at > now]
    return {
        *(("meeting", *pair) for pair in meetings),
        *(("feed", feed.pk) for feed in rows["Feed"]),
        *(("invitation", i.membership_id) for i in open_invitations),
        *(("consent", c.participant_id, c.study_id, c.text_version) for c in rows["Consent"] if not c.withdrawn_at),
        *(("work", e.user_id, e.organisation_id, e.function) for e in rows["Employment"] if e.active),
        *(("released", e.pk) for e in rows["Export"] if e.state == "released"),
    }


def whole_agenda(world: World) -> set[int]:
    """Memberships that all of the agenda is shared with."""
    lasts = [s for s in world.rows["Share"] if s.until is None or s.until > world.now]
    return {s.membership_id for s in lasts if s.category == "agenda" and s.scope == "all"}
