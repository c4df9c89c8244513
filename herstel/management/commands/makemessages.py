"""Django's makemessages, that also finds `_t(...)`, never guesses, and writes no time: a rerun changes nothing."""

import re
from pathlib import Path
from typing import Any

from django.core.management.commands import makemessages

TIME = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)


class Command(makemessages.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        self.xgettext_options = [*self.xgettext_options, "--keyword=_t"]
        self.msgmerge_options = [*self.msgmerge_options, "--no-fuzzy-matching"]
        super().handle(*args, **options)

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        file = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        file.write_text(TIME.sub("", file.read_text()))
