"""From consent to a file: asked by one, made by the export worker, released by another, and counted in the log."""

import csv
import hashlib
import io
import json
import zipfile

from playwright.sync_api import Download

from tests.browser import walking
from tests.browser.main_job.job import OWN_WORDS, Job
from tests.browser.place import wait_for

PURPOSE = "Hoe vaak komen steungroepen bij elkaar?"
FEWEST = 10


def takes_part_in_research(job: Job) -> None:
    """Yes and no are the same size; yes asks for a code, because it opens something."""
    robin = job.robin
    robin.an_hour_later()
    robin.begin()
    robin.menu("Delen")
    robin.row("Meedoen met onderzoek")
    robin.row("Samen voor Herstel")
    robin.tap("Ja, ik doe mee")
    robin.step_up()
    robin.says("Je doet mee. Je kunt altijd stoppen.")


def the_researcher_asks(job: Job) -> None:
    researcher = job.researcher
    # A version goes up to the end of a month: who said yes today is in the next one. As if it was two months ago.
    for table, column in (("research_consent", "given_at"), ("research_cohortmember", "joined_at")):
        job.place.sql(f"update {table} set {column} = {column} - interval '62 days'")
    researcher.goto("/onderzoek/")
    researcher.main().get_by_role("link", name="Open").first.click()
    job.found["cohort"] = researcher.page.url.removeprefix(job.place.url)
    researcher.row("Maak een nieuwe versie")
    researcher.fill("Waar gebruik je deze versie voor?", PURPOSE)
    researcher.go_on()
    researcher.says(PURPOSE)
    job.found["version"] = walking.h1(researcher.page).lower()
    job.found["export"] = researcher.page.url.removeprefix(job.place.url)


def the_worker_makes_it(job: Job) -> None:
    """In a process of its own, with a database role of its own; the page says how far it is."""
    researcher = job.researcher

    def ready() -> bool:
        researcher.goto(job.found["export"])
        return "wacht op controle" in researcher.main().inner_text()

    wait_for(ready, "the export worker to make the version", 90, job.place.logs)
    researcher.says_not("Keur goed")
    assert not researcher.main().get_by_role("button", name="Download alles").count()


def the_checker_releases(job: Job) -> None:
    """A second person; the one who asked cannot."""
    checker = job.checker
    checker.goto("/onderzoek/controle/")
    checker.row(f"Samen voor Herstel, cohort 2, {job.found['version']}")
    checker.says(PURPOSE)
    checker.tap("Keur goed")
    checker.says("Vrijgegeven")


def the_researcher_downloads(job: Job) -> None:
    """The zip holds what its own export.json says, byte for byte, and not a word that a participant wrote."""
    researcher = job.researcher
    researcher.goto(job.found["export"])
    told = researcher.main().locator(".mono").all_inner_texts()
    with researcher.page.expect_download() as waiting:
        researcher.main().get_by_role("button", name="Download alles").first.click()
    content = _read(waiting.value)
    assert hashlib.sha256(content).hexdigest() in " ".join(told), "the page tells another checksum"
    assert waiting.value.suggested_filename.startswith("kring-cohort-")
    _check_zip(content)
    researcher.goto(f"{job.found['cohort']}logboek/")
    researcher.says("Dr. E. Postma")


def _read(download: Download) -> bytes:
    with open(download.path(), "rb") as file:
        return file.read()


def _check_zip(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("export.json"))
        assert manifest["people"] >= FEWEST
        assert set(archive.namelist()) == {*manifest["files"], "export.json"}
        for name, told in manifest["files"].items():
            held = archive.read(name)
            assert hashlib.sha256(held).hexdigest() == told["sha256"], name
            assert len(held) == told["bytes"], name
            rows = list(csv.DictReader(io.StringIO(held.decode(), newline="")))
            assert len(rows) == told["rows"], name
            assert all(list(row) == told["columns"] and None not in row.values() for row in rows), name
            for words in (*OWN_WORDS, "Robin", "Jan", "voorbeeld.nl"):
                assert words not in held.decode(), f"{name} holds {words!r}"


def the_participant_reads_of_it(job: Job) -> None:
    """Among who looked."""
    robin = job.robin
    robin.goto("/delen/wie-keek/")
    robin.says("maakten onderzoekers een bestand met jouw antwoorden, zonder je naam.")


def the_administrator_sees_no_content(job: Job) -> None:
    """That a job was done, and who works where; nothing that a participant wrote, not even who is one."""
    administrator = job.administrator
    administrator.goto("/beheer/")
    administrator.at("Werk dat op je wacht")
    administrator.menu("Taken")
    administrator.says("Bestanden voor onderzoek", "Klaar")
    for path in ("/beheer/", "/beheer/organisaties/", "/beheer/medewerkers/", "/beheer/taken/"):
        administrator.goto(path)
        administrator.says_not(*OWN_WORDS, "Robin", "Ineke", "robin@")
