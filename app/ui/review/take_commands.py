"""What the window does with takes: save one, compare it with another, make its motion again, and ask for the files of a playlist."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from app.core.source_spec import KEPT
from app.formats.takes.reading import read_take
from app.formats.takes.take import ENDING
from app.review.takes.change import TakeDiff
from app.review.takes.diff import diff_takes
from app.review.takes.playlist import ENDING as LIST_ENDING
from app.session import Session
from app.session.base.workers import Job
from app.session.keep.take_content import lanes_of, take_of
from app.ui.kit.banner import Banner
from app.ui.kit.file_filters import file_filter
from app.ui.review.diff_dialog import DiffDialog
from app.ui.review.playlist_panel import PlaylistPanel

#: of a take's picture, in pixels
PICTURE = (320, 180)


class TakeCommands(QObject):
    """Commands about takes.

    Args:
        panel: the playlist.
        preview: its picture becomes the take's.
        banner: tells what is shown as it was kept, and offers to make it again.
        session: has the takes.
        window: parent of the dialogs.

    Attributes:
        dialog: the comparison on show, None for none.
    """

    def __init__(self, panel: PlaylistPanel, preview: QWidget, banner: Banner, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._panel, self._preview, self._banner, self._session, self._window = panel, preview, banner, session, window
        self.dialog: DiffDialog | None = None
        panel.add_wanted.connect(self.ask_takes)
        panel.open_wanted.connect(self.ask_list)
        panel.save_wanted.connect(self.ask_place)
        session.projects.picture = self.picture
        session.projects.opened.connect(lambda _: self.offer())

    def picture(self) -> bytes:
        """The preview as a small PNG."""
        kept, smooth = Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
        made = self._preview.grab().scaled(*PICTURE, kept, smooth)
        made = made.copy((made.width() - PICTURE[0]) // 2, (made.height() - PICTURE[1]) // 2, *PICTURE)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        made.save(buffer, "PNG")
        return bytes(buffer.data().data())

    # -- motion that was kept

    def offer(self) -> None:
        """Motion is shown as it was kept: say so where its source is not asked, and offer to make it again."""
        sides = self._session.state.sides
        kept = {name: side.spec.argument for name, side in sides.items() if side.kept and side.spec.kind == KEPT}
        if not kept:
            self._banner.withdraw("kept motion")
            return
        told = ", ".join(f"side {name} ({source})" for name, source in kept.items())
        sentence = f"Shown as it was kept in the take, without asking its source: {told}."
        self._banner.offer(sentence, (("Make again", self.make_again), ("Leave it", lambda: None)), "kept motion")

    def make_again(self) -> None:
        """Make all motion again that was kept."""
        for name, side in tuple(self._session.state.sides.items()):
            if side.kept:
                self._session.projects.kept_motion.make_again(name)

    # -- comparing

    def ask_compare(self) -> None:
        """Ask for a take, and say what is different in it against what is open."""
        path = self._ask_files("Compare with a take", file_filter("Takes", (ENDING,)), many=False)
        if path:
            self.compare(path[0])

    def compare(self, path: Path) -> None:
        """Say what is different in the open session against another take."""
        session, speech = self._session, self._session.state.speech
        if speech is None:
            session.messages.fail("There is nothing to compare yet; open a take, or speak a line first.")
            return
        projects = session.projects
        lanes = lanes_of(session.state.sides, {} if projects.take is None else projects.take.lanes)
        present = take_of(projects.content(), speech, lanes, projects.take)
        name = "the open session" if projects.path is None else projects.path.name

        def work(job: Job) -> None:
            found = diff_takes(read_take(path, projects.bundled), present)
            job.post(self._show, path.name, name, found)

        session.workers.start("comparing takes", work)

    def _show(self, first: str, second: str, found: TakeDiff) -> None:
        self.dialog = dialog = DiffDialog(first, second, found, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.jumped.connect(self._session.playback.seek)
        dialog.destroyed.connect(lambda: setattr(self, "dialog", None))
        dialog.show()

    # -- the playlist's files

    def ask_takes(self) -> None:
        """Ask for takes and add them."""
        self._session.playlists.add(self._ask_files("Add takes", file_filter("Takes", (ENDING,))))

    def ask_list(self) -> None:
        """Ask for a playlist and open it."""
        for path in self._ask_files("Open playlist", file_filter("Playlists", (LIST_ENDING,)), many=False):
            self._session.playlists.open(path)

    def ask_place(self) -> None:
        """Ask where the playlist is to be."""
        text, _ = QFileDialog.getSaveFileName(self._window, "Save playlist", str(self._folder()), file_filter("Playlists", (LIST_ENDING,)))
        if text:
            path = Path(text)
            self._session.playlists.save_as(path if path.suffix.lower() == LIST_ENDING else path.with_name(path.name + LIST_ENDING))

    def _ask_files(self, title: str, kinds: str, many: bool = True) -> list[Path]:
        if many:
            found, _ = QFileDialog.getOpenFileNames(self._window, title, str(self._folder()), kinds)
            return [Path(each) for each in found]
        one, _ = QFileDialog.getOpenFileName(self._window, title, str(self._folder()), kinds)
        return [Path(one)] if one else []

    def _folder(self) -> Path:
        path = self._session.projects.path
        return Path.home() if path is None else path.parent
