"""The export worker dies at every step there is; somebody takes back their yes while it works.

Nothing is lost, nothing is there twice, and nothing is left lying that nobody knows of.
"""

import csv
import inspect
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from hashlib import sha256
from typing import Any

import pytest

from research import exports
from research.columns import FILES
from tests.abuse.place import Place
from tests.abuse.tally import Tally
from tests.abuse.test_exports import consenting_people, studies

KILLED = 9


def steps() -> list[str]:
    """Every failpoint that stands in the code."""
    source = inspect.getsource(exports)
    named = re.findall(r'failpoint\("([a-z_]+)"\)', source)
    each = [f"after_{file.view}" for file in FILES] if 'failpoint(f"after_{file.view}")' in source else []
    return [*named, *each]


def test_every_failpoint_is_known() -> None:
    assert set(steps()) == {
        *("before_claim", "after_claim", "after_tmp", "after_rename", "after_done"),
        *(f"after_{file.view}" for file in FILES),
    }
    assert inspect.getsource(exports).count("failpoint(") == len(steps()) - len(FILES) + 1


def result_of(place: Place, export: int) -> dict[str, Any]:
    names = "state, file, sha256, size, ready_at, refusal"
    row = place.ask(f"select {names} from research_export where id = %s", export)[0]
    return dict(zip(names.split(", "), row, strict=True))


def job_of(place: Place, export: int) -> dict[str, Any]:
    names = "state, attempt, error, lease_until"
    row = place.ask(f"select {names} from herstel_job where kind = 'export' and subject = %s", export)[0]
    return dict(zip(names.split(", "), row, strict=True))


def mails(place: Place) -> int:
    return int(place.one("select count(*) from herstel_outgoingmail"))


def lines(place: Place, export: int) -> int:
    """Lines in the logs of participants that name this export."""
    query = "select count(*) from herstel_auditline where event = 'export' and objects = %s::jsonb"
    return int(place.one(query, f'[["export", {export}]]'))


def left_lying(place: Place, export: int) -> list[str]:
    """Files of this export that no row names."""
    named = {name for (name,) in place.ask("select file from research_export where file <> ''")}
    return [name for name in place.files() if name not in named and name.startswith(f"{export}.")]


@pytest.mark.parametrize("step", steps())
def test_killed_there_it_is_made_once_all_the_same(place: Place, step: str, tally: Tally) -> None:
    tally.tried()
    study, mails_before = studies(place)[0], mails(place)
    export = place.new_export(study)
    assert place.run(export, step)["signal"] == KILLED, "the failpoint was not reached"
    # While the lease lasts nobody else takes it up; when it is over, somebody does.
    if step not in ("before_claim", "after_done"):
        assert job_of(place, export)["state"] == "running"
        assert place.run(export)["exit"] == 0
        assert result_of(place, export)["state"] == "asked"
    place.lease_is_over(export)
    assert place.run(export)["exit"] == 0
    result, job = result_of(place, export), job_of(place, export)
    assert (result["state"], job["state"]) == ("ready", "done")
    file = place.root / "made" / result["file"]
    assert sha256(file.read_bytes()).hexdigest() == result["sha256"]
    assert file.stat().st_size == result["size"]
    assert mails(place) - mails_before == 1
    assert lines(place, export) == len(consenting_people(place, study, 1))
    # Once more, as a message that came twice: nothing changes.
    assert place.run(export)["exit"] == 0
    assert result_of(place, export) == result
    assert mails(place) - mails_before == 1
    for name in left_lying(place, export):
        os.utime(place.root / "made" / name, (0, 0))
    place.run(export)  # a worker's turn begins with tidying
    if left := left_lying(place, export):
        tally.leaked(f"{step}: {left} lies there, and no row names it")
    tally.judge()


def test_a_job_that_kills_every_time_ends(place: Place) -> None:
    """Eight attempts; then it has failed, and nobody tries a ninth time."""
    export = place.new_export(studies(place)[0])
    for _attempt in range(8):
        assert place.run(export, "after_claim")["signal"] == KILLED
        place.lease_is_over(export)
    assert place.run(export)["exit"] == 0
    assert job_of(place, export)["state"] == "failed"
    assert job_of(place, export)["attempt"] == 8


def test_a_worker_that_wakes_up_late_changes_nothing(place: Place) -> None:
    """The first one slept past its lease; the second made the file; then the first goes on."""
    export = place.new_export(studies(place)[0])
    place.send(export, "wait after_tmp")
    assert "waiting" in place.line()
    # The second is a process of its own: the first still sleeps.
    assert made_by_another(place, export) == 0, "the lease still holds"
    place.lease_is_over(export)
    mails_before = mails(place)
    made_by_another(place, export)
    result = result_of(place, export)
    assert result["state"] == "ready"
    go_on(place, export)
    assert "exit" in place.line()
    assert result_of(place, export) == result
    assert mails(place) - mails_before == 1
    file = place.root / "made" / result["file"]
    assert sha256(file.read_bytes()).hexdigest() == result["sha256"]


def made_by_another(place: Place, export: int) -> int:
    """How many files there are more after a second worker looked at it."""
    before = len(place.files())
    line = json.dumps([export, ""]) + "\n"
    command = [sys.executable, "-m", "tests.abuse.export_driver"]
    subprocess.run(command, env=place.environment("research"), input=line, text=True, capture_output=True, check=True)
    return len(place.files()) - before


def go_on(place: Place, export: int) -> None:
    (place.root / "export" / f"go-on-{export}").touch()


@pytest.mark.parametrize("step", ["after_participants", "after_meetings", "after_tmp"])
def test_who_takes_back_their_yes_meanwhile_is_not_in_it(place: Place, step: str, tally: Tally) -> None:
    """Withdrawing counts for every export that is not yet made: this one is not."""
    tally.tried()
    study = studies(place)[0]
    (pid, participant), *_others = consenting_people(place, study, 1)
    export = place.new_export(study)
    place.send(export, f"wait {step}")
    assert "waiting" in place.line()
    withdraw = "update research_consent set withdrawn_at = now() where study_id = %s and participant_id = %s"
    place.ask(withdraw, study, participant)
    try:
        go_on(place, export)
        assert "exit" in place.line()
        for _again in range(3):  # it may give up this attempt and be taken up anew
            place.lease_is_over(export)
            place.run(export)
        result = result_of(place, export)
        assert result["state"] == "ready"
        if pid in pids_in(place, result["file"]):
            tally.leaked(f"{step}: who withdrew is in the file")
        if lines(place, export) != len(pids_in(place, result["file"])):
            tally.lost(f"{step}: the log names {lines(place, export)} people, the file others")
    finally:
        place.ask("update research_consent set withdrawn_at = null where study_id = %s and participant_id = %s",
                  study, participant)  # fmt: skip
    tally.judge()


def pids_in(place: Place, file: str) -> set[str]:
    with zipfile.ZipFile(place.root / "made" / file) as archive:
        text = archive.read("deelnemers.csv").decode()
    return {row["pid"] for row in csv.DictReader(io.StringIO(text, newline=""))}
