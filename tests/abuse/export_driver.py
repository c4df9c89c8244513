"""The export worker, as often as it is told and killed where it is told.

A process of its own under the role of research. It reads one JSON list a line: [export, the step at which the power
goes]. Every export is a child process, so that killing it is what killing a worker is. It answers one line each: how it
ended, and how much memory it took.
"""

import json
import os
import resource
import signal
import sys
import time

import django


def main() -> None:
    django.setup()
    for line in sys.stdin:
        export, step = json.loads(line)
        print(json.dumps(run(export, step)), flush=True)


def run(export: int, step: str) -> dict[str, int]:
    child = os.fork()
    if child == 0:
        try:
            make(export, step)
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
    _pid, status, used = os.wait4(child, 0)
    return {"signal": os.WTERMSIG(status), "exit": os.WEXITSTATUS(status), "rss_MB": used.ru_maxrss // 1024}


def make(export: int, step: str) -> None:
    from research import exports, publishing

    def failpoint(at: str) -> None:
        if at == step:
            os.kill(os.getpid(), signal.SIGKILL)
        if step == f"wait {at}":  # somebody does something meanwhile, and says that it is done
            print(json.dumps("waiting"), flush=True)
            _wait_for(export)

    exports.failpoint = failpoint
    if step == "publish" or step.endswith("_published"):
        publishing.publish(export)
    elif step == "removal":
        publishing.name_removal(export)
    else:
        publishing.sweep_files()
        exports.make_export(export)


def _wait_for(export: int) -> None:
    from django.conf import settings

    flag = settings.EXPORT_ROOT / f"go-on-{export}"
    for _ in range(600):
        if flag.exists():
            return
        time.sleep(0.05)
    raise RuntimeError("nobody said that it may go on")


if __name__ == "__main__":
    # Memory of the parent would count for the children as well.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
