"""`manage.py` in a process of its own for each command, and yet Django is read once: one process does, and forks."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Forking:
    """Commands one after the other, with an environment that stays the same."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.forking"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        assert self.process.stdin
        assert self.process.stdout
        with tempfile.TemporaryDirectory() as folder:
            said = [Path(folder, name) for name in ("out", "err")]
            print(json.dumps([*map(str, said), *command]), file=self.process.stdin, flush=True)
            code = int(self.process.stdout.readline())
            out, err = (file.read_text() for file in said)
        return subprocess.CompletedProcess(list(command), code, out, err)

    def stop(self) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait(10)


def _serve() -> None:
    import django

    os.environ["HERSTEL_ROLE"] = "owner"
    django.setup()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(*json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(out: str, err: str, *command: str) -> None:
    from django.core.management import execute_from_command_line

    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    code = 0
    try:
        execute_from_command_line(["manage.py", *command])
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve()
