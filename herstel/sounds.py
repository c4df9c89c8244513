"""Recorded voices: decoded and encoded anew, so that nothing but the sound is left, and every telephone can play it."""

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from herstel import files
from herstel.decoding import Unreadable, decoded
from herstel.refusal import Refused

MOST_BYTES = 25 * 1024 * 1024
MOST_SECONDS = 600


def keep_sound(upload: UploadedFile) -> tuple[str, int]:
    """Store the sound anew; the name it is kept under, and how many seconds it lasts.

    Raises Refused when it is no recording, holds no sound, or lasts too long, or when too many come at once. Recordings
    of telephones carry place, time and name along; none of that is copied.
    """
    if (upload.size or 0) > MOST_BYTES:
        raise Refused(_("Deze opname is te groot. Maak er een van hooguit 10 minuten."), field="sound")
    try:
        data, said = decoded("sound", upload, seconds=MOST_SECONDS)
    except Unreadable as error:
        raise Refused(_why(str(error)), field="sound") from error
    return files.keep(data, ".m4a"), said["seconds"]


def _why(word: str) -> str:
    if word == "too_long":
        return _("Deze opname is te lang. Je kunt per stuk 10 minuten vertellen.")
    if word == "nothing":
        return _("In deze opname zit geen geluid. Probeer het nog eens.")
    return _("Dit is geen opname die we kennen. Probeer het nog eens.")
