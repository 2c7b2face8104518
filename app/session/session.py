"""The one mutable state of the desktop program: avatar, speech, slots, player and the work in progress.

Everything here happens in the GUI thread. Work runs in ``Workers`` and comes back by queued signals; a result
that nobody waits for any more is dropped there. Loading something broken leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.core.errors import PreviewError, SourceError, SpeechError
from app.core.speech import AudioClip, Speech
from app.core.track import Animation
from app.lipsync.registry import source_needs_phones
from app.session.adjust.edits import CurveEdits
from app.session.adjust.tunings import Tunings
from app.session.base import opening
from app.session.base.emotion import Emotion
from app.session.base.playback import Playback
from app.session.base.slot import Slot
from app.session.base.voices import Voices
from app.session.base.workers import Job, Workers
from app.session.compare.comparing import Comparing
from app.session.keep.export import ExportJobs
from app.session.keep.life import Life
from app.session.keep.linting import Linting
from app.session.link.links import Links
from app.session.live.live import Live
from app.session.motion.animating import FPS
from app.session.motion.bundles import Bundles
from app.session.motion.motion import Motion
from app.session.motion.network import Network
from app.session.motion.source_parameters import Natives
from app.session.speech.speeches import Speeches

if TYPE_CHECKING:
    from app.audio.player import Player
    from app.avatar.rig import AvatarRig


class Session(QObject):
    """State of one window.

    Attributes:
        workers: jobs in progress.
        playback: transport state and the player.
        speeches: where the sound comes from: a line that is spoken, or a recording.
        export: writing of tracks, sound and video.
        rig: the avatar on show, or None.
        speech: what is played, or None.
        peaks: (n, 2) float32 lowest and highest sample in n equal stretches of the speech.
        slots: the sides of the comparison by name; one, ``A``, until a second is asked for.
        voices: the voice engine and the chosen voice.
        undo: what can be taken back.
        motion: what is animated, and how far that is.
        emotion: what the face feels.
        tunings: the user's adjustments.
        edits: stretches of the curves that were edited by hand.
        bundles: NVIDIA's, as far as they were opened.
        natives: parameters of the sources' own, which motion follows.
        comparing: the second side, and how both differ.
        linting: what is wrong with the motion on show.
        live: the microphone, and the face that it moves.
        network: the app's own network, once it is loaded.
        links: what is known of the way to servers.
        life: blinks, gaze, sway and breath of the avatar on show; never part of a track.
        shown: the slot on the picture and in the curves.
        avatar_path: the file of the avatar on show.
    """

    avatar_loaded = Signal(object)
    renderer_loaded = Signal()
    #: the speech was replaced, grew by a sentence, or got its phones
    speech_changed = Signal(object)
    #: a slot's animation changed; also emitted when it became empty
    animation_grew = Signal(str)
    #: slot, spec
    source_changed = Signal(str, str)
    failed = Signal(str)
    notice = Signal(str)
    #: the phones of a recording without a transcript were recognised from its sound, so some are wrong
    phones_guessed = Signal()
    #: task, fraction: below 0 when unknown, 1 when it is over
    progress_changed = Signal(str, float)
    busy_changed = Signal(bool)
    #: the audio device was opened or refused
    player_opened = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workers = Workers(self)
        self.playback = Playback(self)
        self.voices = Voices(self.workers, self)
        self.export = ExportJobs(self)
        self.rig: AvatarRig | None = None
        self.avatar_path: Path | None = None
        self.speech: Speech | None = None
        self.peaks = np.zeros((0, 2), np.float32)
        self.slots: dict[str, Slot] = {"A": Slot("A")}
        self.shown = "A"
        self.voices.notice.connect(self.notice)
        self.speeches = Speeches(self)
        self.workers.failed.connect(self._job_failed)
        self.workers.progress_changed.connect(self.progress_changed)
        self.workers.busy_changed.connect(self.busy_changed)
        self.undo = QUndoStack(self)
        self.emotion = Emotion(self.undo, self)
        self.tunings = Tunings(self)
        self.edits = CurveEdits(self)
        self.bundles = Bundles(self)
        self.natives = Natives(self)
        self.motion = Motion(self)
        self.live = Live(self)
        self.network = Network(self)
        self.links = Links(self)
        self.life = Life(self)
        self.comparing = Comparing(self)
        self.linting = Linting(self)

    # -- what is shown at a time

    @property
    def fps(self) -> float:
        """Frames per second of slot A, or of what would be generated."""
        shown = self.slots[self.shown].tuned
        return FPS if shown is None else shown.arkit.fps

    def tuned(self, slot: str, raw: Animation) -> Animation:
        """The user's adjustments applied to what a source made.

        Args:
            slot: whose adjustments.
            raw: the source's animation.
        """
        return self.tunings.applied(slot, raw)

    def weights_at(self, t: float) -> np.ndarray:
        """(52,) float32 weights shown at a time, or now while live; zeros while there is no animation."""
        if self.live.weights is not None:
            return self.live.weights
        return self.links.resting.sample(self.slots[self.shown], t)

    def pose(self, t: float) -> None:
        """Move the avatar to a time in seconds."""
        comparing, live = self.comparing, self.live.weights is not None
        slot = self.slots[comparing.main_slot]
        shown = slot.tuned
        comparing.pose_others(t)
        visemes = None if live or shown is None or shown.visemes is None else shown.visemes.sample(t)
        owns_eyes = self.live.owns_eyes if live else shown is not None and shown.owns_eyes
        weights = self.weights_at(t) if live else self.links.resting.sample(slot, t)
        self.life.pose(weights, visemes, t, owns_eyes)
        comparing.show_heat()

    # -- avatar

    def load_avatar(self, path: Path) -> None:
        """Read an avatar off the GUI thread; the present one stays until it is there."""
        self.workers.start("avatar", lambda job: job.post(self.take_avatar, path, opening.read_avatar(path)))

    def load_renderer(self) -> None:
        """Import the renderer off the GUI thread; ``renderer_loaded`` says when a view can be made."""

        def work(job: Job) -> None:
            opening.import_renderer()
            job.post(self.renderer_loaded.emit)

        self.workers.start("renderer", work)

    def take_avatar(self, path: Path, rig: AvatarRig) -> None:
        """Show an avatar that was read off the GUI thread."""
        self.rig = rig
        self.avatar_path = path
        self.pose(self.playback.now())
        self.avatar_loaded.emit(rig)
        if rig.avatar.problems:
            self.notice.emit(" ".join(rig.avatar.problems[:2]))

    # -- the audio device and the voice engine, opened after the window is up

    def open_player(self, open_one: Callable[[int | str | None], Player] = opening.open_player) -> None:
        """Open the audio output off the GUI thread."""
        device = self.playback.device
        self.workers.start("audio device", lambda job: job.post(self._player_ready, open_one(device)))

    def _player_ready(self, player: Player) -> None:
        self.playback.attach(player)
        self.player_opened.emit()

    # -- speech

    def say(self, line: str) -> None:
        """Speak a line: it plays from its first sentence while the next ones are made."""
        self.speeches.say(line)

    def open_audio(self, path: Path, transcript: str = "") -> None:
        """Open a recording; its phones are found afterwards, exactly with a transcript, roughly without."""
        self.speeches.open(path, transcript)

    def set_transcript(self, text: str) -> None:
        """Say what is spoken in the recording; its phones are aligned anew."""
        self.speeches.set_transcript(text)

    # -- motion

    def set_source(self, slot_name: str, spec: str) -> None:
        """Let another source animate a slot."""
        slot, spec = self.slots[slot_name], self.links.clean(spec)
        self.workers.cancel(slot.task)
        slot.spec, slot.source = spec, None
        slot.clear()
        self.source_changed.emit(slot_name, spec)
        self.animation_grew.emit(slot_name)
        if self.speech is not None and source_needs_phones(spec) and not self.speech.phones:
            self.motion.parts = []
        self.speeches.prepare()
        self.motion.animate(slot)

    def add_slot(self, name: str, spec: str) -> None:
        """Let a second source animate the same speech; ``show`` puts it on the picture."""
        self.slots[name] = Slot(name)
        self.set_source(name, spec)

    def show(self, slot_name: str) -> None:
        """Put a slot on the picture and in the curves."""
        self.shown = slot_name
        self.animation_grew.emit(slot_name)

    def open_track(self, path: Path) -> None:
        """Show a track file in slot A; without any sound it plays in silence."""

        def work(job: Job) -> None:
            source, silence, peaks = opening.read_track_source(path, FPS)
            job.post(self._track_ready, path, source, silence, peaks)

        self.workers.start("track", work)

    def _track_ready(self, path: Path, source: object, silence: AudioClip, peaks: np.ndarray) -> None:
        slot = self.slots["A"]
        self.workers.cancel(slot.task)
        slot.spec, slot.source = f"file:{path}", source  # type: ignore[assignment]
        slot.clear()
        self.source_changed.emit("A", slot.spec)
        if self.speech is None:
            self.speeches.take(silence, peaks)
        else:
            self.speeches.prepare()
            self.motion.animate(slot)

    # -- files, cancelling, closing

    def open(self, path: Path) -> None:
        """Open a file by what it is: an avatar, a recording or a track."""
        try:
            kind = opening.kind_of(path)
        except PreviewError as error:
            self.failed.emit(str(error))
            return
        {"avatar": self.load_avatar, "audio": self.open_audio, "track": self.open_track}[kind](path)

    def shown_animation(self) -> Animation:
        """What is shown, for writing.

        Raises:
            SourceError: nothing is animated yet.
        """
        shown = self.slots[self.shown].tuned
        if shown is None:
            raise SourceError("There is no animation yet; speak a line or open a recording first.")
        return shown

    def shown_speech(self) -> Speech:
        """What is played, for writing.

        Raises:
            SpeechError: nothing is loaded yet.
        """
        if self.speech is None:
            raise SpeechError("There is no sound yet; speak a line or open a recording first.")
        return self.speech

    def cancel(self) -> None:
        """Stop all work in progress; what is there stays."""
        self.speeches.forget_line()
        for slot in self.slots.values():
            slot.failed = slot.failed or self.workers.running(slot.task)
        if self.workers.running("speech"):
            self.playback.finish()
        self.workers.cancel_all()

    def close(self) -> None:
        """End all threads and give the audio device back."""
        self.workers.close()
        self.links.close()
        self.tunings.close()
        self.comparing.close()
        self.linting.close()
        self.playback.close()
        # the largest things here; what still refers to a closed session must not keep them
        self.rig = self.speech = self.voices.engine = None
        # the stack's destructor tells its listeners that it is empty, and they may be gone by then
        self.undo.blockSignals(True)

    def _job_failed(self, task: str, sentence: str) -> None:
        if task == "speech":
            self.playback.finish()
        for slot in self.slots.values():
            slot.failed = slot.failed or task == slot.task
        self.failed.emit(sentence)
