"""The cache: Valkey, and PostgreSQL while Valkey is away, so that rate limits hold and pages keep working."""

import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

TABLE = "herstel_cache"
WAIT = 5.0  # seconds before Valkey is tried again


class FallbackCache(BaseCache):
    """Each call goes to Valkey; when that fails, this call and those of the next seconds go to the database."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = {"socket_connect_timeout": 0.5, "socket_timeout": 1.0}
        self.first = RedisCache(location, {**params, "OPTIONS": options})
        self.second = DatabaseCache(TABLE, params)
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

    def get(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        return self._try(lambda c: c.get(key, *args, **kwargs))

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        self._try(lambda c: c.set(key, value, *args, **kwargs))

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda c: c.touch(key, *args, **kwargs)))

    def delete(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda c: c.delete(key, *args, **kwargs)))

    def clear(self) -> None:
        self._try(lambda c: c.clear())
