"""Pictures that people upload: checked, made small, without place or time, kept out of the web root."""

import io
import secrets
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from herstel.refusal import Refused

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 60_000_000
EDGE = 1600  # pixels; a phone's photo shrinks to about 300 kB


def keep_image(upload: UploadedFile) -> str:
    """Store the picture anew as JPEG; the name it is kept under. Raises Refused when it is no picture or too big.

    Drawing it again drops EXIF (place, time, camera), hidden second files and anything that is not a picture.
    """
    if (upload.size or 0) > MOST_BYTES:
        raise Refused(_("Deze foto is te groot. Kies een foto van minder dan 10 MB."), field="image")
    try:
        with Image.open(upload) as picture:
            if picture.width * picture.height > MOST_PIXELS or picture.format not in ("JPEG", "PNG", "WEBP", "GIF"):
                raise Refused(_("Deze foto kunnen we niet openen. Kies een andere foto (jpg of png)."), field="image")
            upright = ImageOps.exif_transpose(picture)
            flat = Image.new("RGB", upright.size, "white")
            flat.paste(upright.convert("RGBA"), mask=upright.convert("RGBA").getchannel("A"))
    except Refused:
        raise
    except Exception as error:  # Pillow's readers raise whatever a broken file makes them raise
        raise Refused(_("Dit is geen foto die we kennen. Kies een andere foto (jpg of png)."), field="image") from error
    flat.thumbnail((EDGE, EDGE))
    drawn = io.BytesIO()
    flat.save(drawn, "JPEG", quality=82)
    name = secrets.token_hex(16) + ".jpg"
    root = Path(settings.MEDIA_ROOT) / name[:2]
    root.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(drawn.getvalue())
    return name


def send_image(name: str) -> FileResponse:
    """The picture, for a view that found its row through the rule."""
    file = Path(settings.MEDIA_ROOT) / name[:2] / Path(name).name
    if not name or not file.exists():
        raise Http404
    response = FileResponse(file.open("rb"), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = 'inline; filename="beeld.jpg"'
    return response
