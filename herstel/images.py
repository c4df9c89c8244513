"""Pictures that people upload: checked, made small, without place or time, kept out of the web root."""

import io
import secrets
import time
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from herstel.refusal import Refused

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 25_000_000
MOST_PIXELS_JPEG = 120_000_000  # a telephone's largest; decoded at a fraction of it
SWEPT_AFTER = 24 * 3600  # seconds
EDGE = 1600  # pixels; a phone's photo shrinks to about 300 kB


def keep_image(upload: UploadedFile) -> str:
    """Store the picture anew as JPEG; the name it is kept under. Raises Refused when it is no picture or too big.

    Drawing it again drops EXIF (place, time, camera), hidden second files and anything that is not a picture.
    """
    if (upload.size or 0) > MOST_BYTES:
        raise Refused(_("Deze foto is te groot. Kies een foto van minder dan 10 MB."), field="image")
    try:
        flat = _small(upload)
    except Refused:
        raise
    except Exception as error:  # Pillow's readers raise whatever a broken file makes them raise
        raise Refused(_("Dit is geen foto die we kennen. Kies een andere foto (jpg of png)."), field="image") from error
    drawn = io.BytesIO()
    flat.save(drawn, "JPEG", quality=82)
    name = secrets.token_hex(16) + ".jpg"
    root = Path(settings.MEDIA_ROOT) / name[:2]
    root.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(drawn.getvalue())
    return name


def _small(upload: UploadedFile) -> Image.Image:
    """The picture upright and at most EDGE wide or high, on white.

    Made small before anything else is done with it: a file of 200 kB may unpack to a gigabyte.
    """
    with Image.open(upload) as picture:
        pixels = picture.width * picture.height
        most = MOST_PIXELS_JPEG if picture.format == "JPEG" else MOST_PIXELS
        if picture.format not in ("JPEG", "PNG", "WEBP", "GIF") or pixels > most:
            raise Refused(_("Deze foto kunnen we niet openen. Kies een andere foto (jpg of png)."), field="image")
        picture.draft("RGB", (EDGE, EDGE))  # a JPEG is decoded small, whatever its size
        picture.thumbnail((EDGE, EDGE))
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    flat = Image.new("RGB", upright.size, "white")
    flat.paste(upright, mask=upright.getchannel("A"))
    return flat


def remove_image(name: str) -> None:
    """Take a picture away that nothing points at any more."""
    if name:
        (Path(settings.MEDIA_ROOT) / name[:2] / Path(name).name).unlink(missing_ok=True)


def sweep_images() -> int:
    """Take away what was left by drafts that were thrown away or forms that never came; how many that were.

    A picture of today may belong to a page that is being sent right now.
    """
    old = time.time() - SWEPT_AFTER
    found = [file.name for file in Path(settings.MEDIA_ROOT).glob("??/*.jpg") if file.stat().st_mtime < old]
    with connection.cursor() as cursor:
        cursor.execute("select doors.unused_pictures(%s)", [found])
        unused = [name for (name,) in cursor.fetchall()]
    for name in unused:
        remove_image(name)
    return len(unused)


def send_image(name: str) -> FileResponse:
    """The picture, for a view that found its row through the rule."""
    file = Path(settings.MEDIA_ROOT) / name[:2] / Path(name).name
    if not name or not file.is_file():
        raise Http404
    response = FileResponse(file.open("rb"), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = 'inline; filename="beeld.jpg"'
    return response
