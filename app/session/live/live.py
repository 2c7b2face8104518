"""Live: the microphone moves the face, here or by way of a server, or another program's stream does; the delay is measured."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.emotion import EmotionSettings
from app.core.head import turn_of
from app.core.live_tuning import LiveTuner
from app.core.source_spec import SourceSpec
from app.core.tuning import Tuning
from app.lipsync.registry import abilities_of, title_of
from app.session.adjust.tunings import Tunings
from app.session.base.emotion import Emotion
from app.session.base.opening import open_microphone
from app.session.base.playback import Playback
from app.session.base.side import FPS
from app.session.base.workers import Job, Workers
from app.session.link.links import Links
from app.session.live.figures import Heard, LiveFigures, heard_of
from app.session.live.incoming import Incoming
from app.session.live.listeners import RATE, Strengths, open_listener
from app.session.motion.animating import live_expression
from app.session.state import State
from app.streaming.heard import HeardFace

if TYPE_CHECKING:
    from app.audio.devices import DeviceChoice
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
    """The face that is moved now: by the microphone, or by the stream of a phone or a webcam tracker.

    Args:
        state: the side on show says who listens.
        workers: listen.
        playback: pauses meanwhile.
        emotion: what the face feels.
        tunings: the live face is tuned as the side on show.
        links: told of the way to a server that listens.
        incoming: the stream.
        parent: the session.

    Attributes:
        device: index or name of the microphone, None for the system's default.
        microphone: the name of the one that is open, "" until it is.
        active: whether a face is moved now.
        follows_stream: whether the stream moves it.
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
        incoming: Incoming, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.device: DeviceChoice | int | str | None = None
        self.microphone = ""
        self._weights: np.ndarray | None = None
        self._angles: np.ndarray | None = None
        self.level = 0.0
        self.figures = LiveFigures()
        self.active = self.follows_stream = False
        self._state, self._workers, self._playback = state, workers, playback
        self._emotion, self._tunings, self._links, self._incoming = emotion, tunings, links, incoming
        self._beside = False
        self._sounded_s = 0.0
        self._posed_s = 0.0
        self._drawn_s = 0.0
        self._strengths = Strengths()
        self._made_with: tuple[object, ...] = ()
        self._tuner, self._stream_fps = LiveTuner(FPS, Tuning()), FPS
        self._listening: SourceSpec | None = None
        self._label = ""
        self.is_mock = self._far_lids = False
        workers.progress_changed.connect(self._progress)
        emotion.changed.connect(self._feel)
        playback.playback_changed.connect(self._played)
        state.source_changed.connect(self._follow_source)
        incoming.came.connect(self._take)
        incoming.toggled.connect(self._stream_toggled)

    @property
    def hears_microphone(self) -> bool:
        """Whether the microphone moves the face."""
        return self.active and not self.follows_stream

    @property
    def weights(self) -> np.ndarray | None:
        """(52,) float32 newest face while live, else None; that of a lost stream goes to rest."""
        if self._weights is None or not self.follows_stream:
            return self._weights
        share = self._incoming.share
        return self._weights if share >= 1.0 else (share * self._weights).astype(np.float32)

    @property
    def turn(self) -> np.ndarray | None:
        """(3,) radians of the head as ``AvatarRig.set_head_rotation`` takes them, None where nobody tracks it."""
        angles = self.angles
        return None if angles is None else turn_of(angles)

    @property
    def angles(self) -> np.ndarray | None:
        """(9,) float32 radians in the order of ``core.head.ANGLES`` of the newest face of a stream, None where nobody tracks them."""
        return None if self._angles is None else (self._incoming.share * self._angles).astype(np.float32)

    @property
    def happened_s(self) -> float | None:
        """``time.perf_counter`` when what the newest face shows was at the microphone or came from the network; None where not known."""
        return self._sounded_s or None

    @property
    def source_label(self) -> str:
        """Who makes the live face, as shown on the picture."""
        if self.follows_stream:
            return self._incoming.label
        if self.far:
            return f"{self._label or 'Remote'}, live"
        return f"{title_of(self._spec)}, live"

    @property
    def owns_eyes(self) -> bool:
        """Whether the lids are moved by who makes the live face."""
        if self.follows_stream:
            return self._incoming.share > 0.0
        return self._far_lids if self.far else self._emotion.settings.blinks

    @property
    def far(self) -> bool:
        """Whether a server makes the live face."""
        return not self.follows_stream and abilities_of(self._spec).is_linked

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
        was_stream, self.follows_stream = self.follows_stream, False
        self._workers.start(TASK, lambda job: self._listen(job, order))
        self._begin()
        if was_stream:
            self._end_face()
        if was_stream or not self.active:
            self.active = True
            self.toggled.emit(True)

    def stop(self) -> None:
        """Stop listening, or following the stream, which is heard on; the picture goes back to the clip."""
        if self.follows_stream:
            self.follow(False)
        self._workers.cancel(TASK)

    def follow(self, on: bool) -> None:
        """Let the stream move the face, as long as it is heard, or not."""
        if on == self.follows_stream or (on and not self._incoming.active):
            return
        if on:
            self._workers.cancel(TASK)
            self._playback.pause()
            self._begin()
        self.active = self.follows_stream = on
        self._end_face()
        self.toggled.emit(on)

    def listen_beside(self) -> None:
        """Hear the stream while the clip goes on: layers show it, and it moves nothing else."""
        if not self._incoming.active:
            self._beside = True
            self._incoming.start()
        self.follow(False)

    def _stream_toggled(self, on: bool) -> None:
        """Who begins to listen wants to see the whole face, unless layers asked for it."""
        beside, self._beside = self._beside, False
        if not on or not beside:
            self.follow(on)

    def _begin(self) -> None:
        """Measure and smooth anew."""
        self.figures = LiveFigures()
        self._tuner, self._stream_fps = LiveTuner(FPS, Tuning()), FPS
        self._sounded_s = self._posed_s = self._drawn_s = 0.0

    def _end_face(self) -> None:
        self._weights, self._angles, self.level, self.microphone = None, None, 0.0, ""
        self.face_changed.emit()

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
                    job.post(self._hear, heard_of(frames, listener, microphone, read_s))

    # -- in the GUI thread

    def _opened(self, name: str) -> None:
        self.microphone = name
        self.heard.emit()

    def _hear(self, heard: Heard) -> None:
        self.level = heard.level
        newest = self._tuned(heard.frames)
        if newest is not None and not heard.sounded_s:
            self._weights = newest
            self.face_changed.emit()
        elif newest is not None:
            figures = self.figures
            blend = BLEND if self._weights is not None else 1.0
            figures.input_ms += blend * (heard.input_ms - figures.input_ms)
            figures.look_ahead_ms += blend * (heard.look_ahead_ms - figures.look_ahead_ms)
            figures.computing_ms += blend * (heard.computing_ms - figures.computing_ms)
            self._weights, self._sounded_s = newest, heard.sounded_s
            self.face_changed.emit()
        self.heard.emit()

    def _take(self, faces: Sequence[HeardFace]) -> None:
        """Faces of the stream have come."""
        if not self.follows_stream:
            return
        newest = faces[-1]
        if newest.face.fps not in (0.0, self._stream_fps):
            self._stream_fps = newest.face.fps
            self._tuner = LiveTuner(self._stream_fps, Tuning())
        self._weights, self._angles = self._tuned(np.stack([heard.face.weights for heard in faces])), newest.face.angles
        self._sounded_s = newest.arrived_s
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
        if self.hears_microphone and self._spec != self._listening:
            self.start()

    def _feel(self) -> None:
        """Follow the emotion that is set; what a stream takes only at its start begins a new one."""
        if not self.hears_microphone:
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
        if task == TASK and self.hears_microphone and not self._workers.running(TASK):
            self.active = False
            self._end_face()
            self.toggled.emit(False)
