"""What every answer tells the browser, whoever asks for what; cookies under names that nobody else can set."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.urls import reverse

from herstel.accounts import BROWSER
from herstel.headers import UNUSED, USED
from herstel.middleware import KEPT
from herstel.said import Said
from tests.addresses import addresses, things_of
from tests.cast import Cast
from tests.harness import ROOT, signed_in
from tests.test_access import NONSENSE

NAMES = {
    *(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME),
    *(KEPT, Said.cookie_name, BROWSER),
}


def judge(answer: HttpResponseBase, place: str) -> list[str]:
    """What this answer forgot to say."""
    said = answer.headers
    wrong = [
        f"{place}: {name} is {said.get(name)}"
        for name, value in {
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Access-Control-Allow-Origin": None,
        }.items()
        if said.get(name) != value
    ]
    allowed = dict(part.strip().split("=") for part in said.get("Permissions-Policy", "x=x").split(","))
    if {name for name, who in allowed.items() if who != "()"} != set(USED) or allowed.get("microphone") != "(self)":
        wrong.append(f"{place}: Permissions-Policy is {said.get('Permissions-Policy')}")
    for name, cookie in answer.cookies.items():
        if name not in NAMES or cookie["path"] != "/" or cookie["domain"] or cookie["samesite"] != "Lax":
            wrong.append(f"{place}: {cookie.OutputString()}")
    return wrong


@pytest.mark.parametrize("persona", ["anonymous", "jan"])
def test_every_address_says_what_the_browser_may(cast: Cast, persona: str) -> None:
    client, things = signed_in(cast.users[persona], crash=True, own_device=True), things_of(cast)
    cookies, wrong = client.cookies.copy(), []
    for address in addresses():
        url = f"/{address.name}" if "." in address.name else reverse(address.name, kwargs=address.kwargs(things))
        for method, data in (("get", {}), ("post", NONSENSE)):
            client.cookies = cookies.copy()
            with transaction.atomic():
                answer = getattr(client, method)(url, data)
                wrong += judge(answer, f"{persona} {method} {url}")
                answer.close()
                transaction.set_rollback(True)
    assert not wrong, "\n" + "\n".join(wrong[:40])


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
    assert [name.startswith("__Host-") for name in names] == [bool(prefix)] * len(NAMES)
    assert secure == [bool(prefix)] * 3
    assert domains == [None] * 3


def test_a_sentence_for_the_next_page_travels_under_that_name(cast: Cast) -> None:
    jan = signed_in(cast.users["jan"])
    answer = jan.post(reverse("screen"), {"colour": "", "letters": "", "reading": "", "language": "nl"})
    assert Said.cookie_name in answer.cookies
