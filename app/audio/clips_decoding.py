"""Decoders of sound files: libsndfile for plain files, FFmpeg for MP3, films, phone memos and whatever libsndfile gets wrong.

Both hand out only what they decoded: a header's length is a claim, and buffers are cut to what arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from app.core.errors import AudioError
from app.core.speech import MAX_CLIP_S, ClipNote

#: frames decoded at once, so that an hour of many channels never lies in memory unmixed
BLOCK_FRAMES = 1 << 18
#: sample rates that recordings have; a rate beyond them is a broken header, and resampling from it takes any amount of memory
LOWEST_RATE, HIGHEST_RATE = 1000, 384_000
MOST_CHANNELS = 64
#: what FFmpeg may take a file for: sounds and films, but no playlists, which name other files and addresses
_FORMATS = (
    "mp3,aac,ac3,eac3,mov,matroska,webm,ogg,wav,w64,flac,aiff,au,caf,amr,asf,avi,flv,mpegts,mpeg,wv,ape,tta,dts,dsf,gsm,voc,alac,loas,sln"
)
#: the first bytes of an MPEG frame
_MPEG_STARTS = frozenset(bytes([0xFF, second]) for second in range(0xE0, 0x100))
#: samples that encoders put in front, by codec: LAME's and the decoder's; FFmpeg's and Apple's AAC
_DELAY_SAMPLES = {"mp3": (1105,), "aac": (1024, 2112)}
#: a film's sound is cut to the length its index states when no more than this is left over (an encoder's last packet)
_LAST_PACKET_FRAMES = 4096
#: a recording that ends so much before its stated end was cut
_CUT_S = 0.1


@dataclass(frozen=True)
class SoundFile:
    """A sound file that can be decoded, any number of times.

    Attributes:
        rate: samples per second.
        channels: what each channel is for (``FL``, ``FC`` ...), "" where the file does not say.
        blocks: starts decoding: float32 arrays of (frames, channels), none of them empty.
        notes: what was noticed; filled while ``blocks`` is read to its end, too.
    """

    rate: int
    channels: tuple[str, ...]
    blocks: Callable[[], Iterator[np.ndarray]]
    notes: list[ClipNote]


def open_sound(path: Path) -> SoundFile:
    """Find out how a file is decoded.

    Args:
        path: an existing file.

    Raises:
        AudioError: neither decoder knows it, or its header is absurd.
    """
    plain, is_right = _open_plain(path)
    if plain is not None and is_right and len(plain.channels) <= 2:
        return plain
    # FFmpeg knows what each of many channels is for
    return _open_with_ffmpeg(path) or plain or _unreadable(path)


def _unreadable(path: Path) -> SoundFile:
    raise AudioError(f"{path.name} is not a readable audio file; use a wav, flac, ogg or mp3 file.")


def too_long(path: Path) -> AudioError:
    """The refusal of a file that is longer than a clip may be."""
    return AudioError(f"{path.name} is longer than {MAX_CLIP_S / 60:.0f} minutes; cut it into shorter files.")


def _check_header(path: Path, rate: int, channels: int) -> None:
    if rate <= 0:
        raise AudioError(f"{path.name} has no sample rate; export it again.")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise AudioError(
            f"{path.name} says it has {rate:,} samples per second, which no recording has; export it again, at 16,000 to 48,000."
        )
    if not 1 <= channels <= MOST_CHANNELS:
        raise AudioError(f"{path.name} says it has {channels} channels; at most {MOST_CHANNELS} can be read.")


def _open_plain(path: Path) -> tuple[SoundFile | None, bool]:
    """The file as libsndfile knows it, and whether it reads it to its true end: not GSM, a cut FLAC, or without a stated length."""
    with path.open("rb") as opened:
        start = opened.read(3)
    if start == b"ID3" or start[:2] in _MPEG_STARTS:
        return None, False  # MP3 and AAC are FFmpeg's
    try:
        with soundfile.SoundFile(str(path)) as file:
            rate, channels, frames = int(file.samplerate), int(file.channels), int(file.frames)
            is_right = file.format != "FLAC" and file.subtype not in ("GSM610", "MPEG_LAYER_III") and (frames > 0 or _is_empty_wav(path))
    except (soundfile.SoundFileError, OSError, TypeError, ValueError):
        return None, False
    _check_header(path, rate, channels)
    if is_right and frames > MAX_CLIP_S * rate:
        # a claim; FFmpeg looks at the packets, which tell the truth without being decoded
        by_packets = _open_with_ffmpeg(path)
        if by_packets is None:
            raise too_long(path)
        return by_packets, True
    return SoundFile(rate, ("",) * channels, partial(_plain_blocks, path), []), is_right


def _is_empty_wav(path: Path) -> bool:
    """Whether a WAV that states no sound holds none: whole chunks follow, or nothing, but no sound of a writer that never came back."""
    end, place, seen_sound = path.stat().st_size, 12, False
    with path.open("rb") as file:
        while place + 8 <= end:
            file.seek(place)
            name, size = file.read(4), int.from_bytes(file.read(4), "little")
            if not all(32 <= letter < 127 for letter in name):
                return False
            seen_sound |= name == b"data"
            place += 8 + size + size % 2
    return seen_sound and place in (end, end + 1)


def _plain_blocks(path: Path) -> Iterator[np.ndarray]:
    try:
        with soundfile.SoundFile(str(path)) as file:
            # not ``blocks``, which hands out its buffer whole however little was decoded into it
            while len(block := file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)):
                yield block
    except (soundfile.SoundFileError, OSError, TypeError, ValueError):
        _unreadable(path)


def _open_container(path: Path) -> Any:
    import av

    return av.open(str(path), options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"})


def _open_with_ffmpeg(path: Path) -> SoundFile | None:
    import av

    try:
        with _open_container(path) as container:
            stream = container.streams.best("audio")
            if stream is None:
                if container.streams.video:
                    raise AudioError(f"{path.name} is a film without sound; choose one with a sound track.")
                return None
            if stream.codec_context.sample_rate:
                _check_header(path, stream.codec_context.sample_rate, stream.codec_context.channels or 1)
            claimed_s = container.duration / 1e6 if container.duration else 0.0
            if claimed_s > MAX_CLIP_S and _packets_s(container, stream) > MAX_CLIP_S:
                raise too_long(path)
        with _open_container(path) as container:
            stream = container.streams.best("audio")
            delayed = _delay_is_known(container, stream)
            codec = stream.codec_context.name
        with _open_container(path) as container:
            first = next(_frames(container.streams.best("audio"), container), None)
    except (av.FFmpegError, ValueError, OSError):
        return None
    if not isinstance(first, av.AudioFrame):
        return None
    rate, names = int(first.sample_rate), _names(first.layout)
    _check_header(path, rate, len(names))
    notes = [] if delayed else _delay_notes(path, codec, rate)
    return SoundFile(rate, names, partial(_ffmpeg_blocks, path, rate, first.layout.name, len(names), notes), notes)


def _names(layout: Any) -> tuple[str, ...]:
    return tuple("" if channel.name == "NONE" else channel.name for channel in layout.channels)


def _packets_s(container: Any, stream: Any) -> float:
    """Length of all packets together, in seconds; nothing is decoded."""
    return float(sum(packet.duration or 0 for packet in container.demux(stream)) * stream.time_base)


def _delay_is_known(container: Any, stream: Any) -> bool:
    """Whether the encoder's delay is stated, or there is none: then the decoder takes it off."""
    name = stream.codec_context.name
    if not name.startswith(tuple(_DELAY_SAMPLES)):
        return True
    if container.format.name == "mp3":
        return bool(stream.start_time)  # what LAME's tag behind a Xing header says
    first = next(container.demux(stream), None)
    return first is not None and first.pts is not None and first.pts < 0  # what an edit list leaves out


def _delay_notes(path: Path, codec: str, rate: int) -> list[ClipNote]:
    delays_ms = [f"{1000 * samples / rate:.0f}" for kind, all_of in _DELAY_SAMPLES.items() if codec.startswith(kind) for samples in all_of]
    sentence = (
        f"{path.name} does not say how much silence its encoder put in front ({' or '.join(delays_ms)} ms as a rule);"
        " nothing was taken off, so beside the original recording its track may be late by that much."
    )
    return [ClipNote("unknown_delay", sentence, ("0", *delays_ms))]


def _frames(stream: Any, container: Any) -> Iterator[Any]:
    """Decoded frames; for a damaged packet its length in seconds, a float."""
    import av

    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.FFmpegError:
            if packet.duration:
                yield float(packet.duration * stream.time_base)


def _ffmpeg_blocks(path: Path, rate: int, layout: str, channels: int, notes: list[ClipNote]) -> Iterator[np.ndarray]:
    """Decode to the true end; damage within becomes silence of its length, so that what follows stays in its place."""
    import av

    lost_s, decoded = 0.0, 0
    waiting: list[np.ndarray] = []
    try:
        with _open_container(path) as container:
            stream = container.streams.best("audio")
            stated = _stated_frames(container, stream, rate)
            convert = _Conversion(rate, layout)
            for frame in _frames(stream, container):
                if isinstance(frame, float):
                    lost_s += frame
                    continue
                if lost_s and decoded:
                    waiting.append(np.zeros((round(lost_s * rate), channels), np.float32))
                    decoded += len(waiting[-1])
                lost_s = 0.0
                for block in convert(frame):
                    waiting.append(block)
                    decoded += len(block)
                if sum(map(len, waiting)) >= BLOCK_FRAMES:
                    yield np.concatenate(waiting)
                    waiting = []
            surplus = decoded - stated if stated and "mov" in container.format.name else 0
    except (av.FFmpegError, OSError):
        _unreadable(path)
    if waiting:
        rest = np.concatenate(waiting)
        if 0 < surplus < min(_LAST_PACKET_FRAMES, len(rest)):
            rest = rest[:-surplus]
        if len(rest):
            yield rest
    if _CUT_S * rate < stated - decoded and stated <= MAX_CLIP_S * rate and not any(note.kind == "cut_short" for note in notes):
        sentence = (
            f"{path.name} ends after {decoded / rate:.2f} s of the {stated / rate:.2f} s that its header states, as a broken download does;"
            " only what is there is used."
        )
        notes.append(ClipNote("cut_short", sentence))


def _stated_frames(container: Any, stream: Any, rate: int) -> int:
    """What the file says about its length, in frames; 0 when it says nothing or FFmpeg only guesses."""
    guessed = stream.codec_context.name == "mp3float" and not stream.start_time
    if guessed or container.format.name in ("aac", "ac3", "eac3") or not stream.duration:
        return 0
    return round(float(stream.duration * stream.time_base) * rate)


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
        planes = frame.planes
        if kind == ("fltp", self._layout, self._rate) and len(planes) <= 2:
            yield np.stack([np.frombuffer(plane, np.float32)[: frame.samples] for plane in planes], axis=1)
            return
        if kind != self._kind:
            self._resampler, self._kind = av.AudioResampler(format="flt", layout=self._layout, rate=self._rate), kind
        frame.pts = None
        for made in self._resampler.resample(frame):
            yield made.to_ndarray().reshape(made.samples, -1)
