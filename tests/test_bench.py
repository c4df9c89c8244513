"""The measuring itself: sessions that the server takes for its own, and arithmetic that says what it should."""

import asyncio
from typing import Any

import pytest
from django.conf import settings
from django.urls import resolve

from bench import pages, people, report, walk
from bench.client import Browser, _read_head, percentile
from bench.people import People, Somebody
from herstel.models import User
from herstel.sessions import SessionStore
from herstel.sides import side_of

JAN = Somebody("participant", "key", {"goal": "k7m2q9xwb"})
ANS = Somebody("member", "key", {"place": "k7m2q9xwb", "meeting": "k7m2q9xwb", "goal": "k7m2q9xwb"})
MO = Somebody("team", "key", {}, groups=10)
WORLDS = [{"name": name, "participants": n, "rows": 9, "seconds": 1.0} for name, n in (("small", 20), ("large", 2000))]


def test_a_session_of_the_bench_is_one_that_django_reads() -> None:
    data = {"_auth_user_id": "7", "second_factor": True}
    assert SessionStore().decode(people._encoded(data, settings.SECRET_KEY)) == data
    user = User(email="a@b.example", password="!")
    assert people._session_hash("!", settings.SECRET_KEY) == user.get_session_auth_hash()


def test_every_page_that_is_walked_to_exists() -> None:
    measured = [path for asked in pages.pages_of(People([JAN], [ANS], [MO])).values() for _who, path in asked]
    for path in {*measured, *walk.places(JAN), *walk.places(ANS), *walk.places(MO)}:
        assert side_of(path), "or who is signed in gets no page at all"
        assert path == pages.YARDSTICK or resolve(path)


def test_an_address_without_what_differs_between_people() -> None:
    assert walk._page("/doelen/k7m2q9xwb/") == "/doelen/…/"
    assert walk._page("/hoe-gaat-het/klaar/") == "/hoe-gaat-het/klaar/"


def test_percentiles() -> None:
    assert percentile([float(n) for n in range(100)], 0.95) == 95
    assert percentile([], 0.95) == 0


def test_growth_is_of_each_turn_beside_the_next_one() -> None:
    assert pages.growth([100, 10, 100], [50, 5, 100]) == 2
    assert pages.growth([1.0], [0.0]) == float("inf")


def test_answers_are_read_to_the_end() -> None:
    """A keep-alive connection is only of use when nothing of the last answer is left in it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for body in (b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\n" + body)
        writer.close()

    async def ask() -> list[int]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        browser = Browser(server.sockets[0].getsockname()[1], "key")
        sizes = [(await browser.get("/")).size, (await browser.get("/")).size]
        await browser.close()
        server.close()
        return sizes

    assert asyncio.run(ask()) == [5, 3]
    assert _read_head(b"HTTP/1.1 302 Found\r\nLocation: /begin/\r\n\r\n") == (302, {"location": "/begin/"})


def results(**changed: Any) -> dict[str, Any]:
    page = {"per_second": 90.0, "errors": 0, "p50_ms": 9.0, "p95_ms": 20.0, "work_ms": 9.0, "kB": 9.0}
    return {
        "worlds": WORLDS,
        "pages": {"begin": {"small": page, "large": page, "growth": 1.0, "work_growth": 1.0}},
    } | changed


def test_what_is_as_it_should_be_gets_no_remark() -> None:
    assert report.judge(results()) == []


@pytest.mark.parametrize(
    ("changed", "remark"),
    [
        ({"walk": {"errors": 2, "p95_ms": 20}}, "the walk: 2 errors"),
        ({"walk": {"errors": 0, "p95_ms": 400}}, "the walk: p95 400 ms"),
        ({"export": {"peak_MB": 300}}, "the export: 300 MB"),
    ],
)
def test_what_is_not_as_it_should_be_is_said(changed: dict[str, Any], remark: str) -> None:
    assert report.judge(results(**changed)) == [remark]


def test_a_page_that_grows_with_the_world_is_said() -> None:
    grown = results()
    grown["pages"]["begin"]["growth"] = 1.6
    assert report.judge(grown) == ["Begin: 1.6 × as slow in the large world"]
