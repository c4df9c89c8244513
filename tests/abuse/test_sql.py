"""SQL in the web process: what an injection, or whoever runs statements as the web role, gets out of the database.

Each attack logs in as the web role itself (not as the tests' role), in the session of Noor, who is nobody to Jan. What
was tried, what it gave in the first version and what it gives now stands in docs/security.md, under the same names.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.conf import settings

from herstel.models import Session
from tests.cast import Cast, canaries_in
from tests.harness import another, role, role_url, session_of

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = "refused"
FOREIGN_KEY = "23503"  # SQLSTATE
GOALS = "select words from goals_goal where participant_id = %(jan)s"
ADDED_NOW = "(%(user)s, sha256('x'), '', '', now(), now(), '1 day', now() + interval '1 day')"
WRITES = {
    "a session of somebody": "insert into herstel_session (user_id, key, data, agent, created_at, seen_at, idle, "
    f"ends_at) values {ADDED_NOW}",
    "making one's session somebody's": "update herstel_session set user_id = %(user)s",
    "a code of one's own making": "insert into herstel_signin (address, purpose, session_id, known, code, link, "
    "sent_at, expires_at, tries) values ('jan@kring.example', 'enter', 1, false, sha256('x'), sha256('y'), now(), "
    "now(), 0)",
    "a second factor for somebody": "insert into mfa_authenticator (user_id, type, data, created_at) "
    "values (%(user)s, 'totp', '{}', now())",
    "an organisation's sign-in for somebody": "insert into socialaccount_socialaccount (user_id, provider, uid, "
    "last_login, date_joined, extra_data) values (%(user)s, 'x', 'x', now(), now(), '{}')",
    "somebody's address": "update herstel_user set email = 'noor2@kring.example' where id = %(user)s",
    "an account": "insert into herstel_user (email, password, is_active, joined_at) "
    "values ('y@x.nl', '!', true, now())",
    "a mail with words of one's own": "select doors.queue_mail(%(user)s, '', 'code', '{\"link\": \"x\"}', null)",
    "word to whom one does not know": "select doors.send_word(%(user)s, 'waiting', null, null, null, null)",
    "a line in somebody's log": "select audit.log('read', %(jan)s, 'goals', '[]')",
    "a look that never was": "select audit.look(jsonb_build_array(jsonb_build_object('participant', %(jan)s, "
    "'category', 'goals', 'n', 1, 'objects', '[]')))",
    "a line without the function": "insert into herstel_auditline (at, participant_id, event) "
    "values (now(), %(jan)s, 'read')",
    "a browser as a known one": "insert into herstel_knownbrowser (user_id, token, at) values (%(user)s, 'x', now())",
    "vouching without the key": "select doors.vouch(%(user)s, sha256('x'))",
    "trying codes past the web process": "select doors.check_code('jan@kring.example', 'enter', '123456', null)",
    "work on somebody's data": "insert into herstel_job (kind, subject, key, created_at) "
    "values ('copy', %(jan)s, 'copy:x', now())",
    "work on somebody's data, by a function": "select doors.ask_job('copy', %(copy)s)",
    "a lock by number": "select pg_advisory_lock(1)",
}
READS = {
    "naming somebody": f"select set_config('app.actor', '%(user)s', true); {GOALS}",
    "naming somebody instead of the session": "select set_config('app.session', '', true), "
    f"set_config('app.actor', '%(user)s', true); {GOALS}",
    "showing what is stored of a session": f"select set_config('app.session', %(stored)s, true); {GOALS}",
    "looking through a member's eyes": f"select set_config('app.preview', '%(place)s', true); {GOALS}",
    "the functions below": "select private.visible(%(user)s, null, 'goals', 1, false)",
    "sessions": "select * from herstel_session",
    "codes": "select * from herstel_signin",
    "the key of the vouchers": "select * from herstel_voucher",
    "mails that wait": "select * from herstel_outgoingmail",
    "another role": f"set role herstel_maint; {GOALS}",
    "the worker's role": f"set role herstel_worker; select set_config('app.actor', '%(user)s', true); {GOALS}",
    "another login": f"set session authorization herstel_worker; {GOALS}",
    "without policies": f"set row_security = off; {GOALS}",
    "statistics of columns": "select most_common_vals::text from pg_stats where schemaname = 'public' "
    "and tablename = 'goals_goal'",
    "a study's people": "select set_config('app.study', '%(study)s', true); select authz.consented()",
    "files of the server": "select pg_read_file('/etc/passwd')",
    "a program of the server": "copy goals_goal to program 'cat'",
    "a table of one's own": "create temp table x (a int)",
    "a function of one's own": "create function public.x() returns int language sql as 'select 1'",
    "running statements in clear": "set track_activities = on",
}


def known(cast: Cast) -> dict[str, Any]:
    """What somebody may have learnt or guessed; the session of Jan is a real one."""
    session_of(cast.user("jan").pk)
    with role("herstel_maint"):
        stored = bytes(Session.objects.filter(user=cast.user("jan")).latest("pk").key)
    return {
        "jan": cast.jan.participant.pk,
        "user": cast.pk("jan"),
        "place": cast.jan.members["mo"].pk,
        "copy": cast.jan.copy.pk,
        "study": cast.study.pk if cast.study else 0,
        "stored": f"'{stored.hex()}'",
    }


def outcome(second: psycopg.Connection[Any], statements: str, values: dict[str, Any]) -> str:
    """What came of it, as text; `refused` where the database said so."""
    try:
        with second.transaction():
            answer: list[Any] = []
            for statement in (statements % values).split("; "):
                cursor = second.execute(statement)  # type: ignore[call-overload]
                answer = cursor.fetchall() if cursor.description else [cursor.rowcount]
            raise psycopg.Rollback(second)
    except psycopg.Error as error:
        return f"{REFUSED}: {error.sqlstate}"
    except psycopg.Rollback:
        pass
    return str(answer)


@pytest.fixture
def noor(cast: Cast) -> Callable[[str], str]:
    values = known(cast)

    def tries(statements: str) -> str:
        with another("web", actor=cast.pk("noor")) as second:
            return outcome(second, statements, values)

    return tries


def test_nothing_is_read(cast: Cast, noor: Callable[[str], str]) -> None:
    wrong = {}
    for what, statements in READS.items():
        answer = noor(statements)
        empty = answer in ("[]", "[([],)]", "[(None,)]")
        if not empty and not answer.startswith(REFUSED):
            wrong[what] = answer[:200]
    assert not wrong


def test_nothing_is_written(cast: Cast, noor: Callable[[str], str]) -> None:
    wrong = {what: answer for what, statement in WRITES.items() if not (answer := noor(statement)).startswith(REFUSED)}
    assert not wrong


POINTS = {
    "a share with another's member": "insert into supportgroups_share (participant_id, membership_id, category, level, "
    "scope, created_at) values (%(own)s, %(place)s, 'another', 1, 'all', now())",
    "an invitation of another's member": "insert into supportgroups_invitation (participant_id, membership_id, name, "
    "token, message, sent_at, expires_at) "
    "values (%(own)s, %(place)s, 'xxxxxxxxx', 'x', '', now(), now() + interval '1 day')",
    "a step of another's goal": "insert into goals_step (participant_id, goal_id, slug, words, helper_called, "
    "created_at) values (%(own)s, %(goal)s, 'xxxxxxxxx', '', '', now())",
}


# As Rik, about Rik's own record: what an owner may not do either.
NOBODY_ELSE = {
    "somebody put into one's group": "update supportgroups_membership set user_id = %(user)s "
    "where participant_id = %(own)s",
    "a place for somebody who said nothing": "insert into supportgroups_membership (participant_id, person_id, slug, "
    "kind, state, invited_at, farewell, user_id) select participant_id, id, 'xxxxxxxxx', 'informal', 'active', now(), "
    "'', %(user)s from supportgroups_person where participant_id = %(own)s limit 1",
}


@pytest.mark.parametrize("what", NOBODY_ELSE)
def test_nobody_is_put_anywhere_without_a_yes(cast: Cast, what: str) -> None:
    values = known(cast) | {"own": cast.records["rik"].participant.pk}
    with another("web", actor=cast.pk("rik")) as rik:
        assert outcome(rik, NOBODY_ELSE[what], values) == f"{REFUSED}: 42501"


def test_the_mail_that_comes_tells_nothing_of_what_others_share(cast: Cast) -> None:
    """To oneself, about a share and a meeting of Jan's: nothing is queued, whatever there is."""
    jan = cast.jan
    with another("web", actor=cast.pk("noor")) as noor:
        for membership, meeting in ((jan.members["mo"].pk, "null"), ("null", jan.meetings["meeting-fixed"].pk)):
            asked = f"select doors.send_word({cast.pk('noor')}, 'tomorrow', {membership}, 'agenda', {meeting}, now())"
            assert outcome(noor, asked, {}) == "[(None,)]"
        about_nothing = f"select doors.send_word({cast.pk('noor')}, 'waiting', null, null, null, null)"
        assert not outcome(noor, about_nothing, {}).startswith((REFUSED, "[(None"))


def test_work_is_not_moved_to_somebody_else(cast: Cast) -> None:
    moved = "update participants_employment set user_id = %(user)s"
    with another("web", actor=cast.pk("vera")) as vera:
        assert outcome(vera, moved, known(cast)) == f"{REFUSED}: 42501"


def test_a_row_that_points_into_anothers_record_is_refused_at_once(cast: Cast) -> None:
    """At the statement: until the end of the transaction functions would believe it, and it need never end well."""
    values = known(cast) | {"own": cast.records["rik"].participant.pk, "goal": cast.jan.goals["goal-open"].pk}
    with another("web", actor=cast.pk("rik")) as rik:
        answers = {what: outcome(rik, statement, values) for what, statement in POINTS.items()}
    assert set(answers.values()) == {f"{REFUSED}: {FOREIGN_KEY}"}, answers


def test_who_is_signed_in_reads_what_is_theirs(cast: Cast) -> None:
    """The attacks above fail for the right reason: the same login, with a session of Jan's, reads Jan's goals."""
    with another("web", actor=cast.pk("jan")) as jan:
        assert canaries_in(outcome(jan, GOALS, {"jan": cast.jan.participant.pk}))


def test_a_session_that_ended_is_nobody(cast: Cast) -> None:
    for change in ("ends_at = now() - interval '1 second'", "seen_at = now() - interval '2 days'", "user_id = null"):
        token = session_of(cast.user("jan").pk)
        with role("herstel_maint"):
            from django.db import connection

            with connection.cursor() as cursor:
                cursor.execute(f"update herstel_session set {change} where key = sha256(%s)", [token])
        with another("web", session=token) as second:
            assert second.execute("select authz.actor()").fetchone() == (None,)


def test_running_statements_of_others_are_not_shown(cast: Cast) -> None:
    """One page runs a statement that holds what somebody typed; another looks at the list of running statements."""
    began = threading.Event()

    def busy() -> None:
        with another("web", actor=cast.pk("jan")) as jan:
            began.set()
            jan.execute("select pg_sleep(1.5), 'what somebody typed'")

    thread = threading.Thread(target=busy)
    thread.start()
    began.wait()
    time.sleep(0.3)
    with another("web", actor=cast.pk("noor")) as noor:
        texts = [text for (text,) in noor.execute("select query from pg_stat_activity where pid <> pg_backend_pid()")]
    thread.join()
    assert not [text for text in texts if text and ("typed" in text or "app.session" in text)]


def test_the_page_names_every_attack() -> None:
    page = (settings.ROOT / "docs" / "security.md").read_text()
    assert not [what for what in (*READS, *WRITES) if f"| {what} |" not in page]


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
@pytest.mark.parametrize(
    "counted",
    [
        "select doors.send_code('buiten@x.example', 'enter', null, 'nl')",
        "insert into participants_employment (user_id, organisation_id, function, name, invited_at, active) "
        "select %(user)s, organisation_id, 'researcher', 'X', now(), false from participants_employment "
        "where user_id = authz.actor() and function = 'administrator'",
        "update research_consent set withdrawn_at = now()",
    ],
)
def test_what_counts_is_not_asked_with_an_older_snapshot(cast: Cast, counted: str, level: str) -> None:
    """Found by an attacker: each connection saw its own past, and mailed as often as it liked."""
    person = "vera" if "employment" in counted else "jan"
    with psycopg.connect(role_url("web")) as session:
        session.execute(f"set transaction isolation level {level}")  # type: ignore[call-overload]
        session.execute("select set_config('app.session', %s, true)", [session_of(cast.pk(person)).hex()])
        with pytest.raises(psycopg.Error, match="older snapshot"):
            session.execute(counted, known(cast))
