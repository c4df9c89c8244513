"""What is written about a look is what a person did: a list is a list, a link that was fetched names nobody, and who
changes something leaves a line."""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from herstel.access import Category
from herstel.actor import acting_as
from herstel.audit import PAGE
from herstel.models import AuditLine
from herstel.policies import LOCAL, ruled_models
from meetings.views import looked
from supportgroups.actions import Sharing, set_sharing, sharing_of
from supportgroups.models import Membership
from tests.addresses import addresses, things_of
from tests.cast import Cast, canaries_in
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db


# --- each sentence is true of what was shown ------------------------------------------------------------------------
def shown_by_page(cast: Cast, persona: str) -> Iterator[tuple[str, str, list[AuditLine]]]:
    """Every page that this person gets of others: its address, its text, and the lines that it wrote."""
    client, things = signed_in(cast.users[persona]), things_of(cast)
    for address in addresses():
        if persona in (address.who or ()) and address.name.startswith(("member:", "team:")):
            with role("herstel_maint"):
                last = AuditLine.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            url = reverse(address.name, kwargs=address.kwargs(things))
            text = client.get(url).text
            with role("herstel_maint"):
                yield url, text, list(AuditLine.objects.filter(pk__gt=last, event="read").order_by("pk"))


def rows_told(line: AuditLine) -> list[tuple[bool, Any]]:
    """The rows that a line speaks of, and whether it says that their page was opened."""
    by_name = {m._meta.model_name: m for m in ruled_models()}
    return [
        (model.endswith(PAGE), by_name[model.removesuffix(PAGE)]._base_manager.values().get(pk=pk))
        for model, pk in line.objects_seen
    ]


@pytest.mark.parametrize("persona", ["ans", "willem", "mo", "sara"])
def test_a_line_says_of_a_row_that_its_page_was_opened_when_it_was(cast: Cast, persona: str) -> None:
    """A row's own page carries its slug in its address, and shows what stands in the row."""
    said = 0
    for url, text, lines in shown_by_page(cast, persona):
        for line in lines:
            with role("herstel_maint"):
                told = rows_told(line)
            for page, row in told:
                shown = canaries_in(str(row)) & canaries_in(text)
                assert page is bool("slug" in row and f"/{row['slug']}/" in url and shown), (url, line.objects_seen)
                said += page
    assert said


@pytest.mark.parametrize("persona", ["ans", "mo"])
def test_of_what_has_one_sentence_something_was_shown(cast: Cast, persona: str) -> None:
    """ "Las een deel van je plan" is only said when words of the plan stood on the page."""
    for url, text, lines in shown_by_page(cast, persona):
        for line in lines:
            if line.category not in looked.LISTED:
                with role("herstel_maint"):
                    words = canaries_in(" ".join(str(row) for _page, row in rows_told(line)))
                assert words & canaries_in(text), (url, looked.kind_of(line))


def test_every_sentence_is_one_of_the_list(cast: Cast) -> None:
    """What the page says of every line there is, with the own words and days left out."""
    for persona in ("ans", "willem", "mo", "sara"):
        for _page in shown_by_page(cast, persona):
            pass
    Client().get(reverse("answer", args=[cast.jan.tokens["answer"]]))
    with role("herstel_maint"):
        lines = list(AuditLine.objects.filter(looked.LOOKS, participant=cast.jan.participant))
    assert {line.category for line in lines} == set(Category)
    with acting_as(cast.pk("jan")), translation.override("nl"):
        named = looked.titles(lines)
        said = {
            re.sub(r"(CANARY\S* ?)+|\w+dag \d.*", "…", text) for line in lines for text in looked.in_words(line, named)
        }
    assert said <= {
        "Las je doel …",
        "Zag je doel …",
        "Zag je doelen: …",
        "Bekeek je bijeenkomst van …",
        "Zag de datum van je bijeenkomst: …",
        "Zag de datum van een bijeenkomst",
        "Las het verslag van …",
        "Zag dat er een verslag is van …",
        "De link werd geopend",
        *(str(text) for text in (*looked.DID.values(), *looked.ABOUT_THEMSELVES.values())),
    }


def test_a_list_with_a_date_is_not_a_look_in_the_agenda(cast: Cast) -> None:
    signed_in(cast.users["willem"]).get(reverse("member:home"))
    jan = signed_in(cast.users["jan"])
    text = jan.get(reverse("meetings:looked")).text
    assert "Zag de datum van je bijeenkomst" in text
    assert "Keek in je agenda" not in text
    assert "Bekeek je bijeenkomst" not in text
    meeting = cast.jan.meetings["meeting-fixed"].slug
    signed_in(cast.users["willem"]).get(reverse("member:meeting", args=[meeting]))
    assert "Bekeek je bijeenkomst van" in jan.get(reverse("meetings:looked")).text


def test_a_preview_of_the_answer_link_names_nobody(cast: Cast) -> None:
    url, jan = reverse("answer", args=[cast.jan.tokens["answer"]]), signed_in(cast.users["jan"])
    for _program in "123":
        Client().get(url)
    text = jan.get(reverse("meetings:looked")).text
    assert text.count("De link werd geopend") == 1
    assert "jan-p-ans" not in text
    Client().post(url, {"coming": "yes"})
    text = jan.get(reverse("meetings:looked")).text
    assert "Antwoordde met de link" in text
    assert "jan-p-ans" in text
    assert "jan-p-ans" not in jan.get(reverse("begin")).text.partition("h-keek")[2]


# --- whoever changes something leaves a line --------------------------------------------------------------------------
# Functions that write and leave no line, and why nobody misses it.
NO_LINE = {
    "participants.actions.finish_first_steps": "a mark that the first pages were read",
    "participants.actions.check_in": "the row is its own line: who wrote it and when; the owner's alone",
    "meetings.actions.keep_experience": "what somebody wrote for themselves only; nobody else may know of it",
    "supportgroups.actions.keep_interview": "the row is its own line; shown to the two whom it is between",
    "supportgroups.actions.decline": "a no is not written down; the state of the invitation says it",
    "research.actions.ask_export": "the row of the export says who asked it, and why",
    "research.actions.judge_export": "the row of the export says who released it; participants read of exports",
    "research.actions.take_copy": "the row of the download is its line",
    "research.actions.confirm_removals": "the row of the removal says who confirmed it; the participant reads that",
}
WRITES = re.compile(r"\.(save|create|bulk_create|get_or_create|update_or_create|update|delete|change)$")


def action_modules() -> list[ModuleType]:
    return [
        importlib.import_module(f"{app}.actions")
        for app in LOCAL
        if (Path(settings.ROOT) / app / "actions.py").exists()
    ]


def actions() -> dict[str, Callable[..., Any]]:
    """Every public function of every actions.py, by its name."""
    return {
        f"{module.__name__}.{name}": function
        for module in action_modules()
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def doors() -> dict[str, str]:
    """The text of every function of the database that works with its owner's rights."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select n.nspname || '.' || p.proname, pg_get_functiondef(p.oid) from pg_proc p"
            " join pg_namespace n on n.oid = p.pronamespace"
            " where n.nspname in ('doors', 'audit', 'private') and p.provolatile = 'v'"
        )
        return dict(cursor.fetchall())


def reached(function: Callable[..., Any], seen: set[str] | None = None) -> tuple[bool, bool]:
    """(writes, leaves a line), by itself or through functions of ours that it calls."""
    seen = set() if seen is None else seen
    name = f"{function.__module__}.{function.__qualname__}"
    if name in seen:
        return False, False
    seen.add(name)
    tree, known = ast.parse(textwrap.dedent(inspect.getsource(function))), inspect.getmodule(function).__dict__  # type: ignore[union-attr]
    writes = logs = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for door in re.findall(r"\b((?:doors|audit)\.\w+)\(", node.value):
                writes, logs = writes or changes(door), logs or leaves_a_line(door)
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            writes = writes or bool(WRITES.search(called))
            logs = logs or called == "audit.log"
            target = known.get(called)
            if inspect.isfunction(target) and target.__module__.split(".")[0] in LOCAL:
                deeper = reached(target, seen)
                writes, logs = writes or deeper[0], logs or deeper[1]
    return writes, logs


def changes(door: str) -> bool:
    return bool(re.search(r"\b(insert into|update|delete from)\s+public\.", doors().get(door, "")))


def leaves_a_line(door: str) -> bool:
    text = doors().get(door, "")
    return bool(re.search(r"audit\.log\(|private\.administered\(|insert into public\.herstel_auditline", text))


def silent(found: dict[str, Callable[..., Any]]) -> set[str]:
    asked = {name: reached(function) for name, function in found.items()}
    return {name for name, (writes, logs) in asked.items() if writes and not logs}


def test_every_action_leaves_a_line_or_says_why_not() -> None:
    assert len(actions()) > 50
    assert silent(actions()) == set(NO_LINE)
    assert all(len(why) > 20 for why in NO_LINE.values())


def test_an_action_without_a_line_is_noticed() -> None:
    def forgetful(membership: Membership) -> None:
        Membership.objects.own().filter(pk=membership.pk).update(state="ended")

    assert reached(forgetful) == (True, False)


# Doors that change something and leave no line in anybody's log, and why.
NO_LINE_OF_A_DOOR = {
    "doors.queue_mail": "a mail; what it is about has its own line",
    "private.queue_job": "work for a worker; what it is about has a row or a line of its own",
    "doors.tidy": "the worker throws away what nobody needs",
    "doors.forget_device": "the push service said that the device is gone",
    "doors.erase": "the ledger of erasures is its line",
    "doors.decline_invitation": "a no is not written down; the state of the invitation says it",
    "private.rest_places": "the state of the place says it, and since when; the administrator's act has its own line",
    "private.rest_places_of_account": "the state of the place says it, and since when",
    "doors.add_organisation": "the table's trigger writes it (private.note_organisation)",
    "doors.ask_export": "the row of the export says who asked it, and why",
    "doors.judge_export": "the row of the export says who released it, and when; participants read of exports",
    # Signing in is nothing in anybody's record: one's own browsers stand in "Inloggen".
    **dict.fromkeys(
        (
            *("doors.send_code", "doors.check_code", "doors.use_link", "private.enter_as", "private.prove"),
            *("doors.load_session", "doors.save_session", "doors.rename_session", "doors.open_session"),
            *("doors.end_session", "doors.end_my_sessions", "private.work_changed", "private.account_closed"),
        ),
        "getting in and out of an account; no record is touched",
    ),
    "doors.mails_off": "one's own wish, by the link in one's own mail",
    "doors.answer_work": "one's own yes or no to work; no record is touched",
    "doors.account_for_work": "an address that can sign in; the employment has its own line",
    "doors.take_copy": "the row of the download is its line",
    "doors.confirm_removals": "the row of the removal says who confirmed it; the participant reads that",
    "private.make_again": "the version has a row of its own; who is in it gets a line when it is made",
    "private.study_left": "the withdrawal itself is a line; the participant reads what became of each version",
    "private.cohort_joined": "the consent itself is a line",
}


def test_every_door_that_writes_leaves_a_line_or_says_why_not() -> None:
    found = {door for door in doors() if changes(door) and not leaves_a_line(door)}
    assert found == set(NO_LINE_OF_A_DOOR)


def test_sharing_one_more_goal_is_a_line(cast: Cast) -> None:
    """Of every kind of row that is chosen: one more, and one less."""
    membership, goal = cast.jan.members["ans"], cast.jan.goals["goal-none"].pk
    with role("herstel_maint"):
        AuditLine.objects.all().delete()
    with acting_as(cast.pk("jan")):
        now = sharing_of(membership)
        set_sharing(membership=membership, sharing=Sharing(now.categories, now.partly, now.goals | {goal}, now.story))
        set_sharing(membership=membership, sharing=Sharing(now.categories, now.partly, now.goals, set()))
    with role("herstel_maint"):
        lines = AuditLine.objects.filter(event__in=["share", "unshare"], participant=cast.jan.participant)
        told = [(line.event, line.category, line.objects_seen[1:]) for line in lines.order_by("pk")]
    story = cast.jan.story.pk
    assert told[:2] == [("share", "goals", [["row", goal]]), ("unshare", "goals", [["row", goal]])]
    assert ("unshare", "story", []) in told or ("unshare", "story", [["row", story]]) in told
