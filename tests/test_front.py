"""The front door as it runs: the real proxy before the real web server. Who a visitor is cannot be made up by them."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.core import ratelimit
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory, override_settings

from herstel.clients import client_address
from herstel.headers import PERMISSIONS
from herstel.policies import LOCAL
from tests.front import Behind, Visitor, behind
from tests.test_deploy import ROOT, running_proxy, services

LIMITED = "te vaak mis"
MANY = 80  # more tries than one client has


@pytest.fixture(scope="module")
def place(django_db_setup: None) -> Iterator[Behind]:
    with behind(Path(tempfile.mkdtemp(prefix="kring-front-"))) as made:
        yield made


@pytest.fixture(scope="module")
def plain(place: Behind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_proxy(tmp_path_factory.mktemp("plain"), place.port) as address:
        yield address


@pytest.fixture(scope="module")
def secure(place: Behind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_proxy(tmp_path_factory.mktemp("tls"), place.port, tls=True) as address:
        yield address


# Ways to say that one is somebody else. WSGI knows no difference between "-" and "_" in the name of a header.
FORGED = ("X-Forwarded-For", "X_Forwarded_For", "x_forwarded-for", "X-Real-IP", "Forwarded", "Client-IP")


def forged(n: int) -> dict[str, str]:
    return {name: f"198.51.100.{n}" if name != "Forwarded" else f"for=198.51.100.{n}" for name in FORGED}


def asks(visitor: Visitor, address: str) -> None:
    assert visitor.post("/inloggen/", {"address": address}).status == 302


def test_who_abuses_the_door_shuts_it_for_nobody_else(place: Behind, plain: str) -> None:
    """Whatever address the abuser makes up, it is the abuser who is limited."""
    innocent, abuser = Visitor(plain, "127.0.0.2"), Visitor(plain, "127.0.0.1")
    asks(innocent, "ineke@kring.example")
    code = place.mailed_code("ineke@kring.example")
    asks(abuser, "abuser@kring.example")
    limited = False
    for n in range(MANY):
        answer = abuser.post("/code/", {"code": "000000", "device": "shared"}, forged(n))
        limited = limited or LIMITED in answer.text
    entered = innocent.post("/code/", {"code": code, "device": "shared"})
    assert (entered.status, LIMITED in entered.text) == (302, False)
    assert innocent.get("/instellingen/").status == 200
    assert limited, "a client that calls itself another each time had no limit"


def test_only_the_proxy_says_that_a_request_came_over_tls(plain: str, secure: str) -> None:
    for name in ("X-Forwarded-Proto", "X_Forwarded_Proto", "x_forwarded-proto"):
        assert "Strict-Transport-Security" not in Visitor(plain).get("/", {name: "https"}).headers, name
        assert "Strict-Transport-Security" in Visitor(secure).get("/", {name: "http"}).headers, name


def test_nothing_inside_is_open_to_who_forges_an_inner_address(plain: str, place: Behind) -> None:
    for address in (plain, f"http://127.0.0.1:{place.port}"):
        for name in FORGED:
            answer = Visitor(address, "127.0.0.2").get("/metrics", {name: "127.0.0.1"})
            assert answer.status == 404, (address, name)


def test_under_tls_every_cookie_is_ours_alone(place: Behind, secure: str) -> None:
    """`__Host-` is what a browser holds us to: over TLS, for this very name, for the whole site."""
    ineke = Visitor(secure, "127.0.0.3")
    answers = [ineke.get("/"), ineke.post("/inloggen/", {"address": "tls@kring.example"})]
    answers.append(ineke.post("/code/", {"code": place.mailed_code("tls@kring.example"), "device": "own"}))
    answers.append(ineke.post("/instellingen/scherm/", {"language": "en", "colour": "", "letters": "", "reading": ""}))
    given = {name: cookie for answer in answers for name, cookie in answer.cookies.items()}
    kinds = {name.removeprefix("__Host-") for name in given}
    assert kinds == {"kring", "csrftoken", "bewaard", "django_language", "messages", "toestel"}
    for name, cookie in given.items():
        said = (name.startswith("__Host-"), cookie["secure"], cookie["path"], cookie["domain"], cookie["samesite"])
        assert said == (True, True, "/", "", "Lax"), cookie.OutputString()
    assert given["__Host-kring"]["httponly"]


def test_files_for_the_browser_are_for_our_own_pages_only(place: Behind, secure: str, plain: str) -> None:
    page = Visitor(secure).get("/")
    files = sorted(set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text)))
    assert any("woff2" in name for name in files)
    assert any("webmanifest" in name for name in files)
    for site in (secure, plain, f"http://127.0.0.1:{place.port}"):
        for name in ["/", "/werker.js", "/nergens/", *files]:
            answer = Visitor(site).get(name)
            assert answer.headers.get_all("Permissions-Policy") == [PERMISSIONS], (site, name)
            assert answer.headers.get_all("Cross-Origin-Resource-Policy") == ["same-origin"], (site, name)
            assert answer.headers.get_all("Cross-Origin-Opener-Policy") == ["same-origin"], (site, name)
            assert answer.headers["Access-Control-Allow-Origin"] is None, (site, name)


# --- the address by itself --------------------------------------------------------------------------------------------
CHAINS = [  # trusted proxies, what stands in X-Forwarded-For, whom we see
    (0, "198.51.100.1", "127.0.0.1"),
    (1, "", "127.0.0.1"),
    (1, "198.51.100.1", "198.51.100.1"),
    (1, "127.0.0.1, 10.0.0.1, 198.51.100.1", "198.51.100.1"),
    (2, "127.0.0.1, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
    (1, "198.51.100.1:1234", "198.51.100.1"),
    (1, "[2001:db8::1]:1234", "2001:db8::1"),
    (1, "::ffff:198.51.100.1", "198.51.100.1"),
]


def seen_through(proxies: int, chain: str) -> str:
    said = {"HTTP_X_FORWARDED_FOR": chain} if chain else {}
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=proxies):
        return client_address(RequestFactory().get("/", **said))


@pytest.mark.parametrize(("proxies", "chain", "expected"), CHAINS)
def test_only_trusted_proxies_say_who_asks(proxies: int, chain: str, expected: str) -> None:
    assert seen_through(proxies, chain) == expected


@pytest.mark.parametrize("chain", ["unknown", "198.51.100.1, x", "1.2.3.4.5", "' or 1=1"])
def test_what_is_no_address_is_refused(chain: str) -> None:
    with pytest.raises(PermissionDenied):
        seen_through(1, chain)


def tries(last: str) -> bool:
    """May this client try a code once more? Asked of the one who counts."""
    request = RequestFactory().post("/code/", HTTP_X_FORWARDED_FOR=last)
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1):
        return bool(ratelimit.consume(request, action="kring_try"))


@pytest.mark.parametrize(
    ("abusers", "innocent"),
    [
        ("198.51.100.1", "198.51.100.2"),
        ("2001:db8:0:1::{:x}", "2001:db8:0:2::1"),  # one network has 2**64 addresses; it is one client
        ("::ffff:198.51.100.1", "::ffff:198.51.100.2"),
    ],
)
def test_a_network_is_one_client_and_another_is_another(abusers: str, innocent: str) -> None:
    answers = [tries(abusers.format(n)) for n in range(MANY)]
    assert answers[0]
    assert not answers[-1]
    assert tries(innocent)


def test_everything_asks_one_function_for_the_address() -> None:
    """Whoever reads the connection's address, or the header, by hand would be told the proxy's, or anything."""
    by_hand = {
        f"{path.relative_to(ROOT)}: {word}"
        for app in LOCAL
        for path in (ROOT / app).rglob("*.py")
        for word in ("REMOTE_ADDR", "FORWARDED", "forwarded", "REAL_IP", "real-ip")
        if word in path.read_text()
    }
    assert by_hand == {
        "herstel/clients.py: FORWARDED",  # whoever came through a proxy is a visitor
        "herstel/settings.py: FORWARDED",  # Django's own setting for TLS
    }


def test_the_shipped_place_trusts_its_one_proxy_and_a_bare_one_trusts_nobody() -> None:
    assert services()["web"]["environment"]["TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-1}"
    assert settings.TRUSTED_PROXIES == 0
    assert settings.SECURE_PROXY_SSL_HEADER is None
