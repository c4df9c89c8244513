"""Pictures that people upload: checked, made small, without place or time."""

import io

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from herstel import files
from herstel.refusal import Refused

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 25_000_000
MOST_PIXELS_JPEG = 120_000_000  # a telephone's largest; decoded at a fraction of it
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
    return files.keep(drawn.getvalue(), ".jpg")


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
