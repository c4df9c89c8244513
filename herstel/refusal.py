"""How this house says no."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _


class Refused(Exception):
    """A sentence that the reader can act on, optionally about one field of the form."""

    def __init__(self, sentence: str | Promise, field: str | None = None) -> None:
        super().__init__(str(sentence))
        self.sentence = str(sentence)
        self.field = field


class Conflict(Refused):
    """Somebody else changed the row in between; nothing was overwritten."""

    def __init__(self) -> None:
        super().__init__(
            _("Dit is net ook veranderd, misschien op een ander apparaat. Kijk welke tekst je wilt bewaren.")
        )
