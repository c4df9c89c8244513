"""What was tried against the house, and what came of it: one line at the end of the session."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.abuse.place import Place, seeded_place
from tests.abuse.tally import KINDS, Tally


@pytest.fixture(autouse=True)
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Counts for this test; travels with the report, so that it also arrives from a worker of pytest-xdist."""
    counted = Tally()
    yield counted
    request.node.user_properties.append(("abuse", counted.figures()))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    total: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "teardown":
                for name, figures in report.user_properties:
                    total.update(figures if name == "abuse" else {})
    if total["tried"]:
        rest = ", ".join(f"{total[kind]} {kind}" for kind in KINDS[1:])
        terminalreporter.write_sep("-", f"abuse: {total['tried']} tried, {rest}")


@pytest.fixture(scope="session")
def place(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Sixty people with canaries in every text; committed, so tests leave it as they found it or use what is theirs."""
    with seeded_place(60, tmp_path_factory.mktemp("place")) as made:
        made.plant_canaries()
        yield made
