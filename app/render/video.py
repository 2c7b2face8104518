"""Writing films: MP4 with AAC, or ProRes with plain sound in MOV; beside the final place and moved there when complete.

An MP4's pictures are H.264 wherever that can be made; ``output.encoders`` decides by whom.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import av
import numpy as np
from av.video.reformatter import ColorRange

from app.core.beside import written_beside
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, RenderError
from app.core.speech import AudioClip
from app.core.timecode import exact_rate
from app.render.output.encoders import FilmEncoder, film_encoder
from app.render.output.feeding import BT709, PictureColours, taken_beside
from app.render.output.ffmpeg import FfmpegPictures

Codec = Literal["h264", "prores"]
#: ending -> what is written there
CODECS: MappingProxyType[str, Codec] = MappingProxyType({".mp4": "h264", ".mov": "prores"})
#: profile 3 is ProRes 422 HQ: every frame stands for itself, so that an editor can cut anywhere (Apple's white paper, 2022)
_PRORES = FilmEncoder("library", "prores_ks", {"profile": "3", "vendor": "apl0", "qscale": "9"}, "yuv422p10le")
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_AUDIO_BLOCK = 1024
_AUDIO_BIT_RATE = 160_000


def write_video(
    path: Path | str,
    frames: Iterable[np.ndarray],
    fps: float,
    audio: AudioClip | None = None,
    *,
    codec: Codec = "h264",
    timecode: str = "",
    progress: Callable[[int], None] | None = None,
    cancel: CancelToken | None = None,
) -> str:
    """Write an MP4 that plays everywhere (H.264, yuv420p, AAC, index in front), or a MOV for editors (ProRes 422 HQ, 10 bits, PCM).

    Where no encoder of H.264 is found, the MP4's pictures are AV1.

    Frame i is shown from i / fps on; the sound starts at 0 and runs as long as it is, even past the last frame.

    Args:
        path: where to; the folder must exist. An older file stays until the new one is complete.
        frames: (h, w, 3) uint8 pictures of one size; odd sizes gain a repeated last row or column.
        fps: frames per second; 29.97 and its like are taken exactly.
        audio: sound, or None for a silent film.
        codec: ``h264`` or ``prores``.
        timecode: of the first frame, written into a MOV's own track; "" for none.
        progress: called with the number of frames written so far.
        cancel: asked before each frame.

    Returns:
        What the user has to know of how it was encoded, one sentence; "" for nothing.

    Raises:
        RenderError: no frames, no encoder, or the file cannot be written.
        Cancelled: ``cancel`` was set; nothing is left behind.
    """
    path = Path(path)
    name = "mov" if codec == "prores" else "mp4"
    try:
        with written_beside(path) as beside, av.open(str(beside), "w", format=name, options={"movflags": "+faststart"}) as container:
            if timecode and codec == "prores":
                container.metadata["timecode"] = timecode
            told = (progress, cancel)
            return _fill(container, iter(frames), exact_rate(fps), audio, prores=codec == "prores", folder=path.parent, told=told)
    except (OSError, av.FFmpegError) as error:
        why = f"{error.strerror or error}"
        raise RenderError(f"The video {path.name} cannot be written ({why}); check the folder and the free space.") from error


def _fill(
    container: Any, frames: Iterator[np.ndarray], rate: Fraction, audio: AudioClip | None, *, prores: bool, folder: Path,
    told: tuple[Callable[[int], None] | None, CancelToken | None],
) -> str:  # fmt: skip
    """Choose who encodes, and let them; returns what the user has to know of that."""
    first = next(frames, None)
    if first is None:
        raise RenderError("There is nothing to film: the animation has no frames.")
    encoder = _PRORES if prores else film_encoder(first.shape[1], first.shape[0])
    shown = _even(chain((first,), frames), *told)
    sound = None if audio is None or not len(audio.samples) else audio
    if encoder.program is None:
        taken_beside(shown, lambda pictures: _encode(container, pictures, rate, sound, encoder))
    else:
        taken_beside(shown, lambda pictures: _encode_outside(container, pictures, rate, sound, encoder=encoder, folder=folder))
    return encoder.note


def _even(frames: Iterable[np.ndarray], progress: Callable[[int], None] | None, cancel: CancelToken | None) -> Iterator[np.ndarray]:
    """Pictures of one even size, contiguous; each is told when it has been taken, and cancelling is asked before each.

    Raises:
        RenderError: one has another size than the first.
        Cancelled: ``cancel`` was set.
    """
    size: tuple[int, int] | None = None
    for number, picture in enumerate(frames):
        if cancel is not None and cancel.is_set():
            raise Cancelled("The film was cancelled; nothing was written.")
        h, w = picture.shape[:2]
        if size not in (None, (h, w)):
            raise RenderError(f"All frames of a film need one size, but frame {number} is {w}x{h}.")
        size = (h, w)
        yield np.ascontiguousarray(np.pad(picture, ((0, h % 2), (0, w % 2), (0, 0)), mode="edge") if h % 2 or w % 2 else picture)
        if progress is not None:
            progress(number + 1)


def _encode(container: Any, frames: Iterator[np.ndarray], rate: Fraction, audio: AudioClip | None, encoder: FilmEncoder) -> None:
    """Encode everything into an open container, sound and picture in step."""
    video, sound = None, None
    colours = PictureColours(encoder.pix_fmt)
    for index, picture in enumerate(frames):
        if video is None:
            video = _video_stream(container, rate, picture, encoder)
            sound = None if audio is None else _Sound(container, audio, "pcm_s16le" if encoder is _PRORES else "aac")
        frame = colours.frame(picture)
        frame.pts, frame.time_base = index, 1 / rate
        for packet in video.encode(frame):
            container.mux(packet)
        if sound is not None:
            sound.write_until(float((index + 1) / rate))
    if sound is not None:
        sound.finish()
    for packet in video.encode() if video is not None else ():
        container.mux(packet)


def _encode_outside(
    container: Any, frames: Iterator[np.ndarray], rate: Fraction, audio: AudioClip | None, *, encoder: FilmEncoder, folder: Path
) -> None:  # fmt: skip
    """Let the user's ffmpeg encode the pictures into a film of its own, and put that and the sound into an open container."""
    assert encoder.program is not None
    first = next(frames)
    with tempfile.TemporaryDirectory(prefix=".film-", dir=folder) as name:
        silent = Path(name) / "pictures.mp4"
        size = (first.shape[1], first.shape[0])
        with FfmpegPictures(encoder.program, encoder.name, silent, size=size, rate=rate) as pictures:
            for picture in chain((first,), frames):
                pictures.write(picture)
            pictures.finish()
        with av.open(str(silent)) as made:
            video = container.add_stream_from_template(made.streams.video[0])
            sound = None if audio is None else _Sound(container, audio, "aac")
            for packet in made.demux(made.streams.video[0]):
                if packet.dts is None or packet.time_base is None:
                    continue
                if sound is not None:
                    sound.write_until(float(packet.dts * packet.time_base))
                packet.stream = video
                container.mux(packet)
            if sound is not None:
                sound.finish()


def _video_stream(container: Any, rate: Fraction, first: np.ndarray, encoder: FilmEncoder) -> Any:
    """A stream of an encoder, set up for the first picture's size."""
    if encoder.name not in av.codecs_available:
        what = "ProRes; write an .mp4, or reinstall the package av" if encoder is _PRORES else "films; reinstall the package av"
        raise RenderError(f"This installation's PyAV cannot write {what}.")
    stream = container.add_stream(encoder.name, rate=rate, options=dict(encoder.options))
    stream.width, stream.height, stream.pix_fmt = first.shape[1], first.shape[0], encoder.pix_fmt
    stream.time_base = 1 / rate
    stream.codec_context.time_base = 1 / rate
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = BT709
    context.color_range = ColorRange.MPEG
    return stream


class _Sound:
    """Feeds a clip to the encoder block by block: AAC, or plain samples at the 48 kHz that editors expect."""

    def __init__(self, container: Any, clip: AudioClip, codec: str) -> None:
        self._container = container
        self._clip = clip
        is_plain = codec != "aac"
        rate = clip.rate if clip.rate in _AAC_RATES and not is_plain else 48000
        self._stream = container.add_stream(codec, rate=rate, layout="mono")
        if not is_plain:
            self._stream.bit_rate = _AUDIO_BIT_RATE if rate >= 32000 else _AUDIO_BIT_RATE // 2
        self._resampler = av.AudioResampler(format="s16" if is_plain else "fltp", layout="mono", rate=rate, frame_size=_AUDIO_BLOCK)
        self._position = 0

    def write_until(self, t: float) -> None:
        """Encode the sound before a time in seconds."""
        end = min(int(t * self._clip.rate), len(self._clip.samples))
        while self._position < end:
            self._write(min(self._position + _AUDIO_BLOCK, end))

    def finish(self) -> None:
        """Encode the rest and flush."""
        self.write_until(self._clip.duration_s + 1.0)
        for frame in self._resampler.resample(None):
            self._mux(frame)
        for packet in self._stream.encode():
            self._container.mux(packet)

    def _write(self, end: int) -> None:
        """Encode up to a sample."""
        block = np.clip(self._clip.samples[self._position : end], -1.0, 1.0)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block[None]), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = self._clip.rate, self._position, Fraction(1, self._clip.rate)
        self._position = end
        for out in self._resampler.resample(frame):
            self._mux(out)

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
