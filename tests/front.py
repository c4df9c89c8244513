"""A place behind the real proxy, and visitors with an address of their own: what tests of the front door share."""

import http.client
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from herstel.supervise import web
from tests import harness
from tests.browser.place import READY_WITHIN, Place, wait_for

UNVERIFIED = ssl._create_unverified_context()  # the proxy signs its own certificate in a test


class Behind(Place):
    """The web server as it runs behind one proxy that speaks TLS; without workers."""

    def start(self) -> None:
        harness.clone(harness.ensure_template(), self.database)
        self.valkey.start()
        static = {"STATIC_ROOT": str(self._collect_static())}
        self._run("web", "web", web("127.0.0.1", self.port, workers=1), static)
        wait_for(self._answers, "the server to answer", 2 * READY_WITHIN)

    def environment(self, role: str) -> dict[str, str]:
        return super().environment(role) | {"SITE_URL": "https://localhost", "TRUSTED_PROXIES": "1"}

    def mailed_code(self, address: str) -> str:
        query = "select context ->> 'code' from herstel_outgoingmail where address = %s order by id desc limit 1"
        return str(self.sql(query, address)[0][0])


@contextmanager
def behind(root: Path) -> Iterator[Behind]:
    place = Behind(root, f"kring_run_{os.getpid()}_front")
    try:
        place.start()
        yield place
    finally:
        place.stop()


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def cookies(self) -> SimpleCookie:
        found: SimpleCookie = SimpleCookie()
        for line in self.headers.get_all("Set-Cookie", []):
            found.load(line)
        return found


@dataclass
class Visitor:
    """A browser at this source address. `says`: headers that it adds to every request, to look like another."""

    address: str
    source: str = "127.0.0.1"
    kept: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, says: Mapping[str, str] | None = None) -> Answer:
        return self._ask("GET", path, None, says or {})

    def post(self, path: str, data: dict[str, str], says: Mapping[str, str] | None = None) -> Answer:
        """A form as the page has it: fetched first, with its token."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path, says).text)
        assert token, f"{path} has no form"
        return self._ask("POST", path, urlencode(data | {"csrfmiddlewaretoken": token[1]}), says or {})

    def _ask(self, method: str, path: str, body: str | None, says: Mapping[str, str]) -> Answer:
        to = urlsplit(self.address)
        kind = http.client.HTTPSConnection if to.scheme == "https" else http.client.HTTPConnection
        options = {"context": UNVERIFIED} if to.scheme == "https" else {}
        connection = kind(to.hostname or "", to.port, timeout=30, source_address=(self.source, 0), **options)
        cookies = "; ".join(f"{name}={value}" for name, value in self.kept.items())
        headers = {"Cookie": cookies, "Origin": self.address, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, body, headers | dict(says))
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read().decode(errors="replace"))
        connection.close()
        self.kept |= {name: morsel.value for name, morsel in answer.cookies.items()}
        return answer
