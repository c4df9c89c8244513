"""Counts of what was tried, and a list of what went wrong, so that one bad answer does not hide the next."""

from collections import Counter
from dataclasses import dataclass, field

KINDS = ("tried", "lost", "leaked", "crashed")
MOST_SHOWN = 400


@dataclass
class Tally:
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def tried(self, n: int = 1) -> None:
        self.counts["tried"] += n

    def lost(self, what: str) -> None:
        """Something that was typed or done is gone, doubled, or was taken from somebody who may not do it."""
        self._wrong("lost", what)

    def leaked(self, what: str) -> None:
        self._wrong("leaked", what)

    def crashed(self, what: str) -> None:
        self._wrong("crashed", what)

    def judge(self) -> None:
        """Fail with everything that was found."""
        assert not self.wrong, f"{len(self.wrong)} wrong\n" + "\n".join(self.wrong[:MOST_SHOWN])

    def figures(self) -> dict[str, int]:
        return {kind: self.counts[kind] for kind in KINDS}

    def _wrong(self, kind: str, what: str) -> None:
        self.counts[kind] += 1
        self.wrong.append(f"{kind}: {what}")
