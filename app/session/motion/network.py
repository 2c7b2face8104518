"""The app's own network: loaded off the GUI thread once the window is up, and replaced by visemes where it cannot run."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.core.source_spec import SourceSpec
from app.lipsync.registry import abilities_of
from app.session.base.messages import Messages
from app.session.base.opening import load_network
from app.session.base.workers import Job, Workers
from app.session.motion.sources import Sources
from app.session.state import State

TASK = "network"
FALLBACK = SourceSpec("visemes")


class Network(QObject):
    """Whether the network is there, and what it runs on.

    Args:
        state: whose sides may use it.
        workers: load it.
        sources: asked for a fallback.
        messages: told why.
        parent: the session.

    Attributes:
        device_label: ``CUDA <name>`` or ``CPU``, "" until a network is loaded.
    """

    #: the label, or "" again when it is not used any more
    device_changed = Signal(str)

    def __init__(self, state: State, workers: Workers, sources: Sources, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.device_label = ""
        self._state, self._workers, self._sources, self._messages = state, workers, sources, messages
        self._open = False
        self._loaded: set[SourceSpec] = set()
        self._wanted: SourceSpec | None = None
        state.source_changed.connect(self._source_changed)
        state.sides_changed.connect(self._tell)
        workers.failed.connect(self._job_failed)

    def open(self) -> None:
        """The window is up: from now on what is wanted is loaded at once."""
        self._open = True
        for side in self._state.sides.values():
            self._want(side.spec)

    @property
    def in_use(self) -> bool:
        """Whether any side asks for the network."""
        return any(side.abilities.is_own_network for side in self._state.sides.values())

    def _source_changed(self, _side: str, spec: SourceSpec) -> None:
        self._want(spec)
        self._tell()

    def _tell(self) -> None:
        self.device_changed.emit(self.device_label if self.in_use else "")

    def _want(self, spec: SourceSpec) -> None:
        at_work = self._wanted == spec and self._workers.running(TASK)
        if self._open and abilities_of(spec).is_own_network and spec not in self._loaded and not at_work:
            self._wanted = spec

            def work(job: Job) -> None:
                job.post(self._ready, spec, load_network(spec))

            self._workers.start(TASK, work)

    def _ready(self, spec: SourceSpec, label: str) -> None:
        self._loaded.add(spec)
        self.device_label = label
        self._tell()

    def _job_failed(self, task: str, sentence: str) -> None:
        """Let visemes stand in where the network could not be loaded; other failures of a source stay its own."""
        given_up = [
            side for side in self._state.sides.values()
            if side.abilities.is_own_network and side.spec not in self._loaded and task in (TASK, side.task)
        ]  # fmt: skip
        for side in given_up:
            self._sources.choose(side.name, FALLBACK)
        if given_up:
            self._messages.fail(f"{sentence.removesuffix('.')}; until then visemes move the face.")
