"""A checkout in a folder of any kind, owned by anybody, and commands that its owner gives there."""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from importlib.util import cache_from_source
from pathlib import Path

from packaging.requirements import Requirement

from herstel.embedded.processes import Account
from herstel.services import CHECKOUT

PACKAGES = Path(site.getsitepackages()[0])


# Gone when this process is.
_COPY = tempfile.TemporaryDirectory(prefix="kring-python-", dir="/tmp")


@dataclass(frozen=True)
class Owner:
    """Somebody who works in a checkout, and how much others may see of the folder above it."""

    name: str
    account: Account
    mode: int
    umask: int = 0o022


def owners() -> list[Owner]:
    """Everybody whom this process can be. Only root can be somebody else as well."""
    if os.geteuid():
        return [Owner("oneself", Account(os.geteuid(), os.getegid(), switch=False), mode) for mode in (0o700, 0o755)]
    nobody = pwd.getpwnam("nobody")
    root = Account(0, 0, switch=False)
    return [
        Owner("root-in-a-home", root, 0o700),
        Owner("root-in-public", root, 0o755),
        Owner("root-with-a-strict-umask", root, 0o755, umask=0o077),
        Owner("a-user", Account(nobody.pw_uid, nobody.pw_gid, switch=True), 0o700),
    ]


@dataclass
class Checkout:
    owner: Owner
    folder: Path
    packages: Path
    python: Path

    def run(self, *command: str, seconds: int = 120, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(**environment),
            **self.owner.account.popen_options(),
            umask=self.owner.umask,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )

    def start(self, *command: str, output: Path) -> subprocess.Popen[str]:
        with output.open("w") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment(),
                **self.owner.account.popen_options(),
                umask=self.owner.umask,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder.parent),
            "LD_LIBRARY_PATH": str(self.python.parent.parent / "lib"),
            "PYTHONPATH": str(self.packages),
            "PYTHONDONTWRITEBYTECODE": "1",
            **more,
        }


@contextmanager
def checkout(owner: Owner, folder: str, needed: Iterable[str]) -> Iterator[Checkout]:
    """The files of this checkout, and the packages that are needed, which their user may read and nobody changes."""
    # Not in pytest's own folder: that one is closed to everybody else.
    above = Path(tempfile.mkdtemp(prefix="kring-test-", dir="/tmp")).resolve()
    try:
        base = above / folder / "kring"
        files = _files()
        for name in (*files, *_compiled_here(files)):
            _copy(CHECKOUT / name, base / name)
        for path in (above, *above.rglob("*")):
            os.chown(path, owner.account.uid, owner.account.gid, follow_symlinks=False)
        packages = base.with_name("packages")
        for name in _files_of(needed):
            _link(PACKAGES / name, packages / name)
        for path in (packages, *packages.rglob("*")):
            if path.is_dir():
                path.chmod(0o555 & ~owner.umask)
        above.chmod(owner.mode)
        yield Checkout(owner, base, packages, _python_for(owner.account))
    finally:
        shutil.rmtree(above, ignore_errors=True)


def _files() -> list[str]:
    """What git knows, as it is now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.split("\0") if name and not name.startswith("tests/")]
    return [name for name in names if (CHECKOUT / name).is_file()]


def _compiled_here(names: Iterable[str]) -> list[str]:
    """What Python made of ours before, as a checkout has that was used once."""
    cached = [Path(cache_from_source(name)) for name in names if name.endswith(".py")]
    return [str(path) for path in cached if (CHECKOUT / path).is_file()]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def _link(source: Path, target: Path) -> None:
    """As an installer does from its cache; another file system gets a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _files_of(needed: Iterable[str]) -> set[str]:
    """The files of these distributions and of everything they need."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()  # a distribution and one of its extras; "" is itself
    waiting = [(Requirement(line), "") for line in needed]
    while waiting:
        requirement, of_extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": of_extra}):
            continue
        for extra in ("", *requirement.extras):
            if (requirement.name, extra) not in seen:
                seen.add((requirement.name, extra))
                found.add(requirement.name)
                waiting += [(Requirement(line), extra) for line in distribution(requirement.name).requires or []]
    files = {str(file) for name in found for file in distribution(name).files or []}
    return {file for file in files if not file.startswith("..") and (PACKAGES / file).is_file()} | _compiled(files)


def _compiled(files: set[str]) -> set[str]:
    """What Python made of these, so that it need not do so again in every copy."""
    folders = {Path(file).parent / "__pycache__" for file in files}
    return {str(path.relative_to(PACKAGES)) for folder in folders for path in (PACKAGES / folder).glob("*.pyc")}


@functools.cache
def _python_for(account: Account) -> Path:
    """The interpreter, or a copy of it when it lies where this user may not come."""
    version = f"python3.{sys.version_info.minor}"
    home = Path(sys.base_prefix)
    if account.can("-x", home / "bin" / version):
        return home / "bin" / version
    copy = Path(_COPY.name)
    copy.chmod(0o755)
    _copy(home / "bin" / version, copy / "bin" / version)
    unneeded = shutil.ignore_patterns("site-packages", "test", "idlelib")
    shutil.copytree(home / "lib" / version, copy / "lib" / version, ignore=unneeded)
    for library in home.glob("lib/libpython*.so*"):
        _copy(library, copy / "lib" / library.name)
    return copy / "bin" / version
