"""A web application that breaks outside of Django, where only the server is left to tell of it."""

from typing import Any

from herstel.wsgi import application as house


def application(environ: dict[str, Any], start_response: Any) -> Any:
    given = house(environ, start_response)
    if environ["PATH_INFO"].startswith("/health/"):
        return given
    raise ValueError(f"CANARY {environ['PATH_INFO']} {environ['QUERY_STRING']} {given!r}")
