"""What turns the sound of many voices into frames, on the worker thread: the network, the mock, and sources that need the whole clip."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import PreviewError, SourceError
from app.core.speech import AudioClip, Speech
from app.core.track import Animation, concatenate, resampled
from app.lipsync.mock import MockSource, mock_weights
from app.lipsync.registry import make_source, source_needs_phones
from app.lipsync.source import LipSyncSource
from app.remote.server.settings import BRIDGE_MODELS

RATE = 16000
#: samples of one step of the network; sound is handed over in whole steps
STEP = 320
_EMPTY = np.zeros((0, len(ARKIT_CHANNELS)), np.float32)


@dataclass(frozen=True)
class VoiceOptions:
    """How one voice is animated.

    Attributes:
        fps: frames per second.
        blinks: let the lids blink, where the source can.
        seed: of the blinks.
        emotion: (10,) strengths, where the source can.
        first_step: number in the clip of the step that begins with the first sample; above 0 when a clip is taken up in its middle.
        first_frame: number in the clip of the first frame to give; it does not lie before that step.
        traced: tell when its rounds ran.
    """

    fps: int = 30
    blinks: bool = True
    seed: int = 0
    emotion: np.ndarray | None = None
    first_step: int = 0
    first_frame: int = 0
    traced: bool = False

    @property
    def early(self) -> int:
        """Samples that are heard before the first frame begins."""
        return round(self.first_frame * RATE / self.fps) - self.first_step * STEP


class Heard(NamedTuple):
    """The next 16 kHz samples of a voice; ``last`` when nothing follows."""

    key: int
    samples: np.ndarray
    last: bool


class Outcome(NamedTuple):
    """What came of it.

    Attributes:
        frames: (k, 52).
        done: the clip's last frame is among them, or nothing more comes.
        error: a sentence when the voice failed.
        code: of the error, as in docs/server.md: ``engine``, or ``closing`` when the engine is gone and another one will take the voice up.
    """

    frames: np.ndarray
    done: bool = False
    error: str = ""
    code: str = "engine"


class Animator(Protocol):
    """Runs on one thread.

    Attributes:
        name: of the source; label: to show; is_mock: whether it ignores the sound.
        owns_eyes: whether it moves the lids.
        model: the name VisemeSync's client is told.
        look_ahead_ms: how much later sound changes a frame.
        device: where it runs.
        hears_all_first: whether frames come only after the end of the sound.
    """

    name: str
    label: str
    is_mock: bool
    owns_eyes: bool
    model: str
    look_ahead_ms: float
    device: str
    hears_all_first: bool

    def add(self, options: VoiceOptions) -> int:
        """Begin a voice; returns its key."""
        ...

    def remove(self, key: int) -> None:
        """Forget a voice."""
        ...

    def run(self, heard: list[Heard]) -> list[Outcome]:
        """Let voices hear; after ``last`` call again with no samples until ``done``."""
        ...


class NetworkAnimator:
    """The app's own network: every voice that is ready shares one call.

    Args:
        mode: ``quality`` or ``light``.
        device: ``auto``, ``cpu`` or ``cuda``.
        model: reported to VisemeSync's client.

    Raises:
        SourceError: torch or the weights are missing.
    """

    is_mock = False
    owns_eyes = True
    hears_all_first = False

    def __init__(self, mode: str, device: str, model: str) -> None:
        from app.lipsync.a2f import A2FSource, load_net

        if mode not in ("quality", "light"):
            raise SourceError(f"Audio2Face has the modes quality and light, not {mode!r}.")
        source = A2FSource("light" if mode == "light" else "quality")
        net = load_net(source.mode, device)
        from models.batching import FacePool

        self._pool = FacePool(net)
        self.name, self.label, self.model = source.name, source.label, model
        self.look_ahead_ms, self.device = net.look_ahead_ms, net.device_label
        self.bytes_per_stream = self._pool.bytes_per_stream
        self._warm_up()

    def _warm_up(self) -> None:
        """Let nobody hear something, so that the first voice does not wait for what torch prepares on its first calls."""
        from models.batching import Piece

        for voices in (1, 2):
            rows = [self._pool.add() for _ in range(voices)]
            for steps in (1, 1, 2, 4):
                self._pool.run([Piece(row, np.zeros(steps * STEP, np.float32)) for row in rows])
            for row in rows:
                self._pool.remove(row)

    def add(self, options: VoiceOptions) -> int:
        """See Animator."""
        return self._pool.add(
            options.fps, options.blinks, options.seed, options.emotion, first_step=options.first_step, first_frame=options.first_frame
        )

    def remove(self, key: int) -> None:
        """See Animator."""
        self._pool.remove(key)

    def run(self, heard: list[Heard]) -> list[Outcome]:
        """See Animator."""
        from models.batching import Piece

        made = self._pool.run([Piece(each.key, each.samples, each.last) for each in heard])
        return [Outcome(frames, each.last) for frames, each in zip(made, heard, strict=True)]


@dataclass
class _MockVoice:
    fps: int
    samples: int
    made: int


class MockAnimator:
    """The mock source, as long as the sound; always labelled."""

    is_mock = True
    owns_eyes = False
    look_ahead_ms = 0.0
    device = "CPU"
    hears_all_first = False

    def __init__(self, model: str) -> None:
        self.name, self.label, self.model = MockSource.name, MockSource.label, model
        self._voices: dict[int, _MockVoice] = {}
        self._next = 0

    def add(self, options: VoiceOptions) -> int:
        """See Animator."""
        self._next += 1
        self._voices[self._next] = _MockVoice(options.fps, options.first_step * STEP, options.first_frame)
        return self._next

    def remove(self, key: int) -> None:
        """See Animator."""
        del self._voices[key]

    def run(self, heard: list[Heard]) -> list[Outcome]:
        """See Animator."""
        return [Outcome(self._frames(self._voices[each.key], len(each.samples)), each.last) for each in heard]

    @staticmethod
    def _frames(voice: _MockVoice, count: int) -> np.ndarray:
        voice.samples += count
        first, end = voice.made, max(-(-voice.samples * voice.fps // RATE), voice.made)
        voice.made = end
        return mock_weights(first, end, voice.fps)


@dataclass
class _ClipVoice:
    fps: int
    early: int
    parts: list[np.ndarray] = field(default_factory=list)
    chunks: Iterator[Animation] | None = None
    cancel: threading.Event = field(default_factory=threading.Event)


class ClipAnimator:
    """A source that needs the whole clip: sound is gathered until its end, then frames come chunk by chunk.

    Args:
        spec: the source.
        model: reported to VisemeSync's client.

    Raises:
        SourceError: no such source, or one that needs phones.
    """

    look_ahead_ms = 0.0
    device = "as the source chooses"
    hears_all_first = True

    def __init__(self, spec: str, model: str) -> None:
        if source_needs_phones(spec):
            raise SourceError(f"The source {spec!r} needs timed phones, which a server does not get; choose a2f, nvidia:FOLDER or mock.")
        source = make_source(spec, 30)
        self._spec, self._sources = spec, {30: source}
        self.name, self.label, self.is_mock, self.owns_eyes = source.name, source.label, source.is_mock, False
        folder = Path(spec.partition(":")[2]).name.lower()
        self.model = next((name for name in BRIDGE_MODELS if name in folder), model)
        self._voices: dict[int, _ClipVoice] = {}
        self._next = 0

    def _source(self, fps: int) -> LipSyncSource:
        if fps not in self._sources:
            self._sources[fps] = make_source(self._spec, fps)
        return self._sources[fps]

    def add(self, options: VoiceOptions) -> int:
        """See Animator."""
        self._next += 1
        self._voices[self._next] = _ClipVoice(options.fps, options.early)
        return self._next

    def remove(self, key: int) -> None:
        """See Animator."""
        self._voices.pop(key).cancel.set()

    def run(self, heard: list[Heard]) -> list[Outcome]:
        """See Animator."""
        return [self._step(self._voices[each.key], each) for each in heard]

    def _step(self, voice: _ClipVoice, heard: Heard) -> Outcome:
        voice.parts.append(heard.samples)
        if not heard.last:
            return Outcome(_EMPTY)
        try:
            if voice.chunks is None:
                clip = AudioClip(np.concatenate(voice.parts).astype(np.float32)[voice.early :], RATE)
                voice.chunks = self._source(voice.fps).generate(Speech(clip), voice.cancel)
            chunk = next(voice.chunks, None)
        except PreviewError as error:
            return Outcome(_EMPTY, True, str(error))
        if chunk is None:
            return Outcome(_EMPTY, True)
        track = chunk.arkit if chunk.arkit.fps == voice.fps else resampled(concatenate([chunk]).arkit, voice.fps)[0]
        return Outcome(np.clip(track.weights, 0, 1))


def make_animator(source: str, device: str = "auto", model: str = "james") -> Animator:
    """The animator of a source.

    Args:
        source: as on the command line.
        device: for the network.
        model: reported to VisemeSync's client where the source has no name of its own.

    Raises:
        SourceError: no such source, or something it needs is missing.
    """
    kind, _, argument = source.partition(":")
    if kind == "a2f":
        return NetworkAnimator(argument or "quality", device, model)
    if source == "mock":
        return MockAnimator(model)
    return ClipAnimator(source, model)
