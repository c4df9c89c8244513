"""Every function that works with its owner's rights, as the catalogue has it: called by the web role without anybody,
as a stranger, as somebody refused and as a member, with whatever ids, words and tokens there are.

What may come of it: nothing of Jan's changes, and nothing comes out that this person may not see. A function that is
added tomorrow is in it by itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction

from herstel.access import Category
from herstel.actor import serving
from herstel.models import AuditLine, Session, SignIn
from herstel.policies import our_models
from herstel.sessions import SessionStore, token_of
from tests.cast import Cast
from tests.harness import role, signed_in
from tests.test_house import as_owner, rows

pytestmark = pytest.mark.django_db
OURS = "('authz', 'audit', 'doors', 'private', 'research')"
# What may happen to Jan at the hands of somebody who is nobody to him, and why that is right.
MAY = {
    # Anybody may say that an address is theirs; its owner gets the mail, a few times a quarter of an hour.
    "doors.send_code": {"herstel_outgoingmail", "herstel_signin", "a lock"},
    # A member who shares the place of the cast: one's own promise, one's own place, one's own name for the day.
    "doors.leave": {"members"},
    "doors.rest": {"members"},
    "doors.close_promise": {"members"},
    "audit.log": {"members"},
    "audit.look": {"members"},
    "doors.send_word": {"members"},
}
MEMBERS = ("willem",)  # has a place in Jan's group, and sees his agenda only
LIBRARIES = ("account", "mfa", "socialaccount")
# Whoever holds one lets others wait.
LOCKS = "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
CALLERS = ("nobody", "anonymous", "noor", "els", *MEMBERS)


# --- what there is ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Function:
    name: str
    kinds: tuple[str, ...]

    @property
    def query(self) -> str:
        return f"select * from {self.name}({', '.join(f'%s::{kind}' for kind in self.kinds)})"


def functions_for(name: str) -> list[Function]:
    """Those that this role may execute, by the catalogue."""
    found = rows(
        f"""select n.nspname || '.' || p.proname,
                   array(select format_type(t, null) from unnest(p.proargtypes) with ordinality u (t, n) order by n)
              from pg_proc p join pg_namespace n on n.oid = p.pronamespace
             where n.nspname in {OURS} and p.prorettype <> 'trigger'::regtype
               and has_schema_privilege(%s, n.oid, 'usage') and has_function_privilege(%s, p.oid, 'execute')
             order by 1""",
        name,
        name,
    )
    return [Function(name, tuple(kinds)) for name, kinds in found]


def values_for(cast: Cast) -> dict[str, list[Any]]:
    """For each type, everything of Jan's that somebody might know or guess, and what is no value at all."""
    jan = cast.jan.participant
    tables = [m for m in our_models() if any(f.name == "participant" for f in m._meta.concrete_fields)]
    with role("herstel_maint"):
        known = {pk for m in tables for pk in m.objects.filter(participant=jan)[:2].values_list("pk", flat=True)}
        ids = [
            *sorted(known),
            jan.pk,
            cast.pk("jan"),
            *[e.pk for e in cast.exports.values()],
            -1,
            0,
            2**62,
        ]
        keys = [bytes(key) for key in Session.objects.values_list("key", flat=True)]
        links = [bytes(link) for link in SignIn.objects.values_list("link", flat=True)]
    words = [
        *(category.value for category in Category),
        *(event.value for event in AuditLine.Event),
        *("waiting", "tomorrow", "invited_worker", "code", "enter", "step_up", "done", "open", "yes", "*"),
        *(cast.user("jan").email, "x@kring.example", "", "' or true --", "{}", "x" * 5000),
    ]
    look = f'[{{"participant": {jan.pk}, "category": "goals", "n": 1, "objects": []}}]'
    return {
        "bigint": ids,
        "integer": [1, 0, -1, 9],
        "boolean": [True, False],
        "text": words,
        "bytea": [b"", b"x" * 32, *keys[:3], *links[:3], b"\\"],
        "jsonb": [look, "[]", "{}", '[{"participant": null}]'],
        "timestamp with time zone": [None, "2026-01-01", "9999-01-01"],
        "bigint[]": [ids, [], [jan.pk]],
        "text[]": [[], ["x"]],
    }


def calls(function: Function, values: dict[str, list[Any]]) -> Iterator[list[Any]]:
    """Each value of each argument at least once."""
    if not function.kinds:
        yield []
        return
    pools = [values[kind] for kind in function.kinds]
    longest = max(len(pool) for pool in pools)
    # Starting each pool elsewhere, so that not the same few always meet.
    columns = [islice(cycle(pool), n, n + longest) for n, pool in enumerate(pools)]
    yield from (list(row) for row in zip(*columns, strict=True))


# --- what becomes of it -----------------------------------------------------------------------------------------------
@contextmanager
def as_caller(cast: Cast, name: str) -> Iterator[None]:
    """As the web process works for this person; `nobody` has not even a session."""
    if name == "nobody":
        token = b""
    elif name == "anonymous":
        token = session_of_nobody()
    else:
        token = token_of(signed_in(cast.user(name)).session.session_key)
    with serving(token):
        yield


def session_of_nobody() -> bytes:
    store = SessionStore()
    store.create()
    return token_of(store.session_key)


def written() -> int:
    """How many rows this transaction wrote so far, whichever and whoever."""
    return int(rows("select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_xact_all_tables")[0][0])


def of_jan(cast: Cast) -> dict[str, str]:
    """A mark of everything that is Jan's, table by table."""
    marks: dict[str, str] = {}
    columns = {"participant_id": cast.jan.participant.pk, "user_id": cast.pk("jan"), "to_user_id": cast.pk("jan")}
    texts = {"address": cast.user("jan").email, "email": cast.user("jan").email}
    with role("herstel_maint"):
        for model in [
            *our_models(),
            *apps.get_app_config("account").get_models(),
            *apps.get_app_config("mfa").get_models(),
        ]:
            has = {f.column for f in model._meta.concrete_fields}
            conditions = [(c, v) for c, v in {**columns, **texts}.items() if c in has]
            if conditions:
                where = " or ".join(f"{column} = %s" for column, _value in conditions)
                table = model._meta.db_table
                query = (
                    f"select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from {table} t where {where}"
                )
                marks[table] = rows(query, *[value for _column, value in conditions])[0][0]
    return marks


@dataclass
class Trial:
    """One caller, all functions."""

    cast: Cast
    caller: str
    tried: int = 0

    def of(self, functions: list[Function]) -> list[str]:
        values, before = values_for(self.cast), of_jan(self.cast)
        wrong: list[str] = []
        with as_caller(self.cast, self.caller):
            for function in functions:
                for given in calls(function, values):
                    wrong += self._one(function, given, before)
        return wrong

    def _one(self, function: Function, given: list[Any], before: dict[str, str]) -> list[str]:
        self.tried += 1
        wrote, answer = written(), ""
        try:
            with transaction.atomic():
                answer = str(rows(function.query, *given))
                changed = self._changed(before) if written() != wrote else set()
                changed |= {"a lock"} if rows(LOCKS)[0][0] else set()
                raise Undone
        except Undone:
            pass
        except DatabaseError:
            return []  # refused
        place = f"{self.caller}: {function.name}{tuple(given)!r:.200}"
        leaked = self.cast.leaked("anonymous" if self.caller == "nobody" else self.caller, answer)
        allowed = MAY.get(function.name, set())
        if "members" in allowed:
            allowed = set(before) if self.caller in MEMBERS else set()
        wrong = [f"{place} shows {sorted(leaked)}"] if leaked else []
        return wrong + ([f"{place} changes {sorted(changed - allowed)}"] if changed - allowed else [])

    def _changed(self, before: dict[str, str]) -> set[str]:
        return {table for table, mark in of_jan(self.cast).items() if mark != before[table]}


class Undone(Exception):
    """The call is taken back."""


@pytest.mark.parametrize("caller", CALLERS)
def test_no_function_does_anything_to_somebody_else(cast: Cast, caller: str) -> None:
    trial, functions = Trial(cast, caller), functions_for("herstel_web")
    wrong = trial.of(functions)
    print(f"{caller}: {len(functions)} functions, {trial.tried} calls, {len(wrong)} wrong")
    assert len(functions) > 40
    assert not wrong, "\n".join(wrong[:30])


# --- what an answer tells ---------------------------------------------------------------------------------------------
DEFINER = "volatile security definer set search_path = '' as $$ {} $$"
ABSENT = 2**61  # the number of nobody and nothing


def answer_to(function: Function, given: list[Any]) -> str:
    """As text, or how it was refused; taken back."""
    try:
        with transaction.atomic():
            answer = str(rows(function.query, *given))
            raise Undone
    except Undone:
        return answer
    except DatabaseError as error:
        return type(error).__name__


def telling(cast: Cast, caller: str, functions: list[Function]) -> list[str]:
    """Functions that answer otherwise for a number of Jan's than for one of nobody's."""
    values, found = values_for(cast), []
    of_jan = {pk for pk in values["bigint"] if 0 < pk < ABSENT}
    with as_caller(cast, caller):
        for function in functions:
            for given in calls(function, values):
                instead = [ABSENT if type(value) is int and value in of_jan else value for value in given]
                if instead == given:
                    continue
                answers = answer_to(function, given), answer_to(function, instead)
                if answers[0] != answers[1]:
                    found.append(f"{caller}: {function.name}{tuple(given)!r:.200} {answers}")
    return found


@pytest.mark.parametrize("caller", ["nobody", "anonymous", "noor"])
def test_no_answer_tells_whether_a_number_is_somebodys(cast: Cast, caller: str) -> None:
    functions = [f for f in functions_for("herstel_web") if "bigint" in f.kinds]
    assert len(functions) > 10
    assert not telling(cast, caller, functions)


def test_an_answer_that_tells_is_noticed(cast: Cast) -> None:
    as_owner(
        "set local role herstel_doors",
        "create function doors.planted(p bigint) returns boolean language sql "
        + DEFINER.format("select exists (select from public.participants_participant where id = $1)"),
        "grant execute on all functions in schema doors to herstel_web",
    )
    assert telling(cast, "noor", [f for f in functions_for("herstel_web") if f.name == "doors.planted"])


# --- teeth ------------------------------------------------------------------------------------------------------------
PLANTED = {
    "a place in a group by its number": (
        "function doors.planted(m bigint) returns void language sql",
        "update public.supportgroups_membership set state = 'ended' where id = $1",
    ),
    "a line in anybody's log": (
        "function doors.planted(p bigint, e text) returns void language sql",
        "insert into public.herstel_auditline (at, participant_id, event, category, objects, n, called, organisation, "
        "side, basis) select now(), p.id, 'read', '', '[]', 0, '', '', '', '' from public.participants_participant p "
        "where p.id = $1",
    ),
    "what somebody is called": (
        "function doors.planted(p bigint) returns text language sql",
        "select called from public.participants_participant where id = $1",
    ),
    "everybody at once": (
        "function doors.planted() returns setof text language sql",
        "select called from public.supportgroups_person",
    ),
    "a mail to anybody": (
        "function doors.planted(u bigint) returns bigint language sql",
        "select doors.queue_mail($1, '', 'waiting', '{}', null)",
    ),
    "a lock by number": (
        "function doors.planted(s bigint) returns void language sql",
        "select pg_advisory_xact_lock(7301, ($1 % 1000)::int)",
    ),
    "a session of anybody": (
        "function doors.planted(u bigint) returns void language sql",
        "update public.herstel_session set user_id = $1, idle = '1 day' where id = doors.this_session() and exists "
        "(select from public.herstel_user where id = $1)",
    ),
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_function_that_does_is_noticed(cast: Cast, what: str) -> None:
    head, body = PLANTED[what]
    as_owner(
        "set local role herstel_doors",
        f"create {head} {DEFINER.format(body)}",
        "grant execute on all functions in schema doors to herstel_web",
    )
    planted = [f for f in functions_for("herstel_web") if f.name == "doors.planted"]
    assert Trial(cast, "noor" if what != "a session of anybody" else "anonymous").of(planted)


# --- the catalogue ----------------------------------------------------------------------------------------------------
def test_functions_look_nothing_up_along_the_callers_path_and_are_for_nobody_by_default() -> None:
    found = rows(
        """select n.nspname, p.proname, p.prosecdef, pg_get_userbyid(p.proowner), coalesce(p.proconfig, '{}')::text[],
                  exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
             from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_' order by 1, 2"""
    )
    assert found
    for schema, name, definer, owner, settings, open_to_all in found:
        place = f"{schema}.{name}"
        assert 'search_path=""' in settings, f"{place} looks things up along the caller's path"
        assert not open_to_all, f"{place} may be called by everybody"
        if definer:
            assert owner in {"authz": {"herstel_authz"}, "private": {"herstel_authz", "herstel_doors"}}.get(
                schema, {"herstel_doors"}
            ), place


@pytest.mark.parametrize("name", ["web", "worker", "research", "backup"])
def test_what_takes_somebodys_number_is_for_functions_only(name: str) -> None:
    assert not [f for f in functions_for(f"herstel_{name}") if f.name.startswith("private.")]


def test_every_kind_of_argument_has_values(cast: Cast) -> None:
    """Otherwise a function would be passed over."""
    kinds = {kind for f in functions_for("herstel_web") for kind in f.kinds}
    assert kinds <= set(values_for(cast)), kinds


# A lock, and what is looked at behind it, and why an older snapshot does no harm there.
LOCKS_ANYWAY = {
    "doors.check_code": "the web process vouches for each try, and a try changes the row of its code",
    "doors.one_at_a_time": "the lock itself",
    "doors.ask_export": "the number of a version is unique",
    "doors.judge_export": "the row that is judged is changed: an older snapshot fails",
    "doors.take_copy": "the row that is counted is changed: an older snapshot fails",
    "doors.confirm_removals": "the rows that are confirmed are changed: an older snapshot fails",
}


def test_what_takes_a_lock_looks_at_what_is_there_now() -> None:
    """Found by an attacker: with an older snapshot each connection counted its own past, in spite of the lock."""
    query = """select n.nspname || '.' || p.proname, p.prosrc
                 from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                where n.nspname in ('doors', 'audit', 'private', 'authz')
                  and p.prosrc ~ 'pg_advisory_xact_lock|one_at_a_time'"""
    found = dict(rows(query))
    assert found.keys() >= LOCKS_ANYWAY.keys()
    assert {name for name, source in found.items() if "latest_only" not in source} == LOCKS_ANYWAY.keys()
