"""Pictures that people upload: checked, made small, without place or time."""

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from herstel import files
from herstel.decoding import Unreadable, decoded
from herstel.refusal import Refused

MOST_BYTES = 10 * 1024 * 1024
EDGE = 1600  # pixels; a phone's photo shrinks to about 300 kB


def keep_image(upload: UploadedFile) -> str:
    """Store the picture anew as JPEG; the name it is kept under.

    Raises Refused when it is no picture or too big, or when too many come at once.
    """
    if (upload.size or 0) > MOST_BYTES:
        raise Refused(_("Deze foto is te groot. Kies een foto van minder dan 10 MB."), field="image")
    try:
        drawn, _said = decoded("picture", upload, edge=EDGE)
    except Unreadable as error:
        raise Refused(_why(str(error)), field="image") from error
    return files.keep(drawn, ".jpg")


def _why(word: str) -> str:
    if word == "too_much":
        return _("Deze foto kunnen we niet openen. Kies een andere foto (jpg of png).")
    return _("Dit is geen foto die we kennen. Kies een andere foto (jpg of png).")
