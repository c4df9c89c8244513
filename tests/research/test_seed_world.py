"""The made-up world: whole, the same each time, and with something in every table."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, models

from goals.models import Goal, GoalRating, GoalScale
from herstel.actor import acting_as
from herstel.models import AuditLine, Draft, FormToken, PushDevice
from herstel.policies import our_models, ruled_models
from meetings.models import Feed, Meeting, Notes, Promise
from participants.models import (
    AdministrationLine,
    Concern,
    CrisisCard,
    DataCopy,
    Deletion,
    OwnWord,
    Participant,
    PlanSection,
    PlanVersion,
    StoryPart,
)
from research.models import Download, Export, ExportPerson, Removal
from research.world.names import MEN, ORGANISATIONS, WOMEN
from research.world.seed import seed_world
from research.world.tables import Missing, Table
from research.world.words import THEMES
from supportgroups.models import Interview, MapMoment, Membership, Nomination, Reachable
from tests.harness import role

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EMPTY = {
    Draft: "nobody is half-way writing something",
    FormToken: "kept for two days, made by a form that was sent",
    Export: "made by the export worker, with a file",
    Download: "a copy of an export",
    Deletion: "nobody wants to go",
    StoryPart: "told by people",
    CrisisCard: "made by people",
    Concern: "nobody worries",
    Notes: "nobody else writes",
    Feed: "asked for by somebody",
    PushDevice: "a device of somebody",
    PlanSection: "a plan is written with somebody beside you",
    PlanVersion: "an agreed plan",
    DataCopy: "a file that somebody asked for",
    OwnWord: "everybody uses the words of the house",
    GoalScale: "optional; few use it",
    GoalRating: "belongs to a scale",
    MapMoment: "kept when somebody changes the map",
    Interview: "a talk that few held",
    Nomination: "what somebody only thinks of",
    Reachable: "numbers of made-up people would be somebody's",
    AdministrationLine: "written by the tables when somebody administers; nobody does here",
    ExportPerson: "who is in a version, written by the worker that makes it",
    Removal: "of who stopped after a version was fetched",
}

pytestmark = pytest.mark.django_db


def make(**size: int) -> dict[str, int]:
    with role("herstel_maint"):
        return seed_world(**{"participants": 5, "seed": 7, "now": NOW, **size})  # type: ignore[arg-type]


def rows_of(model: type[models.Model]) -> list[dict[str, Any]]:
    with role("herstel_maint"):
        return list(model._default_manager.order_by("pk").values())


def test_every_constraint_holds() -> None:
    make()
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")


def test_every_table_of_people_has_rows_or_a_reason() -> None:
    make()
    empty = {model for model in ruled_models() if not rows_of(model)}
    assert empty == EMPTY.keys()


def test_numbers_go_on_after_the_last_one() -> None:
    make()
    make(seed=8)
    with role("herstel_maint"):
        last = Goal.objects.latest("pk").pk
        participant = Participant.objects.latest("pk")
        assert Goal.objects.create(participant=participant, words="Nog een").pk == last + 1


def fingerprint() -> str:
    """Of every row, without the numbers: those depend on what was there before."""
    digest = hashlib.sha256()
    for model in our_models():
        links = {f.attname for f in model._meta.concrete_fields if f.is_relation or f.primary_key}
        numbers = links | {"row", "actor", "membership", "objects_seen"}
        for row in rows_of(model):
            digest.update(repr([value for name, value in row.items() if name not in numbers]).encode())
    return digest.hexdigest()


def test_a_seed_makes_the_same_world_each_time() -> None:
    worlds = []
    for seed in (7, 7, 8):
        with pytest.raises(Undo):
            make_and_undo(seed, worlds)
    assert worlds[0] == worlds[1]
    assert worlds[0] != worlds[2]


class Undo(Exception):
    pass


def make_and_undo(seed: int, worlds: list[str]) -> None:
    with role("herstel_maint"):
        seed_world(participants=5, seed=seed, now=NOW)
        worlds.append(fingerprint())
        raise Undo


def test_people_live_under_the_rules() -> None:
    """The rows are of the kind the policies know: owners see their own, members what was shared."""
    make()
    with role("herstel_maint"):
        jan = Participant.objects.filter(paused_at=None).first()
        member = Membership.objects.filter(participant=jan, state="active", shares__category="goals").first()
    assert jan is not None
    assert member is not None
    with acting_as(jan.user_id):
        own = Goal.objects.own().count()
        assert Meeting.objects.own().filter(at__gt=NOW).count() <= 1
    with acting_as(member.user_id):
        shared = Goal.objects.visible().filter(participant=jan).count()
    assert own == 20
    assert 0 < shared < own


def test_the_size_is_what_was_asked() -> None:
    rows = make(participants=3, members=4, goals=6, meetings=2)
    assert rows["participants_participant"] == 3
    assert rows["supportgroups_membership"] == 12
    assert rows["goals_goal"] == 18
    assert rows["meetings_meeting"] == 6


def test_nothing_happened_tomorrow() -> None:
    """Only what is planned may lie ahead."""
    make()
    for model in our_models():
        past = [
            f.attname for f in model._meta.concrete_fields if f.attname.endswith("_at") and f.attname != "expires_at"
        ]
        for row in rows_of(model):
            late = {name for name in past if row[name] is not None and row[name] > NOW} - {"ends_at"}
            assert late == set(), (model, late)
    assert all(row["at"] <= NOW for row in rows_of(AuditLine))


def test_a_closed_promise_says_when() -> None:
    make()
    promises = rows_of(Promise)
    assert {row["closed_at"] is None for row in promises if row["state"] == "open"} == {True}
    assert {row["closed_at"] is None for row in promises if row["state"] != "open"} == {False}


def test_words_fit_their_columns() -> None:
    longest = max(len(words) for theme in THEMES for words in [*theme.goals, *theme.steps])
    assert longest <= Goal._meta.get_field("words").max_length
    assert {theme.domain for theme in THEMES} == set(Goal.Domain.values)
    assert max(map(len, [*WOMEN, *MEN])) <= 40
    assert max(map(len, ORGANISATIONS)) <= 80


# --- the writer ---
def test_a_column_without_a_value_is_an_error_and_not_a_silent_default() -> None:
    goals = Table(Goal, first=1)
    with pytest.raises(Missing, match="participant_id, slug, words"):
        goals.add(created_at=NOW)
    with pytest.raises(TypeError, match="no column colour"):
        goals.add(participant_id=1, slug="x", words="x", created_at=NOW, colour="blue")


def test_moments_and_slugs_are_never_made_up_by_a_default() -> None:
    """What a default takes from the clock or from chance, the world says itself: else no two worlds are the same."""
    assert {"slug", "created_at"} <= Table(Goal, first=1).required


def test_the_command_says_what_it_made(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    settings.DEMO = True
    with role("herstel_maint"):
        call_command("seed_world", participants=2, goals=3, meetings=2, seed=9)
    said = capsys.readouterr().out
    assert "6  goals_goal" in said
    assert "rows in" in said
