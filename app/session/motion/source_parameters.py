"""Parameters of sources' own (NVIDIA's, VisemeSync's, visemes'): what can be set, and motion that follows, the latest change first."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer

from app.core.native import NVIDIA, VISEMES, VISEMESYNC, NativeParameter, of_family
from app.lipsync.nvidia_tuning import default_sets, is_nvidia, nvidia_tuning
from app.lipsync.visemes import OVERLAP, viseme_overlap, visemesync_parameters, visemesync_setting
from app.session.adjust.tunings import Tunings
from app.session.base.workers import Workers
from app.session.motion.bundles import Bundles
from app.session.motion.motion import Motion
from app.session.state import State


def check_parameters(parameters: Mapping[str, float]) -> None:
    """Refuse parameters of sources' own that their makers would refuse.

    Raises:
        PresetError: an unknown name, or a value out of range.
    """
    nvidia_tuning(parameters)
    visemesync_setting(parameters, "visemesync")
    viseme_overlap(parameters)


def named_sets(parameters: tuple[NativeParameter, ...]) -> dict[str, dict[str, float]]:
    """Settings that the makers of a source have published, for the menu of presets.

    Args:
        parameters: of the source on show.

    Returns:
        Title -> the parameters in which a set differs from what the source has.
    """
    if not parameters:
        return {}
    if is_nvidia(parameters):
        return default_sets(parameters)
    own = {each.key: each.default for each in parameters}
    if not of_family(own, VISEMESYNC):
        return {}
    titles = {"VisemeSync: its present setting": "visemesync", "VisemeSync: its first setting": "visemesync-early"}
    published = {title: {each.key: each.default for each in visemesync_parameters(profile)} for title, profile in titles.items()}
    return {title: {key: value for key, value in values.items() if value != own[key]} for title, values in published.items()}


class SourceParameters(QObject):
    """Lets a source work again when its own parameters in the side's tuning have changed.

    A change while the picture of the one before is still being made waits for that picture, so that a drag is seen as it goes;
    then only the latest counts.

    Args:
        state: whose sides are tuned.
        workers: run the sources.
        tunings: hold the parameters.
        motion: follows them.
        bundles: what NVIDIA's have to set.
        parent: the session.
    """

    def __init__(
        self, state: State, workers: Workers, *, tunings: Tunings, motion: Motion, bundles: Bundles, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._workers, self._motion, self._bundles = state, workers, motion, bundles
        #: sides of whose last change nothing was shown yet
        self._unseen: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._follow)
        tunings.changed.connect(self._follow)
        motion.made.connect(self._seen)
        workers.ended.connect(lambda _: self._timer.start())

    def of(self, side: str) -> dict[str, float]:
        """The parameters that a side's source takes."""
        return self._motion.parameters_of(side)

    def offered(self, side: str) -> tuple[NativeParameter, ...]:
        """What can be set of a side's source; nothing while its bundle is not open yet."""
        spec, family = self._state.sides[side].spec, self._state.sides[side].abilities.family
        if family == VISEMESYNC:
            return visemesync_parameters(spec.argument)
        if family == VISEMES:
            return (OVERLAP,)
        info = self._bundles.info.get(str(spec)) if family == NVIDIA else None
        return () if info is None else info.parameters

    def _seen(self, side: str) -> None:
        """Something of a side's new motion is on the picture: what has changed since then may follow."""
        if side in self._unseen:
            self._unseen.discard(side)
            self._timer.start()

    def _follow(self) -> None:
        for side in tuple(self._state.sides.values()):
            if self.of(side.name) == side.parameters or not self._state.parts:
                continue
            if side.name in self._unseen and self._workers.running(side.task):
                continue
            self._unseen.add(side.name)
            self._motion.retune(side.name)
