"""The project in the window: save, open, ask before changes are lost, and look at it as it was looked at."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMessageBox

from app.core.errors import PreviewError
from app.formats.project import ENDING, Project
from app.render.backgrounds import BACKGROUNDS
from app.session.compare.comparing import LAYOUTS
from app.ui.compare.compare_cameras import camera_values, set_camera
from app.ui.preview.preview import FRAMINGS
from app.ui.window.dialogs import ask_save

if TYPE_CHECKING:
    from app.ui.window.main_window import MainWindow

TITLE = "VisemeSync Preview"
#: the title's mark for unsaved changes follows so long after the last change
SETTLE_MS = 250


def project_slots(window: MainWindow) -> dict[str, Callable[..., object]]:
    """What the commands of the project do."""
    return {"save": lambda: window.projects.save(), "save_as": lambda: window.projects.save_as()}  # noqa: PLW0108 - made after the commands


class ProjectFiles(QObject):
    """Project commands of the window.

    Args:
        window: built, with its tools.

    Attributes:
        projects: the session's part.
        asks: shows a question with up to three answers and returns the chosen one: text, answers.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        session = window.session
        self._window, self._session = window, session
        self.projects = session.projects
        self.projects.allows = self._allows_servers
        self.projects.opened.connect(self._show_view)
        self.projects.saved.connect(lambda path: window.preview.banner.show_notice(f"Saved {path.name}."))
        self.asks: Callable[[str, tuple[str, ...]], str] = self._ask
        window.files.project_wanted.connect(self.open)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._write_title)
        for signal in (
            session.undo.indexChanged, session.state.source_changed, session.state.avatar_changed, session.state.speech_changed,
            session.comparing.side_rigs.corrected, session.comparing.changed, self.projects.saved, self.projects.opened,
        ):  # fmt: skip
            signal.connect(lambda *_: self._timer.start())

    # -- saving

    def save(self) -> bool:
        """Save the project where it is, or ask where.

        Returns:
            Whether it was saved.
        """
        return self.save_as() if self.projects.path is None else self._write(self.projects.path)

    def save_as(self) -> bool:
        """Ask where and save the project; whether it was saved."""
        path = ask_save(self._window, "Save project", self._proposal(), "VisemeSync project")
        return path is not None and self._write(path)

    def _write(self, path: Path) -> bool:
        try:
            self.projects.save(path, self.view())
        except PreviewError as error:
            self._session.messages.fail(str(error))
            return False
        self._window.settings.remember(path)
        return True

    def _proposal(self) -> Path:
        if self.projects.path is not None:
            return self.projects.path
        sound = self._session.speeches.file
        return (Path.home() / "untitled" if sound is None else sound).with_suffix(ENDING)

    # -- opening and closing

    def open(self, path: Path) -> None:
        """Open a project; changes that would be lost are asked about first."""
        if self.may_leave():
            self.projects.open(path)

    def may_leave(self) -> bool:
        """Whether what is there may be given up; asks when something is unsaved."""
        if not self.projects.unsaved:
            return True
        path = self.projects.path
        words = f"Save the changes to {path.name}?" if path else "Curves were edited by hand; save them in a project?"
        answer = self.asks(words, ("Save", "Discard", "Cancel"))
        return self.save() if answer == "Save" else answer == "Discard"

    def _allows_servers(self, addresses: tuple[str, ...]) -> bool:
        """A project may come from somebody else: its servers hear the sound only when the user agrees."""
        words = f"This project sends its sound to {', '.join(addresses)}. Connect?"
        return self.asks(words, ("Connect", "Use visemes instead")) == "Connect"

    def _ask(self, words: str, answers: tuple[str, ...]) -> str:
        box = QMessageBox(QMessageBox.Icon.Question, TITLE, words, parent=self._window)
        roles = (QMessageBox.ButtonRole.AcceptRole, QMessageBox.ButtonRole.DestructiveRole, QMessageBox.ButtonRole.RejectRole)
        for answer, role in zip(answers, roles if len(answers) > 2 else (roles[0], roles[2]), strict=True):
            box.addButton(answer, role)
        box.exec()
        chosen = box.clickedButton()
        return answers[-1] if chosen is None else chosen.text().replace("&", "")

    def _write_title(self) -> None:
        path = self.projects.path
        self._window.setWindowTitle(TITLE if path is None else f"{path.stem}[*] – {TITLE}")
        self._window.setWindowModified(path is not None and self.projects.unsaved)

    # -- how it is looked at

    def view(self) -> dict[str, Any]:
        """Layout, cameras, time and background as plain values."""
        window, session, comparing = self._window, self._session, self._session.comparing
        preview, compare_view, playback = window.preview, window.studio.compare_view, session.playback
        cameras = {side: camera_values(compare_view.cameras.of(side)) for side in comparing.sides if not compare_view.cameras.linked}
        if not preview.is_framed:
            cameras["A"] = camera_values(preview.camera)
        return {
            **compare_view.choices(), "layout": comparing.layout, "pair": comparing.pair, "shown": session.state.shown,
            "framing": preview.framing, "cameras": cameras,
            "time_s": playback.now(), "loop": list(playback.loop) if playback.loop else None, "looping": playback.looping,
            "background": window.settings.background,
        }  # fmt: skip

    def _show_view(self, project: Project) -> None:
        """Look at an opened project as it was looked at; damaged values are left out."""
        window, session, comparing, view = self._window, self._session, self._session.comparing, project.view
        preview, compare_view, playback = window.preview, window.studio.compare_view, session.playback
        if view.get("background") in BACKGROUNDS:
            window.look.set_background(view["background"])
        compare_view.restore(view)
        window.studio.compare.show_ghost(compare_view.ghost)
        if view.get("pair") in comparing.others:
            comparing.set_pair(view["pair"])
        if view.get("framing") in FRAMINGS:
            preview.frame(view["framing"])
        cameras = view["cameras"] if isinstance(view.get("cameras"), dict) else {}
        if set_camera(preview.camera, cameras.get("A")):
            preview.redraw()
        compare_view.cameras.wanted = {side: values for side, values in cameras.items() if side != "A"}
        if comparing.possible and view.get("layout") in LAYOUTS:
            window.studio.show_tools(True)
            comparing.set_layout(view["layout"])
        if view.get("shown") in session.state.sides:
            session.state.show(view["shown"])
        self._show_time(view)
        playback.set_looping(view.get("looping") is True)
        window.settings.remember(self.projects.path or Path())

    def _show_time(self, view: dict[str, Any]) -> None:
        playback, loop, time_s = self._session.playback, view.get("loop"), view.get("time_s")
        if isinstance(loop, list) and len(loop) == 2 and all(isinstance(v, int | float) and math.isfinite(v) for v in loop):
            playback.set_loop((float(loop[0]), float(loop[1])))
        if isinstance(time_s, int | float) and math.isfinite(time_s):
            playback.seek(float(time_s))
