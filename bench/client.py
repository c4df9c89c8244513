"""A browser that keeps its connection and does nothing else: HTTP/1.1 over a socket, to this machine only."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlencode

CSRF = "b" * 32  # a secret of our own choosing: Django asks for the same in the cookie and the form
TIMEOUT = 30.0


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    location: str
    size: int


class Browser:
    """One person with a session."""

    def __init__(self, port: int, session: str) -> None:
        self.port = port
        self.cookies = f"kring={session}; csrftoken={CSRF}"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        return await self._ask("GET", path, b"")

    async def post(self, path: str, form: dict[str, str]) -> Answer:
        return await self._ask("POST", path, urlencode({"csrfmiddlewaretoken": CSRF, **form}).encode())

    async def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, method: str, path: str, body: bytes) -> Answer:
        """One request, and a second try where the server let go of a connection that had been idle."""
        fresh = self._streams is None
        began = time.perf_counter()
        try:
            return await asyncio.wait_for(self._send(method, path, body, began), TIMEOUT)
        except (ConnectionError, asyncio.IncompleteReadError):
            await self.close()
            if fresh or method == "POST":
                raise
            return await asyncio.wait_for(self._send(method, path, body, began), TIMEOUT)

    async def _send(self, method: str, path: str, body: bytes, began: float) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        writer.write(self._head(method, path, body) + body)
        status, headers = _read_head(await reader.readuntil(b"\r\n\r\n"))
        size = await _skip_body(reader, headers)
        return Answer(status, time.perf_counter() - began, headers.get("location", ""), size)

    def _head(self, method: str, path: str, body: bytes) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{self.port}", f"Cookie: {self.cookies}"]
        if method == "POST":
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode()


def _read_head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = (line.partition(": ") for line in rest if line)
    return int(first.split()[1]), {name.lower(): value for name, _colon, value in headers}


async def _skip_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> int:
    """Read all of the answer, as a browser would; how long it was."""
    if headers.get("transfer-encoding") != "chunked":
        length = int(headers.get("content-length", 0))
        await reader.readexactly(length)
        return length
    size = 0
    while True:
        length = int((await reader.readline()).split(b";")[0], 16)
        await reader.readexactly(length + 2)
        if not length:
            return size
        size += length


def percentile(seconds: list[float], part: float) -> float:
    """The value below which this part of them lies."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0
