"""Files that people upload, made anew by `images` or `sounds`: kept out of the web root, sent through a view's rule."""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

TYPES = {".jpg": "image/jpeg", ".m4a": "audio/mp4"}
SWEPT_AFTER = 24 * 3600  # seconds
_kept: ContextVar[list[str]] = ContextVar("kept")
# A name as `keep` gives one. A column may hold anything that SQL wrote there, and no path may come of that.
NAME = re.compile(rf"[0-9A-Za-z_-]+({'|'.join(map(re.escape, TYPES))})")
RANGE = re.compile(r"bytes=(\d{1,12})-(\d{1,12})?")


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """What is kept in here goes again when it ends in a refusal: no picture stays whose voice was none."""
    kept: list[str] = []
    token = _kept.set(kept)
    try:
        yield
    except BaseException:
        for name in kept:
            remove_file(name)
        raise
    finally:
        _kept.reset(token)


def keep(data: bytes, suffix: str) -> str:
    """Store this under a random name; the name."""
    name = secrets.token_hex(16) + suffix
    _kept.get([]).append(name)
    path_of(name).parent.mkdir(parents=True, exist_ok=True)
    path_of(name).write_bytes(data)
    return name


def path_of(name: str) -> Path:
    """Where the file of this name lies; Http404 for what is no name of a file of ours."""
    if not NAME.fullmatch(name):
        raise Http404
    return Path(settings.MEDIA_ROOT) / name[:2] / name


def remove_file(name: str) -> None:
    """Take a file away that nothing points at any more."""
    if NAME.fullmatch(name):
        path_of(name).unlink(missing_ok=True)


def sweep_files() -> int:
    """Take away what was left by drafts that were thrown away or forms that never came; how many that were.

    A file of today may belong to a page that is being sent right now.
    """
    old = time.time() - SWEPT_AFTER
    found = [f.name for f in Path(settings.MEDIA_ROOT).glob("??/*") if f.suffix in TYPES and f.stat().st_mtime < old]
    return remove_unused(found)


def remove_unused(names: list[str]) -> int:
    """By the worker: take away those of these files that no row names (any more); how many that were."""
    with connection.cursor() as cursor:
        cursor.execute("select doors.unused_files(%s)", [names])
        unused = [name for (name,) in cursor.fetchall()]
    for name in unused:
        remove_file(name)
    return len(unused)


def send_file(request: HttpRequest, name: str, called: str) -> HttpResponseBase:
    """The file, for a view that found its row through the rule; a part of it when the browser asks for a part.

    Players on an iPhone play nothing that cannot be asked for in parts (RFC 9110, section 14).
    """
    file = path_of(name)
    if not file.is_file():
        raise Http404
    kind, size = TYPES[file.suffix], file.stat().st_size
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    response: HttpResponseBase
    if asked and int(asked[1]) < size:
        first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
        with file.open("rb") as opened:
            opened.seek(first)
            response = HttpResponse(opened.read(max(0, last - first + 1)), status=206, content_type=kind)
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    else:
        response = FileResponse(file.open("rb"), content_type=kind)
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = f'inline; filename="{called}{file.suffix}"'
    return response
