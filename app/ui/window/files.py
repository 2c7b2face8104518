"""What the File menu does: ask for a name, then let the session work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QMenu, QWidget

from app.core.file_kinds import PROJECT_ENDINGS
from app.core.marks.grammar import without_marks
from app.formats.cuts.otio import ENDING as TIME_LINE_ENDING
from app.review.page.returning import is_notes
from app.review.takes.playlist import ENDING as PLAYLIST_ENDING
from app.session.base.playback import Playback
from app.session.keep.export import ExportJobs
from app.session.keep.opener import Opener
from app.session.review.counting import Counting
from app.session.review.marks import Marks
from app.session.speech.speeches import Speeches
from app.session.state import State
from app.settings import Settings
from app.ui.exports.track_export import TrackExport
from app.ui.kit.banner import Banner
from app.ui.pictures.film_list import FilmList
from app.ui.pictures.picture_dialog import PictureDialog
from app.ui.preview.preview import Preview
from app.ui.window.dialogs import TranscriptDialog, ask_open, ask_save, ask_timings

#: files of words, whatever else is open
SUBTITLE_ENDINGS = (".srt", ".vtt")


class FileCommands(QObject):
    """Opening, exporting and the recent files.

    Args:
        preview: its banner tells and offers; its framing is that of videos.
        settings: remember what was opened.
        window: parent of the dialogs.
        state: has what is written.
        opener: opens files by what they are.
        speeches: take a transcript.
        export: writes.
        playback: has the moment of a still.
        counting: knows the rate of the clip.
        marks: are the moments of before and after.

    Attributes:
        films: the list of what is being written.
        tracks: asks for the format of a track.
        rewrites: takes a transcript of which only the marks are others, and says whether that is so; given by who builds this.
    """

    #: a project's file is to be opened
    project_wanted = Signal(object)
    #: a playlist's file is to be opened
    playlist_wanted = Signal(object)
    #: a folder was dropped: a bundle, perhaps
    folder_wanted = Signal(object)
    #: the file of notes that a review page saved, or a time line that has some
    notes_wanted = Signal(object)

    def __init__(
        self, preview: Preview, settings: Settings, window: QWidget, *, state: State, opener: Opener, speeches: Speeches,
        export: ExportJobs, playback: Playback, counting: Counting, marks: Marks,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._preview, self._settings, self._window = preview, settings, window
        self._state, self._opener, self._speeches, self._export = state, opener, speeches, export
        self._playback, self._counting, self._marks = playback, counting, marks
        self.films = FilmList(export.queue, window)
        self.tracks = TrackExport(export, settings.exports, self._ask_track, window)
        self.rewrites: Callable[[str], bool] = lambda _text: False
        self._written: Path | None = None

    @property
    def _banner(self) -> Banner:
        return self._preview.banner

    # -- opening

    def open(self, path: Path) -> None:
        """Open any file and remember it; the keys then belong to the player."""
        self._banner.settle()
        self._preview.setFocus()
        if path.is_dir() or path.name == "model.json":
            self.folder_wanted.emit(path)
            return
        if path.suffix.lower() == TIME_LINE_ENDING or (path.suffix.lower() == ".json" and is_notes(path)):
            self.notes_wanted.emit(path)
        elif path.suffix.lower() == PLAYLIST_ENDING:
            self.playlist_wanted.emit(path)
        elif path.suffix.lower() in PROJECT_ENDINGS:
            self.project_wanted.emit(path)
        elif self._is_transcript(path):
            self._speeches.read_transcript(path)
        else:
            self._opener.open(path)
        if path.exists():
            self._settings.remember(path)

    def _is_transcript(self, path: Path) -> bool:
        """Whether a file says what is spoken: subtitles always, a TextGrid while a recording is open, whose phones it then has."""
        ending = path.suffix.lower()
        return ending in SUBTITLE_ENDINGS or (ending == ".textgrid" and self._speeches.file is not None)

    def ask_open(self, only: str = "") -> None:
        """Ask for a file and open it."""
        recent = self._settings.recent
        path = ask_open(self._window, str(Path(recent[0]).parent) if recent else "", only)
        if path is not None:
            self.open(path)

    def fill_recent(self, menu: QMenu) -> None:
        """List the recent files that are still there."""
        menu.clear()
        for text in self._settings.recent:
            path = Path(text)
            if path.exists():
                action = menu.addAction(path.name)
                action.setToolTip(text)
                action.triggered.connect(lambda _=False, chosen=path: self.open(chosen))
        if menu.isEmpty():
            menu.addAction("Nothing yet").setEnabled(False)

    def recent_folders(self) -> tuple[Path, ...]:
        """Folders of the recent files, the latest first: where moved files may be."""
        return tuple(dict.fromkeys(Path(text).parent for text in self._settings.recent))

    def offer_motion(self, path: Path, length_s: float, told: str) -> None:
        """The avatar's file holds motion of a face as well."""
        sentence = f"{told} {path.name} holds {length_s:.1f} s of a face's motion too."
        self._banner.show_notice(sentence.strip(), "Use the motion", lambda: self._opener.open_motion(path))

    def ask_transcript(self) -> None:
        """Ask for the words of the recording."""
        speech = self._state.speech
        if speech is None:
            self._banner.show_error("There is no recording yet; open one first, then give its transcript.")
            return
        folder = Path() if self._speeches.file is None else self._speeches.file.parent
        dialog = TranscriptDialog(speech.audio.name or "the recording", speech.text, folder, self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.file is not None:
            self._speeches.read_transcript(dialog.file)
        elif dialog.result() == QDialog.DialogCode.Accepted and not self.rewrites(dialog.words.toPlainText()):
            self._speeches.set_transcript(dialog.words.toPlainText())
        dialog.deleteLater()

    def ask_timings(self, load: Callable[[Path], None]) -> None:
        """Ask for a file of timed words and phones.

        Args:
            load: puts it onto the present sound.
        """
        file = self._speeches.file
        path = ask_timings(self._window, "" if file is None else str(file.parent))
        if path is not None:
            load(path)

    def offer_transcript(self) -> None:
        """The phones were guessed from the sound; the words would make them exact."""
        sentence = "Without a transcript the phones were recognised from the sound alone; some are wrong. The words make them exact."
        self._banner.show_notice(sentence, "Transcript…", self.ask_transcript)

    # -- exporting

    def save_track(self) -> None:
        """Ask for a format and a name, and write the track."""
        if not self._nothing_to_write():
            self.tracks.ask(self._proposal(""))

    def _ask_track(self, title: str, proposal: Path, kind: str, endings: tuple[str, ...]) -> Path | None:
        return ask_save(self._window, title, proposal, kind, endings[1:], ending=endings[0])

    def save_sound(self) -> None:
        """Ask for a name and write the sound."""
        if self._state.speech is None:
            self._banner.show_error("There is no sound yet; speak a line or open a recording first.")
            return
        path = ask_save(self._window, "Export sound", self._proposal(".wav"), "WAV sound")
        if path is not None:
            self._export.sound(path)

    def save_video(self) -> None:
        """Ask what, how and where, and queue a video or pictures."""
        if self._nothing_to_write():
            return
        state = self._state
        moving = [name for name in sorted(state.sides) if state.sides[name].tuned is not None]
        sides = sorted(moving, key=lambda name: name != state.shown)
        shown = state.shown_side
        dialog = PictureDialog(sides, shown.tuned is not shown.raw, self._counting.fps_in_force, self._export.encoders, self._window)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        kind, chosen, look = dialog.kind, dialog.sides, dialog.look()
        proposal = dialog.proposal(self._proposal(".mp4"))
        dialog.deleteLater()
        path = ask_save(self._window, "Export", proposal, "Video" if kind == "film" else "Pictures") if accepted else None
        if path is not None:
            moments_s = tuple(mark.time_s for mark in self._marks.all) if kind == "before-after" else ()
            self._export.video(path, kind, chosen, framing=self._preview.framing, time_s=self._playback.now(), moments_s=moments_s, **look)
            if self._export.queue.n_waiting:
                self.films.open_list()

    def _nothing_to_write(self) -> bool:
        if self._state.shown_side.tuned is not None:
            return False
        self._banner.show_error("There is no animation yet; speak a line or open a recording first.")
        return True

    def _proposal(self, ending: str) -> Path:
        """A name made of the first words, in the folder written to last."""
        speech = self._state.speech
        words = "" if speech is None else (without_marks(speech.text) or speech.audio.name)
        kept = "".join(c if c.isalnum() else "-" for c in words.lower()[:40])
        name = "-".join(part for part in kept.split("-") if part) or "visemesync"
        folder = self._written.parent if self._written is not None else Path.home()
        return folder / f"{name}{ending}"

    def tell_written(self, path: Path, notes: tuple[str, ...] = ()) -> None:
        """A file was written: say so, and what it has no room for, and offer its folder."""
        self._written = path
        self._banner.show_success(" ".join((f"Wrote {path.name}.", *notes)), "Show in folder", self._show_folder)

    def _show_folder(self) -> None:
        if self._written is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._written.parent)))
