"""Three statements of one rule must agree on every row: the policies, `.visible()`, and the oracle written from the
documents. And the comparison must have teeth: every mutant of the functions and policies is found.

Of worlds twenty in every run, and a thousand with KRING_DEEP=1.
"""

from contextlib import suppress
from itertools import batched

import pytest
from django.db import connection, transaction

from tests.decisions import (
    First,
    Noticed,
    Tally,
    compare_changes,
    compare_inserts,
    compare_previews,
    compare_querysets,
    compare_reads,
    world_of,
)
from tests.harness import role
from tests.mutants import MUTANTS, Mutant
from tests.oracle import World
from tests.sampling import DEEP

WORLDS = 1000 if DEEP else 20
# A mistake may need a rare row; most are found in the first world.
MUTANT_WORLDS = 80
WRITING_WORLDS, PREVIEW_WORLDS = max(1, WORLDS // 5), max(1, WORLDS // 12)
COMPARISONS = {
    "reads": compare_reads,
    "querysets": compare_querysets,
    "previews": compare_previews,
    "changes": compare_changes,
    "inserts": compare_inserts,
}


def compared(what: list[str], seeds: range) -> Tally:
    tally = Tally()
    for seed in seeds:
        with world_of(seed) as world:
            for name in what:
                COMPARISONS[name](world, tally)
    return tally


def settle(tally: Tally, record: object) -> None:
    print(f"decisions compared: {tally.compared}, disagreements: {len(tally.wrong)}")
    assert not tally.wrong, "\n".join(tally.wrong[:12])


def test_policies_and_querysets_agree_with_the_oracle(db: None, record_property: object) -> None:
    settle(compared(["reads", "querysets"], range(WORLDS)), record_property)


def test_writing_agrees_with_the_oracle(db: None, record_property: object) -> None:
    settle(compared(["changes", "inserts"], range(WRITING_WORLDS)), record_property)


def test_a_preview_shows_what_the_member_sees(db: None, record_property: object) -> None:
    settle(compared(["previews"], range(PREVIEW_WORLDS)), record_property)


def groups() -> list[tuple[Mutant, ...]]:
    """Of mutants that one comparison must find. Making a world is half of the work, so some share one."""
    by_comparison = [[m for m in MUTANTS if m.found_by == found_by] for found_by in COMPARISONS]
    return [group for mutants in by_comparison for group in batched(mutants, 6, strict=False)]


@pytest.mark.parametrize("mutants", groups(), ids=lambda group: group[0].found_by)
def test_every_mutant_is_found(db: None, mutants: tuple[Mutant, ...]) -> None:
    alive = list(mutants)
    for seed in range(MUTANT_WORLDS):
        with world_of(seed) as world:
            alive = [mutant for mutant in alive if not is_found(mutant, world)]
        if not alive:
            return
    pytest.fail(f"nobody noticed: {', '.join(mutant.name for mutant in alive)}")


def is_found(mutant: Mutant, world: World) -> bool:
    with suppress(Noticed), transaction.atomic():
        with role("herstel_owner"), connection.cursor() as cursor:
            cursor.execute(mutant.statement)
        COMPARISONS[mutant.found_by](world, First())
        transaction.set_rollback(True)
        return False
    return True


def test_a_mutant_that_changes_nothing_is_not_found(db: None) -> None:
    """Whatever else stands in the way of a comparison is no disagreement."""
    with world_of(0) as world:
        assert not any(is_found(Mutant("none", "select 1", found_by), world) for found_by in COMPARISONS)
