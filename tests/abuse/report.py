"""One line at the end of the session: "N tried, 0 lost, 0 leaked, 0 crashed".

With pytest-xdist the process that reports collects nothing, so tests/conftest.py names the hook as well.
"""

from collections import Counter
from typing import Any

from tests.abuse.tally import KINDS

TOLD = "_told_of_abuse"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    total: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "teardown":
                for name, figures in report.user_properties:
                    total.update(figures if name == "abuse" else {})
    if total["tried"] and not hasattr(terminalreporter, TOLD):
        setattr(terminalreporter, TOLD, True)
        rest = ", ".join(f"{total[kind]} {kind}" for kind in KINDS[1:])
        terminalreporter.write_sep("-", f"abuse: {total['tried']} tried, {rest}")
