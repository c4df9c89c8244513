"""Requests that no browser of ours would send, and what every answer must carry."""

import io
from typing import Any

import pytest
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.urls import reverse

from tests.abuse.pages import Page
from tests.abuse.tally import Tally
from tests.abuse.visits import URLENCODED, Address, addresses_for
from tests.answers import lacking
from tests.cast import Cast
from tests.harness import let_in, signed_in

MB = 1024 * 1024
# Headers with which a proxy, or a framework that believes it, would do something else than what was asked.
OVERRIDES = {
    "X-HTTP-Method-Override": "DELETE",
    "X-Method-Override": "DELETE",
    "X-Original-URL": "/beheer/",
    "X-Rewrite-URL": "/beheer/",
    "X-Forwarded-User": "jan@kring.example",
    "Remote-User": "jan@kring.example",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-For": "127.0.0.1",
    "HX-Request": "true",
    "X-Autosave": "1",
    "Accept-Language": "x" * 4000,
    "Referer": "https://elsewhere.example/",
    "Content-Encoding": "gzip",
    "Transfer-Encoding": "chunked",
    "Range": "bytes=0-1,1-2,2-3",
    "If-Modified-Since": "x",
    "If-None-Match": "*",
}
PATH_TRICKS = (
    "/doelen%2e",
    "/doelen/.",
    "/doelen/..",
    "/doelen/../beheer/",
    "/doelen/%2e%2e/beheer/",
    "//doelen/",
    "//elsewhere.example/",
    "/doelen//",
    "/DOELEN/",
    "/doelen;x/",
    "/doelen;jsessionid=1/",
    "/doelen/%00/",
    "/doelen%00",
    "/doelen/\ufffd/",
    "/%c0%ae%c0%ae/",
    "/doelen/.json",
    "/doelen/?format=json",
    "/doelen/%0d%0aSet-Cookie:x=1/",
    "/\\elsewhere.example/",
    "/static/../manage.py",
    "/static/%2e%2e/manage.py",
    "/media/x.jpg",
    "/.env",
    "/.git/config",
    "/" + "a" * 8000,
)


@pytest.fixture
def jan(cast: Cast) -> Client:
    return signed_in(cast.users["jan"], crash=True)


def words_url(cast: Cast) -> str:
    return reverse("goals:goal_write", args=[cast.jan.goals["goal-open"].slug])


def text_of(response: HttpResponseBase) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return content.decode(errors="replace")


def is_a_page(response: HttpResponse) -> bool:
    """Something that a person can read, with a way on."""
    return "<h1" in response.content.decode(errors="replace")


# --- bodies ---------------------------------------------------------------------------------------------------------
def multipart(*parts: bytes, boundary: bytes = b"x") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


FIELD = b'Content-Disposition: form-data; name="words"\r\n\r\n'
FILE = b'Content-Disposition: form-data; name="%d"; filename="x.png"\r\n\r\nx'
BODIES: dict[str, tuple[bytes, str, set[int]]] = {
    "10 MB of text": (b"words=" + b"a" * 10 * MB, URLENCODED, {413}),
    "10 MB in one part": (multipart(FIELD + b"a" * 10 * MB), "multipart/form-data; boundary=x", {413}),
    "10,000 fields": (b"&".join(b"a%d=1" % n for n in range(10_000)), URLENCODED, {413}),
    "10,000 parts": (multipart(*[FIELD + b"x"] * 10_000), "multipart/form-data; boundary=x", {413}),
    "1,000 files": (multipart(*[FILE % n for n in range(1000)]), "multipart/form-data; boundary=x", {413}),
    "no boundary": (b"x", "multipart/form-data", {400}),
    "a boundary that does not come": (b"--y\r\n", "multipart/form-data; boundary=x", {200, 400}),
    "a boundary of bytes": (b"--x\r\n", "multipart/form-data; boundary=\x80\xff", {200, 400}),
    "half a part": (b"--x\r\n" + FIELD + b"abc", "multipart/form-data; boundary=x", {200, 302, 400}),
    "a part without a name": (multipart(b"\r\nx"), "multipart/form-data; boundary=x", {200, 400}),
    "base64 that is none": (
        multipart(b'Content-Disposition: form-data; name="words"\r\nContent-Transfer-Encoding: base64\r\n\r\n=%=x'),
        "multipart/form-data; boundary=x",
        {200, 302, 400},
    ),
    "a charset that is none": (b"words=x", f"{URLENCODED}; charset=nonsense", {200, 302, 400}),
    "utf-16": ("words=é".encode("utf-16"), f"{URLENCODED}; charset=utf-16", {200, 302, 400}),
    "bytes that are no text": (b"words=\xff\xfe\xed\xa0\x80", URLENCODED, {200, 302, 400}),
    "half a percent sign": (b"words=%&words=%f&words=%zz", URLENCODED, {200, 302, 400}),
    "json": (b'{"words": ' + b"[" * 10_000, "application/json", {200, 400}),
    "xml": (b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/hosts">]><x>&y;</x>', "text/xml", {200, 400}),
    "gzip": (b"\x1f\x8b\x08" + b"\0" * 100, URLENCODED, {200, 400}),
    "a content type that is none": (b"words=x", "\x00;;;", {200, 400}),
}


def test_a_body_that_is_no_form_gets_a_page_that_says_so(cast: Cast, jan: Client, tally: Tally) -> None:
    for case, (body, content_type, expected) in BODIES.items():
        tally.tried()
        response = jan.generic("POST", words_url(cast), body, content_type=content_type)
        if response.status_code >= 500:
            tally.crashed(f"{case}: {response.status_code} {response.exc_info}")
        elif response.status_code not in expected:
            tally.lost(f"{case}: {response.status_code}")
        elif response.status_code != 302 and not is_a_page(response):
            tally.lost(f"{case}: no page")
        for what in lacking(response):
            tally.leaked(f"{case} ({response.status_code}): {what}")
    tally.judge()


def test_a_length_that_is_not_true_breaks_nothing(cast: Cast, jan: Client) -> None:
    for claimed in ("-1", "x", "99999999999", ""):
        response = jan.generic("POST", words_url(cast), b"words=x", content_type=URLENCODED, CONTENT_LENGTH=claimed)
        assert response.status_code < 500, claimed


def test_a_connection_that_breaks_off_is_no_error_page(cast: Cast, jan: Client) -> None:
    class Broken(io.BytesIO):
        def read(self, *args: Any) -> bytes:
            raise OSError("gone")

    extra = {"wsgi.input": Broken(), "CONTENT_LENGTH": "10", "CONTENT_TYPE": URLENCODED}
    response = jan.generic("POST", words_url(cast), **extra)
    assert response.status_code == 400


# --- methods, headers, paths ----------------------------------------------------------------------------------------
def one_of_each(cast: Cast, persona: str) -> list[Address]:
    """One address of each name; for who is only one of several, those of their own side."""
    found = {address.name: address for address in addresses_for(cast, persona)}.values()
    return [address for address in found if persona in ("jan", "anonymous") or ":" in address.name]


def leaked(cast: Cast, persona: str, address: Address, response: HttpResponseBase) -> set[str]:
    """Canaries that this persona may not see; what a link shows to its holder is meant for that."""
    by_link = address.name.startswith(("invitation", "answer"))
    return set() if by_link else cast.leaked(persona, text_of(response) + str(response.headers))


def test_a_header_does_not_change_who_or_what(cast: Cast, jan: Client, tally: Tally) -> None:
    """The same page as without it, for the same person; and for nobody still nothing."""
    goal = reverse("goals:goal", args=[cast.jan.goals["goal-open"].slug])
    for url in (goal, reverse("begin"), reverse("beheer:home")):
        plain = jan.get(url).status_code
        for header in OVERRIDES.items():
            extra = dict([header])
            tally.tried(3)
            changed = jan.get(url, headers=extra)
            assert changed.status_code == plain, (url, header)
            assert "elsewhere.example" not in text_of(changed), header
            anonymous = Client(raise_request_exception=False).get(url, headers=extra)
            assert anonymous.headers["Location"].startswith("/inloggen/"), header
            assert jan.post(url, headers=extra).status_code < 500, header


def test_a_foreign_host_gets_nothing(cast: Cast, jan: Client) -> None:
    response = jan.get(reverse("begin"), headers={"Host": "elsewhere.example"})
    assert response.status_code == 400
    assert not cast.leaked("anonymous", text_of(response))
    assert "Traceback" not in text_of(response)


def test_a_bent_path_opens_nothing(cast: Cast, tally: Tally) -> None:
    for persona in ("anonymous", "jan", "els"):
        client = signed_in(cast.users[persona], crash=True)
        for path in PATH_TRICKS:
            tally.tried()
            response = client.get(path)
            if response.status_code >= 500:
                tally.crashed(f"{persona} {path}: {response.exc_info}")
            if found := cast.leaked(persona, text_of(response)):
                tally.leaked(f"{persona} {path}: {found}")
            first = response.headers.get("Location", "").split("?")[0]
            if first.startswith("//") or "elsewhere" in first.lstrip("/").split("/")[0]:
                tally.leaked(f"{persona} {path} leads to {first}")
            if "Set-Cookie:x" in str(response.headers):
                tally.leaked(f"{persona} {path} wrote a header")
    tally.judge()


NUMBERS = ("-1", "9223372036854775808", "1e400", "²", "NaN", "9" * 5000, "%ED%A0%80", "", "0x1")
QUERIES = (
    "next=//elsewhere.example&%ED%A0%80=1&pagina[]=3&order=private&sort=-words&id=1&id=2&fields=*&level=9&as=1",
    "controleer=1&skip=1&stop=1&" + "&".join(f"a{n}={'a' * 50}" for n in range(2000)),
)
PAGED = ("goals:goal", "goals:goal_history", "meetings:meeting_list", "team:participants", "team:agenda", "beheer:jobs")


@pytest.mark.parametrize("query", QUERIES, ids=["names", "many"])
def test_a_query_opens_nothing_and_breaks_nothing(cast: Cast, query: str, tally: Tally) -> None:
    client = signed_in(cast.users["jan"], crash=True)
    for address in one_of_each(cast, "jan"):
        ask(cast, "jan", client, address, query, tally)
    tally.judge()


@pytest.mark.parametrize("persona", ["jan", "mo", "administrator"])
def test_a_page_number_that_is_none(cast: Cast, persona: str, tally: Tally) -> None:
    client = signed_in(cast.users[persona], crash=True)
    for address in one_of_each(cast, persona):
        for number in NUMBERS if address.name in PAGED else ():
            ask(cast, persona, client, address, f"pagina={number}&stappen={number}", tally)
    tally.judge()


def test_nul_in_a_query_is_a_bad_request(jan: Client) -> None:
    for query in ("pagina=%00", "%00=1"):
        assert jan.get(f"{reverse('begin')}?{query}").status_code == 400


def ask(cast: Cast, persona: str, client: Client, address: Address, query: str, tally: Tally) -> None:
    tally.tried()
    response = client.get(f"{address.url}?{query}")
    if response.status_code >= 500:
        tally.crashed(f"{persona} {address.url}?{query[:40]}: {response.exc_info}")
    if found := leaked(cast, persona, address, response):
        tally.leaked(f"{persona} {address.url}?{query[:40]}: {found}")


# --- what every answer carries --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "status"), [("/nergens/", 404), ("/doelen/zzzzzzzzz/", 404), ("/doelen/%00/", 400), ("/uit/", 405)]
)
def test_refusals_carry_them_too(jan: Client, url: str, status: int) -> None:
    response = jan.get(url)
    assert response.status_code == status
    assert not lacking(response)


@pytest.mark.parametrize("where", ["sign_out", "quick_exit"])
def test_leaving_clears_what_the_browser_kept(cast: Cast, jan: Client, where: str) -> None:
    response = jan.post(reverse(where))
    assert response.status_code == 302
    assert '"cache"' in response.headers["Clear-Site-Data"]
    assert '"storage"' in response.headers["Clear-Site-Data"]
    assert jan.get(reverse("begin")).status_code == 302


def test_cookies_are_kept_from_scripts_and_other_sites(cast: Cast) -> None:
    client = Client(raise_request_exception=False)
    client.post(reverse("sign_in"), {"address": "jan@kring.example"})
    session, csrf = client.cookies["kring"], None
    client.get(reverse("code"))
    csrf = client.cookies["csrftoken"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    assert csrf["samesite"] == "Lax"


def test_a_form_without_its_token_is_told_in_a_sentence(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(cast.user("jan"))
    let_in(client, cast.user("jan"))
    url = words_url(cast)
    for data, headers in (
        ({"words": "x"}, {}),
        ({"words": "x", "csrfmiddlewaretoken": "x"}, {}),
        ({"words": "x", "csrfmiddlewaretoken": "a" * 64}, {"Cookie": ""}),
    ):
        response = client.post(url, data, headers=headers)
        assert response.status_code == 403
        assert "Je was even weg" in text_of(response)
        assert not cast.leaked("anonymous", text_of(response))
    token = Page(text_of(client.get(url))).forms[-1].fields["csrfmiddlewaretoken"].value
    foreign = client.post(
        url, {"words": "x", "csrfmiddlewaretoken": token}, headers={"Origin": "https://elsewhere.example"}
    )
    assert foreign.status_code == 403
    assert client.post(url, {"words": "x", "csrfmiddlewaretoken": token}).status_code == 302
