"""Parameters of the sources' own (NVIDIA's, VisemeSync's): what can be set, and motion that follows them, the latest change first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.core.native import NVIDIA, VISEMESYNC, NativeParameter, family_of, of_family
from app.lipsync.nvidia_tuning import default_sets, is_nvidia, nvidia_tuning
from app.lipsync.visemes import visemesync_parameters, visemesync_setting

if TYPE_CHECKING:
    from app.session.session import Session


def check_native(native: Mapping[str, float]) -> None:
    """Refuse parameters of sources' own that their makers would refuse.

    Raises:
        PresetError: an unknown name, or a value out of range.
    """
    nvidia_tuning(native)
    visemesync_setting(native, "visemesync")


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
    titles = {"VisemeSync: its present setting": "visemesync", "VisemeSync: its first setting": "visemesync-early"}
    published = {title: {each.key: each.default for each in visemesync_parameters(profile)} for title, profile in titles.items()}
    return {title: {key: value for key, value in values.items() if value != own[key]} for title, values in published.items()}


class Natives(QObject):
    """Lets a source work again when its own parameters in the slot's tuning have changed.

    A change while the picture of the one before is still being made waits for that picture, so that a drag is seen as it goes;
    then only the latest counts.

    Args:
        session: whose slots are tuned.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        #: slots of whose last change nothing was shown yet
        self._unseen: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._follow)
        session.tunings.changed.connect(self._follow)
        session.workers.ended.connect(lambda _: self._timer.start())

    def of(self, slot_name: str) -> dict[str, float]:
        """The parameters that a slot's source takes."""
        slot = self._session.slots[slot_name]
        return of_family(self._session.tunings.of(slot_name).native, family_of(slot.spec))

    def parameters(self, slot_name: str) -> tuple[NativeParameter, ...]:
        """What can be set of a slot's source; nothing while its bundle is not open yet."""
        spec = self._session.slots[slot_name].spec
        family = family_of(spec)
        if family == VISEMESYNC:
            return visemesync_parameters(spec.partition(":")[2])
        info = self._session.bundles.info.get(spec) if family == NVIDIA else None
        return () if info is None else info.parameters

    def shown(self, slot_name: str) -> None:
        """Something of a slot's new motion is on the picture: what has changed since then may follow."""
        if slot_name in self._unseen:
            self._unseen.discard(slot_name)
            self._timer.start()

    def _follow(self) -> None:
        session = self._session
        for slot in session.slots.values():
            if self.of(slot.name) == slot.native or not session.motion.parts:
                continue
            if slot.name in self._unseen and session.workers.running(slot.task):
                continue
            self._unseen.add(slot.name)
            session.motion.retune(slot)
