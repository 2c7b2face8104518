"""Live: the microphone moves the face, here or by way of a server, and the delay between the two is measured."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.emotion import EmotionSettings
from app.core.live_tuning import LiveTuner
from app.core.source_spec import SourceSpec
from app.core.tuning import Tuning
from app.lipsync.registry import abilities_of, title_of
from app.lipsync.source import Listener
from app.session.adjust.tunings import Tunings
from app.session.base.emotion import Emotion
from app.session.base.opening import open_microphone
from app.session.base.playback import Playback
from app.session.base.side import FPS
from app.session.base.workers import Job, Workers
from app.session.link.links import Links
from app.session.live.listeners import RATE, Strengths, open_listener
from app.session.motion.animating import live_expression
from app.session.state import State

if TYPE_CHECKING:
    from app.audio.devices import DeviceChoice
    from app.audio.microphone import Microphone
    from app.lipsync.source import Expression
    from app.remote.protocol.messages import Ready

TASK = "live"
#: what listens when the side on show cannot
SOURCE = SourceSpec("a2f")
#: how long the worker waits between two looks at the microphone: a third of a display frame
POLL_S = 0.005
#: share of a new measurement in the running means
BLEND = 0.1


@dataclass(frozen=True)
class Heard:
    """What came out of one block of sound.

    Attributes:
        frames: (n, 52) faces that the block completed, the newest last.
        level: root mean square of the block, 0 to 1.
        sounded_s: ``time.perf_counter`` when the sound of the newest face was at the microphone; 0 for a face without sound.
        input_ms: from the microphone to this program, as the host measures it.
        look_ahead_ms: how much later sound the newest face had to wait for.
        computing_ms: what the network took for the block; for a server, its work and the way to it and back.
    """

    frames: np.ndarray
    level: float
    sounded_s: float
    input_ms: float
    look_ahead_ms: float
    computing_ms: float


@dataclass
class LiveFigures:
    """The delay, as running means in milliseconds.

    Attributes:
        input_ms: microphone, driver and rate conversion.
        look_ahead_ms: sound that the network waits for.
        computing_ms: the network's work; for a server with the way to it and back.
        total_ms: from a sound at the microphone until its face is drawn; 0 until measured.
        worst_ms: the largest single delay since the last look at it.
        smoothing_ms: how much later the most smoothed part of the face comes, on top of all that, by the tuning.
    """

    input_ms: float = 0.0
    look_ahead_ms: float = 0.0
    computing_ms: float = 0.0
    total_ms: float = 0.0
    worst_ms: float = 0.0
    smoothing_ms: float = 0.0

    @property
    def drawing_ms(self) -> float:
        """The rest: waiting for the window, posing and drawing."""
        return max(self.total_ms - self.input_ms - self.look_ahead_ms - self.computing_ms, 0.0)


@dataclass(frozen=True)
class _Order:
    """What a listening thread is given."""

    side: str
    spec: SourceSpec
    device: DeviceChoice | int | str | None
    expression: Expression
    strengths: Strengths


def _lasting(settings: EmotionSettings) -> tuple[object, ...]:
    """What a stream takes only at its start."""
    return settings.mode, settings.blinks, settings.timeline.strength if settings.mode == "auto" else 1.0


class Live(QObject):
    """The microphone and the face that it moves.

    Args:
        state: the side on show says who listens.
        workers: listen.
        playback: pauses meanwhile.
        emotion: what the face feels.
        tunings: the live face is tuned as the side on show.
        links: told of the way to a server that listens.
        parent: the session.

    Attributes:
        device: index or name of the microphone, None for the system's default.
        microphone: the name of the one that is open, "" until it is.
        weights: (52,) float32 newest face while live, else None.
        level: loudness of the newest block, 0 to 1.
        figures: the measured delay.
        is_mock: whether a server said that its faces ignore the sound.
    """

    #: live began or ended
    toggled = Signal(bool)
    #: a newer face is there
    face_changed = Signal()
    #: a newer level is there
    heard = Signal()
    #: a server said who it is
    named = Signal()

    def __init__(
        self, state: State, workers: Workers, *, playback: Playback, emotion: Emotion, tunings: Tunings, links: Links,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.device: DeviceChoice | int | str | None = None
        self.microphone = ""
        self.weights: np.ndarray | None = None
        self.level = 0.0
        self.figures = LiveFigures()
        self.active = False
        self._state, self._workers, self._playback = state, workers, playback
        self._emotion, self._tunings, self._links = emotion, tunings, links
        self._sounded_s = 0.0
        self._posed_s = 0.0
        self._drawn_s = 0.0
        self._strengths = Strengths()
        self._made_with: tuple[object, ...] = ()
        self._tuner = LiveTuner(FPS, Tuning())
        self._listening: SourceSpec | None = None
        self._label = ""
        self.is_mock = self._far_lids = False
        workers.progress_changed.connect(self._progress)
        emotion.changed.connect(self._feel)
        playback.playback_changed.connect(self._played)
        state.source_changed.connect(self._follow_source)

    @property
    def source_label(self) -> str:
        """Who makes the live face, as shown on the picture."""
        if self.far:
            return f"{self._label or 'Remote'}, live"
        return f"{title_of(self._spec)}, live"

    @property
    def owns_eyes(self) -> bool:
        """Whether the lids are moved by who makes the live face."""
        return self._far_lids if self.far else self._emotion.settings.blinks

    @property
    def far(self) -> bool:
        """Whether a server makes the live face."""
        return abilities_of(self._spec).is_linked

    @property
    def _spec(self) -> SourceSpec:
        side = self._state.shown_side
        return side.spec if side.abilities.listens_live else SOURCE

    def toggle(self, on: bool) -> None:
        """Begin or end."""
        if on:
            self.start()
        else:
            self.stop()

    def start(self) -> None:
        """Listen to the microphone from now on; what cannot be opened ends in a sentence and in stopping."""
        self._playback.pause()
        settings = self._emotion.settings
        self._made_with = _lasting(settings)
        felt = self._felt()
        self._strengths = Strengths(felt)
        order = _Order(self._state.shown, self._spec, self.device, live_expression(settings, felt), self._strengths)
        self._listening, self._label, self.is_mock = order.spec, "", False
        self._workers.start(TASK, lambda job: self._listen(job, order))
        self.figures = LiveFigures()
        self._tuner = LiveTuner(FPS, Tuning())
        self._sounded_s = self._posed_s = self._drawn_s = 0.0
        if not self.active:
            self.active = True
            self.toggled.emit(True)

    def stop(self) -> None:
        """Stop listening; the picture goes back to the clip."""
        self._workers.cancel(TASK)

    def note_posed(self) -> None:
        """The newest face was given to the avatar just now."""
        self._posed_s = self._sounded_s

    def note_drawn(self) -> None:
        """The picture of the face that was posed last was finished just now: measure how old its sound is."""
        if not self.active or self._posed_s == self._drawn_s:
            return
        self._drawn_s = self._posed_s
        figures, delay_ms = self.figures, 1e3 * (time.perf_counter() - self._posed_s)
        figures.total_ms += (BLEND if figures.total_ms else 1.0) * (delay_ms - figures.total_ms)
        figures.worst_ms = max(figures.worst_ms, delay_ms)

    # -- in the worker thread

    def _listen(self, job: Job, order: _Order) -> None:
        tell = (lambda status: job.post(self._links.note, order.side, status), lambda ready: job.post(self._named, ready))
        listener = open_listener(order.spec, FPS, order.expression, order.strengths, tell)
        with closing(listener), open_microphone(order.device, RATE) as microphone:
            job.post(self._opened, microphone.name)
            read_s = time.perf_counter()
            while not job.cancel.wait(POLL_S):
                samples = microphone.read_new()
                if len(samples):
                    read_s = time.perf_counter()
                elif not listener.far:
                    continue
                frames = listener.push(samples)
                if len(samples) or len(frames):
                    job.post(self._hear, _heard(frames, listener, microphone, read_s))

    # -- in the GUI thread

    def _opened(self, name: str) -> None:
        self.microphone = name
        self.heard.emit()

    def _hear(self, heard: Heard) -> None:
        self.level = heard.level
        newest = self._tuned(heard.frames)
        if newest is not None and not heard.sounded_s:
            self.weights = newest
            self.face_changed.emit()
        elif newest is not None:
            figures = self.figures
            blend = BLEND if self.weights is not None else 1.0
            figures.input_ms += blend * (heard.input_ms - figures.input_ms)
            figures.look_ahead_ms += blend * (heard.look_ahead_ms - figures.look_ahead_ms)
            figures.computing_ms += blend * (heard.computing_ms - figures.computing_ms)
            self.weights, self._sounded_s = newest, heard.sounded_s
            self.face_changed.emit()
        self.heard.emit()

    def _tuned(self, frames: np.ndarray) -> np.ndarray | None:
        """(52,) newest of some faces after the tuning of the side on show, or None when there are none."""
        tunings, tuner = self._tunings, self._tuner
        wanted = Tuning() if tunings.bypassed else tunings.of(self._state.shown)
        if wanted != tuner.tuning:
            tuner.set_tuning(wanted)
        self.figures.smoothing_ms = tuner.delay_ms
        return tuner.push(frames)[-1] if len(frames) else None

    def _named(self, ready: Ready) -> None:
        self._label, self.is_mock, self._far_lids = ready.label, ready.mock, ready.owns_eyes
        self.named.emit()

    def _follow_source(self, *_: object) -> None:
        """Another source that can listen takes over."""
        if self.active and self._spec != self._listening:
            self.start()

    def _feel(self) -> None:
        """Follow the emotion that is set; what a stream takes only at its start begins a new one."""
        if not self.active:
            return
        if _lasting(self._emotion.settings) != self._made_with:
            self.start()
        else:
            self._strengths.set(self._felt())

    def _felt(self) -> np.ndarray:
        """(10,) strengths set by hand at the playhead; what the voice sounds like is the source's business."""
        emotion = self._emotion
        return emotion.at(self._playback.now()) if emotion.settings.mode == "manual" else np.zeros(10, np.float32)

    def _played(self, playing: bool) -> None:
        """A clip that plays takes the face over."""
        if playing:
            self.stop()

    def _progress(self, task: str, _fraction: float) -> None:
        """Notice that the job is over, for whatever reason."""
        if task == TASK and self.active and not self._workers.running(TASK):
            self.active = False
            self.weights, self.level, self.microphone = None, 0.0, ""
            self.toggled.emit(False)
            self.face_changed.emit()


def _heard(frames: np.ndarray, listener: Listener, microphone: Microphone, read_s: float) -> Heard:
    """What came out of a push; ``read_s`` is when its sound, or the last one before it, was read from the microphone."""
    input_s, behind_s = microphone.latency_s, listener.behind_s
    if behind_s < 0:
        return Heard(frames, microphone.level, 0.0, 1e3 * input_s, 0.0, 0.0)
    spent_s = time.perf_counter() - read_s
    ahead_ms = min(listener.look_ahead_ms, 1e3 * behind_s)
    computing_ms = 1e3 * (behind_s + spent_s) - ahead_ms
    return Heard(frames, microphone.level, read_s - input_s - behind_s, 1e3 * input_s, ahead_ms, computing_ms)
