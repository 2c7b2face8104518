"""NVIDIA bundles in the window: the folder is asked for or dropped, and bundles used before are offered."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.core.source_spec import SourceSpec
from app.lipsync.nvidia_bundle import BundleInfo, index_file, split_spec
from app.session.base.messages import Messages
from app.session.motion.bundles import Bundles
from app.session.state import State
from app.settings import SourceSettings
from app.ui.sources.source_choice import SourceChoice
from app.ui.sources.speak_bar import KnownSource, SpeakBar

#: how many bundles the picker remembers
MOST = 8
ABOUT = "Motion made with NVIDIA's weights in"


class BundleOffers(QObject):
    """The bundles that the picker of sources has.

    Args:
        bar: its picker offers them.
        choice: lets one move what is shown.
        settings: remember them.
        state: says which are in use.
        bundles: open them.
        messages: told what a bundle has besides.
        window: parent of the dialog.

    Attributes:
        known: label by source, newest first.
    """

    def __init__(
        self, bar: SpeakBar, choice: SourceChoice, settings: SourceSettings, *, state: State, bundles: Bundles, messages: Messages,
        window: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(bar)
        self._bar, self._choice, self._settings = bar, choice, settings
        self._state, self._bundles, self._messages, self._window = state, bundles, messages, window
        self.known: dict[str, str] = {}

    def restore(self) -> None:
        """Offer the bundles that were used before, as far as they are still there."""
        there = {spec: label for spec, label in self._settings.bundles.items() if index_file(_folder(spec)).is_file()}
        self._put(there)

    def ask(self) -> None:
        """Ask for the folder of a bundle, and open it."""
        last = next(iter(self.known), "")
        begin = str(_folder(last).parent) if last else ""
        chosen = QFileDialog.getExistingDirectory(self._window, "Choose the folder of an NVIDIA bundle", begin)
        if chosen:
            self._bundles.open(Path(chosen))

    def opened(self, infos: tuple[BundleInfo, ...]) -> None:
        """Let the first face of a bundle move what is on show, and offer the others."""
        self._put({info.spec: info.label for info in infos} | self.known)
        self._choice.choose(infos[0].spec)
        others = ", ".join(info.label for info in infos[1:])
        if others:
            self._messages.tell(f"The picker of sources also has {others}.")

    def learn(self) -> None:
        """Labels say what the bundle runs on now; a bundle that the command line named is offered too."""
        used = {str(side.spec) for side in self._state.sides.values()}
        found = {spec: info.label for spec, info in self._bundles.info.items()}
        of_used = {spec: label for spec, label in found.items() if spec in used}
        self._put(of_used | self.known | {spec: label for spec, label in found.items() if spec in self.known})

    def use(self, _side: str, source: SourceSpec) -> None:
        """A side is moved by a source: a bundle goes on top."""
        spec = str(source)
        if spec in self.known:
            self._put({spec: self.known[spec]} | self.known)

    def _put(self, known: dict[str, str]) -> None:
        known = dict(list(known.items())[:MOST])
        if list(known.items()) != list(self.known.items()):
            self.known = known
            self._settings.bundles = dict(known)
            self._bar.set_known(
                "bundles", tuple(KnownSource(spec, label, f"{ABOUT} {spec.partition(':')[2]}") for spec, label in known.items())
            )


def _folder(spec: str) -> Path:
    """The folder of a bundle's source."""
    return split_spec(spec.partition(":")[2])[0]
