"""PDFs for paper: typeset by typst, tagged so that a screen reader reads them too (PDF/UA-1)."""

import json
import re
import subprocess
import sys
import sysconfig
import unicodedata
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language

from herstel.decoding import MB, Limits, busy, turn
from herstel.refusal import Refused

PROGRAM = Path(__file__).parent / "typesetter.py"
# Three at most, one after the other, within the time that a transaction may rest.
LIMITS = Limits(memory=512 * MB, processor=2, wall=3, size=8 * MB)
FONTS = Path(__file__).parent / "fonts"
LONG_WORD = re.compile(r"\S{20,}")
BOX = "□"


def paper(template: Path, data: dict[str, Any], called: str) -> HttpResponse:
    """The template, filled with these texts, as an answer to show or print. `called` says nothing about anybody."""
    response = HttpResponse(_typeset(template, data), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{called}.pdf"'
    return response


def _typeset(template: Path, data: dict[str, Any]) -> bytes:
    """Signs for which no letter is at hand (an emoji), and those that take too long, become a box: better than no paper
    on a bad day. Raises Refused when too many ask at once, or nothing helps.
    """
    data = {**data, "lang": (get_language() or settings.LANGUAGE_CODE)[:2]}
    with turn():
        for keep in (_everything, _scripts, _latin):
            if made := _compile(template, _each_text(data, keep)):
                return made
    raise Refused(busy())


def _compile(template: Path, data: dict[str, Any]) -> bytes:
    """The paper; nothing when it cannot be tagged, has no letter for a sign, or takes too much."""
    task = {"template": str(template), "data": data, "fonts": str(FONTS), "limits": asdict(LIMITS)}
    command = [sys.executable, "-I", "-S", "-B", str(PROGRAM)]
    given = json.dumps(task | {"packages": sysconfig.get_path("platlib")}).encode()
    try:
        done = subprocess.run(  # noqa: S603
            command, input=given, capture_output=True, env={}, cwd="/", timeout=LIMITS.wall + 1, check=False
        )
    except subprocess.TimeoutExpired:
        return b""
    except OSError as error:  # no room for a process
        raise Refused(busy()) from error
    return done.stdout if done.returncode == 0 else b""


def _each_text(value: Any, keep: Any) -> Any:
    if isinstance(value, dict):
        return {name: _each_text(each, keep) for name, each in value.items()}
    if isinstance(value, list):
        return [_each_text(each, keep) for each in value]
    return _breakable("".join(sign if keep(sign) else BOX for sign in _plain(str(value))))


def _plain(text: str) -> str:
    """Without what steers a terminal or turns the line around."""
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))


def _breakable(text: str) -> str:
    """A word longer than a line of a card may be broken anywhere (U+200B)."""
    return LONG_WORD.sub(lambda found: "\u200b".join(found[0]), text)


def _everything(sign: str) -> bool:
    return True


def _scripts(sign: str) -> bool:
    return ord(sign) < 0x2E80 and unicodedata.category(sign) != "So"


def _latin(sign: str) -> bool:
    return ord(sign) < 0x250 or sign in "\u200b€‘’“”…–—"
