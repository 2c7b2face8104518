"""Background of the picture, and corrections of the rig on show: both remembered, neither changes a file."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QMenu, QWidget

from app.avatar.corrections import NEUTRAL_CORRECTIONS, VISEMESYNC_CORRECTIONS, RigCorrections
from app.core.errors import AvatarError
from app.render.backgrounds import BACKGROUNDS, DEFAULT_BACKGROUND
from app.session.base.messages import Messages
from app.session.compare.side_rigs import SideRigs
from app.session.state import State
from app.settings import PictureSettings
from app.ui.kit.number_row import Number, NumberRow
from app.ui.preview.preview import Preview

_LIMIT = re.compile(r"^\s*([A-Za-z_]\w*)\s+([\d.]+)(?:\s*-\s*([\d.]+))?\s*$")


def limits_of(text: str) -> dict[str, tuple[float, float]]:
    """Read limits as typed.

    Args:
        text: ``jawOpen 0.7, mouthFunnel 0.1-0.8``; one number is the highest weight.

    Raises:
        AvatarError: an entry is not of that form.
    """
    limits = {}
    for entry in filter(str.strip, text.split(",")):
        found = _LIMIT.match(entry)
        if found is None:
            raise AvatarError(f"The limit {entry.strip()!r} is not understood; write limits like: jawOpen 0.7, mouthFunnel 0.1-0.8.")
        low, high = (found[2], found[3]) if found[3] else ("0", found[2])
        limits[found[1]] = (float(low), float(high))
    return limits


def limits_text(corrections: RigCorrections) -> str:
    """Limits as limits_of reads them."""
    return ", ".join(f"{name} {low:g}-{high:g}" for name, (low, high) in corrections.limits.items())


class CorrectionsDialog(QDialog):
    """Edits the corrections of one avatar; every change shows at once, Cancel brings the former ones back.

    Args:
        before: what is corrected until now.
        side_rigs: bodies of the avatar, on both sides of a comparison; its file stays as it is.
        messages: told of limits that are not understood.
        parent: window.
    """

    def __init__(self, before: RigCorrections, side_rigs: SideRigs, messages: Messages, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Rig corrections")
        self._before, self._side_rigs, self._messages = before, side_rigs, messages
        self.underbite = NumberRow(Number("Underbite", "This much of jawForward is taken out of the resting face; VisemeSync uses 0.7"))
        self.jaw_forward = NumberRow(Number("Jaw forward", "Factor on jawForward while it plays; VisemeSync uses 0.3"))
        self.teeth = QCheckBox("Teeth and tongue follow the jaw where they lack a mouth shape")
        self.by_shapes = QCheckBox("Mouth by shapes: the 52 curves move it, not visemes")
        self.by_shapes.setToolTip("Then gains and edits of single mouth shapes show on avatars that have visemes too")
        self.limits = QLineEdit()
        self.limits.setPlaceholderText("jawOpen 0.7, mouthFunnel 0.1-0.8")
        self.limits.setMinimumWidth(360)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        none = buttons.addButton("None", QDialogButtonBox.ButtonRole.ResetRole)
        like_visemesync = buttons.addButton("As VisemeSync", QDialogButtonBox.ButtonRole.ActionRole)
        form = QFormLayout(self)
        for row in (self.underbite, self.jaw_forward, self.teeth, self.by_shapes):
            form.addRow(row)
        form.addRow("Limits", self.limits)
        form.addRow(buttons)
        self._fill(self._before)
        self.underbite.edited.connect(self._apply)
        self.jaw_forward.edited.connect(self._apply)
        self.teeth.toggled.connect(self._apply)
        self.by_shapes.toggled.connect(self._apply)
        self.limits.editingFinished.connect(self._apply)
        none.clicked.connect(lambda: self.show_corrections(NEUTRAL_CORRECTIONS))
        like_visemesync.clicked.connect(lambda: self.show_corrections(VISEMESYNC_CORRECTIONS))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)

    def show_corrections(self, corrections: RigCorrections) -> None:
        """Put other corrections into the controls and on the avatar."""
        self._fill(corrections)
        self._apply()

    def reject(self) -> None:
        """Bring the former corrections back."""
        self._side_rigs.correct(self._before)
        super().reject()

    def _fill(self, corrections: RigCorrections) -> None:
        self.underbite.set_value(corrections.underbite)
        self.jaw_forward.set_value(corrections.jaw_forward_gain)
        for box, on in ((self.teeth, corrections.teeth_follow), (self.by_shapes, corrections.mouth_by_shapes)):
            box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(False)
        self.limits.setText(limits_text(corrections))

    def _apply(self, *_: object) -> None:
        try:
            limits = limits_of(self.limits.text())
            wanted = RigCorrections(
                self.underbite.value, self.jaw_forward.value, self.teeth.isChecked(), limits, mouth_by_shapes=self.by_shapes.isChecked()
            )  # fmt: skip
        except AvatarError as error:
            self._messages.fail(str(error))
            return
        self._side_rigs.correct(wanted)


class LookMenus(QObject):
    """The entries of the View menu, and what is remembered of them.

    Args:
        menu: of the backgrounds.
        preview: whose background is chosen.
        settings: remembers the background, and the corrections by the avatar's path.
        state: whose avatar is corrected.
        side_rigs: its bodies.
        messages: told of corrections that are not understood.
        window: parent of the dialog.
    """

    def __init__(
        self, menu: QMenu, preview: Preview, settings: PictureSettings, *, state: State, side_rigs: SideRigs, messages: Messages,
        window: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(menu)
        self._preview, self._settings = preview, settings
        self._state, self._side_rigs, self._messages, self._window = state, side_rigs, messages, window
        group = QActionGroup(menu)
        self._actions = {}
        for name in BACKGROUNDS:
            action = menu.addAction(name)
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, wanted=name: self.set_background(wanted))
            group.addAction(action)
            self._actions[name] = action

    def restore(self) -> None:
        """Put the remembered background behind the avatar."""
        chosen = self._settings.background if self._settings.background in BACKGROUNDS else DEFAULT_BACKGROUND
        self.set_background(chosen)

    def set_background(self, name: str) -> None:
        """Put one of BACKGROUNDS behind the avatar and remember it."""
        self._settings.background = name
        self._actions[name].setChecked(True)
        self._preview.set_background(BACKGROUNDS[name])

    def edit_corrections(self) -> None:
        """Open the dialog for the avatar on show."""
        rig = self._state.rig
        if rig is None:
            return
        dialog = CorrectionsDialog(rig.corrections, self._side_rigs, self._messages, self._window)
        if dialog.exec():
            self._settings.corrections[str(self._state.avatar_path or Path())] = rig.corrections
        dialog.deleteLater()

    def correct_avatar(self, *_: object) -> None:
        """The avatar that was just loaded gets the corrections it had last time."""
        stored = self._stored(self._state.avatar_path)
        if stored is not None:
            self._side_rigs.correct(stored)

    def correct_side(self, side: str) -> None:
        """So does an avatar of a side's own."""
        rig, stored = self._side_rigs.of(side), self._stored(self._side_rigs.file_of(side))
        if rig is not None and stored is not None:
            rig.set_corrections(stored)

    def _stored(self, path: Path | None) -> RigCorrections | None:
        return self._settings.corrections.get(str(path or Path()))
