"""Sounds by FFmpeg: MP3, films, phone memos, telephone codecs and whatever libsndfile gets wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from app.audio.decoding.containers import open_container, picture_of, refuse_protected, sound_of
from app.audio.decoding.delays import Placing, delay_note, placing_of
from app.audio.decoding.sound_file import BLOCK_FRAMES, SoundFile, Watch, check_header, too_long, unreadable
from app.audio.decoding.timeline import Timeline
from app.core.errors import AudioError
from app.core.speech import MAX_CLIP_S, ClipNote

#: a film's sound is cut to the length its index states when no more than this is left over (an encoder's last packet)
_LAST_PACKET_FRAMES = 4096
#: a recording that ends so much before its stated end was cut
_CUT_S = 0.1
#: lengths that FFmpeg takes from an index, not from a bit rate
_INDEXED = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "asf")
#: how often the progress is told
_TOLD_EVERY = 64


@dataclass(frozen=True)
class _Sound:
    """What decoding needs to know of a file beforehand."""

    path: Path
    rate: int
    layout: str
    channels: int
    placing: Placing
    notes: list[ClipNote]


def open_with_ffmpeg(path: Path) -> SoundFile | None:
    """The file as FFmpeg knows it, None where it does not.

    Raises:
        AudioError: it holds no sound, a protected or too long one, or its header is absurd.
    """
    import av

    try:
        with open_container(path) as container:
            length_s = _checked_length_s(path, container)
        if length_s is None:
            return None
        refuse_protected(path)
        with open_container(path) as container:
            stream = sound_of(container)
            codec, placing = stream.codec_context.codec.canonical_name, placing_of(container, stream)
        with open_container(path) as container:
            first = next(_frames(sound_of(container), container, lambda _packet: None), None)
    except (av.FFmpegError, ValueError, OSError):
        return None
    if not isinstance(first, av.AudioFrame):
        return None
    rate, names = int(first.sample_rate), _names(first.layout)
    check_header(path, rate, len(names))
    notes = [] if placing.delay_is_known else [delay_note(path, codec, rate)]
    sound = _Sound(path, rate, first.layout.name, len(names), placing, notes)
    return SoundFile(rate, names, round(length_s * rate), partial(_blocks, sound), notes)


def _checked_length_s(path: Path, container: Any) -> float | None:
    """The length that the file states or FFmpeg guesses, 0 for none; None where there is neither sound nor picture.

    Raises:
        AudioError: there is no sound, its header is absurd, or it is too long.
    """
    stream = sound_of(container)
    if stream is None:
        if picture_of(container) is not None:
            raise AudioError(f"{path.name} is a film without sound; choose one with a sound track.")
        if container.streams.video:
            raise AudioError(f"{path.name} holds a cover picture and no sound; choose a file with sound.")
        return None
    if stream.codec_context is None:  # of a codec that nobody knows
        return None
    if stream.codec_context.sample_rate:
        check_header(path, stream.codec_context.sample_rate, stream.codec_context.channels or 1)
    claimed_s = container.duration / 1e6 if container.duration else 0.0
    if claimed_s > MAX_CLIP_S and (container.format.name in _INDEXED or _packets_s(container, stream) > MAX_CLIP_S):
        raise too_long(path)
    return min(claimed_s, MAX_CLIP_S)


def _names(layout: Any) -> tuple[str, ...]:
    return tuple("" if channel.name == "NONE" else channel.name for channel in layout.channels)


def _packets_s(container: Any, stream: Any) -> float:
    """Length of all packets together, in seconds; nothing is decoded."""
    return float(sum(packet.duration or 0 for packet in container.demux(stream)) * stream.time_base)


def _frames(stream: Any, container: Any, passed: Any) -> Iterator[Any]:
    """Decoded frames; for a damaged packet its length in seconds, a float."""
    import av

    for packet in container.demux(stream):
        passed(packet)
        try:
            yield from packet.decode()
        except av.FFmpegError:
            if packet.duration:
                yield float(packet.duration * stream.time_base)


def _blocks(sound: _Sound, watch: Watch) -> Iterator[np.ndarray]:
    """Decode to the true end; damage within becomes silence of its length, so that what follows stays in its place."""
    import av

    decoded, handed_out, path, rate = 0, 0, sound.path, sound.rate
    waiting: list[np.ndarray] = []
    try:
        with open_container(path) as container:
            stream = sound_of(container)
            stated = _stated_frames(container, stream, rate)
            timeline = Timeline(sound.placing, container.format.name, rate, sound.channels)
            for block, time_s in _heard(container, stream, sound, _Progress(watch, container, stream)):
                decoded += len(block)
                waiting += timeline.place(block, time_s)
                if timeline.frames - handed_out >= BLOCK_FRAMES:
                    yield np.concatenate(waiting)
                    waiting, handed_out = [], timeline.frames
            surplus = decoded - stated if stated and "mov" in container.format.name else 0
    except (av.FFmpegError, OSError):
        unreadable(path)
    if waiting:
        rest = np.concatenate(waiting)
        if 0 < surplus < min(_LAST_PACKET_FRAMES, len(rest)):
            rest = rest[:-surplus]
        if len(rest):
            yield rest
    if _CUT_S * rate < stated - decoded and stated <= MAX_CLIP_S * rate and not any(note.kind == "cut_short" for note in sound.notes):
        sentence = (
            f"{path.name} ends after {decoded / rate:.2f} s of the {stated / rate:.2f} s that its header states, as a broken download does;"
            " only what is there is used."
        )
        sound.notes.append(ClipNote("cut_short", sentence))


def _heard(container: Any, stream: Any, sound: _Sound, progress: _Progress) -> Iterator[tuple[np.ndarray, float | None]]:
    """Blocks of sound, each with its time by the container, None where it does not say; silence for what was lost within."""
    lost_s, begun, tick_s = 0.0, False, float(stream.time_base)
    convert = _Conversion(sound.rate, sound.layout)
    for frame in _frames(stream, container, progress):
        if isinstance(frame, float):
            lost_s += frame
            continue
        if lost_s and begun:
            yield np.zeros((round(lost_s * sound.rate), sound.channels), np.float32), None
        lost_s, begun = 0.0, True
        time_s = None if frame.pts is None else frame.pts * tick_s
        for block in convert(frame):
            yield block, time_s
            time_s = None
    for block in convert.rest():
        yield block, None


def _stated_frames(container: Any, stream: Any, rate: int) -> int:
    """What the file says about its length, in frames; 0 when it says nothing or FFmpeg only guesses."""
    guessed = stream.codec_context.name == "mp3float" and not stream.start_time
    if guessed or container.format.name in ("aac", "ac3", "eac3", "amr") or not stream.duration:
        return 0
    return round(float(stream.duration * stream.time_base) * rate)


class _Progress:
    """Tells by a packet's time, or by its place in the file, how far the reading is.

    Args:
        watch: is told.
        container: that is read.
        stream: of the sound.
    """

    def __init__(self, watch: Watch, container: Any, stream: Any) -> None:
        self._watch, self._size, self._passed = watch, container.size, 0
        length_s = float(stream.duration * stream.time_base) if stream.duration else (container.duration or 0) / 1e6
        self._begin, self._length = stream.start_time or 0, length_s / float(stream.time_base)

    def __call__(self, packet: Any) -> None:
        """A packet was read."""
        self._passed += 1
        if self._passed % _TOLD_EVERY:
            return
        if self._length > 0 and packet.pts is not None:
            self._watch(min(max((packet.pts - self._begin) / self._length, 0.0), 1.0))
        elif self._size > 0 and packet.pos is not None and packet.pos >= 0:
            self._watch(min(packet.pos / self._size, 1.0))
        else:
            self._watch(-1.0)


class _Conversion:
    """Frames of any sample format as float32 of one rate and layout, even where a stream changes on its way.

    Args:
        rate: wanted samples per second.
        layout: wanted channels, in FFmpeg's words.
    """

    def __init__(self, rate: int, layout: str) -> None:
        self._rate = rate
        self._layout = layout
        self._resampler: Any = None
        self._kind: tuple[object, ...] = ()

    def __call__(self, frame: Any) -> Iterator[np.ndarray]:
        """(frames, channels) arrays of a frame."""
        import av

        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind:
            yield from self.rest()
            self._kind = kind
        planes = frame.planes
        if kind == ("fltp", self._layout, self._rate) and len(planes) <= 2:
            yield np.stack([np.frombuffer(plane, np.float32)[: frame.samples] for plane in planes], axis=1)
            return
        if self._resampler is None:
            self._resampler = av.AudioResampler(format="flt", layout=self._layout, rate=self._rate)
        frame.pts = None
        yield from self._made(frame)

    def rest(self) -> Iterator[np.ndarray]:
        """What a change of the rate still holds back."""
        if self._resampler is not None:
            yield from self._made(None)
            self._resampler = None

    def _made(self, frame: Any) -> Iterator[np.ndarray]:
        for made in self._resampler.resample(frame):
            if made.samples:
                yield made.to_ndarray().reshape(made.samples, -1)
