"""Who is measured: people of a world with a session made straight in the database, and the addresses of their pages."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from django.core.signing import dumps
from django.utils.crypto import salted_hmac

from bench.place import World

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# The first participants of a world are the same ones in every world of this seed, however large it is.
SAME = 8
PARTICIPANTS: LiteralString = """
select p.user_id,
       (select g.slug from goals_goal g where g.participant_id = p.id and g.state = 'active' order by g.id desc limit 1)
  from participants_participant p where p.paused_at is null order by p.id limit %(n)s"""
MEMBERS: LiteralString = """
select distinct on (m.participant_id) m.user_id, m.slug,
       (select mt.slug from meetings_meeting mt join meetings_answer a on a.meeting_id = mt.id
         where a.membership_id = m.id and mt.state = 'fixed' and mt.at > now() limit 1),
       (select g.slug from goals_goal g join supportgroups_audience a on a.row = g.id and a.category = 'goals'
         where a.membership_id = m.id and g.state <> 'dropped' order by g.id limit 1)
  from supportgroups_membership m join supportgroups_share s on s.membership_id = m.id and s.category = 'agenda'
  join participants_participant p on p.id = m.participant_id and p.paused_at is null
 where m.state = 'active' and m.kind = 'informal' and m.user_id is not null
 order by m.participant_id, m.id limit %(n)s"""
PROFESSIONALS: LiteralString = """
select m.user_id, count(*) from supportgroups_membership m
 where m.kind = 'formal' and m.state = 'active' group by m.user_id order by abs(count(*) - %(groups)s), m.user_id
 limit %(n)s"""


@dataclass(frozen=True)
class Somebody:
    """A signed-in person and what they can open. `slugs` holds what exists of: goal, place, meeting."""

    side: str
    session: str
    slugs: dict[str, str]
    groups: int = 0


@dataclass(frozen=True)
class People:
    participants: list[Somebody]
    members: list[Somebody]
    professionals: list[Somebody]


def find_people(world: World, secret: str, *, count: int = SAME, groups: int | None = None) -> People:
    """`groups`: professionals who sit in about so many; None: in as many as is usual in this world."""
    with psycopg.connect(world.superuser) as session:
        usual = groups or _usual(session)
        return People(
            [
                Somebody("participant", sign_in(session, secret, user), _known(goal=goal))
                for user, goal in _rows(session, PARTICIPANTS, n=count)
            ],
            [
                Somebody("member", sign_in(session, secret, user), _known(place=place, meeting=meeting, goal=goal))
                for user, place, meeting, goal in _rows(session, MEMBERS, n=count)
            ],
            [
                Somebody("team", sign_in(session, secret, user), {}, n)
                for user, n in _rows(session, PROFESSIONALS, n=min(4, count), groups=usual)
            ],
        )


def _usual(session: psycopg.Connection[Any]) -> int:
    row = session.execute(
        "select count(*) / greatest(1, count(distinct user_id)) from supportgroups_membership "
        "where kind = 'formal' and state = 'active'"
    ).fetchone()
    return int(row[0]) if row else 0


def _rows(session: psycopg.Connection[Any], query: LiteralString, **values: int) -> list[Any]:
    return session.execute(query, values).fetchall()


def _known(**slugs: str | None) -> dict[str, str]:
    return {name: slug for name, slug in slugs.items() if slug}


def sign_in(session: psycopg.Connection[Any], secret: str, user_id: int) -> str:
    """The key of a session as signing in leaves it behind: an own device, with a second factor."""
    (password,) = session.execute("select password from herstel_user where id = %s", [user_id]).fetchall()[0]
    key, now = secrets.token_hex(16), time.time()
    data = {
        "_auth_user_id": str(user_id),
        "_auth_user_backend": BACKEND,
        "_auth_user_hash": _session_hash(password, secret),
        "second_factor": True,
        "fresh": now,
    }
    session.execute(
        "insert into herstel_session (key, data, user_id, agent, created_at, seen_at, idle, ends_at) "
        "values (sha256(%s), %s, %s, '', now(), now(), '1 day', now() + interval '1 day')",
        [hashlib.sha256(key.encode()).digest(), _encoded(data, secret), user_id],
    )
    return key


def _session_hash(password: str, secret: str) -> str:
    """AbstractBaseUser.get_session_auth_hash(), with the key of the server that is measured."""
    salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
    return salted_hmac(salt, password, secret=secret, algorithm="sha256").hexdigest()


def _encoded(data: dict[str, Any], secret: str) -> str:
    """SessionBase.encode(), with that same key."""
    return dumps(data, key=secret, salt="django.contrib.sessions.SessionStore", compress=True)
