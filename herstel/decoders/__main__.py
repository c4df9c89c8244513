"""A process that opens one file from outside and ends: `herstel/decoding.py` starts it, docs/adr/0016 says why.

The file comes in at stdin, what was made of it goes out at stdout: a line of JSON, then the bytes. This folder imports
nothing of Django or of the rest of Kring, so that a reader that is broken open finds no settings and no secrets here.
"""

import importlib
import json
import os
import resource
import signal
import sys


def main() -> None:
    task = json.loads(sys.argv[1])
    bind(**task["limits"])
    sys.path.append(task["packages"])
    reader = importlib.import_module(task["kind"])
    refusal = importlib.import_module("claims").Refusal
    no_more_files()
    try:
        data, said = reader.made(sys.stdin.buffer, **task["most"])
    except refusal as error:
        data, said = b"", {"refused": str(error)}
    except Exception:  # readers raise whatever a broken file makes them raise
        data, said = b"", {"refused": "unknown"}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + data)
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing to tidy, and libraries that tidy a broken file may fail


def bind(*, memory: int, processor: int, wall: int, size: int) -> None:
    """Before anything is read: what this process may use, also when nobody watches it any more."""
    os.nice(5)
    signal.alarm(wall)
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_FSIZE, size),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def no_more_files() -> None:
    """All libraries are loaded: from here on no file and no connection can be opened, and no process started."""
    for what in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
        resource.setrlimit(what, (0, 0))


if __name__ == "__main__":
    main()
