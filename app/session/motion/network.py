"""The app's own network: loaded off the GUI thread once the window is up, and replaced by visemes where it cannot run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.session.base.opening import load_network
from app.session.base.workers import Job
from app.session.motion.animating import is_own

if TYPE_CHECKING:
    from app.session.session import Session

TASK = "network"
FALLBACK = "visemes"


class Network(QObject):
    """Whether the network is there, and what it runs on.

    Args:
        session: whose slots may use it.

    Attributes:
        device_label: ``CUDA <name>`` or ``CPU``, "" until a network is loaded.
    """

    #: the label, or "" again when it is not used any more
    device_changed = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.device_label = ""
        self._session = session
        self._open = False
        self._loaded: set[str] = set()
        self._wanted = ""
        session.source_changed.connect(self._source_changed)
        session.workers.failed.connect(self._job_failed)

    def open(self) -> None:
        """The window is up: from now on what is wanted is loaded at once."""
        self._open = True
        for slot in self._session.slots.values():
            self._want(slot.spec)

    @property
    def in_use(self) -> bool:
        """Whether any slot asks for the network."""
        return any(is_own(slot.spec) for slot in self._session.slots.values())

    def _source_changed(self, _slot: str, spec: str) -> None:
        self._want(spec)
        self.device_changed.emit(self.device_label if self.in_use else "")

    def _want(self, spec: str) -> None:
        at_work = self._wanted == spec and self._session.workers.running(TASK)
        if self._open and is_own(spec) and spec not in self._loaded and not at_work:
            self._wanted = spec

            def work(job: Job) -> None:
                job.post(self._ready, spec, load_network(spec))

            self._session.workers.start(TASK, work)

    def _ready(self, spec: str, label: str) -> None:
        self._loaded.add(spec)
        self.device_label = label
        self.device_changed.emit(label if self.in_use else "")

    def _job_failed(self, task: str, sentence: str) -> None:
        """Let visemes stand in where the network could not be loaded; other failures of a source stay its own."""
        given_up = [
            slot for slot in self._session.slots.values()
            if is_own(slot.spec) and slot.spec not in self._loaded and task in (TASK, slot.task)
        ]  # fmt: skip
        for slot in given_up:
            self._session.set_source(slot.name, FALLBACK)
        if given_up:
            self._session.failed.emit(f"{sentence.removesuffix('.')}; until then visemes move the face.")
