"""Signing in: what a stranger can learn, try and reuse; and what is asked once more, and of whom."""

import re
import statistics
import time
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
from herstel.models import OutgoingMail, Session, SignIn, User
from tests.abuse.tally import Tally
from tests.abuse.test_forms import body_of
from tests.abuse.visits import addresses_for
from tests.cast import Cast
from tests.harness import role, signed_in, stored_key

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "jan@kring.example", "xyz@kring.example"


# --- hands ----------------------------------------------------------------------------------------------------------
def asks(address: str = KNOWN, client: Client | None = None, **query: str) -> Client:
    """Somebody who asked for a code."""
    client = client or Client(raise_request_exception=False)
    response = client.post(reverse("sign_in") + ("?next=" + query["next"] if query else ""), {"address": address})
    assert response.status_code < 500
    return client


def mailed(address: str = KNOWN) -> dict[str, str]:
    """What stands in the newest mail to this address: code and link."""
    with role("herstel_maint"):
        context = OutgoingMail.objects.filter(address=address, template="code").latest("pk").context
    return {"code": context["code"], "link": reverse("sign_in_link", args=[context.get("link", "-")])}


def types(client: Client, code: str, device: str = "shared") -> HttpResponseBase:
    response = client.post(reverse("code"), {"code": code, "device": device})
    assert response.status_code < 500
    return response


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def ask_step_up(client: Client) -> None:
    """ "Stuur mij een code": only a tap mails one."""
    client.post(reverse("step_up"), {"again": "1"})


def wrong(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 10**6:06d}"


# --- what a stranger learns -----------------------------------------------------------------------------------------
def faceless(response: HttpResponseBase, address: str) -> str:
    text = re.sub(r'value="[A-Za-z0-9]{64}"|nonce="[^"]*"', "", body_of(response).replace(address, "…"))
    headers = {k: v for k, v in response.headers.items() if k not in ("Content-Security-Policy", "Expires")}
    return f"{response.status_code} {headers} {text}"


def test_known_and_unknown_get_the_same_answers_and_the_same_mail(cast: Cast) -> None:
    seen: dict[str, list[str]] = {}
    for address in (KNOWN, UNKNOWN):
        client = Client()
        answers = [client.post(reverse("sign_in"), {"address": address}), client.get(reverse("code"))]
        answers.append(client.post(reverse("code_again")))
        with role("herstel_maint"):  # so that the same six digits are wrong for both
            SignIn.objects.filter(address=address).update(code=b"x" * 32)
        answers.append(types(client, "123456"))
        answers += [Client().post(reverse("sign_in"), {"address": address}) for _ in range(6)]
        seen[address] = [faceless(answer, address) for answer in answers]
        with role("herstel_maint"):
            mails = OutgoingMail.objects.filter(address=address)
            seen[address] += [f"{m.template} {sorted(m.context)} {m.to_user_id}" for m in mails.order_by("pk")]
    assert seen[KNOWN] == seen[UNKNOWN]
    with role("herstel_maint"):
        assert not User.objects.filter(email=UNKNOWN).exists()


def test_known_and_unknown_take_the_same_time(cast: Cast) -> None:
    took: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    client = Client()
    for turn in range(62):
        for address in (KNOWN, UNKNOWN) if turn % 2 else (UNKNOWN, KNOWN):
            cache.clear()
            began = time.perf_counter()
            client.post(reverse("sign_in"), {"address": address})
            took[address].append(time.perf_counter() - began)
    medians = [statistics.median(times[2:]) for times in took.values()]
    assert max(medians) / min(medians) < 1.2, medians


# --- trying ---------------------------------------------------------------------------------------------------------
def test_five_tries_and_then_the_right_one_is_too_late(cast: Cast) -> None:
    client = asks()
    code = mailed()["code"]
    for _try in range(5):
        assert types(client, wrong(code)).status_code == 200
        assert not is_in(client)
    for elsewhere in (client, asks_nothing_with(client)):
        assert "te oud" in body_of(types(elsewhere, code))
        assert not is_in(elsewhere)
    asks(client=client)
    types(client, mailed()["code"])
    assert is_in(client)


def asks_nothing_with(client: Client) -> Client:
    """Another browser that says it asked for the same address."""
    other = Client()
    session = other.session
    session["address"] = client.session["address"]
    session.save()
    other.cookies["kring"] = session.session_key
    return other


def test_fifteen_minutes_and_then_it_is_too_old(cast: Cast) -> None:
    client = asks()
    code, link = mailed().values()
    with role("herstel_maint"):
        SignIn.objects.update(expires_at=TransactionNow() - timedelta(seconds=1))
    assert "te oud" in body_of(types(client, code))
    assert Client().get(link).status_code == 410
    assert Client().post(link, {"device": "own"}).status_code == 410
    with role("herstel_maint"):
        asked = SignIn.objects.latest("pk")
    assert asked.expires_at - asked.sent_at <= timedelta(minutes=15, seconds=1)


def test_a_code_works_once_on_the_browser_that_asked(cast: Cast) -> None:
    first = asks()
    old = mailed()["code"]
    second = asks()
    new = mailed()["code"]
    if old != new:
        assert types(second, old).status_code == 200
        assert not is_in(second)
    types(second, new)
    assert is_in(second)
    third = asks_nothing_with(first)
    for code in (old, new):
        types(third, code)
        assert not is_in(third)
    types(first, old)
    assert is_in(first)
    first.post(reverse("sign_out"))
    asks(client=first)
    types(first, old)
    assert not is_in(first)


def test_the_newest_three_codes_of_a_browser_work(cast: Cast) -> None:
    """Somebody who asks again and again, and then opens the first mail that came. What is older says so and costs no
    try."""
    client = Client()
    codes = []
    for _time in range(5):
        asks(client=client)
        codes.append(mailed()["code"])
    assert len(set(codes)) == 5
    for older in codes[:2] * 3:
        assert "oudere mail" in body_of(types(client, older))
    assert "nog 4 keer" in body_of(types(client, wrong(codes[0])))
    types(client, codes[2])
    assert is_in(client)


def test_a_stranger_keeps_nobody_out(cast: Cast) -> None:
    """Whoever asks for another's address, and tries codes without end, stays a stranger with a stranger's tries."""
    jan = asks()
    code = mailed()["code"]
    strangers = [asks() for _ in range(6)]  # the last ones are refused: nothing more is mailed
    for stranger in strangers:
        for _try in range(6):
            types(stranger, "000000")
            cache.clear()  # another machine each time
    types(jan, code)
    assert is_in(jan)


def test_who_is_refused_a_mail_has_a_link_that_works(cast: Cast) -> None:
    """Strangers used up the mails of the quarter of an hour, and the tries of the day."""
    client, *_strangers = [asks() for _ in range(6)]
    used_up()
    jan = Client()
    answer = jan.post(reverse("sign_in"), {"address": KNOWN})
    assert "Open de nieuwste" in body_of(answer)
    assert "tik op de link" in body_of(types(client, mailed()["code"]))
    assert jan.post(mailed()["link"], {"device": "shared"}).status_code == 302
    assert is_in(jan)


def test_a_known_browser_has_tries_and_mails_of_its_own(cast: Cast) -> None:
    jan = asks()
    types(jan, mailed()["code"], "own")
    assert jan.cookies["toestel"]["httponly"]
    jan.post(reverse("sign_out"))
    for _stranger in range(6):
        asks()
        cache.clear()
    used_up()
    asks(client=jan)
    types(jan, mailed()["code"])
    assert is_in(jan)
    # The cookie of one is no use for the address of another.
    jan.post(reverse("sign_out"))
    for _stranger in range(6):
        asks("ans@kring.example")
        cache.clear()
    assert "Open de nieuwste" in body_of(jan.post(reverse("sign_in"), {"address": "ans@kring.example"}))


def used_up() -> None:
    """The tries that strangers have for an address in a day."""
    with role("herstel_maint"):
        SignIn.objects.create(
            address=KNOWN, session_id=0, code=b"x", link=b"y", tries=60, expires_at=timezone.now() - timedelta(hours=20)
        )


def test_guessing_all_day_from_everywhere(cast: Cast) -> None:
    """The arithmetic of docs/adr/0028: sixty tries against at most three codes are 0.018 % a day."""
    tried = 0
    for _machine in range(25):
        client = asks()
        for _try in range(5):
            text = body_of(types(client, "123456"))
            tried += "nog" in text and "keer proberen" in text
        cache.clear()
        with role("herstel_maint"):  # the mails of a quarter of an hour do not hold them up
            SignIn.objects.update(sent_at=timezone.now() - timedelta(minutes=16))
    assert 30 <= tried <= 60
    assert tried * 3 / 10**6 < 0.001


def test_opening_a_page_mails_nothing_and_uses_nothing_up(cast: Cast) -> None:
    """Every address, opened by whoever is signed in with a stale session: no mail, and the code that is out still
    works."""
    jan = signed_in(cast.users["jan"], crash=True, fresh=0)
    ask_step_up(jan)
    code = mailed()["code"]
    with role("herstel_maint"):
        before = OutgoingMail.objects.count()
    for address in addresses_for(cast, "jan"):
        jan.get(address.url)
        jan.head(address.url)
    with role("herstel_maint"):
        assert OutgoingMail.objects.count() == before
    jan.post(reverse("step_up"), {"code": code})
    assert jan.session["fresh"] > 0


@pytest.mark.parametrize("typed", ["", " ", "x", "0" * 5000, "²²²²²²", "٠١٢٣٤٥", "' OR 1=1 --", "\0", "123 456 789"])
def test_what_is_no_code_opens_nothing(cast: Cast, typed: str) -> None:
    client = asks()
    assert types(client, typed).status_code == 200
    assert not is_in(client)


def test_a_code_of_one_purpose_opens_no_other(cast: Cast) -> None:
    """The code of "is this really you?" does not sign somebody in elsewhere, nor the other way round."""
    jan = signed_in(cast.users["jan"], crash=True, fresh=0)
    ask_step_up(jan)
    client = Client()
    session = client.session
    session["address"] = KNOWN
    session.save()
    client.cookies["kring"] = session.session_key
    types(client, mailed()["code"])
    assert not is_in(client)
    asks()
    jan.post(reverse("step_up"), {"code": mailed()["code"]})
    assert not jan.session["fresh"]


def test_asking_too_often_is_refused_in_a_sentence(cast: Cast) -> None:
    answers = [Client().post(reverse("sign_in"), {"address": KNOWN}) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [200] * 2
    assert "over 15 minuten" in body_of(answers[-1])
    # Capitals and blanks make no other address of it.
    for same in ("JAN@kring.example", " jan@kring.example ", "jan@KRING.example"):
        assert Client().post(reverse("sign_in"), {"address": same}).status_code == 200
    assert Client().post(reverse("sign_in"), {"address": "ans@kring.example"}).status_code == 302
    with role("herstel_maint"):
        assert OutgoingMail.objects.filter(address=KNOWN).count() == 5


@pytest.mark.parametrize("header", ["", "X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"])
def test_one_machine_cannot_ask_for_everybody(cast: Cast, header: str) -> None:
    """Sixty addresses in five minutes, whatever a client says of where it is."""
    sent = 0
    for n in range(64):
        headers = {header: f"10.0.{n}.1"} if header else {}
        response = Client().post(reverse("sign_in"), {"address": f"a{n}@kring.example"}, headers=headers)
        sent += response.status_code == 302
    assert sent <= 60


def test_one_machine_cannot_try_for_ever(cast: Cast) -> None:
    """New codes do not give new tries without end: the sixty tries of a machine hold over all addresses."""
    tried = 0
    for n in range(14):
        client = asks(f"b{n}@kring.example")
        for _try in range(5):
            tried += "Dit ging te vaak mis" not in body_of(types(client, "000000"))
    assert tried <= 60


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
