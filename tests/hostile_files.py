"""Files that claim more than they are: each made by a few lines, so that one sees what is wrong with it.

SECRET stands in every place where a maker's name or a place could: what is kept holds none of it.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable

import av
from PIL import Image

SECRET = b"SECRET-PLACE-53.2194"
MB = 2**20


# --- pictures -------------------------------------------------------------------------------------------------------
def jpeg(size: tuple[int, int] = (640, 480), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG", quality=20, **more)  # type: ignore[arg-type]
    return out.getvalue()


def many_scans(size: tuple[int, int], many: int) -> bytes:
    """A progressive JPEG whose last scan, a few hundred bytes, stands there this many times more."""
    whole = jpeg(size, progressive=True)
    last = [found.start() for found in re.finditer(rb"\xff\xda", whole)][-1]
    return whole[:-2] + whole[last:-2] * many + b"\xff\xd9"


def as_long_as_it_may() -> bytes:
    """All that may be claimed at once: 25 million pixels, in as many scans as are let through."""
    return many_scans((5000, 4990), 50)


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segments(*segments: bytes) -> bytes:
    whole = jpeg()
    return whole[:2] + b"".join(segments) + whole[2:]


def huge_profile_jpeg() -> bytes:
    parts = [b"ICC_PROFILE\0" + bytes([n + 1, 150]) + SECRET * 3000 for n in range(150)]
    return with_segments(*(segment(0xE2, part) for part in parts))


def exif(ifd: bytes) -> bytes:
    return with_segments(segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + ifd))


def exif_that_turns_round() -> bytes:
    """The next directory, the camera's and the place's are the first one again."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, 8) for tag in (0x8769, 0x8825, 0xA005, 0x014A))
    return exif(struct.pack("<H", 4) + entries + struct.pack("<I", 8) + SECRET)


def exif_of_many() -> bytes:
    return exif(struct.pack("<H", 5000) + struct.pack("<HHII", 0x0112, 3, 2**30, 8) * 5000 + SECRET)


def tiff_of_tiles() -> bytes:
    """A million tiles of one byte each."""
    entries = [(256, 4, 1, 16_000), (257, 4, 1, 16_000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    entries += [(322, 4, 1, 16), (323, 4, 1, 16), (324, 4, 1_000_000, 200), (325, 4, 1_000_000, 200)]
    ifd = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + ifd + bytes(4) + bytes(4 * MB)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *before: bytes, pixels: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(pixels or bytes((width * 3 + 1) * height)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(before) + body + chunk(b"IEND", b"")


def apng(frames: int) -> bytes:
    control = struct.pack(">IIIIIHHBB", 0, 10, 10, 0, 0, 1, 100, 0, 0)
    more = [chunk(b"fcTL", struct.pack(">I", n) + control[4:]) for n in range(min(frames, 4000))]
    return png(10, 10, chunk(b"acTL", struct.pack(">II", frames, 0)), *more)


def png_of_texts(kind: bytes) -> bytes:
    packed = zlib.compress(SECRET * (60 * MB // len(SECRET)))
    start = b"x\0\0" if kind == b"zTXt" else b"x\0\1\0\0\0"
    return png(10, 10, *[chunk(kind, start + packed)] * 20)


def png_profile() -> bytes:
    return png(10, 10, chunk(b"iCCP", b"x\0\0" + zlib.compress(SECRET * (80 * MB // len(SECRET)))))


def gif_of_huge_frames() -> bytes:
    """A screen of one pixel, and frames of four thousand million."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x44\x01\0"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6) + frame * 50 + b";"


def gif_of_frames() -> bytes:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6) + frame * 200_000 + b";"


def webp(*parts: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in parts
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_that_claims() -> bytes:
    lossless = b"\x2f" + struct.pack("<I", 0x3FFF | 0x3FFF << 14) + bytes(50)
    return webp((b"VP8X", b"\x02\0\0\0" + b"\xff\xff\xff" * 2), (b"VP8L", lossless))


def webp_of_frames() -> bytes:
    frame = (b"ANMF", bytes(16) + b"VP8L" + struct.pack("<I", 6) + b"\x2f\0\0\0\0\0")
    return webp((b"VP8X", b"\x02\0\0\0" + bytes(6)), (b"ANIM", bytes(6)), *[frame] * 4000)


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("foto.jpg", bytes(20 * MB))
    return out.getvalue()


PICTURES: dict[str, Callable[[], bytes]] = {
    "thousands of scans": lambda: many_scans((2500, 2000), 900),
    "as many scans as may be": as_long_as_it_may,
    "a progressive picture of 30 million": lambda: jpeg((6_000, 5_000), progressive=True),
    "two sizes": lambda: with_segments(segment(0xC0, b"\x08\xff\xdc\xff\xdc\x01\x01\x11\0")),
    "a profile of nine megabytes": huge_profile_jpeg,
    "EXIF that turns round": exif_that_turns_round,
    "EXIF of five thousand": exif_of_many,
    "markers without end": lambda: b"\xff\xd8" + b"\xff\xe0\0\2" * MB,
    "a zip that is called a picture": archive,
    "a picture before a zip": lambda: jpeg() + archive(),
    "a TIFF of tiles": tiff_of_tiles,
    "an APNG of two thousand million frames": lambda: apng(2**31 - 1),
    "an APNG of four thousand frames": lambda: apng(4000),
    "texts of a gigabyte, packed": lambda: png_of_texts(b"zTXt"),
    "texts of a gigabyte, of the other kind": lambda: png_of_texts(b"iTXt"),
    "a profile of 80 MB, packed": png_profile,
    "a PNG of 59 million": lambda: png(7700, 7700),
    "a PNG of 25 million": lambda: png(5000, 4990, chunk(b"tEXt", b"Author\0" + SECRET)),
    "a PNG of no end": lambda: png(20, 20, pixels=bytes(60 * MB)),
    "a GIF of huge frames": gif_of_huge_frames,
    "a GIF of many frames": gif_of_frames,
    "a WebP that claims": webp_that_claims,
    "a WebP of many frames": webp_of_frames,
}


# --- sounds ---------------------------------------------------------------------------------------------------------
def wav(rate: int, channels: int = 1, claim: int | None = None, data: bytes = b"\1\0" * 2200) -> bytes:
    """`claim`: how many bytes of sound it says that there are."""
    size = len(data) if claim is None else claim
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2 & 0xFFFFFFFF, channels * 2 & 0xFFFF, 16)
    named = b"INFOIART" + struct.pack("<I", len(SECRET)) + SECRET
    info = b"LIST" + struct.pack("<I", len(named)) + named
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + info + b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", min(len(body) + size, 2**32 - 1)) + body


def recorded(kind: str, codec: str, seconds: float = 1, rate: int = 48_000, streams: int = 1) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as made:
        made.metadata["artist"] = SECRET.decode()
        voices = [made.add_stream(codec, rate=rate, layout="mono") for _ in range(streams)]
        for n in range(int(seconds * rate) // 960):
            for voice in voices:
                frame = av.AudioFrame(format="s16", layout="mono", samples=960)
                frame.planes[0].update(bytes([n % 200, 1]) * 960)
                frame.sample_rate, frame.pts = rate, n * 960
                made.mux(voice.encode(frame))
        for voice in voices:
            made.mux(voice.encode(None))
    return out.getvalue()


def changed(whole: bytes, place: bytes, after: int, new: bytes) -> bytes:
    """What stands this far behind the first `place`, otherwise."""
    at = whole.index(place) + len(place) + after
    return whole[:at] + new + whole[at + len(new) :]


def mp4_of_samples() -> bytes:
    """The table of times says that there are two thousand million samples, of no size."""
    whole = recorded("mp4", "aac")
    return changed(
        changed(whole, b"stts", 8, struct.pack(">II", 2**31 - 1, 1)), b"stsz", 4, struct.pack(">II", 1, 2**31 - 1)
    )


def film(codec: str = "mpeg4", side: int = 64) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as made:
        stream = made.add_stream(codec, rate=10)
        stream.width = stream.height = side  # type: ignore[attr-defined]
        for _ in range(10):
            made.mux(stream.encode(av.VideoFrame(side, side, "yuv420p")))  # type: ignore[attr-defined]
        made.mux(stream.encode(None))  # type: ignore[attr-defined]
    return out.getvalue()


def mp4_in_mkv() -> bytes:
    """A film's container whose only packets are another container."""
    return recorded("matroska", "libopus")[:600] + recorded("mp4", "aac") * 20


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


def boxes_in_boxes() -> bytes:
    deep = b""
    for _ in range(3000):
        deep = box(b"moov", box(b"trak", deep))
    return box(b"ftyp", b"M4A \0\0\0\0") + deep


def ogg_page(n: int, body: bytes, flags: int = 0, serial: int = 7) -> bytes:
    parts = bytes([255] * (len(body) // 255) + [len(body) % 255])
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, n * 960, serial, n, 0, len(parts)) + parts
    crc = 0
    for byte in head + body:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return head[:22] + struct.pack("<I", crc) + head[26:] + body


def ogg_without_end() -> bytes:
    """Pages that begin and never go on: each another stream."""
    head = b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0"
    return b"".join(ogg_page(0, head, 2, serial) for serial in range(3000))


def mp3_of_wrong_length() -> bytes:
    """It says that it lasts two thousand million frames."""
    whole = recorded("mp3", "libmp3lame")
    at = max(whole.find(b"Xing"), whole.find(b"Info"))
    return whole[: at + 8] + struct.pack(">II", 2**31 - 1, 2**31 - 1) + whole[at + 16 :]


def id3_of_256_mb() -> bytes:
    return b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + b"TXXX\x7f\x7f\x7f\x7f\0\0" + SECRET * 100


SOUNDS: dict[str, Callable[[], bytes]] = {
    "1 Hz": lambda: wav(1),
    "100 million Hz": lambda: wav(99_999_989),
    "four thousand million Hz": lambda: wav(2**32 - 1),
    "just under what a telephone does": lambda: wav(7_999),
    "65,535 channels": lambda: wav(48_000, 65_535),
    "a thousand million samples": lambda: wav(48_000, claim=2**31),
    "a thousand million samples and no sound": lambda: wav(48_000, claim=2**31, data=b""),
    "four hours of silence": lambda: wav(8_000, data=bytes(24 * MB)),
    "samples of no size": mp4_of_samples,
    "forty streams": lambda: recorded("matroska", "libopus", streams=40),
    "a film": film,
    "a container in a container": mp4_in_mkv,
    "boxes in boxes": boxes_in_boxes,
    "pages without end": ogg_without_end,
    "an mp3 that is longer than it is": mp3_of_wrong_length,
    "a name of 256 MB": id3_of_256_mb,
    "a zip that is called a voice": archive,
    "a voice before a zip": lambda: recorded("mp3", "libmp3lame") + archive(),
    "a matroska of empty parts": lambda: recorded("matroska", "libopus")[:200] + b"\xec\x81\0" * MB,
}
