"""Notes in the window: made with one key, gone to with a click, pinned, drawn, spoken, answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QPointF
from PySide6.QtWidgets import QWidget

from app.core.arkit import ARKIT_INDEX
from app.formats.notes import Look, Note, Reference, Stroke
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.review.notes import ReviewNotes
from app.session.review.voice_notes import SpokenNote, VoiceNotes
from app.session.state import State
from app.settings import ReviewSettings
from app.ui.compare.compare_cameras import camera_values
from app.ui.curves.curves import CurvesPanel
from app.ui.review.notes.erasing import without_touched
from app.ui.review.notes.note_lane import NoteLane
from app.ui.review.notes.note_picture import NotePicture
from app.ui.review.notes.note_words import clock_text, is_at
from app.ui.review.notes.panel import NotesPanel
from app.ui.review.notes.pen_bar import PenBar
from app.ui.review.notes.picture_overlay import Mode, PictureOverlay
from app.ui.review.notes.pictured import Pictured

MISSED = "There is no face under the pointer; click on the skin, hair or eyes."
NO_SOUND = "There is nothing to remark upon yet; speak a line or open a recording first."


class Noting(QObject):
    """What the keys and the panel do.

    Args:
        panel: lists.
        lane: marks.
        overlay: the glass over the picture.
        pen: tools of drawing.
        picture: what is seen at a time.
        curves: have the picked shape.
        notes: the session's.
        voice: records and plays.
        state: has the side on show, and the phones.
        playback: has the time.
        messages: told what does not work.
        settings: know name and pen.
        opens: brings the panel to the front.
        home: takes the keys from the text to the player.
        asks_name: asks who signs, given the present name; "" for no answer.
        asks_file: asks for a reference; None for no answer.
    """

    def __init__(
        self, panel: NotesPanel, lane: NoteLane, overlay: PictureOverlay, pen: PenBar, picture: NotePicture, *, curves: CurvesPanel,
        notes: ReviewNotes, voice: VoiceNotes, state: State, playback: Playback, messages: Messages, settings: ReviewSettings,
        opens: Callable[[QWidget], object], home: Callable[[], object], asks_name: Callable[[str], str],
        asks_file: Callable[[], Path | None],
    ) -> None:  # fmt: skip
        super().__init__(panel)
        self._panel, self._lane, self._overlay, self._pen, self._picture, self._curves = panel, lane, overlay, pen, picture, curves
        self._notes, self._voice, self._state, self._playback, self._messages = notes, voice, state, playback, messages
        self._settings, self._opens, self.asks_name, self.asks_file = settings, opens, asks_name, asks_file
        #: id of the note that a recording is for
        self._spoken_for = ""
        self._connect(home)

    def _connect(self, home: Callable[[], object]) -> None:
        panel, form, overlay = self._panel, self._panel.form, self._overlay
        panel.chosen.connect(self.go_to)
        panel.added.connect(self.add)
        panel.emptied.connect(self._empty)
        panel.sign.triggered.connect(self.sign)
        panel.ghosts.toggled.connect(self._show_ghosts)
        self._lane.chosen.connect(self.open)
        form.changed.connect(self._change)
        form.moved_here.connect(self.move_here)
        form.asked.connect(self._do)
        form.replied.connect(lambda words: self._notes.reply(self.picked, words))
        form.left.connect(home)
        overlay.pin_wanted.connect(self._pin)
        overlay.drawn.connect(self._draw)
        overlay.erased.connect(self._erase)
        overlay.pointed.connect(self._voice.point)
        overlay.mode_changed.connect(self._show_state)
        self._pen.tool_chosen.connect(lambda tool: setattr(overlay, "tool", tool))
        self._pen.pen_chosen.connect(self._choose_pen)
        self._pen.closed.connect(self.leave)
        self._voice.recording_changed.connect(self._show_recording)
        self._voice.recorded.connect(self._take_spoken)
        self._voice.playing_changed.connect(self._show_state)
        self._voice.moved.connect(self._show_badge)
        self._notes.changed.connect(self._notes_changed)

    # -- settings

    def restore(self) -> None:
        """Put what was remembered in force."""
        settings = self._settings
        if settings.author:
            self._notes.author = settings.author
        self._panel.ghosts.setChecked(settings.ghosts)
        self._pen.restore(settings.ink, settings.line_width)

    def sign(self) -> None:
        """Ask who writes."""
        name = self.asks_name(self._notes.author).strip()
        if name:
            self._notes.author = self._settings.author = name

    def _show_ghosts(self, on: bool) -> None:
        self._picture.ghosts = self._settings.ghosts = on
        self._picture.refresh()

    def _choose_pen(self, colour: str, width: float) -> None:
        overlay, settings = self._overlay, self._settings
        overlay.colour = settings.ink = colour  # type: ignore[assignment]
        overlay.line_width = settings.line_width = width

    # -- which note

    @property
    def picked(self) -> str:
        """Id of the note that is looked at, "" for none."""
        return self._panel.picked

    def _pick(self, note_id: str) -> None:
        self._panel.pick(note_id)
        self._lane.set_notes(self._notes.all, note_id)
        self._picture.refresh()
        self._show_state()

    def go_to(self, note_id: str) -> None:
        """Look at a note: its moment, its side, and the camera that it was drawn through."""
        note = self._notes.of(note_id)
        if note is None:
            return
        if note_id != self.picked:
            self.leave()
        self._playback.pause()
        self._playback.seek(note.start_s)
        if note.side in self._state.sides and note.side != self._state.shown:
            self._state.show(note.side)
        self._look(note)
        self._pick(note_id)

    def open(self, note_id: str) -> None:
        """Look at a note, with the panel in front."""
        self._panel.clear_filters()
        self._opens(self._panel)
        self.go_to(note_id)

    def _look(self, note: Note) -> None:
        """Look at the face as it was looked at when something was drawn over it."""
        if note.look is not None and note.strokes:
            self._overlay.pictures.look(note.side, note.look.camera)

    def _notes_changed(self) -> None:
        if self.picked and self._notes.of(self.picked) is None:
            self.leave()
            self._panel.pick("")
        self._lane.set_notes(self._notes.all, self.picked)

    # -- making and changing

    def _about_now(self) -> Note:
        """A note about what is on show: time or loop, side, picked shape, phone."""
        playback, speech = self._playback, self._state.speech
        start_s, end_s = playback.now(), None
        if playback.loop is not None and playback.looping:
            start_s, end_s = playback.loop
        middle_s = start_s if end_s is None else playback.now()
        phones = () if speech is None else speech.phones
        phone = next((p.symbol for p in phones if p.start_s <= middle_s < p.end_s), "")
        channel = next((name for name in self._curves.picked if name in ARKIT_INDEX), "")
        shown = "" if phone == "sil" else phone
        return Note(start_s=round(start_s, 4), end_s=end_s, side=self._state.shown, channel=channel, phone=shown)

    def add(self) -> None:
        """A note at the playhead or on the loop, ready to be typed into."""
        if self._make() is not None:
            self._opens(self._panel)
            self._panel.area.ensureWidgetVisible(self._panel.form.text)
            self._panel.form.text.setFocus()

    def _make(self) -> Note | None:
        if self._state.speech is None:
            self._messages.tell(NO_SOUND)
            return None
        self._playback.pause()
        self._panel.clear_filters()
        note_id = self._notes.add(self._about_now())
        self._pick(note_id)
        return self._notes.of(note_id)

    def _here(self) -> Note | None:
        """The picked note where the playhead is on it, else a new one."""
        note = self._notes.of(self.picked)
        if note is not None and is_at(note, self._playback.now(), playing=False):
            return note
        made = self._make()
        if made is not None:
            self._opens(self._panel)
        return made

    def move_here(self) -> None:
        """Let the picked note be about what is on show now."""
        now = self._about_now()
        values = {name: getattr(now, name) for name in ("start_s", "end_s", "side", "channel", "phone")}
        self._notes.change(self.picked, "Move note", **values)

    def _change(self, field: str, value: object) -> None:
        typed = "text" if field == "text" else "reference" if field == "reference" and value is not None else ""
        self._notes.change(self.picked, f"Change note's {field}", typed, **{field: value})

    def _empty(self, field: str) -> None:
        """Take the pin, the drawing or what was spoken off the note."""
        gone: dict[str, dict[str, Any]] = {
            "point": {"point": None}, "strokes": {"strokes": [], "look": None}, "voice": {"voice": "", "pointer": []},
        }  # fmt: skip
        self._notes.change(self.picked, f"Remove note's {field}", **gone[field])

    def _do(self, what: str) -> None:
        does: dict[str, Callable[[], object]] = {
            "pin": self.pin, "draw": self.draw, "record": self.record, "play": self.play, "reference": self.ask_reference,
            "delete": lambda: self._notes.remove(self.picked),
        }  # fmt: skip
        does[what]()
        self._show_state()

    # -- pins

    def pin(self) -> None:
        """Let the next click on the face pin the note there; again to end it."""
        self._enter("" if self._overlay.mode == "pin" else "pin")

    def _pin(self, picture: Pictured, at: QPointF) -> None:
        point = picture.point(at)
        note = self._notes.of(self.picked)
        if point is None or note is None:
            self._messages.tell(MISSED)
            return
        self._overlay.set_mode("")
        self._notes.change(note.id, "Pin note", point=point, side=picture.side)

    # -- drawings

    def draw(self) -> None:
        """Draw over the picture; again to end it."""
        self._enter("" if self._overlay.mode == "draw" else "draw")
        note = self._notes.of(self.picked)
        if self._overlay.mode == "draw" and note is not None:
            self._look(note)

    def _draw(self, picture: Pictured, stroke: Stroke) -> None:
        note = self._notes.of(self.picked)
        if note is None:
            return
        look = note.look if note.strokes and note.look is not None else Look(camera_values(picture.camera), picture.aspect)
        wide = picture.aspect / look.aspect
        points = [(min(max(0.5 + (x - 0.5) * wide, 0.0), 1.0), y) for x, y in stroke.points]
        strokes = [*note.strokes, replace(stroke, points=points)]
        self._notes.change(note.id, "Draw on picture", strokes=strokes, look=look, side=note.side if note.strokes else picture.side)

    def _erase(self, picture: Pictured, at: QPointF) -> None:
        note = self._notes.of(self.picked)
        if note is None or not note.strokes:
            return
        kept = without_touched(note.strokes, at, picture.rect, 0.0 if note.look is None else note.look.aspect)
        self._notes.change(note.id, "Erase drawing", strokes=kept)

    # -- spoken notes

    def record(self) -> None:
        """Speak the note, pointing at the picture meanwhile; again to end it."""
        if self._voice.recording:
            self._voice.finish()
            return
        note = self._here()
        if note is not None:
            self._spoken_for = note.id
            self._voice.record()

    def play(self) -> None:
        """Hear what was said, or be silent again."""
        note = self._notes.of(self.picked)
        if self._voice.heard == self.picked and self.picked:
            self._voice.stop_playing()
        elif note is not None and note.voice:
            self._voice.play(note.id, note.voice, note.pointer)

    def _show_recording(self, on: bool) -> None:
        self._overlay.set_mode("point" if on else "")
        self._overlay.set_badge("●  Recording…  Shift+N or Stop ends it" if on else "")
        self._show_state()

    def _show_badge(self, at_s: float) -> None:
        if self._voice.recording:
            self._overlay.set_badge(f"●  Recording  {clock_text(at_s)}   Shift+N or Stop ends it", self._voice.level)

    def _take_spoken(self, spoken: SpokenNote) -> None:
        name = self._notes.media.add(spoken.file)
        self._notes.change(self._spoken_for, "Record note", voice=name, pointer=list(spoken.pointer))

    # -- references

    def ask_reference(self) -> None:
        """Ask for a picture or film to stand beside the face."""
        file = self.asks_file()
        if file is not None:
            self.add_reference(file)

    def add_reference(self, file: Path) -> None:
        """Let a picture or film stand beside the face, a film from where the note begins.

        Args:
            file: of it.
        """
        note = self._here()
        if note is not None:
            name = self._notes.media.add(file)
            self._notes.change(note.id, "Add reference", reference=Reference(name, offset_s=note.start_s))
            self._opens(self._panel)

    # -- modes

    def _enter(self, mode: Mode) -> None:
        """Change what the mouse does on the picture; what needs a note gets one."""
        self._voice.stop_playing()
        self._playback.pause()
        self._overlay.set_mode(mode if not mode or self._here() is not None else "")

    def leave(self) -> bool:
        """End what is being pinned, drawn or recorded; whether there was anything to end."""
        if self._voice.recording:
            self._voice.give_up()
            return True
        was = bool(self._overlay.mode or self._voice.heard)
        self._voice.stop_playing()
        self._overlay.set_mode("")
        return was

    def _show_state(self, *_: object) -> None:
        mode = self._overlay.mode
        self._pen.setVisible(mode == "draw")
        self._panel.form.show_state(mode, self._voice.recording, bool(self.picked) and self._voice.heard == self.picked)
        self._picture.refresh()
