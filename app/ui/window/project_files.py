"""The project in the window: save, open, and ask before changes are lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox, QWidget

from app.core.errors import PreviewError
from app.formats.project import ENDING, Project
from app.formats.project_files import MissingFile
from app.formats.takes.take import ENDING as TAKE_ENDING
from app.session.base.messages import Messages
from app.session.keep.autosave import Autosave, Recoverable
from app.session.keep.projects import Projects
from app.session.speech.speeches import Speeches
from app.settings import Settings
from app.ui.kit.banner import Banner
from app.ui.window.dialogs import ask_folder, ask_open, ask_save
from app.ui.window.scene_view import SceneView

TITLE = "VisemeSync Preview"


class ProjectFiles(QObject):
    """Project commands of the window.

    Args:
        window: has the title, and is the parent of dialogs.
        scene: how it is looked at.
        banner: asks where missing files are.
        settings: remember what was opened.
        projects: the session's.
        autosave: keeps what was not saved.
        speeches: know the file of the sound.
        messages: told what cannot be saved.

    Attributes:
        projects: the session's.
        asks: shows a question with up to three answers and returns the chosen one: text, answers.
    """

    def __init__(
        self, window: QWidget, scene: SceneView, banner: Banner, settings: Settings, *, projects: Projects, autosave: Autosave,
        speeches: Speeches, messages: Messages,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._scene, self._banner, self._settings = window, scene, banner, settings
        #: what was found in place of missing files of the open project
        self._instead: dict[Path, Path] = {}
        self.projects, self._autosave, self._speeches, self._messages = projects, autosave, speeches, messages
        self.asks: Callable[[str, tuple[str, ...]], str] = self._ask
        autosave.view = scene.content

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

    def save_take(self) -> bool:
        """Ask where and save a take: all that there is, in one file; whether it was saved."""
        path = ask_save(self._window, "Save take", self._proposal().with_suffix(TAKE_ENDING), "VisemeSync take")
        return path is not None and self._write(path)

    def _write(self, path: Path) -> bool:
        try:
            self.projects.save(path, self._scene.content())
        except PreviewError as error:
            self._messages.fail(str(error))
            return False
        self._settings.remember(path)
        return True

    def _proposal(self) -> Path:
        if self.projects.path is not None:
            return self.projects.path
        sound = self._speeches.file
        return (Path.home() / "untitled" if sound is None else sound).with_suffix(ENDING)

    # -- opening and closing

    def open(self, path: Path) -> None:
        """Open a project; changes that would be lost are asked about first."""
        if self.may_leave():
            self._instead = {}
            self.projects.open(path)

    def opened(self, project: Project) -> None:
        """A project was put in force: look at it as it was looked at."""
        # a take says how the face was looked at, not which panels its reviewer wants open
        view = project.view if self.projects.take is None else replace(project.view, panels={}, tabs={})
        self._scene.show(view, "" if project.sound is None else project.sound.text)
        self._settings.remember(self.projects.path or Path())

    def ask_where(self, missing: tuple[MissingFile, ...]) -> None:
        """Files of the opened project are not there: one question each."""
        for each in missing:
            sentence = f"{each.what.capitalize()} of the project is missing: nothing is at {each.path}. The rest is open."
            if each.kind == "audio":
                sentence = f"{sentence} Until it is found, the face moves in silence."
            answers = (("Locate…", partial(self._locate, each)), ("Go on without", lambda: None))
            self._banner.offer(sentence, answers, _about(each))

    def _locate(self, missing: MissingFile) -> None:
        folder = self.projects.path.parent if self.projects.path is not None else Path.home()
        if missing.kind == "bundle":
            found = ask_folder(self._window, f"Locate {missing.what}", str(folder))
        else:
            found = ask_open(self._window, str(folder), missing.kind)
        if found is None or self.projects.path is None:
            self.ask_where((missing,))
            return
        self._instead[missing.path] = found
        self.projects.open(self.projects.path, self._instead)

    def offer_restore(self, report_of: Callable[[int], Callable[[], None] | None] = lambda _process: None) -> None:
        """At the start: ask about the sessions whose programs ended without closing them, the newest last and so in front.

        Args:
            report_of: shows the report of a program that crashed, by its process; None for one that did not.
        """
        for each in reversed(self._autosave.found()):
            self._offer(each, report_of(each.process))

    def _offer(self, each: Recoverable, shows_report: Callable[[], None] | None) -> None:
        answers: list[tuple[str, Callable[[], object]]] = [
            ("Restore", partial(self._restore, each)), ("Discard", partial(self._autosave.discard, each)), ("Later", lambda: None),
        ]  # fmt: skip
        sentence = each.sentence

        def show_report() -> None:
            """The question stays."""
            assert shows_report is not None
            shows_report()
            self._offer(each, shows_report)

        if shows_report is not None:
            sentence = f"The program ended unexpectedly, and a report is ready. {sentence}"
            answers.insert(1, ("Show report", show_report))
        self._banner.offer(sentence, tuple(answers), f"session {each.folder}")

    def _restore(self, session: Recoverable) -> None:
        if self.may_leave():
            self._autosave.restore(session)

    def may_leave(self) -> bool:
        """Whether what is there may be given up; asks when something is unsaved."""
        if not self.projects.dirty:
            return True
        path = self.projects.path
        words = f"Save the changes to {path.name}?" if path else "What you tuned, edited and noted is in no project yet. Save it?"
        answer = self.asks(words, ("Save", "Discard", "Cancel"))
        return self.save() if answer == "Save" else answer == "Discard"

    def allows_servers(self, addresses: tuple[str, ...]) -> bool:
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

    # -- the title

    def write_title(self, *_: object) -> None:
        """Which project it is, with a star while something is unsaved."""
        path, dirty = self.projects.path, self.projects.dirty
        name = path.stem if path is not None else "untitled" if dirty else ""
        self._window.setWindowTitle(f"{name}[*] – {TITLE}" if name else TITLE)
        self._window.setWindowModified(dirty)


def _about(missing: MissingFile) -> str:
    return f"missing {missing.what}"
