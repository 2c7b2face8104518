"""Background and rig corrections: seen at once, remembered, undone by Cancel, and the file stays as it is."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from app.avatar.corrections import NEUTRAL_CORRECTIONS, RigCorrections
from app.core.arkit import weights_from
from app.core.errors import AvatarError
from app.desktop import DEFAULT_AVATAR
from app.settings import Settings
from app.ui.preview.look_menus import CorrectionsDialog, limits_of


def teeth_and_head(window):
    """Copies of the resting positions of every part that the underbite moves."""
    window.session.state.rig.pose(weights_from({}))
    return {part.source.mesh: part.positions.copy() for part in window.session.state.rig.parts}


def corrections_dialog(window) -> CorrectionsDialog:
    """As the View menu opens it."""
    session = window.session
    return CorrectionsDialog(session.state.rig.corrections, session.comparing.side_rigs, session.messages, window)


def test_the_background_is_drawn_and_remembered(window, shots):
    window.controls.look.set_background("White")
    window.repaint()
    corner = window.widgets.preview.view.grab().toImage().pixelColor(4, 60)
    assert min(corner.red(), corner.green(), corner.blue()) > 240
    window.close()
    assert Settings.load().picture.background == "White"


def test_corrections_show_at_once_and_cancel_takes_them_back(window, qtbot, shots):
    before = teeth_and_head(window)
    digest = hashlib.sha256(DEFAULT_AVATAR.read_bytes()).hexdigest()
    dialog = corrections_dialog(window)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.underbite.edited.emit(0.7)
    dialog.underbite.set_value(0.7)
    dialog._apply()
    moved = teeth_and_head(window)
    shift = (moved["Teeth_Mesh"] - before["Teeth_Mesh"])[:, 2]
    assert shift.min() < -0.0005, "the lower teeth did not go back"
    dialog.grab().save(str(shots / "rig_corrections.png"))
    dialog.reject()
    after = teeth_and_head(window)
    np.testing.assert_allclose(after["Teeth_Mesh"], before["Teeth_Mesh"], atol=1e-6)
    assert window.session.state.rig.corrections == NEUTRAL_CORRECTIONS
    assert hashlib.sha256(DEFAULT_AVATAR.read_bytes()).hexdigest() == digest


def test_accepted_corrections_come_back_with_the_avatar(window, qtbot):
    dialog = corrections_dialog(window)
    qtbot.addWidget(dialog)
    dialog.limits.setText("jawOpen 0.5")
    dialog._apply()
    window.settings.picture.corrections[str(window.session.state.avatar_path)] = RigCorrections(limits={"jawOpen": (0.0, 0.5)})
    with qtbot.waitSignal(window.session.state.avatar_changed, timeout=60_000):
        window.session.avatars.load(DEFAULT_AVATAR)
    window.session.state.rig.pose(weights_from({"jawOpen": 1.0}))
    assert window.session.state.rig.applied["jawOpen"] == pytest.approx(0.5)


def test_limits_are_read_as_typed_or_refused_in_a_sentence():
    assert limits_of("jawOpen 0.7, mouthFunnel 0.1-0.8 ,") == {"jawOpen": (0.0, 0.7), "mouthFunnel": (0.1, 0.8)}
    with pytest.raises(AvatarError, match="write limits like"):
        limits_of("jawOpen lots")
