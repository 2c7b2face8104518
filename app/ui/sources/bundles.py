"""NVIDIA bundles in the window: the folder is asked for or dropped, bundles used before are offered, Audio2Emotion asks first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.lipsync.nvidia_bundle import BundleInfo, index_file, split_spec
from app.ui.sources.speak_bar import KnownSource

if TYPE_CHECKING:
    from app.ui.window.main_window import MainWindow

#: how many bundles the picker remembers
MOST = 8
ABOUT = "Motion made with NVIDIA's weights in"


class BundleParts(QObject):
    """Everything about bundles that the window shows.

    Args:
        window: built, with its source picker.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        session = self._session = window.session
        #: spec -> label, newest first
        self.known: dict[str, str] = {
            spec: label for spec, label in window.settings.bundles.items()
            if isinstance(label, str) and index_file(split_spec(spec.partition(":")[2])[0]).is_file()
        }  # fmt: skip
        window.speak_bar.source_wanted.connect(lambda kind: self.ask() if kind == "nvidia" else None)
        window.files.folder_wanted.connect(session.bundles.open)
        session.bundles.opened.connect(self._opened)
        session.bundles.changed.connect(self._learn)
        session.state.source_changed.connect(self._use)
        self._list()

    def ask(self) -> None:
        """Ask for the folder of a bundle, and open it."""
        last = next(iter(self.known), "")
        begin = str(split_spec(last.partition(":")[2])[0].parent) if last else ""
        chosen = QFileDialog.getExistingDirectory(self._window, "Choose the folder of an NVIDIA bundle", begin)
        if chosen:
            self._session.bundles.open(Path(chosen))

    def _opened(self, infos: tuple[BundleInfo, ...]) -> None:
        """Let the first face of the bundle move what is on show, and offer the others."""
        self._put({info.spec: info.label for info in infos} | self.known)
        self._window.choose_source(infos[0].spec)
        others = ", ".join(info.label for info in infos[1:])
        if others:
            self._session.messages.tell(f"The picker of sources also has {others}.")

    def _learn(self) -> None:
        """Labels say what the bundle runs on now; a bundle that the command line named is offered too."""
        used = {str(slot.spec) for slot in self._session.state.sides.values()}
        found = {spec: info.label for spec, info in self._session.bundles.info.items()}
        self._put(
            {spec: found[spec] for spec in found if spec in used} | self.known | {spec: found[spec] for spec in found if spec in self.known}
        )

    def _use(self, _slot: str, source: object) -> None:
        spec = str(source)
        if spec in self.known:
            self._put({spec: self.known[spec]} | self.known)

    def _put(self, known: dict[str, str]) -> None:
        known = dict(list(known.items())[:MOST])
        if list(known.items()) != list(self.known.items()):
            self.known = known
            self._list()

    def _list(self) -> None:
        self._window.settings.bundles = dict(self.known)
        offered = (KnownSource(spec, label, f"{ABOUT} {spec.partition(':')[2]}") for spec, label in self.known.items())
        self._window.speak_bar.set_known("bundles", tuple(offered))
