"""What the tests of abuse share; at the end of the session stands what was tried and what came of it."""

from collections.abc import Iterator

import pytest

from tests.abuse.place import Place, seeded_place
from tests.abuse.report import pytest_terminal_summary as pytest_terminal_summary
from tests.abuse.tally import Tally


@pytest.fixture(autouse=True)
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Counts for this test; travels with the report, so that it also arrives from a worker of pytest-xdist."""
    counted = Tally()
    yield counted
    request.node.user_properties.append(("abuse", counted.figures()))


@pytest.fixture(scope="session")
def place(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Sixty people with canaries in every text; committed, so tests leave it as they found it or use what is theirs."""
    with seeded_place(60, tmp_path_factory.mktemp("place")) as made:
        made.plant_canaries()
        yield made
