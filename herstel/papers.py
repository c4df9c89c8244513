"""PDFs for paper: typeset by typst, tagged so that a screen reader reads them too (PDF/UA-1)."""

import json
import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language

FONTS = Path(__file__).parent / "fonts"
LONG_WORD = re.compile(r"\S{20,}")
BOX = "□"


def paper(template: Path, data: dict[str, Any], called: str) -> HttpResponse:
    """The template, filled with these texts, as an answer to show or print. `called` says nothing about anybody."""
    response = HttpResponse(_typeset(template, data), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{called}.pdf"'
    return response


def _typeset(template: Path, data: dict[str, Any]) -> bytes:
    """Signs for which no letter is at hand (an emoji) become a box: better than no paper on a bad day."""
    data = {**data, "lang": (get_language() or settings.LANGUAGE_CODE)[:2]}
    for keep in (_everything, _scripts):
        with suppress(typst.TypstError):
            return _compile(template, _each_text(data, keep))
    return _compile(template, _each_text(data, _latin))


def _compile(template: Path, data: dict[str, Any]) -> bytes:
    """Raises TypstError for what cannot be tagged, or has no letter."""
    made: bytes = typst.compile(
        str(template),
        sys_inputs={"data": json.dumps(data)},
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    return made


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
