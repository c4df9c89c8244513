"""The cache: Valkey, and PostgreSQL while Valkey is away, so that rate limits hold and pages keep working.

What lies in either is JSON. Django's own backends unpickle what they find, and who can write the table (SQL in the web
process can) would run a program in whoever reads it.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.redis import RedisCache
from django.db import connection
from redis.exceptions import RedisError

WAIT = 5.0  # seconds before Valkey is tried again


class Plain:
    """Django's name for this is a serializer; `loads` gives None for what is no JSON."""

    def dumps(self, value: Any) -> str:
        return json.dumps(value)

    def loads(self, text: str | bytes) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None


class TableCache(BaseCache):
    """The table herstel_cache. Rows that are over are written over, or taken away by the worker (herstel/tasks.py)."""

    def _ask(self, query: str, *values: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchone()

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        row = self._ask(
            "select value from herstel_cache where cache_key = %s and expires > clock_timestamp()",
            self.make_key(key, version),
        )
        return Plain().loads(row[0]) if row else default

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._keep(key, value, timeout, version, "true")

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._keep(key, value, timeout, version, "kept.expires <= clock_timestamp()")

    def _keep(self, key: Any, value: Any, timeout: Any, version: int | None, when: str) -> bool:
        """Whether it was written: `when` says over which row that is there already."""
        query = f"""
            insert into herstel_cache as kept (cache_key, value, expires)
            values (%s, %s, coalesce(to_timestamp(%s), 'infinity'))
            on conflict (cache_key) do update set value = excluded.value, expires = excluded.expires where {when}
            returning true"""  # noqa: S608 - one of two conditions of this class
        until = self.get_backend_timeout(timeout)
        return self._ask(query, self.make_key(key, version), Plain().dumps(value), until) is not None

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        query = """update herstel_cache set expires = coalesce(to_timestamp(%s), 'infinity')
                    where cache_key = %s and expires > clock_timestamp() returning true"""
        return self._ask(query, self.get_backend_timeout(timeout), self.make_key(key, version)) is not None

    def delete(self, key: Any, version: int | None = None) -> bool:
        gone = self._ask("delete from herstel_cache where cache_key = %s returning true", self.make_key(key, version))
        return gone is not None

    def clear(self) -> None:
        self._ask("with gone as (delete from herstel_cache) select true")


class FallbackCache(BaseCache):
    """Each call goes to Valkey; when that fails, this call and those of the next seconds go to the database."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = {"socket_connect_timeout": 0.5, "socket_timeout": 1.0, "serializer": Plain}
        self.first = RedisCache(location, {**params, "OPTIONS": options})
        self.second = TableCache(params)
        self.away_until = 0.0

    def _try(self, what: Callable[[BaseCache], Any]) -> Any:
        if time.monotonic() >= self.away_until:
            try:
                return what(self.first)
            except (RedisError, OSError):
                self.away_until = time.monotonic() + WAIT
        return what(self.second)

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda c: c.add(key, value, *args, **kwargs)))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """What is no JSON, such as what an older version kept, is as good as absent."""
        value = self._try(lambda c: c.get(key, None, version))
        return default if value is None else value

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        self._try(lambda c: c.set(key, value, *args, **kwargs))

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda c: c.touch(key, *args, **kwargs)))

    def delete(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda c: c.delete(key, *args, **kwargs)))

    def clear(self) -> None:
        self._try(lambda c: c.clear())
