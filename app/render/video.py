"""Writing films: H.264 and AAC in MP4, or ProRes with plain sound in MOV; beside the final place and moved there when complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import av
import numpy as np

from app.core.beside import written_beside
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, RenderError
from app.core.speech import AudioClip
from app.core.timecode import exact_rate

Codec = Literal["h264", "prores"]
#: ending -> what is written there
CODECS: MappingProxyType[str, Codec] = MappingProxyType({".mp4": "h264", ".mov": "prores"})
#: best first; every PyAV wheel has the last one
_VIDEO_CODECS = (
    ("libx264", {"crf": "18", "preset": "fast"}),
    ("libopenh264", {"b": "6000000"}),
    ("h264_mf", {"b": "6000000"}),
    ("mpeg4", {"qscale": "3"}),
)
#: profile 3 is ProRes 422 HQ: every frame stands for itself, so that an editor can cut anywhere (Apple's white paper, 2022)
_PRORES = ("prores_ks", {"profile": "3", "vendor": "apl0", "qscale": "9"})
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
) -> None:
    """Write an MP4 that plays everywhere (H.264, yuv420p, AAC, index in front), or a MOV for editors (ProRes 422 HQ, 10 bits, PCM).

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

    Raises:
        RenderError: no frames, no encoder, or the file cannot be written.
        Cancelled: ``cancel`` was set; nothing is left behind.
    """
    path = Path(path)
    try:
        with (
            written_beside(path) as beside,
            av.open(str(beside), "w", format="mov" if codec == "prores" else "mp4", options={"movflags": "+faststart"}) as container,
        ):
            if timecode and codec == "prores":
                container.metadata["timecode"] = timecode
            _encode(container, iter(frames), fps, audio, codec=codec, progress=progress, cancel=cancel)
    except (OSError, av.FFmpegError) as error:
        raise RenderError(
            f"The video {path.name} cannot be written ({error.strerror or error}); check the folder and the free space."
        ) from error


def _encode(
    container: Any,
    frames: Iterator[np.ndarray],
    fps: float,
    audio: AudioClip | None,
    *,
    codec: Codec,
    progress: Callable[[int], None] | None,
    cancel: CancelToken | None,
) -> None:
    """Encode everything into an open container, sound and picture in step."""
    first = next(frames, None)
    if first is None:
        raise RenderError("There is nothing to film: the animation has no frames.")
    rate = exact_rate(fps)
    video = _video_stream(container, rate, first, codec)
    sound = _Sound(container, audio, "pcm_s16le" if codec == "prores" else "aac") if audio is not None and len(audio.samples) else None
    count = 0
    picture: np.ndarray | None = first
    while picture is not None:
        if cancel is not None and cancel.is_set():
            raise Cancelled("The film was cancelled; nothing was written.")
        _write_picture(container, video, picture, count, rate)
        count += 1
        if sound is not None:
            sound.write_until(float(count / rate))
        if progress is not None:
            progress(count)
        picture = next(frames, None)
    if sound is not None:
        sound.finish()
    for packet in video.encode():
        container.mux(packet)


def _video_stream(container: Any, rate: Fraction, first: np.ndarray, codec: Codec) -> Any:
    """The best encoder that this build has, set up for the first picture's size."""
    for name, options in (_PRORES,) if codec == "prores" else _VIDEO_CODECS:
        if name not in av.codecs_available:
            continue
        stream = container.add_stream(name, rate=rate, options=dict(options))
        stream.width, stream.height = first.shape[1] + first.shape[1] % 2, first.shape[0] + first.shape[0] % 2
        stream.pix_fmt = "yuv422p10le" if codec == "prores" else "yuv420p"
        stream.time_base = 1 / rate
        stream.codec_context.time_base = 1 / rate
        return stream
    if codec == "prores":
        raise RenderError("This installation's PyAV cannot write ProRes; write an .mp4, or reinstall the package av.")
    raise RenderError("No video encoder is available; reinstall the package av.")


def _write_picture(container: Any, stream: Any, picture: np.ndarray, index: int, rate: Fraction) -> None:
    """Encode one picture at its exact time."""
    h, w = picture.shape[:2]
    if (h + h % 2, w + w % 2) != (stream.height, stream.width):
        raise RenderError(f"All frames of a film need one size, but frame {index} is {w}x{h}.")
    if h % 2 or w % 2:
        picture = np.pad(picture, ((0, h % 2), (0, w % 2), (0, 0)), mode="edge")
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    frame.pts, frame.time_base = index, 1 / rate
    for packet in stream.encode(frame):
        container.mux(packet)


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
