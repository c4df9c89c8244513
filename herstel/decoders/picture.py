"""One picture: upright, small, on white, and a JPEG without anything else."""

import io
from typing import BinaryIO

from claims import Claims, Refusal, claims_of
from PIL import (
    Image,
    ImageOps,
    TiffImagePlugin,  # noqa: F401 - what reads EXIF; no file can be opened later
)
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

Image.preinit()  # what writes a JPEG asks for it; no file can be opened later
# No other reader of the library is ever given a file.
READERS: dict[str, type[ImageFile]] = {
    "jpeg": JpegImageFile,
    "progressive": JpegImageFile,
    "png": PngImageFile,
    "gif": GifImageFile,
    "webp": WebPImageFile,
}


def made(given: BinaryIO, edge: int) -> tuple[bytes, dict[str, object]]:
    """Drawing it again drops EXIF (place, time, camera), hidden second files and anything that is not a picture."""
    data = given.read()
    claims = claims_of(data)
    claims.check()
    flat = _small(data, claims, edge)
    drawn = io.BytesIO()
    flat.save(drawn, "JPEG", quality=82)
    return drawn.getvalue(), {}


def _small(data: bytes, claims: Claims, edge: int) -> Image.Image:
    """At most `edge` wide or high. Made small before anything else is done with it."""
    with READERS[claims.kind](io.BytesIO(data)) as picture:
        if picture.width > claims.width or picture.height > claims.height:
            raise Refusal("unknown")  # the reader found another size than we did
        picture.draft("RGB", (edge, edge))  # a JPEG is decoded small, whatever its size
        picture.thumbnail((edge, edge))
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    flat = Image.new("RGB", upright.size, "white")
    flat.paste(upright, mask=upright.getchannel("A"))
    return flat
