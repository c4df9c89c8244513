"""What no member could ever see does not leave: two worlds that differ in it give the same files, byte for byte."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from herstel.access import Reach
from herstel.policies import ruled_models
from tests.abuse.hidden import THE_STUDYS_OWN, Hiding, conditions, hidden_models, ways
from tests.abuse.place import Place, seeded_place
from tests.abuse.test_exports import consenting_people, studies


@pytest.fixture(scope="module")
def own(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with seeded_place(60, tmp_path_factory.mktemp("private"), "private") as made:
        yield made


def everything_in(place: Place) -> dict[str, bytes]:
    """What a version of today holds, the counts for the second person and the manifest included."""
    study = studies(place)[0]
    export = place.new_export(study)
    assert place.run(export)["exit"] == 0
    columns = "state, file, manifest -> 'people', manifest -> 'files', report -> 'files'"
    state, file, *told = place.ask(f"select {columns} from research_export where id = %s", export)[0]
    assert state == "ready"
    with zipfile.ZipFile(place.root / "made" / file) as archive:
        return {name: archive.read(name) for name in archive.namelist()} | {"told": repr(told).encode()}


def test_every_model_and_every_reach_is_tried() -> None:
    tried = {m._meta.db_table for m in hidden_models()}
    with_audience = [m for m in ruled_models() if m.rule.audience]
    assert {m._meta.db_table for m in with_audience} <= tried
    for model in with_audience:
        assert {way["reach"] for way in ways(model)} >= set(Reach) - {Reach.EVERYONE}
    private = {m._meta.db_table for m in ruled_models() if m.rule.private and m._meta.app_label != THE_STUDYS_OWN}
    assert private <= tried


def test_two_worlds_that_differ_in_what_nobody_sees_give_the_same_files(own: Place) -> None:
    """And each condition that holds it back has teeth: without it the files differ."""
    _pid, participant = consenting_people(own, studies(own)[0], 1)[0]
    hiding = Hiding(own, participant)
    hiding.make_room()
    before = everything_in(own)
    hiding.add_all()
    assert {m._meta.db_table for m in hidden_models()} == set(hiding.made)
    assert len(hiding.made["goals_goal"]) >= 9
    after = everything_in(own)
    assert [name for name in before if before[name] != after[name]] == []
    for table, plain in conditions(own):
        (kept,) = own.ask("select qual from pg_policies where policyname = 'research' and tablename = %s", table)[0]
        own.ask(f"alter policy research on {table} using ({plain})")
        # A child follows its parent: it is let go when the parent is.
        changed = everything_in(own) != before
        own.ask(f"alter policy research on {table} using ({kept})")
        assert changed or table in FOLLOW, table


# Joined to a parent that is hidden itself, they leave no trace however open they are: a second lock on the same door.
FOLLOW = {"goals_step", "goals_helper", "goals_progress", "meetings_attendance"}


def test_a_file_of_nobody_is_no_proof(own: Place, tmp_path: Path) -> None:
    assert all(content.count(b"\n") > 10 for name, content in everything_in(own).items() if name != "told")
