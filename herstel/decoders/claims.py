"""What a picture says of itself, read without a decoder: a small file can claim much, and asking costs nothing."""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_SIDE = 65_500  # what a JPEG can be at most
MOST_SCANS = 64  # a camera's or an editor's progressive JPEG has ten or so
MOST_FRAMES = 500
MOST_PROFILE = 1024 * 1024  # bytes; a printer's colour profile is the largest that is in use
MOST_PARTS = 5000
PIXELS = {"jpeg": 120_000_000, "progressive": 25_000_000, "png": 25_000_000, "gif": 25_000_000, "webp": 16_000_000}
# A JPEG is decoded at a fraction of its size, unless it is progressive: then every number of it is held at once.


class Refusal(Exception):
    """One word, for which `herstel/images.py` and `herstel/sounds.py` have a sentence."""


@dataclass
class Claims:
    kind: str
    width: int = 0
    height: int = 0
    scans: int = 0
    frames: int = 0
    profile: int = 0

    def check(self) -> None:
        if not (0 < self.width <= MOST_SIDE and 0 < self.height <= MOST_SIDE):
            raise Refusal("unknown")
        pixels = self.width * self.height
        if pixels > PIXELS[self.kind] or self.scans > MOST_SCANS or self.frames > MOST_FRAMES:
            raise Refusal("too_much")
        if self.profile > MOST_PROFILE:
            raise Refusal("too_much")


def claims_of(data: bytes) -> Claims:
    """Raises Refusal when it is none of the four kinds of picture, or not whole enough to say what it is."""
    read = _reader_of(data)
    try:
        return read(data)
    except (struct.error, IndexError, ValueError) as error:
        raise Refusal("unknown") from error


def _reader_of(data: bytes) -> Callable[[bytes], Claims]:
    for start, read in {b"\xff\xd8\xff": _jpeg, b"\x89PNG\r\n\x1a\n": _png, b"GIF8": _gif}.items():
        if data.startswith(start):
            return read
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp
    raise Refusal("unknown")


# --- JPEG (ITU T.81, annex B) ---------------------------------------------------------------------------------------
FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # how the picture is coded, and how large it is
PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
ALONE = {0x01, *range(0xD0, 0xD8)}
MARKER = re.compile(rb"\xff+([^\x00\xff])")
AFTER_SCAN = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")


def _jpeg(data: bytes) -> Claims:
    found = Claims("jpeg")
    for marker, body in _segments(data):
        if marker in FRAME:
            height, width = struct.unpack(">HH", body[1:5])
            found.width, found.height = max(found.width, width), max(found.height, height)
            if marker in PROGRESSIVE:
                found.kind = "progressive"
        elif marker == 0xDA:
            found.scans += 1
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
            found.profile += len(body)
    return found


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    at, look = 2, MARKER
    for _ in range(MOST_PARTS):
        sign = look.search(data, at)
        if sign is None or sign[1] == b"\xd9":
            return
        marker, at = sign[1][0], sign.end()
        if marker in ALONE:
            continue
        length = struct.unpack_from(">H", data, at)[0]
        yield marker, data[at + 2 : at + max(2, length)]
        at += max(2, length)
        look = AFTER_SCAN if marker == 0xDA else MARKER
    raise Refusal("too_much")


# --- PNG and animated PNG -------------------------------------------------------------------------------------------
def _png(data: bytes) -> Claims:
    found = Claims("png")
    at = 8
    for _ in range(MOST_PARTS):
        if at + 8 > len(data):
            return found
        length, name = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if name == b"IHDR":
            width, height = struct.unpack_from(">II", data, body)
            found.width, found.height = max(found.width, width), max(found.height, height)
        elif name == b"acTL":
            found.frames = max(found.frames, struct.unpack_from(">I", data, body)[0])
        elif name == b"iCCP":
            found.profile += length
        elif name == b"IEND":
            return found
        at = body + length + 4
    raise Refusal("too_much")


# --- GIF ------------------------------------------------------------------------------------------------------------
def _gif(data: bytes) -> Claims:
    """A frame may be larger than the screen it says it is for; the reader makes room for both."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    found = Claims("gif", width, height)
    at = 13 + _table(flags)
    while found.frames <= MOST_FRAMES:
        if data[at : at + 1] == b"\x21":
            at = _after_blocks(data, at + 2)
        elif data[at : at + 1] == b"\x2c":
            left, top, wide, high, flags = struct.unpack_from("<HHHHB", data, at + 1)
            found.width, found.height = max(found.width, left + wide), max(found.height, top + high)
            found.frames += 1
            at = _after_blocks(data, at + 11 + _table(flags))
        else:  # the end, or what is none
            break
    return found


def _table(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1


# --- WebP -----------------------------------------------------------------------------------------------------------
def _webp(data: bytes) -> Claims:
    found = Claims("webp")
    at = 12
    for _ in range(MOST_PARTS):
        if at + 8 > len(data):
            return found
        name, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + min(length, 32)]
        if name == b"VP8X":
            found.width = max(found.width, 1 + int.from_bytes(body[4:7], "little"))
            found.height = max(found.height, 1 + int.from_bytes(body[7:10], "little"))
        elif name == b"VP8 ":
            width, height = struct.unpack_from("<HH", body, 6)
            found.width, found.height = max(found.width, width & 0x3FFF), max(found.height, height & 0x3FFF)
        elif name == b"VP8L":
            bits = struct.unpack_from("<I", body, 1)[0]
            found.width = max(found.width, 1 + (bits & 0x3FFF))
            found.height = max(found.height, 1 + (bits >> 14 & 0x3FFF))
        elif name == b"ANMF":
            found.frames += 1
        elif name == b"ICCP":
            found.profile += length
        at += 8 + length + length % 2
    raise Refusal("too_much")
