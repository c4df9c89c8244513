"""The product's WSGI application with one address more, that does with a picture what every form does with it.

`shipped` opens it in a child; `in_the_thread` works on it in the thread of the web, as Kring once did.
"""

import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from herstel.refusal import Refused
from herstel.wsgi import application

PATH = "/hostile/"
WORKS = 1.0  # seconds of a reader


def _kept(upload: SimpleUploadedFile) -> None:
    from herstel.images import keep_image

    keep_image(upload)


def _worked_on(upload: SimpleUploadedFile) -> None:
    over = time.thread_time() + WORKS
    while time.thread_time() < over:
        sum(BytesIO(b"x" * 1000).read())


def _with(does: Callable[[SimpleUploadedFile], None]) -> Callable[..., Iterable[bytes]]:
    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH:
            return application(environ, start)
        said = b"kept"
        try:
            does(SimpleUploadedFile("x.jpg", environ["wsgi.input"].read()))
        except Refused:
            said = b"refused"
        start("200 OK", [("Content-Type", "text/plain")])
        return [said]

    return app


shipped = _with(_kept)
in_the_thread = _with(_worked_on)
