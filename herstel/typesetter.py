"""A process that typesets one paper and ends: `herstel/papers.py` starts it, docs/adr/0016 says why.

Signs that stack or join can keep typst at work for minutes, in a text that fits its field.
"""

import json
import os
import resource
import signal
import sys


def main() -> None:
    task = json.loads(sys.stdin.buffer.read())
    limits = task["limits"]
    os.nice(5)
    signal.alarm(limits["wall"])
    for what, most in ((resource.RLIMIT_DATA, limits["memory"]), (resource.RLIMIT_CPU, limits["processor"])):
        resource.setrlimit(what, (most, most))
    sys.path.append(task["packages"])
    import typst  # bound before it is loaded

    try:
        made = typst.compile(
            task["template"],
            sys_inputs={"data": json.dumps(task["data"])},
            font_paths=[task["fonts"]],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
        )
    except typst.TypstError:  # what cannot be tagged, or has no letter
        os._exit(1)
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
