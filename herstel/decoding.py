"""What comes from outside is opened in a process of its own, which may use little and can reach nothing.

A file of a few kilobytes can make a reader take a gigabyte, or work for half an hour (docs/adr/0016). Here a thread of
the web waits for a child that is bound; no reader is imported in this process.
"""

import json
import logging
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from herstel.refusal import Refused

log = logging.getLogger(__name__)
CHILD = Path(__file__).parent / "decoders"
MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    memory: int  # bytes, of addresses: what is used is less
    processor: int  # seconds
    wall: int  # seconds
    size: int  # bytes of what is made


# A picture and a voice in one form, each waited for: together they stay under the 15 seconds that the database lets a
# transaction rest (`make_roles`).
LIMITS = {
    "picture": Limits(memory=512 * MB, processor=3, wall=5, size=8 * MB),
    "sound": Limits(memory=384 * MB, processor=5, wall=7, size=8 * MB),
}
# Of the four threads of a web process (Dockerfile) one is always left for everybody else.
AT_ONCE = 2
MAY_WAIT = 1
WAITS = 1.0  # seconds
_waiting = threading.BoundedSemaphore(AT_ONCE + MAY_WAIT)
_working = threading.BoundedSemaphore(AT_ONCE)


class Unreadable(Exception):
    """It is not what it should be. One word that says why: of `decoders`, or `unknown` when its process was ended."""


def decoded(kind: str, upload: UploadedFile, **most: int) -> tuple[bytes, dict[str, Any]]:
    """The file made anew, and what is known of it. Raises Unreadable, or Refused when too many ask at once."""
    task = {"kind": kind, "limits": asdict(LIMITS[kind]), "most": most, "packages": sysconfig.get_path("platlib")}
    with turn():
        try:
            with TemporaryFile() as given, TemporaryFile() as made:
                for part in upload.chunks():
                    given.write(part)
                given.seek(0)
                status = _run(task, given, made)
                made.seek(0)
                said, _line, data = made.read().partition(b"\n")
        except OSError as error:  # no room for a file or a process
            log.warning("no process for a file from outside (%s)", type(error).__name__)
            raise Refused(busy()) from error
    answer = json.loads(said) if status == 0 else {"refused": "unknown"}
    if "refused" in answer:
        log.info("a %s was refused (%s, %s)", kind, answer["refused"], status)
        raise Unreadable(answer["refused"])
    return data, answer


def busy() -> str:
    return _("Het is even druk. Probeer het over een minuut nog eens.")


@contextmanager
def turn() -> Iterator[None]:
    if not _waiting.acquire(blocking=False):
        raise Refused(busy())
    try:
        if not _working.acquire(timeout=WAITS):
            raise Refused(busy())
        try:
            yield
        finally:
            _working.release()
    finally:
        _waiting.release()


def _run(task: dict[str, Any], given: IO[bytes], made: IO[bytes]) -> int:
    """How the child ended; 0 when it answered. It binds itself before it reads (a `preexec_fn` is unsafe in threads).

    -I and -S: no variables, no folders of a user, no site; and its environment is empty.
    """
    command = [sys.executable, "-I", "-S", "-B", str(CHILD), json.dumps(task)]
    child = subprocess.Popen(command, stdin=given, stdout=made, stderr=subprocess.DEVNULL, env={}, cwd="/")  # noqa: S603
    try:
        return child.wait(task["limits"]["wall"])
    except subprocess.TimeoutExpired:
        return -1
    finally:
        child.kill()
        child.wait()
