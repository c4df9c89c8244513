"""One recorded voice: decoded and encoded anew, so that nothing but the sound is left."""

import io
from itertools import chain
from typing import BinaryIO

import av
import av.subtitles.stream  # the library loads these when it meets one; no file can be opened then
import av.video.stream
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from claims import Refusal

HERTZ, BITS = 24_000, 32_000  # a voice needs no more; ten minutes are 2.4 MB
RATES = range(8_000, 96_001)  # of telephones and recorders; a lower claim makes an hour of a second
MOST_CHANNELS = 8
MOST_STREAMS = 4
MOST_BITS = 20_000_000  # a second, of the whole file: more than eight channels of the best recorder
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
LOOKS = {"probesize": "1000000", "analyzeduration": "5000000"}  # bytes and microseconds, to find out what is in it


def made(given: BinaryIO, seconds: int) -> tuple[bytes, dict[str, object]]:
    reader = _reader_of(given.read(12))
    given.seek(0)
    out = io.BytesIO()
    samples = 0
    with (
        av.open(given, "r", format=reader, options=LOOKS) as opened,
        av.open(out, "w", format="mp4") as written,
    ):
        voice = _voice(opened, seconds)
        stream = written.add_stream("aac", rate=HERTZ, layout="mono", bit_rate=BITS)
        resampler = AudioResampler("fltp", "mono", HERTZ, frame_size=1024)
        for frame in chain(opened.decode(voice), [None]):  # None: what the resampler still holds
            _check(frame)
            for part in resampler.resample(frame):
                samples += part.samples
                if samples > seconds * HERTZ:
                    raise Refusal("too_long")
                written.mux(stream.encode(part))
        written.mux(stream.encode(None))
    if not samples:
        raise Refusal("nothing")
    return out.getvalue(), {"seconds": max(1, samples // HERTZ)}


def _reader_of(start: bytes) -> str:
    if start[4:8] == b"ftyp":
        return "mp4"
    for begins, reader in READERS.items():
        if start.startswith(begins):
            return reader
    raise Refusal("unknown")


def _voice(opened: InputContainer, seconds: int) -> AudioStream:
    """The first sound, when what the file says of itself can be so; before anything of it is decoded."""
    if len(opened.streams) > MOST_STREAMS or (opened.bit_rate or 0) > MOST_BITS:
        raise Refusal("unknown")
    if (opened.duration or 0) > (seconds + 1) * av.time_base:
        raise Refusal("too_long")
    if not opened.streams.audio:
        raise Refusal("nothing")
    voice = opened.streams.audio[0]
    coded = voice.codec_context
    if coded.name not in CODECS or coded.sample_rate not in RATES or not 0 < coded.channels <= MOST_CHANNELS:
        raise Refusal("unknown")
    coded.thread_count = 1
    return voice


def _check(frame: AudioFrame | None) -> None:
    """What the file says at its beginning need not hold further on."""
    if frame is not None and (frame.sample_rate not in RATES or len(frame.layout.channels) > MOST_CHANNELS):
        raise Refusal("unknown")
