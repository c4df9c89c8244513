"""True numbers: what is missing is missing to whoever reads the files, and every code and key is what it says."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pandas
import polars
import pytest

from goals.models import Goal
from meetings.models import Meeting
from participants.models import Background
from research.columns import FILES, KEY, NUMBER, PID
from research.report import anonymity
from supportgroups.models import Person
from tests.abuse.place import Place
from tests.abuse.test_exports import consenting_people, rows_of, studies

# Each counts the cells that are missing and adds up the numbers; a line a column.
IN_R = """
for (name in commandArgs(trailingOnly = TRUE)) {
  d <- read.csv(name, na.strings = "")
  for (column in names(d)) {
    total <- if (is.numeric(d[[column]])) sum(d[[column]], na.rm = TRUE) else 0
    cat(basename(name), column, sum(is.na(d[[column]])), total, "\\n")
  }
}
"""


@pytest.fixture
def made(place: Place, tmp_path: Path) -> Path:
    """The files of a version, unpacked."""
    export = place.new_export(studies(place)[0])
    assert place.run(export)["exit"] == 0
    with zipfile.ZipFile(
        place.root / "made" / place.one("select file from research_export where id = %s", export)
    ) as z:
        z.extractall(tmp_path)
    return tmp_path


def opened(place: Place, export: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(place.root / "made" / place.one("select file from research_export where id = %s", export))


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Cells hold no comma and no quote: that is declared, and held elsewhere."""
    names, *lines = (line.split(",") for line in (folder / name).read_text().splitlines())
    return [dict(zip(names, line, strict=True)) for line in lines]


def by_hand(folder: Path) -> dict[tuple[str, str], tuple[int, int]]:
    found = {}
    for file in FILES:
        told = rows(folder, file.name)
        for c in file.columns:
            cells = [row[c.name] for row in told]
            total = sum(int(cell) for cell in cells if cell) if c.values == NUMBER else 0
            found[file.name, c.name] = (cells.count(""), total)
    return found


def test_r_pandas_and_polars_count_the_same(made: Path) -> None:
    expected = by_hand(made)
    assert sum(missing for missing, _total in expected.values()) > 0, "something must be missing"
    files = [made / file.name for file in FILES]
    with_pandas = {
        (f.name, str(c)): (int(d[c].isna().sum()), int(d[c].sum()) if d[c].dtype.kind in "if" else 0)
        for f in files
        for d in [pandas.read_csv(f)]
        for c in d.columns
    }
    with_polars = {
        (f.name, c): (d[c].null_count(), int(d[c].sum() or 0) if d[c].dtype.is_numeric() else 0)
        for f in files
        for d in [polars.read_csv(f, infer_schema_length=None)]
        for c in d.columns
    }
    assert with_pandas == expected
    assert with_polars == expected
    assert _with_r(files, made) == expected


def _with_r(files: list[Path], folder: Path) -> dict[tuple[str, str], tuple[int, int]]:
    program = shutil.which("Rscript")
    assert program, "tools/test-needs installs R"
    (folder / "count.R").write_text(IN_R)
    done = subprocess.run(
        [program, "--vanilla", "count.R", *map(str, files)], cwd=folder, capture_output=True, text=True, check=True
    )
    told = (line.split() for line in done.stdout.splitlines())
    return {(name, column): (int(missing), int(float(total))) for name, column, missing, total in told}


def test_only_what_was_held_has_people(made: Path) -> None:
    told = rows(made, "bijeenkomsten.csv")
    cancelled = [row for row in told if row["status"] == "ging_niet_door"]
    assert cancelled
    for row in cancelled:
        assert not any(row[name] for name in ("naasten", "hulpverleners", "afspraken", "afspraken_klaar"))
    assert any(row["naasten"] not in ("", "0") for row in told)


def test_a_month_of_reaching_stands_with_what_was_reached(made: Path) -> None:
    told = rows(made, "doelen.csv")
    assert {row["status"] for row in told if row["maand_af"]} == {"gelukt"}
    assert all(row["maand_af"] for row in told if row["status"] == "gelukt")


def test_unknown_is_no_ring(place: Place, made: Path) -> None:
    assert {row["ring"] for row in rows(made, "steungroep.csv")} <= {
        "heel_dichtbij",
        "dichtbij",
        "verder_weg",
        "onbekend",
    }
    assert all(1 <= int(row["aantal"]) <= 5 for row in rows(made, "steungroep.csv"))
    kinds = [(row["pid"], row["soort"], row["ring"]) for row in rows(made, "steungroep.csv")]
    assert len(kinds) == len(set(kinds)), "how many, not who"


@pytest.mark.parametrize(
    ("file", "column", "choices"),
    [
        ("deelnemers.csv", "gender", Background.Gender.values),
        ("steungroep.csv", "soort", Person.Kind.values),
        ("steungroep.csv", "ring", [str(ring) for ring in Person.Ring.values]),
        ("doelen.csv", "leefgebied", Goal.Domain.values),
        ("doelen.csv", "termijn", Goal.Horizon.values),
        ("doelen.csv", "status", [state for state in Goal.State.values if state != Goal.State.DROPPED]),
        ("bijeenkomsten.csv", "soort", Meeting.Kind.values),
        ("bijeenkomsten.csv", "status", [Meeting.State.HELD, Meeting.State.CANCELLED]),
    ],
)
def test_every_code_of_ours_has_a_word_in_the_file(file: str, column: str, choices: list[Any]) -> None:
    declared = next(c for f in FILES if f.name == file for c in f.columns if c.name == column)
    assert set(declared.codes.values()) == {str(choice) for choice in choices if choice != ""}


def test_keys_stay_when_an_earlier_row_is_thrown_away(place: Place, made: Path, tmp_path: Path) -> None:
    study = studies(place)[0]
    pid, participant = consenting_people(place, study, 1)[0]
    before = [row for row in rows(made, "doelen.csv") if row["pid"] == pid]
    assert len(before) > 1
    ids = place.ask("select id from goals_goal where participant_id = %s order by created_at, id", participant)
    place.ask("update goals_goal set state = 'dropped' where id = %s", ids[0][0])
    export = place.new_export(study)
    assert place.run(export)["exit"] == 0
    with zipfile.ZipFile(
        place.root / "made" / place.one("select file from research_export where id = %s", export)
    ) as z:
        after = [row for row in rows_of(z, "doelen.csv") if row["pid"] == pid]
        goals = {(row["pid"], row["doel"]) for row in rows_of(z, "doelen.csv")}
        assert {(row["pid"], row["doel"]) for row in rows_of(z, "voortgang.csv")} <= goals
    kept = {row["doel"]: row for row in before}
    assert after
    assert all(kept[row["doel"]] == row for row in after)


def test_keys_are_keys(made: Path) -> None:
    for file in FILES:
        told = rows(made, file.name)
        for c in file.columns:
            if c.values == KEY:
                assert all(re.fullmatch(KEY, row[c.name]) for row in told)
        own = [c.name for c in file.columns if c.values in (PID, KEY)]
        if file.view != "people":
            assert len({tuple(row[name] for name in own) for row in told}) == len(told), file.name


def test_what_the_second_person_is_told_is_so(place: Place, made: Path) -> None:
    """k a second time, by pandas; the counts from the files themselves."""

    report = place.one("select report from research_export where state = 'ready' order by id desc limit 1")
    personal = report["anonymity"]["columns"]
    people = pandas.DataFrame(rows(made, "deelnemers.csv"))
    assert personal == [c for c in people.columns if c != "pid"]
    assert report["anonymity"]["k"] == int(people.groupby(personal).size().min())
    sizes = people.groupby(personal).size()
    assert report["anonymity"]["alone"] == int((sizes == 1).sum())
    assert report["anonymity"]["under_5"] == int(sizes[sizes < 5].sum())
    for file in report["files"]:
        told = rows(made, file["name"])
        for column in file["columns"]:
            for value, number in column["values"]:
                assert number == len({row["pid"] for row in told if row[column["column"]] == value})
            counted = {row[column["column"]] for row in told}
            assert {value for value, _n in column["values"]} == (counted if len(counted) <= 15 else set())


def test_k_of_what_can_be_reckoned_by_hand() -> None:
    assert anonymity([1, 1, 4, 10]) == {"k": 1, "alone": 2, "under_5": 6, "under_10": 6}
    assert anonymity([]) == {"k": 0, "alone": 0, "under_5": 0, "under_10": 0}
