"""What the window remembers from one start to the next."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

if TYPE_CHECKING:
    from app.ui.window.main_window import MainWindow

log = logging.getLogger(__name__)
#: parts of the settings as a person calls them
_WORDS = {
    "window": "the window", "picture": "the picture", "sound": "the sound and its sync", "sources": "the sources", "emotion": "the emotion",
    "tunings": "the tuning", "compare": "the comparison", "voice": "the voice", "line": "the line", "recent": "recent files",
}  # fmt: skip


def _groups(places: tuple[str, ...]) -> str:
    """Damaged places in few words."""
    words = dict.fromkeys(_WORDS.get(place.partition(".")[0], "the last session") for place in places)
    return " and of ".join(words)


def restore(window: MainWindow) -> None:
    """Put everything where it was; what cannot be read keeps its default.

    Args:
        window: with all its parts built and connected.
    """
    settings, playback = window.settings, window.session.playback
    layout, picture, sound = settings.window, settings.picture, settings.sound
    if settings.damaged:
        log.warning("damaged in the settings: %s", ", ".join(place or "all of it" for place in settings.damaged))
        window.session.notice.emit(f"What was remembered of {_groups(settings.damaged)} was damaged; set it again.")
    if layout.geometry:
        window.restoreGeometry(QByteArray.fromBase64(layout.geometry.encode()))
    if layout.widths is not None:
        window.splitter.setSizes(list(layout.widths))
    window.curves.set_layout(layout.paired, layout.folded)
    window.speak_bar.line.setText(settings.line)
    window.actions_by_name["life"].setChecked(picture.life.enabled)
    window.session.life.set_settings(picture.life)
    window.show_framing(picture.framing)
    playback.device = sound.device or None
    playback.set_volume(sound.volume)
    window.session.voices.chosen = settings.voice
    window.expression.restore()
    window.studio.restore()


def remember(window: MainWindow) -> None:
    """Write the settings; a folder that cannot be written is logged, not shown.

    Args:
        window: as it stands.
    """
    settings, session = window.settings, window.session
    layout, picture, sound = settings.window, settings.picture, settings.sound
    layout.geometry = bytes(window.saveGeometry().toBase64().data()).decode()
    left, right = window.splitter.sizes()
    layout.widths = (left, right)
    picture.life = session.life.settings
    picture.avatar = "" if session.avatar_path in (None, window.default_avatar) else str(session.avatar_path)
    settings.voice = session.voices.chosen
    window.expression.remember()
    window.studio.remember()
    settings.line = window.speak_bar.line.text()
    sound.volume = session.playback.volume
    sound.device = str(session.playback.device or "")
    picture.renderer = window.preview.kind
    picture.framing = window.preview.framing
    layout.paired = window.curves.pair.isChecked()
    layout.folded = sorted(window.curves.collapsed)
    try:
        settings.save()
    except OSError as error:
        log.warning("the settings were not kept: %s", error)
