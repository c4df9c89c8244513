"""After the code: the link in the mail, how long a session lasts, the second factor, and where to afterwards."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.postgres.functions import TransactionNow
from django.core.cache import cache
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from herstel.accounts import hash_token
from herstel.models import Session, SignIn, User
from tests.abuse.codes import asks, is_in, mailed, types
from tests.abuse.tally import Tally
from tests.abuse.test_forms import body_of
from tests.abuse.visits import addresses_for
from tests.cast import Cast
from tests.harness import role, signed_in, stored_key

pytestmark = pytest.mark.django_db


# --- the link -------------------------------------------------------------------------------------------------------
def test_the_link_does_something_only_after_a_tap_and_once_on_any_device(cast: Cast) -> None:
    asks()
    link = mailed()["link"]
    scanner = Client()
    for _look in range(3):
        assert scanner.get(link).status_code == 200
        assert scanner.head(link).status_code in (200, 405)
    assert not is_in(scanner)
    phone = Client()
    assert phone.post(link, {"device": "own"}).status_code == 302
    assert is_in(phone)
    for again in (Client(), phone, scanner):
        assert again.get(link).status_code == 410
    later = Client()
    assert later.post(link, {"device": "own"}).status_code == 410
    assert not is_in(later)


def test_a_used_code_ends_its_link_and_a_used_link_its_code(cast: Cast) -> None:
    client = asks()
    code, link = mailed().values()
    types(client, code)
    assert Client().post(link, {"device": "own"}).status_code == 410
    cache.clear()
    client = asks()
    code, link = mailed().values()
    Client().post(link, {"device": "own"})
    types(client, code)
    assert not is_in(client)


def test_what_is_stored_opens_nothing(cast: Cast) -> None:
    asks()
    code, link = mailed().values()
    with role("herstel_maint"):
        asked = SignIn.objects.latest("pk")
    kept = bytes(asked.code) + bytes(asked.link)
    token = link.strip("/").split("/")[-1]
    assert code.replace(" ", "").encode() not in kept
    assert token.encode() not in kept
    assert hash_token(token) not in kept
    assert Client().get(reverse("sign_in_link", args=[bytes(asked.link).hex()])).status_code == 410


# --- the session ----------------------------------------------------------------------------------------------------
def test_a_planted_session_is_not_taken_along(cast: Cast) -> None:
    client = asks()
    before = client.session.session_key
    types(client, mailed()["code"])
    assert is_in(client)
    assert client.session.session_key != before
    thief = Client()
    thief.cookies["kring"] = before
    assert thief.get(reverse("begin")).status_code == 302
    # Becoming somebody else leaves nothing of the first one behind.
    client.session["who"] = {"name": "x"}
    cache.clear()
    asks("ans@kring.example", client)
    types(client, mailed("ans@kring.example")["code"])
    assert client.session["_auth_user_id"] == str(cast.pk("ans"))
    assert "who" not in client.session


def test_signing_out_ends_it_for_every_copy_of_the_cookie(cast: Cast) -> None:
    jan = signed_in(cast.users["jan"], crash=True)
    copy = Client()
    copy.cookies["kring"] = jan.cookies["kring"].value
    assert copy.get(reverse("begin")).status_code == 200
    jan.post(reverse("sign_out"))
    assert copy.get(reverse("begin")).status_code == 302


def test_everywhere_out_is_everywhere(cast: Cast) -> None:
    here, there = asks(), None
    types(here, mailed()["code"])
    cache.clear()
    there = asks()
    types(there, mailed()["code"], "own")
    assert there.get(reverse("begin")).status_code == 200
    here.get(reverse("devices"))
    assert here.post(reverse("sign_out_everywhere")).status_code == 302
    assert there.get(reverse("begin")).status_code == 302
    assert here.get(reverse("begin")).status_code == 200


@pytest.mark.parametrize(
    ("name", "device", "idle"), [("jan", "shared", 1800), ("jan", "own", 90 * 86400), ("mo", "own", 900)]
)
def test_nobody_there_any_more(cast: Cast, name: str, device: str, idle: int) -> None:
    client = asks(f"{name}@kring.example")
    types(client, mailed(f"{name}@kring.example")["code"], device)
    _shows_a_second_factor(client)
    url = reverse("settings")
    assert client.get(url).status_code == 200
    for passed, status in ((idle - 60, 200), (idle + 1, 302)):
        long_ago(client, seen_at=TransactionNow() - timedelta(seconds=passed))
        answer = client.get(url)
        assert answer.status_code == status
    assert answer["Location"] == reverse("sign_in") + "?even-weg=1"
    assert not is_in(client)


def _shows_a_second_factor(client: Client) -> None:
    session = client.session
    session["second_factor"] = True
    session.save()


def long_ago(client: Client, **times: Any) -> None:
    """By the clock of the database, which stands still in a test."""
    with role("herstel_maint"):
        assert Session.objects.filter(key=stored_key(client)).update(**times) == 1


def test_the_work_day_ends(cast: Cast) -> None:
    address = "mo@kring.example"
    mo = asks(address)
    types(mo, mailed(address)["code"], "own")
    _shows_a_second_factor(mo)
    assert mo.get(reverse("team:today")).status_code == 200
    with role("herstel_maint"):
        ends_at = Session.objects.get(key=stored_key(mo)).ends_at
    assert ends_at - timezone.now() <= timedelta(hours=12)
    long_ago(mo, ends_at=TransactionNow() - timedelta(seconds=1))
    assert mo.get(reverse("team:today")).status_code == 302
    assert not is_in(mo)


def test_a_closed_account_is_out_at_once(cast: Cast) -> None:
    client = asks()
    code = mailed()["code"]
    jan = signed_in(cast.users["jan"], crash=True)
    with role("herstel_maint"):
        User.objects.filter(pk=cast.pk("jan")).update(is_active=False)
    assert jan.get(reverse("begin")).status_code == 302
    types(client, code)
    assert not is_in(client)


# --- at work: the second factor -------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["mo", "researcher", "administrator", "jan"])
def test_without_a_second_factor_work_stays_closed(cast: Cast, name: str, tally: Tally) -> None:
    client = signed_in(cast.users[name], crash=True, second_factor=False)
    at_work = [a for a in addresses_for(cast, name) if a.url.startswith(("/team/", "/onderzoek/", "/beheer/"))]
    assert len(at_work) > 25
    for address in at_work:
        for response in (client.get(address.url), client.post(address.url, {"words": "x"})):
            tally.tried()
            to = response.headers.get("Location", "")
            fine = response.status_code == 404 or to.startswith(reverse("second_factor"))
            if not fine:
                tally.leaked(f"{name} {address.url}: {response.status_code} {to}")
            if cast.leaked("anonymous", body_of(response)):
                tally.leaked(f"{name} {address.url} shows {cast.leaked('anonymous', body_of(response))}")
    tally.judge()
    assert client.get(reverse("second_factor")).status_code == 200


def test_a_mailed_code_alone_does_not_open_work(cast: Cast) -> None:
    address = "mo@kring.example"
    mo = asks(address)
    types(mo, mailed(address)["code"])
    assert not mo.session.get("second_factor")
    assert mo.get(reverse("team:today")).headers["Location"].startswith(reverse("second_factor"))


# --- where to afterwards --------------------------------------------------------------------------------------------
ELSEWHERE = (
    "//elsewhere.example/",
    "///elsewhere.example/",
    "https://elsewhere.example/",
    "http:///elsewhere.example",
    "https:elsewhere.example",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "/%09/elsewhere.example",
    "%0d%0a//elsewhere.example",
    " https://elsewhere.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//elsewhere.example@testserver/",
    "//testserver@elsewhere.example/",
    "https://testserver.elsewhere.example/",
    "/ok%0d%0aSet-Cookie:x=1",
    "no-address-and-no-name",
    "sign_out",
)


def stays(response: HttpResponseBase) -> bool:
    """As a browser reads it, which takes a backslash for a slash and leaves tabs and line ends out."""
    to = re.sub(r"[\t\r\n]", "", response.headers.get("Location", "")).replace("\\", "/").strip()
    parts = urlsplit(to)
    return not parts.netloc and not parts.scheme and not to.startswith("//")


def test_nobody_is_led_elsewhere(cast: Cast, tally: Tally) -> None:
    for place in ELSEWHERE:
        with role("herstel_maint"):
            SignIn.objects.all().delete()
        client = asks(next=place)
        answers = [types(client, mailed()["code"])]
        assert is_in(client)
        answers += [client.get(reverse("side")), client.get(reverse("side"))]
        jan = signed_in(cast.users["jan"], crash=True)
        for name in ("step_up", "second_factor", "side", "sign_in", "passkey_offer", "mfa_reauthenticate"):
            answers += [jan.get(f"{reverse(name)}?next={place}"), jan.post(f"{reverse(name)}?next={place}")]
        answers.append(jan.post(reverse("set_language"), {"language": "nl", "next": place}))
        answers.append(jan.post(reverse("quick_exit") + f"?next={place}"))
        for response in answers:
            tally.tried()
            if response.status_code >= 500:
                tally.crashed(f"{place}: {response.status_code} {getattr(response, 'exc_info', '')}")
            if not stays(response) and not response.headers["Location"].startswith("https://www.knmi.nl"):
                tally.leaked(f"{place}: leads to {response.headers['Location']}")
            if "x" in response.cookies:
                tally.leaked(f"{place}: wrote a header")
    tally.judge()
