"""Who is shown: the avatars that the picker lists, and the one on the picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from app.core.file_kinds import AVATAR_ENDINGS
from app.session.state import State
from app.settings import Settings
from app.ui.preview.preview import Preview
from app.ui.sources.speak_bar import SpeakBar
from app.ui.start.frame import DEFAULT_NAME


class AvatarChoice(QObject):
    """Lists avatars, and puts the one that was loaded on the picture.

    Args:
        bar: its picker lists them.
        preview: shows the one on show.
        settings: remember those that were opened.
        state: has the avatar on show.
        default_avatar: the bundled one; others lie beside it.
    """

    def __init__(self, bar: SpeakBar, preview: Preview, settings: Settings, state: State, default_avatar: Path) -> None:
        super().__init__(bar)
        self._bar, self._preview, self._settings, self._state, self._default = bar, preview, settings, state, default_avatar

    def show(self, *_: object) -> None:
        """Another avatar is on show."""
        rig, path = self._state.rig, self._state.avatar_path
        if rig is None:
            return
        self._preview.set_rig(rig, DEFAULT_NAME if path == self._default else "")
        if path is not None and path != self._default:
            self._settings.remember(path)
        self.refresh()

    def refresh(self) -> None:
        """List the avatars there are now."""
        others = {"Man": "avatar_man.glb", "Stylised": "avatar_stylised.glb"}
        bundled = {DEFAULT_NAME: self._default, **{name: self._default.with_name(file) for name, file in others.items()}}
        known = [(name, path) for name, path in bundled.items() if path.exists()]
        recent = [Path(text) for text in self._settings.recent if text.lower().endswith(AVATAR_ENDINGS)]
        known += [(path.stem, path) for path in recent if path.exists() and path not in bundled.values()]
        self._bar.set_avatars(known, self._state.avatar_path)
