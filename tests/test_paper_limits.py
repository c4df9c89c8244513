"""Paper for whatever somebody typed: typst is bound, because some signs keep it at work for minutes."""

import time
from dataclasses import replace

import pytest

from herstel import papers
from herstel.refusal import Refused
from supportgroups.views.card import PAPERS
from tests.sampling import DEEP, some
from tests.test_decoding import everybody_is_busy

LONG = 200_000  # characters; more than any field takes
TEXTS = {
    "words": "Rustig lezen. ",
    "one word": "a",
    "accents on one letter": "\u0301",
    "deep brackets": "[",
    "markup": "#{[$",
    "right to left": "שלום \u202e עולם ",
    "letters that join": "مر",
    "signs that stack": "क्",
    "nothing": "\0",
    "lines": "a\n",
    "faces": "😀",
    "hard spaces": "\u00a0",
}
# A field at its longest, and more than that on the card, which is set in seven sizes.
CASES = [("plan", 2_000), ("card", 2_000), ("card", LONG)]
SLACK = 3.0  # seconds: to start three processes, on a busy machine


def filled(template: str, text: str) -> dict[str, object]:
    if template == "plan":
        parts = [{"title": "Deel", "texts": [{"title": "", "words": text}]}]
        return {"title": "Plan", "heading": "Mijn plan", "of": "Jan", "parts": parts}
    return {"title": "Kaart", "how": "Vouw", "sides": [[{"title": "Deel", "words": text}]]}


def cases() -> list[tuple[str, str, int]]:
    """(text, template, size)"""
    return [(name, *case) for case in CASES for name in some(TEXTS, 4 if LONG in case else len(TEXTS), *case)]


@pytest.mark.parametrize(("name", "template", "size"), cases())
def test_no_text_holds_a_thread(name: str, template: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paper, with boxes when need be, or a sentence; in bounded time."""
    if size == LONG and not DEEP:  # the same limits, a third of the waiting
        monkeypatch.setattr(papers, "LIMITS", replace(papers.LIMITS, processor=1, wall=1))
    text = (TEXTS[name] * size)[:size]
    start = time.monotonic()
    try:
        assert papers._typeset(PAPERS / f"{template}.typ", filled(template, text)).startswith(b"%PDF")
    except Refused:
        assert size == LONG
    assert time.monotonic() - start < 3 * (papers.LIMITS.wall + 1) + SLACK


def test_a_busy_house_says_so() -> None:
    with everybody_is_busy(), pytest.raises(Refused, match="even druk"):
        papers._typeset(PAPERS / "plan.typ", filled("plan", "x"))


def test_three_tries_fit_in_a_resting_transaction() -> None:
    assert 3 * (papers.LIMITS.wall + 1) < 15
