"""Who encodes a film's pictures: decided once, by trying.

H.264 plays everywhere. From source PyAV's libx264 makes it. A packed program has none (it is GPL, and stubs stand in its place): there the
graphics card's encoder makes it, or the user's own ``ffmpeg`` in a process of its own, else the film is AV1, and whoever asked is told.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import av
import numpy as np

from app.render.output.ffmpeg import OwnFfmpeg, find_ffmpeg

EncoderKind = Literal["library", "card", "ffmpeg", "av1", "last"]


@dataclass(frozen=True)
class FilmEncoder:
    """One encoder that works here.

    Attributes:
        kind: ``library`` (libx264), ``card`` (the graphics card's or the system's), ``ffmpeg`` (the user's), ``av1``, or ``last``.
        name: as FFmpeg calls it.
        options: its options.
        pix_fmt: what it takes.
        note: what the user has to know of the film, one sentence; "" for nothing.
        program: the user's ffmpeg, None for the others.
    """

    kind: EncoderKind
    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    pix_fmt: str = "yuv420p"
    note: str = ""
    program: Path | None = None

    @property
    def format(self) -> str:
        """What the pictures are, as people call it."""
        return {"av1": "AV1", "last": "MPEG-4 Part 2"}.get(self.kind, "H.264")

    @property
    def words(self) -> str:
        """What will encode a film, and what that means for who watches it; for a line beside the choice."""
        by = {"card": f"the graphics card ({self.name})", "ffmpeg": f"your ffmpeg ({self.name})"}.get(self.kind, self.name)
        return {"av1": AV1_WORDS, "last": MPEG4_WORDS}.get(self.kind, f"H.264 by {by}")


#: half the work of ``fast`` with crf 18, and on faces nearer to what was drawn (46.1 dB against 45.8), for a third more bytes
LIBRARY = FilmEncoder("library", "libx264", MappingProxyType({"crf": "15", "preset": "veryfast"}))
#: NVIDIA's, Intel's, AMD's, Apple's, and what Windows has; best first
CARDS = (
    FilmEncoder("card", "h264_nvenc", MappingProxyType({"preset": "p5", "rc": "vbr", "cq": "19", "b": "0"})),
    FilmEncoder("card", "h264_qsv", MappingProxyType({"global_quality": "19"}), "nv12"),
    FilmEncoder("card", "h264_amf", MappingProxyType({"quality": "quality", "rc": "cqp", "qp_i": "18", "qp_p": "20"})),
    FilmEncoder("card", "h264_videotoolbox", MappingProxyType({"b": "8000000"})),
    FilmEncoder("card", "h264_mf", MappingProxyType({"b": "8000000"}), "nv12"),
    FilmEncoder("library", "libopenh264", MappingProxyType({"b": "6000000"})),
)
_OLD = "players older than 2019, and Apple's on devices older than 2023,"
AV1_WORDS = f"AV1: {_OLD} cannot show it; install ffmpeg for H.264"
AV1_NOTE = f"Its pictures are AV1, which {_OLD} cannot show; with ffmpeg on the machine that makes it they would be H.264."
MPEG4_WORDS = "MPEG-4 Part 2: browsers cannot show it; install ffmpeg for H.264"
MPEG4_NOTE = "Its pictures are MPEG-4 Part 2, which browsers cannot show; with ffmpeg on the machine that makes it they would be H.264."
AV1 = FilmEncoder("av1", "libsvtav1", MappingProxyType({"preset": "8", "crf": "24"}), note=AV1_NOTE)
LAST = FilmEncoder("last", "mpeg4", MappingProxyType({"qscale": "3"}), note=MPEG4_NOTE)
#: the encoder of AV1 tells its settings on standard error otherwise
_QUIET = ("SVT_LOG", "1")


@lru_cache(maxsize=8)
def film_encoder(width: int = 256, height: int = 192) -> FilmEncoder:
    """The best encoder of an MP4 that works here; tried once for a size, which takes from milliseconds to a second.

    Args:
        width: of the pictures, which a card's encoder may find too large or too small.
        height: the same.

    Returns:
        One that opened and encoded a picture; the last resort when none did.
    """
    size = (width + width % 2, height + height % 2)
    for encoder in (LIBRARY, *CARDS):
        if opens(encoder, size):
            return encoder
    program = find_ffmpeg()
    if program is not None:
        return _of_program(program)
    return AV1 if opens(AV1, size) else LAST


def _of_program(program: OwnFfmpeg) -> FilmEncoder:
    note = f"Its pictures are H.264 by the ffmpeg of the machine that made it ({program.encoder})."
    return FilmEncoder("ffmpeg", program.encoder, note=note, program=program.path)


def opens(encoder: FilmEncoder, size: tuple[int, int]) -> bool:
    """Whether an encoder is there and encodes a picture: one that is only named, as a stub or a card's without the card, does not."""
    if encoder.name not in av.codecs_available:
        return False
    os.environ.setdefault(*_QUIET)
    width, height = size
    try:
        context = av.CodecContext.create(encoder.name, "w")
        context.width, context.height, context.pix_fmt = width, height, encoder.pix_fmt  # type: ignore[attr-defined]
        context.time_base, context.options = Fraction(1, 30), dict(encoder.options)
        frame = av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), format="rgb24").reformat(format=encoder.pix_fmt)
        frame.pts = 0
        packets = [*context.encode(frame), *context.encode(None)]  # type: ignore[attr-defined]
    except (av.FFmpegError, OSError, ValueError):
        return False
    return bool(packets)
