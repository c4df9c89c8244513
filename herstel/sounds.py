"""Recorded voices: decoded and encoded anew, so that nothing but the sound is left, and every telephone can play it."""

import io
from itertools import chain

import av
from av.audio.resampler import AudioResampler
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from herstel import files
from herstel.refusal import Refused

MOST_BYTES = 25 * 1024 * 1024
MOST_SECONDS = 600
HERTZ, BITS = 24_000, 32_000  # a voice needs no more; ten minutes are 2.4 MB
# What recorders of telephones and browsers write, by the first bytes: only these readers of the library are ever run.
READERS = {
    b"\x1aE\xdf\xa3": "matroska",
    b"OggS": "ogg",
    b"RIFF": "wav",
    b"ID3": "mp3",
    b"\xff\xfb": "mp3",
    b"\xff\xf3": "mp3",
    b"#!AMR": "amr",
}
CODECS = {"opus", "vorbis", "aac", "mp3", "mp3float", "pcm_s16le", "amrnb", "amr_nb", "alac"}


def keep_sound(upload: UploadedFile) -> tuple[str, int]:
    """Store the sound anew; the name it is kept under, and how many seconds it lasts.

    Raises Refused when it is no recording, holds no sound, or lasts too long. Recordings of telephones
    carry place, time and name along; none of that is copied.
    """
    if (upload.size or 0) > MOST_BYTES:
        raise Refused(_("Deze opname is te groot. Maak er een van hooguit 10 minuten."), field="sound")
    reader = _reader_of(upload.read(12))
    upload.seek(0)
    try:
        data, samples = _anew(upload, reader)
    except Refused:
        raise
    except Exception as error:  # the readers raise whatever a broken file makes them raise
        raise Refused(_("Dit is geen opname die we kennen. Probeer het nog eens."), field="sound") from error
    if not samples:
        raise Refused(_("In deze opname zit geen geluid. Probeer het nog eens."), field="sound")
    return files.keep(data, ".m4a"), max(1, samples // HERTZ)


def _reader_of(start: bytes) -> str:
    if start[4:8] == b"ftyp":
        return "mp4"
    for begins, reader in READERS.items():
        if start.startswith(begins):
            return reader
    raise Refused(_("Dit is geen opname die we kennen. Probeer het nog eens."), field="sound")


def _anew(upload: UploadedFile, reader: str) -> tuple[bytes, int]:
    out = io.BytesIO()
    samples = 0
    with av.open(upload, "r", format=reader) as given, av.open(out, "w", format="mp4") as made:
        voice = given.streams.audio[0]
        if voice.codec_context.name not in CODECS:
            raise ValueError(voice.codec_context.name)
        stream = made.add_stream("aac", rate=HERTZ, layout="mono", bit_rate=BITS)
        resampler = AudioResampler("fltp", "mono", HERTZ, frame_size=1024)
        for frame in chain(given.decode(voice), [None]):  # None: what the resampler still holds
            for part in resampler.resample(frame):
                samples += part.samples
                if samples > MOST_SECONDS * HERTZ:
                    raise Refused(_("Deze opname is te lang. Je kunt per stuk 10 minuten vertellen."), field="sound")
                made.mux(stream.encode(part))
        made.mux(stream.encode(None))
    return out.getvalue(), samples
