"""Background of the picture, and corrections of the rig on show: both remembered, neither changes a file."""

from __future__ import annotations

import json
import re
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QMenu, QWidget

from app.avatar.corrections import NEUTRAL_CORRECTIONS, VISEMESYNC_CORRECTIONS, RigCorrections
from app.core.errors import AvatarError
from app.render.backgrounds import BACKGROUNDS, DEFAULT_BACKGROUND
from app.session import Session
from app.settings import Settings
from app.ui.kit.value_row import ValueRow
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


def corrections_of(session: Session) -> RigCorrections:
    """What is corrected on the avatar on show."""
    return NEUTRAL_CORRECTIONS if session.state.rig is None else session.state.rig.corrections


def correct(session: Session, corrections: RigCorrections) -> None:
    """Correct the avatar on show, on both sides of a comparison; its file stays as it is."""
    session.comparing.side_rigs.correct(corrections)


class CorrectionsDialog(QDialog):
    """Edits the corrections of one avatar; every change shows at once, Cancel brings the former ones back."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Rig corrections")
        self._session, self._before = session, corrections_of(session)
        self.underbite = ValueRow("Underbite", "This much of jawForward is taken out of the resting face; VisemeSync uses 0.7")
        self.jaw_forward = ValueRow("Jaw forward", "Factor on jawForward while it plays; VisemeSync uses 0.3")
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
        correct(self._session, self._before)
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
            self._session.messages.fail(str(error))
            return
        correct(self._session, wanted)


class LookMenus(QObject):
    """The entries of the View menu, and what is remembered of them.

    Args:
        session: whose avatar is corrected.
        preview: whose background is chosen.
        menu: gets the entries.
        settings: remembers the background, and the corrections by the avatar's path.
    """

    def __init__(self, session: Session, preview: Preview, menu: QMenu, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._preview, self._settings, self._window = session, preview, settings, window
        self.background = menu.addMenu("Background")
        group = QActionGroup(self.background)
        chosen = settings.background if settings.background in BACKGROUNDS else DEFAULT_BACKGROUND
        for name in BACKGROUNDS:
            action = self.background.addAction(name)
            action.setCheckable(True)
            action.setChecked(name == chosen)
            action.triggered.connect(lambda _=False, wanted=name: self.set_background(wanted))
            group.addAction(action)
        self.set_background(chosen)
        menu.addAction("Rig corrections…").triggered.connect(self.edit_corrections)
        session.state.avatar_changed.connect(self._restore)
        session.comparing.side_rigs.made.connect(self._restore_side)

    def set_background(self, name: str) -> None:
        """Put one of BACKGROUNDS behind the avatar and remember it."""
        self._settings.background = name
        self._preview.set_background(BACKGROUNDS[name])

    def edit_corrections(self) -> None:
        """Open the dialog for the avatar on show."""
        if self._session.state.rig is None:
            return
        if CorrectionsDialog(self._session, self._window).exec():
            self._settings.corrections[self._key()] = json.dumps(corrections_of(self._session).to_json())

    def _key(self) -> str:
        return str(self._session.state.avatar_path or Path())

    def _restore(self, _rig: object) -> None:
        """The avatar that was just loaded gets the corrections it had last time."""
        stored = self._stored(self._session.state.avatar_path)
        if stored is not None:
            correct(self._session, stored)

    def _restore_side(self, side: str) -> None:
        """So does an avatar of a side's own."""
        bodies = self._session.comparing.side_rigs
        rig, stored = bodies.of(side), self._stored(bodies.file_of(side))
        if rig is not None and stored is not None:
            rig.set_corrections(stored)

    def _stored(self, path: Path | None) -> RigCorrections | None:
        text = self._settings.corrections.get(str(path or Path()))
        try:
            return RigCorrections.from_json(json.loads(text)) if text else None
        except (AvatarError, ValueError) as error:
            self._session.messages.fail(str(error))
            return None
