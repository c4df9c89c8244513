"""What the browser may; cookies under names that nobody else can set. What every answer says of it is judged where all
of them are asked for (test_access.py).
"""

import json
import os
import subprocess
import sys

import pytest
from django.http import HttpResponse
from django.urls import reverse

from herstel.headers import UNUSED, USED
from herstel.said import Said
from tests.answers import COOKIES, lacking
from tests.cast import Cast
from tests.harness import ROOT, signed_in


def test_used_and_unused_do_not_overlap() -> None:
    assert not set(USED) & set(UNUSED)


ASK = """
import django, json; django.setup()
from django.conf import settings as s
from herstel.middleware import KEPT
from herstel.said import Said
from herstel.accounts import BROWSER
names = [s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, KEPT, Said.cookie_name, BROWSER]
secure = [s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.LANGUAGE_COOKIE_SECURE]
print(json.dumps([names, secure, [s.SESSION_COOKIE_DOMAIN, s.CSRF_COOKIE_DOMAIN, s.LANGUAGE_COOKIE_DOMAIN]]))
"""


@pytest.mark.parametrize(("site", "prefix"), [("https://localhost", "__Host-"), ("http://localhost:8000", "")])
def test_under_tls_no_cookie_can_come_from_elsewhere(site: str, prefix: str) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "herstel.settings", "SITE_URL": site, "HERSTEL_DEMO": "1"}
    said = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=environment, capture_output=True, check=True)
    names, secure, domains = json.loads(said.stdout.splitlines()[-1])
    assert [name.startswith("__Host-") for name in names] == [bool(prefix)] * len(COOKIES)
    assert secure == [bool(prefix)] * 3
    assert domains == [None] * 3


def test_a_sentence_for_the_next_page_travels_under_that_name(cast: Cast) -> None:
    jan = signed_in(cast.users["jan"])
    answer = jan.post(reverse("screen"), {"colour": "", "letters": "", "reading": "", "language": "nl"})
    assert Said.cookie_name in answer.cookies


def test_an_answer_that_says_nothing_is_found() -> None:
    """The judge of the walk has teeth."""
    silent = HttpResponse()
    silent.set_cookie("visits", "7", domain="kring.example")
    found = lacking(silent, '<p style="x">')
    assert len(found) == 10, found
