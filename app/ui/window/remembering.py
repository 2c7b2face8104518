"""What the window remembers from one start to the next."""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

from app.ui.preview.preview import FRAMINGS

if TYPE_CHECKING:
    from app.ui.window.main_window import MainWindow

log = logging.getLogger(__name__)


def restore(window: MainWindow) -> None:
    """Put everything where it was; what cannot be read keeps its default.

    Args:
        window: with all its parts built and connected.
    """
    settings, playback = window.settings, window.session.playback
    if settings.geometry:
        window.restoreGeometry(QByteArray(base64.b64decode(settings.geometry, validate=False)))
    if len(settings.splitter) == 2:
        window.splitter.setSizes(settings.splitter)
    window.curves.set_layout(settings.paired, settings.collapsed)
    window.speak_bar.line.setText(settings.line)
    window.actions_by_name["life"].setChecked(settings.life)
    window.set_life(settings.life)
    if settings.framing in FRAMINGS:
        window.show_framing(settings.framing)
    playback.device = settings.device or None
    playback.set_volume(settings.volume)
    window.session.voices.chosen = settings.voice
    window.expression.restore()
    window.studio.restore()


def remember(window: MainWindow) -> None:
    """Write the settings; a folder that cannot be written is logged, not shown.

    Args:
        window: as it stands.
    """
    settings, session = window.settings, window.session
    settings.geometry = base64.b64encode(window.saveGeometry().data()).decode()
    settings.splitter = window.splitter.sizes()
    settings.avatar = "" if session.state.avatar_path in (None, window.default_avatar) else str(session.state.avatar_path)
    settings.voice = session.voices.chosen
    window.expression.remember()
    window.studio.remember()
    settings.line = window.speak_bar.line.text()
    settings.volume = session.playback.volume
    settings.device = str(session.playback.device or "")
    settings.view = window.preview.kind
    settings.framing = window.preview.framing
    settings.paired = window.curves.pair.isChecked()
    settings.collapsed = sorted(window.curves.collapsed)
    try:
        settings.save()
    except OSError as error:
        log.warning("the settings were not kept: %s", error)
