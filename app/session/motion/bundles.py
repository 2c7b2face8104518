"""NVIDIA bundles: opened off the GUI thread, remembered while the program runs, and replaced by the default source when they are gone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.errors import SourceError
from app.core.native import NVIDIA
from app.core.source_spec import SourceSpec
from app.lipsync.audio2emotion import open_listener
from app.lipsync.feeling import default_source
from app.lipsync.nvidia_bundle import BundleInfo, bundle_kind_of, emotion_offer, index_file, load_model, open_bundle, split_spec
from app.lipsync.registry import title_of
from app.session.base.emotion import Emotion
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.motion.sources import Sources
from app.session.state import State

#: the task of a bundle that the user has asked for
TASK = "NVIDIA bundle"


class Bundles(QObject):
    """What is known of the bundles in use.

    Args:
        state: whose sides may use them.
        workers: open them.
        sources: asked for a fallback.
        emotion: which bundles may listen.
        messages: told what is gone.
        parent: the session.

    Attributes:
        info: spec -> the opened bundle.
    """

    #: the user asked for these faces of a bundle, and they are there: tuple of BundleInfo
    opened = Signal(object)
    #: a folder that was asked for holds Audio2Emotion: its EmotionOffer
    emotion_found = Signal(object)
    #: its condition was accepted and it is loaded: its folder
    emotion_opened = Signal(object)
    #: more is known
    changed = Signal()

    def __init__(
        self, state: State, workers: Workers, *, sources: Sources, emotion: Emotion, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.info: dict[str, BundleInfo] = {}
        self._state, self._workers, self._sources, self._emotion, self._messages = state, workers, sources, emotion, messages
        self._begun = False
        state.source_changed.connect(self._source_changed)
        workers.failed.connect(self._job_failed)

    def begin(self) -> None:
        """The window is up: from now on bundles that sides name are opened at once."""
        self._begun = True
        for side in list(self._state.sides.values()):
            self._source_changed(side.name, side.spec)

    def open(self, folder: Path, only: str = "") -> None:
        """Open a bundle of either kind off the GUI thread; ``opened`` or ``emotion_found`` tells.

        Args:
            folder: with ``model.json``, or that file itself.
            only: ``emotion`` to take nothing but Audio2Emotion.
        """
        folder = folder.parent if folder.name == "model.json" else folder

        def work(job: Job) -> None:
            if bundle_kind_of(folder) == "emotion":
                job.post(self.emotion_found.emit, emotion_offer(folder))
                return
            if only:
                raise SourceError("This is an Audio2Face bundle, not an Audio2Emotion bundle; choose the folder of Audio2Emotion.")
            infos = open_bundle(folder)
            job.post(self._ready, infos)
            job.post(self.opened.emit, infos)

        self._workers.start(TASK, work)

    def open_emotion(self, folder: Path) -> None:
        """Load an Audio2Emotion bundle whose condition was accepted; ``emotion_opened`` tells."""
        accepted = str(folder) in self._emotion.accepted

        def work(job: Job) -> None:
            open_listener(folder, accepted)
            job.post(self.emotion_opened.emit, folder)

        self._workers.start(TASK, work)

    def _ready(self, infos: tuple[BundleInfo, ...]) -> None:
        self.info |= {info.spec: info for info in infos}
        # the bare folder of a bundle with several actors means the first
        bare = f"{NVIDIA}:{infos[0].folder}"
        self.info.setdefault(bare, replace(infos[0], spec=bare))
        self.changed.emit()

    def _source_changed(self, name: str, spec: SourceSpec) -> None:
        """Learn of a bundle that was chosen by its words: at the start, or on the command line."""
        side = self._state.sides[name]
        if side.abilities.family != NVIDIA or side.spec != spec or str(spec) in self.info:
            return
        folder, identity = split_spec(spec.argument)
        if not index_file(folder).is_file():
            self._state.put(replace(side, failed=True))
            why = f"The folder of the NVIDIA bundle {folder.name!r} is not there any more"
            QTimer.singleShot(0, self, partial(self._fall_back, spec, why, ""))
            return
        if not self._begun:
            return

        def work(job: Job) -> None:
            load_model(folder, identity=identity)
            infos = open_bundle(folder)
            named = [info for info in infos if identity and info.spec.lower().endswith(f"#{identity.lower()}")]
            job.post(self._ready, (*infos, replace((named or infos)[0], spec=str(spec))))

        self._workers.start(f"{TASK} {spec}", work)

    def _job_failed(self, task: str, sentence: str) -> None:
        """A bundle that cannot be opened gives its sides to the default source; other failures of a source stay its own."""
        for side in list(self._state.sides.values()):
            if side.abilities.family == NVIDIA and str(side.spec) not in self.info and task in (side.task, f"{TASK} {side.spec}"):
                self._fall_back(side.spec, sentence.removesuffix("."), sentence)

    def _fall_back(self, spec: SourceSpec, why: str, error: str) -> None:
        instead = default_source()
        label = title_of(instead)
        given_up = [side.name for side in self._state.sides.values() if side.spec == spec]
        for name in given_up:
            self._sources.choose(name, instead)
        if given_up:
            say = self._messages.fail if error else self._messages.tell
            say(f"{why}; until you choose another bundle, {label} moves the face.")
