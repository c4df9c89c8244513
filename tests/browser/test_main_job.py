"""The whole main job, as seven people, each on a phone: from the first code to a file for research.

It is one walk, because each chapter stands on what the one before it did.
"""

import pytest
from playwright.sync_api import Browser

from tests.browser.main_job import CHAPTERS, Job
from tests.browser.place import Place

pytestmark = pytest.mark.browser


def test_the_main_job(browser: Browser, place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    job = Job(browser, place)
    try:
        for chapter in CHAPTERS:
            try:
                chapter(job)
            except Exception as error:
                error.add_note(f"in the chapter {chapter.__name__}: {chapter.__doc__}")
                error.add_note(job.where(tmp_path_factory.mktemp("main-job")))
                error.add_note("\n".join(["before that:", *job.complaints]))
                raise
        assert not job.complaints, "\n".join(job.complaints)
    finally:
        job.close()
