"""Telling a made-up history through the actions: each scene is acted now, and then moved to the day it happened.

Acted by the web role for the person who does it, so nothing stands in the demo that somebody could not have done.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from django.db import connection, models
from django.utils import timezone

from herstel.actor import acting_as
from herstel.audit import noting
from herstel.models import User
from herstel.policies import our_models
from herstel.roles import MAINTENANCE, as_role
from participants.actions import begin_record, finish_first_steps
from participants.models import Participant
from supportgroups.actions import Sharing, accept, confirm, invite, join_without_account, link_of
from supportgroups.models import Membership, Person
from supportgroups.network import put_on_map

FRESH = "between now() - interval '1 minute' and clock_timestamp() + interval '1 minute'"
THEN = "current_setting('demo.moment')::timestamptz"
TODAY = "(now() at time zone 'Europe/Amsterdam')::date"
# The map of a day has a date of its own; the last one of that day counts.
MAPS = """delete from supportgroups_mapmoment m using supportgroups_mapmoment n
 where n."on" = today and m."on" = then::date and m."on" <> n."on" and m.participant_id = n.participant_id;
update supportgroups_mapmoment set "on" = then::date where "on" = today""".replace("today", TODAY).replace("then", THEN)
DONE = "update herstel_outgoingmail set sent_at = created_at where sent_at is null and send_at <= now() and created_at "


# --- days -----------------------------------------------------------------------------------------------------------
def day(days: int) -> date:
    """So many days from today; earlier ones are negative."""
    return timezone.localdate() + timedelta(days=days)


def at(days: int, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day(days), time(hour, minute)))


def coming_sunday() -> date:
    today = timezone.localdate()
    return today + timedelta(days=6 - today.weekday() or 7)


def this_week(days: int, hour: int, minute: int) -> datetime:
    """Then, but not before Monday and not after now: on a Monday all of this week was today."""
    now = timezone.localtime()
    monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=1, second=0, microsecond=0)
    return min(max(at(days, hour, minute), monday), now)


# --- scenes ---------------------------------------------------------------------------------------------------------
@contextmanager
def scene(moment: datetime) -> Iterator[None]:
    """What is done in this block was done then. Its mails have long been sent."""
    yield
    with as_role(MAINTENANCE), connection.cursor() as cursor:
        cursor.execute("select set_config('demo.moment', %s, true)", [moment.isoformat()])
        cursor.execute(_moving())


@cache
def _moving() -> str:
    """SQL: every time that is this minute becomes that moment; what was moved before lies in the past already."""
    return ";".join([DONE + FRESH, MAPS, *(_move(model) for model in our_models() if _moments(model))])


def _move(model: type[models.Model]) -> str:
    columns = _moments(model)
    moved = ", ".join(f"{c} = case when {c} {FRESH} then {THEN} + ({c} - now()) else {c} end" for c in columns)
    fresh = " or ".join(f"{c} {FRESH}" for c in columns)
    return f"update {connection.ops.quote_name(model._meta.db_table)} set {moved} where {fresh}"  # noqa: S608 - our own names


def _moments(model: type[models.Model]) -> list[str]:
    """The columns of this model that hold a moment."""
    fields = model._meta.concrete_fields
    return [connection.ops.quote_name(str(f.column)) for f in fields if isinstance(f, models.DateTimeField)]


# --- what people do -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Known:
    """Somebody on the map, as the story names them."""

    called: str
    relation: str
    kind: str = Person.Kind.CLOSE_ONE
    ring: int = Person.Ring.CLOSE
    died: bool = False


def begin(user: User, called: str) -> Participant:
    with acting_as(user.pk):
        participant = begin_record(by=user, called=called)
        finish_first_steps(participant=participant)
        return participant


def put(participant: Participant, known: Known) -> Person:
    with acting_as(participant.user_id):
        return put_on_map(participant=participant, **vars(known))


def ask(participant: Participant, known: Known, message: str, sees: Iterable[str] = ()) -> tuple[Person, str]:
    """Put somebody on the map and invite them; the token of the link that went out."""
    person = put(participant, known)
    with acting_as(participant.user_id):
        return person, link_of(invite(person=person, message=message, sharing=Sharing(categories=set(sees))))


def bring_in(
    participant: Participant,
    known: Known,
    user: User,
    *,
    message: str = "Ik zou het fijn vinden als je erbij komt.",
    sees: Iterable[str] = (),
    organisation: int | None = None,
) -> Membership:
    """Invited, said yes, and "Ja, dit is …"."""
    person, token = ask(participant, known, message, sees)
    with acting_as(user.pk):
        accept(token=token, by=user, organisation=organisation)
    with acting_as(participant.user_id):
        membership = Membership.objects.own().select_related("person", "user").get(person=person)
        confirm(membership=membership)
    return membership


def take_along(participant: Participant, known: Known) -> Membership:
    """In the group without an account."""
    person = put(participant, known)
    with acting_as(participant.user_id):
        return join_without_account(person=person)


def look_at(user: User, model: type[models.Model], **which: object) -> None:
    """Read one row as this person, so that it stands in "Wie heeft gekeken"."""
    with acting_as(user.pk), noting():
        model._default_manager.visible().get(**which)  # type: ignore[attr-defined]
