"""What comes from outside is opened by a child that is bound, and by nothing else (docs/adr/0016)."""

import errno
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house
from django.core.files.uploadedfile import SimpleUploadedFile

from herstel import decoding, images, sounds
from herstel.refusal import Refused
from tests import hostile_files as hostile

MB = 2**20
SLACK = 1.5  # seconds: to start a process, and to see that it ended, on a busy machine
CASES = [pytest.param("picture", make, id=f"picture: {name}") for name, make in hostile.PICTURES.items()] + [
    pytest.param("sound", make, id=f"sound: {name}") for name, make in hostile.SOUNDS.items()
]
KEEPS: dict[str, Callable[[SimpleUploadedFile], Any]] = {"picture": images.keep_image, "sound": sounds.keep_sound}
DECODERS = house.ROOT / "herstel" / "decoders"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


# --- what one file may cost -----------------------------------------------------------------------------------------
@dataclass
class Cost:
    """In bytes and seconds: of the process that was asked, and of its children."""

    here: int = 0
    child: int = 0
    seconds: float = 0.0


def memory(process: str, line: str) -> int:
    try:
        found = re.search(rf"{line}:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def program(process: str) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


def children() -> set[str]:
    found = [file.read_text() for file in Path("/proc/self/task").glob("*/children") if file.exists()]
    return {child for text in found for child in text.split()}


@contextmanager
def watched() -> Iterator[Cost]:
    cost, over = Cost(), threading.Event()
    before, start = memory("self", "VmRSS"), time.monotonic()
    others = children()  # servers that other tests of this process started

    def look() -> None:
        while not over.wait(0.005):
            cost.here = max(cost.here, memory("self", "VmRSS") - before)
            for child in children() - others:
                if program(child) == program("self"):
                    continue  # not yet another program: it still shares our memory
                cost.child = max(cost.child, memory(child, "VmHWM"))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield cost
    finally:
        cost.seconds = time.monotonic() - start
        over.set()
        watcher.join()


@pytest.mark.parametrize(("kind", "make"), CASES)
def test_a_hostile_file_costs_little(kind: str, make: Callable[[], bytes], store: Path) -> None:
    """Refused with a sentence, or kept without anything but what is seen or heard; in either case cheaply."""
    upload = SimpleUploadedFile("x.jpg", make())
    refused = ""
    with watched() as cost:
        try:
            KEEPS[kind](upload)
        except Refused as error:
            refused = error.sentence
    kept = [file.read_bytes() for file in store.rglob("*") if file.is_file()]
    limits = decoding.LIMITS[kind]
    assert cost.here < 50 * MB
    assert 0 < cost.child < limits.memory
    assert cost.seconds < limits.wall + SLACK
    assert refused.endswith((".", ").")) if refused else len(kept) == 1
    assert not (refused and kept)
    for data in kept:
        assert len(data) < limits.size
        assert hostile.SECRET not in data
        assert b"PK\x03\x04" not in data
        assert b"Exif" not in data


BEYOND = {
    "memory": ("x = bytearray(600 * 2**20)", 512 * MB),
    "processor": ("while time.process_time() < 2: pass", 1),
    "wall": ("time.sleep(3)", 2),
    "size": ("data = bytes(9 * 2**20)", 8 * MB),
}


@pytest.mark.parametrize("limit", BEYOND)
def test_a_reader_that_goes_beyond_is_ended(limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each limit by itself: without this one the same reader goes on."""
    does, most = BEYOND[limit]
    body = f"    data = b''\n    {does}\n    return data, {{'survived': 1}}\n"
    plant(tmp_path, monkeypatch, "picture", "import time\ndef made(given, **most):\n" + body)
    wide = decoding.Limits(memory=2**34, processor=60, wall=60, size=2**30)
    monkeypatch.setitem(decoding.LIMITS, "picture", wide)
    assert survives("picture") == {"survived": 1}
    monkeypatch.setitem(decoding.LIMITS, "picture", replace(wide, **{limit: most}))
    assert survives("picture") is None


def test_every_kind_has_every_limit() -> None:
    for limits in decoding.LIMITS.values():
        assert (limits.memory, limits.size) <= (512 * MB, 8 * MB)
        assert limits.processor <= 5
        assert limits.wall <= 7


REACHES = {
    "a file": "open('/etc/hostname')",
    "a new file": "open('/dev/null', 'w')",
    "the network": "socket.socket()",
    "a process": "os.fork() or os._exit(0)",
    "more than it was given": "resource.setrlimit(resource.RLIMIT_NOFILE, (1, 1))",
}


ORDINARY = "    if os.geteuid() == 0: os.setuid(65534)  # root may do what it likes; in the image nobody is root\n"


@pytest.mark.parametrize("what", REACHES)
def test_a_reader_reaches_nothing(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = f"    try: {REACHES[what]}\n    except (OSError, ValueError): return b'', {{'reached': 0}}\n"
    text = f"import os, resource, socket\ndef made(given, **most):\n{ORDINARY}{tries}    return b'', {{'reached': 1}}\n"
    plant(tmp_path, monkeypatch, "picture", text)
    assert survives("picture") == {"reached": 0}
    # Its teeth: the same reader, when nothing was taken from it.
    program = tmp_path / "decoders" / "__main__.py"
    program.write_text(program.read_text().replace("    no_more_files()\n", ""))
    assert survives("picture") == {"reached": 1}


def test_a_reader_finds_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "x")
    found = (
        "{'names': sorted(os.environ), 'open': [n for n in range(3, 200) if there(n)], 'modules': sorted(sys.modules)}"
    )
    there = "def there(n):\n    try: os.fstat(n); return True\n    except OSError: return False\n"
    plant(
        tmp_path, monkeypatch, "picture", f"import os, sys\n{there}def made(given, **most):\n    return b'', {found}\n"
    )
    answer = survives("picture")
    assert answer is not None
    assert set(answer["names"]) <= {"LC_CTYPE"}  # which Python sets itself
    assert answer["open"] == []
    assert not [name for name in answer["modules"] if name.split(".")[0] in ("django", "herstel", "site", "psycopg")]


def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, text: str) -> None:
    """Another reader in the same child."""
    folder = tmp_path / "decoders"
    folder.mkdir()
    for name in ("__main__.py", "claims.py"):
        (folder / name).write_text((DECODERS / name).read_text())
    (folder / f"{kind}.py").write_text(text)
    monkeypatch.setattr(decoding, "CHILD", folder)


def survives(kind: str) -> dict[str, Any] | None:
    try:
        return decoding.decoded(kind, SimpleUploadedFile("x", b"x"))[1]
    except decoding.Unreadable:
        return None


# --- a few at once --------------------------------------------------------------------------------------------------
@contextmanager
def everybody_is_busy() -> Iterator[None]:
    with ExitStack() as taken:
        for _ in range(decoding.AT_ONCE + decoding.MAY_WAIT):
            decoding._waiting.acquire()
            taken.callback(decoding._waiting.release)
        yield


def test_who_comes_when_it_is_busy_is_told_at_once() -> None:
    with everybody_is_busy(), pytest.raises(Refused, match="even druk"):
        images.keep_image(SimpleUploadedFile("x.jpg", hostile.jpeg()))
    assert images.keep_image(SimpleUploadedFile("x.jpg", hostile.jpeg()))


def test_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "WAITS", 0.1)
    for _ in range(decoding.AT_ONCE):
        decoding._working.acquire()
    try:
        with pytest.raises(Refused, match="even druk"):
            images.keep_image(SimpleUploadedFile("x.jpg", hostile.jpeg()))
    finally:
        for _ in range(decoding.AT_ONCE):
            decoding._working.release()


def test_a_place_comes_free_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """No room on the disk, no process to be had, a child that was killed: each gives its turn back."""

    def fails(*args: Any, **more: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("TemporaryFile", "subprocess"):
        with monkeypatch.context() as broken:
            if name == "TemporaryFile":
                broken.setattr(decoding, "TemporaryFile", fails)
            else:
                broken.setattr(decoding.subprocess, "Popen", fails)
            for _ in range(decoding.AT_ONCE + decoding.MAY_WAIT + 1):
                with pytest.raises(Refused, match="even druk"):
                    images.keep_image(SimpleUploadedFile("x.jpg", hostile.jpeg()))
    assert images.keep_image(SimpleUploadedFile("x.jpg", hostile.jpeg()))


def test_one_thread_is_left_for_everybody_else() -> None:
    for text in ((house.ROOT / "Dockerfile").read_text(), (house.ROOT / "herstel/supervise.py").read_text()):
        (threads,) = re.findall(r'--blocking-threads",\s*"(\d+)"', text)
        assert int(threads) > decoding.AT_ONCE + decoding.MAY_WAIT


def test_a_transaction_may_rest_that_long() -> None:
    """A form with a picture and a voice, each at its longest, while the database waits."""
    text = (house.ROOT / "herstel/management/commands/make_roles.py").read_text()
    (rests,) = re.findall(r"herstel_web set idle_in_transaction_session_timeout = '(\d+)s'", text)
    assert sum(limits.wall + decoding.WAITS for limits in decoding.LIMITS.values()) < int(rests)
