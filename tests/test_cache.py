"""The table that the cache falls back on: what lies in it is text, whoever wrote it."""

import base64
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import connection
from django.test import Client
from pytest_django import Settings

from herstel.cache import FallbackCache, Plain, TableCache
from herstel.policies import LOCAL
from herstel.tasks import PULSE, sweep
from tests.harness import role

pytestmark = pytest.mark.django_db
ROOT = Path(django_settings.ROOT)


class Program:
    """Unpickled, it leaves a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return Path.write_text, (self.trace, "ran")


PICKLES = re.compile(r"^\s*(from|import)\b.*\bpickle\b", re.M)


def put(key: str, value: str) -> None:
    """As SQL in the web process may."""
    with connection.cursor() as cursor:
        cursor.execute("insert into herstel_cache values (%s, %s, now() + interval '1 day')", [key, value])


def test_what_sql_puts_there_is_no_program(settings: Settings, tmp_path: Path) -> None:
    nowhere = {"BACKEND": "herstel.cache.FallbackCache", "LOCATION": f"unix://{tmp_path / 'nowhere.sock'}"}
    settings.CACHES = {"default": nowhere}
    trace = tmp_path / "trace"
    put(TableCache({}).make_key(PULSE), base64.b64encode(pickle.dumps(Program(trace))).decode())
    assert caches["default"].get(PULSE) is None
    assert Client(raise_request_exception=False).get("/health/ready").status_code == 503
    assert not trace.exists()


def test_nothing_of_ours_unpickles() -> None:
    sources = [path for app in LOCAL for path in (ROOT / app).rglob("*.py")]
    assert [str(path) for path in sources if PICKLES.search(path.read_text())] == []
    assert [str(path) for path in sources if "backends.db" in path.read_text()] == []
    cache = FallbackCache("unix:///nowhere.sock", {})
    assert isinstance(cache.first._cache._serializer, Plain)


@pytest.mark.parametrize("kept", ["[" * 100_000, "no json", b"\x80\x04K\x01.", ""])
def test_what_is_no_json_is_as_good_as_absent(
    kept: str | bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Valkey too: an older version kept pickles there."""
    assert Plain().loads(kept) is None
    cache = FallbackCache(f"unix://{tmp_path / 'nowhere.sock'}", {})
    monkeypatch.setattr(cache.first, "get", lambda *args: Plain().loads(kept))
    assert cache.get("x", []) == []


def test_what_is_over_goes(tmp_path: Path) -> None:
    cache = TableCache({})
    cache.set("over", 1, -1)
    cache.set("stays", 1)
    with role("herstel_worker"):
        sweep(system=True)
    with connection.cursor() as cursor:
        cursor.execute("select cache_key like '%stays' from herstel_cache")
        assert cursor.fetchall() == [(True,)]


def test_it_keeps_what_a_cache_keeps(tmp_path: Path) -> None:
    cache = FallbackCache(f"unix://{tmp_path / 'nowhere.sock'}", {})
    for value in (1, "één", [1.5, 2.5], {"a": None}, True):
        cache.set("x", value)
        assert cache.get("x") == value
    assert cache.get("y", "nothing") == "nothing"
    assert cache.add("y", 1)
    assert not cache.add("y", 2)
    assert cache.incr("y") == 2
    assert cache.touch("y", 60)
    assert cache.get_many(["x", "y", "z"]) == {"x": True, "y": 2}
    cache.delete("y")
    assert cache.get("y") is None
    cache.set("over", 1, -1)
    assert cache.get("over") is None
    assert not cache.touch("over")
    assert cache.add("over", 2, None)
    assert cache.get("over") == 2
    cache.clear()
    assert cache.get("x") is None
