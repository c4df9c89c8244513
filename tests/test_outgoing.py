"""One function for every call to the outside: nothing on the inside is ever connected to (docs/adr/0017)."""

import ast
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.apps import apps
from django.conf import settings as house
from django.test import RequestFactory

from herstel import outgoing, push
from herstel.accounts import OrganisationAdapter

NAME = "fcm.googleapis.com"
PUBLIC = "142.250.1.95"
INNER = [
    *("127.0.0.1", "127.0.0.77", "0.0.0.0", "10.0.0.5", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1"),
    *("::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "198.18.0.1", "192.0.2.1"),
]
HOSTS = [
    *("127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "localhost", "[::1]", "[::ffff:127.0.0.1]"),
    *("[::ffff:7f00:1]", "[fe80::1%25lo]", "169.254.169.254", "postgres", "valkey", "kring.internal"),
    *(f"127.0.0.77\\.{NAME}", f"127.0.0.77\\@{NAME}", f"127.0.0.1#.{NAME}", f"127.0.0.1#@{NAME}", f"127.0.0.1?.{NAME}"),
    *(
        f"{NAME}@127.0.0.1",
        f"x:y@{NAME}",
        f"@{NAME}",
        f"127.0.0.1%2f.{NAME}",
        f"127.0.0.1%00.{NAME}",
        f"127.0.0.1%5c.{NAME}",
    ),
    *(
        f"127.0.0.1\n.{NAME}",
        f"127.0.0.1\r\n.{NAME}",
        f"127.0.0.1\t.{NAME}",
        f"127.0.0.1 .{NAME}",
        f"127.0.0.1\0.{NAME}",
    ),
    *(
        f"{NAME}.",
        f"{NAME}..",
        f".{NAME}",
        f"a..{NAME}",
        f"-.{NAME}",
        f"{NAME.upper()}",
        "Fcm.GoogleApis.com",
        f"x{NAME}",
    ),
    *(f"{NAME}.kring.example", f"x-{NAME}", f"{NAME}:80", f"{NAME}:8443", f"{NAME}:", f"{NAME}:443:80", f"{NAME}:0443"),
    *(
        "fcm。googleapis。com",
        "ｆcm.googleapis.com",
        "fcm.googleapıs.com",
        "xn--fcm-x.googleapis.com",
        f"é.{NAME}",
        "①27.0.0.1",
    ),
    *("googleapis.com", "com", "", " ", f"127.0.0.1;.{NAME}", f"127.0.0.1,.{NAME}", f"127.0.0.1_.{NAME}", f"[{NAME}]"),
]
HOSTILE = [f"https://{host}/x" for host in HOSTS] + [
    *(f"http://{NAME}/x", f"HTTPS://{NAME}/x", f"//{NAME}/x", "/x", f"https:/{NAME}/x", f"https:///{NAME}/x"),
    *(f"https:\\\\{NAME}/x", f" https://{NAME}/x", f"https://{NAME}/x ", f"https://{NAME}/x\n", f"https://{NAME}\\x"),
    *(f"file://{NAME}/etc/passwd", "file:///etc/passwd", f"ftp://{NAME}/", f"gopher://{NAME}/_x", f"ws://{NAME}/"),
    *(f"https://{NAME}/\r\nHost: inner", f"https://{NAME}?x", f"https://{NAME}#x", f"javascript://{NAME}/", ""),
]


class Wires:
    """What names lead to, and every connection that is tried: all of them end at a listener on loopback."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.leads_to: list[list[str]] = [[PUBLIC]]
        self.asked = 0
        self.tried: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.real = socket.socket.connect
        wires = self

        def connect(self: socket.socket, address: Any) -> None:
            wires.tried.append(str(address[0]))
            wires.real(self, wires.listener.getsockname())

        monkeypatch.setattr(socket.socket, "connect", connect)
        monkeypatch.setattr(socket, "getaddrinfo", self.find)

    def find(self, host: Any, port: Any, *args: Any, **more: Any) -> list[Any]:
        try:
            given = [str(ipaddress.ip_address(host))]  # an address leads to itself
        except ValueError:
            given = self.leads_to[min(self.asked, len(self.leads_to) - 1)]
            self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in given]


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wires]:
    made = Wires(monkeypatch)
    yield made
    made.listener.close()


def called(url: str) -> Exception | None:
    try:
        outgoing.session(house.PUSH_SERVICES).post(url, b"x")
    except requests.RequestException as error:
        return error
    return None


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_not_even_looked_up(wires: Wires, url: str) -> None:
    wires.leads_to = [["127.0.0.1"]]
    assert not push.is_push_service(url)
    assert isinstance(called(url), outgoing.NotAllowed)
    assert not wires.tried
    assert not wires.asked


@pytest.mark.parametrize("address", INNER)
@pytest.mark.parametrize("beside", [[], [PUBLIC]], ids=["alone", "beside a public one"])
def test_a_name_of_the_list_that_leads_inside_is_not_called(wires: Wires, address: str, beside: list[str]) -> None:
    for order in ([address, *beside], [*beside, address]):
        wires.leads_to = [order]
        assert called(f"https://127.0.0.77.{NAME}/x") is not None
    assert not wires.tried


def test_its_teeth(wires: Wires, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the address is not looked at, the listener on the inside is called."""
    monkeypatch.setattr(outgoing, "is_public", lambda address: True)
    monkeypatch.setattr(outgoing, "READ", 0.1)
    wires.leads_to = [["127.0.0.1"]]
    called(f"https://{NAME}/x")
    assert wires.tried == ["127.0.0.1"]


def test_the_address_that_was_looked_at_is_called(wires: Wires, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that gives another answer the second time is not asked a second time."""
    monkeypatch.setattr(outgoing, "READ", 0.1)
    wires.leads_to = [[PUBLIC], ["127.0.0.1"]]
    called(f"https://{NAME}/x")
    assert wires.tried == [PUBLIC]
    assert wires.asked == 1


# --- what a service may answer --------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(1))
        .not_valid_after(now + datetime.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    path = tmp_path_factory.mktemp("tls") / "service.pem"
    path.write_bytes(key.private_bytes(*form, plain) + made.public_bytes(serialization.Encoding.PEM))
    return path


def answered(wires: Wires, certificate: Path, answer: bytes, url: str = f"https://{NAME}/x") -> requests.Response:
    """What our session makes of a real TLS server that gives this answer."""

    def serve() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        while True:
            try:
                plain, _address = wires.listener.accept()
                with context.wrap_socket(plain, server_side=True) as heard:
                    heard.recv(65536)
                    heard.sendall(answer)
            except ssl.SSLError:
                continue
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    asks = outgoing.session([NAME, "kring.example"])
    asks.verify = str(certificate)
    return asks.get(url)


def response(status: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "Connection: close", "", ""]).encode() + body


def test_an_answer_arrives(wires: Wires, certificate: Path) -> None:
    assert answered(wires, certificate, response("200 OK", body=b"yes")).text == "yes"


def test_the_certificate_is_that_of_the_name(wires: Wires, certificate: Path) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        answered(wires, certificate, response("200 OK"), "https://kring.example/x")


@pytest.mark.parametrize(
    "to", ["https://127.0.0.1/", "http://10.0.0.1/", f"https://{NAME}/y", "/y", "file:///etc/passwd"]
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_followed(wires: Wires, certificate: Path, status: int, to: str) -> None:
    found = answered(wires, certificate, response(f"{status} X", f"Location: {to}", body=b"x" * 100))
    assert found.status_code == status
    assert wires.tried == [PUBLIC]


@pytest.mark.parametrize("status", ["200 OK", "302 X", "500 X"])
def test_a_long_answer_is_not_read(wires: Wires, certificate: Path, status: str) -> None:
    long = response(status, "Location: /y", body=b"x" * (outgoing.MOST_BYTES + 200_000))
    with pytest.raises(requests.RequestException):
        answered(wires, certificate, long)


# --- who calls ------------------------------------------------------------------------------------------------------
def test_organisations_are_called_in_the_same_way(settings: Any) -> None:
    app = {
        "server_url": "https://login.kring.example/.well-known/openid-configuration",
        "hosts": ["keys.kring.example"],
    }
    settings.OIDC_PROVIDERS = [{"provider_id": "x", "settings": app}]
    asks = OrganisationAdapter(RequestFactory().get("/")).get_requests_session()
    assert isinstance(asks, outgoing._Session)
    assert asks.hosts == ["login.kring.example", "keys.kring.example"]
    assert list(asks.adapters) == ["https://"]


CLIENTS = {"requests", "urllib3", "http.client", "urllib.request", "aiohttp", "httpx", "ftplib", "smtplib", "socket"}
CLIENTS |= {"telnetlib", "imaplib", "poplib", "xmlrpc.client", "asyncio", "ssl", "pywebpush"}
# Who may name one: the function itself; who sends through its session; and what runs servers on this machine, which
# looks whether its own part on 127.0.0.1 answers.
MAY = {
    "herstel/outgoing.py",
    "herstel/push.py",
    "herstel/accounts.py",
    "herstel/supervise.py",
    "herstel/embedded/ports.py",
}


def clients_in(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{each.name}" for each in node.names}
    return {name for name in found if name in CLIENTS or name.split(".")[0] in CLIENTS}


def product() -> list[Path]:
    ours = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == house.ROOT]
    return [file for folder in ours for file in folder.rglob("*.py")]


def test_nothing_else_calls_outside() -> None:
    found = {str(file.relative_to(house.ROOT)) for file in product() if clients_in(file.read_text())}
    assert found == MAY
    for name in ("herstel/accounts.py", "herstel/push.py"):
        tree = ast.parse((house.ROOT / name).read_text())
        calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert "outgoing.session" in calls
        assert not {call for call in calls if call.startswith("requests.")}


@pytest.mark.parametrize(
    "text",
    [
        "import requests",
        "def f():\n    from urllib.request import urlopen",
        "from http import client",
        "import http.client",
        "from socket import create_connection",
        "import aiohttp as x",
        "import urllib.request, os",
    ],
)
def test_another_client_is_noticed(text: str) -> None:
    assert clients_in(text)
