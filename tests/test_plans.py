"""How PostgreSQL answers the main queries when there are many participants: by index, asking once who may see what.

A policy that is written in another form gives the same rows, hundreds of times slower (security.md §3.4).
"""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import QuerySet

from goals.models import Goal, Helper, Progress, Step
from herstel.models import AuditLine
from herstel.policies import ruled_models
from meetings.models import Answer, Meeting, Minutes, MinutesLine, Promise
from participants.models import CheckIn, Participant
from supportgroups.models import Membership, Person, Share
from tests.harness import ensure_world, role_url, superuser_url
from tests.sampling import MANY

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

MOST_MS = 50
MANY_ROWS = 1000  # a smaller table is read whole, and rightly so

# The main questions of the pages, as the querysets that the views begin with.
QUERIES: dict[str, QuerySet[Any]] = {
    "every goal I may see": Goal.objects.visible(),
    "one goal": Goal.objects.visible().filter(pk=17),
    "goals of one participant": Goal.objects.visible().filter(participant=17, state="active"),
    "the history of a goal": Progress.objects.visible().filter(goal=17).order_by("-at"),
    "every progress": Progress.objects.visible(),
    "steps of a goal": Step.objects.visible().filter(goal=17).order_by("created_at"),
    "helpers of a goal": Helper.objects.visible().filter(goal=17),
    "words in goals": Goal.objects.visible().filter(words__icontains="fiets"),
    "coming meetings": Meeting.objects.visible().filter(state="fixed").order_by("at")[:20],
    "who comes": Answer.objects.visible().filter(meeting=17),
    "minutes": Minutes.objects.visible().filter(meeting=17),
    "lines of minutes": MinutesLine.objects.visible().filter(minutes=17),
    "open promises": Promise.objects.visible().filter(state="open"),
    "people on the map": Person.objects.visible().filter(in_group=True),
    "how it goes": CheckIn.objects.visible().order_by("-at")[:20],
    "my groups": Membership.objects.visible().select_related("participant"),
    "what is shared": Share.objects.visible(),
    "whom I know": Participant.objects.visible(),
    "my own map": Person.objects.own().order_by("ring", "called"),
    "my own goals": Goal.objects.own().filter(state="active"),
    "who looked": AuditLine.objects.visible().order_by("-at")[:50],
}
# Who asks: the one with the most groups, somebody with a few, a participant, and a stranger.
ASKERS = {
    "busiest professional": """select user_id from supportgroups_membership where state = 'active' and kind = 'formal'
                                and user_id is not null group by user_id order by count(*) desc limit 1""",
    "relative": "select user_id from supportgroups_membership where state = 'active' and kind = 'informal' "
    "and user_id is not null order by id limit 1",
    "participant": "select user_id from participants_participant order by id limit 1",
    "stranger": "select 0",
}


@pytest.fixture(scope="module")
def world(django_db_setup: None) -> str:
    return ensure_world(MANY)


@pytest.fixture(scope="module")
def big_tables(world: str) -> set[str]:
    """Tables of people in which reading everything is a mistake."""
    with psycopg.connect(superuser_url(world)) as admin:
        counted = dict(admin.execute("select relname, reltuples from pg_class where relkind = 'r'").fetchall())
    big = {m._meta.db_table for m in ruled_models() if counted[m._meta.db_table] > MANY_ROWS}
    assert len(big) > 20
    return big


@pytest.fixture(params=ASKERS)
def asker(request: pytest.FixtureRequest, world: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the web role, with the actor set."""
    with psycopg.connect(superuser_url(world)) as admin:
        found = admin.execute(ASKERS[request.param]).fetchone()
    assert found is not None
    with psycopg.connect(role_url("web", world)) as web:
        web.execute("select set_config('app.actor', %s, true)", [str(found[0])])
        yield web


def text_of(queryset: QuerySet[Any]) -> str:
    query, values = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        return str(cursor.mogrify(query, values))


def explain(web: psycopg.Connection[Any], query: str) -> dict[str, Any]:
    answer = web.execute(f"explain (analyze, format json) {query}").fetchone()  # type: ignore[call-overload]
    assert answer is not None
    plan = answer[0] if not isinstance(answer[0], str) else json.loads(answer[0])
    found: dict[str, Any] = plan[0]
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_uses_the_index_and_asks_once(asker: psycopg.Connection[Any], big_tables: set[str], name: str) -> None:
    query = text_of(QUERIES[name])
    explained = explain(asker, query)
    for node in nodes(explained["Plan"]):
        assert node["Node Type"] != "Seq Scan" or node["Relation Name"] not in big_tables, node["Relation Name"]
        if node.get("Parent Relationship") == "InitPlan":
            assert node["Actual Loops"] <= 1, node
        assert "SubPlan" not in str(node.get("Subplan Name", "")), node
    # The machine may be busy with something else just now: the best of a few counts.
    best = min(explain(asker, query)["Execution Time"] for _ in range(4))
    assert best < MOST_MS


def test_the_functions_themselves_read_by_index(asker: psycopg.Connection[Any], big_tables: set[str]) -> None:
    """What happens inside the functions stands in no plan, but PostgreSQL counts it."""
    for queryset in QUERIES.values():
        asker.execute(text_of(queryset))  # type: ignore[call-overload]
    counted = asker.execute("select relname, seq_scan from pg_stat_xact_user_tables where seq_scan > 0").fetchall()
    assert {name for name, _ in counted} & big_tables == set()
