"""Film the animator's hands for docs/: the real window, its real pointer paths, captions below.

``python assets/hands_film.py docs/hands.mp4`` on a display of its own (``xvfb-run -s "-screen 0 1280x880x24"``) takes two minutes.
Settings, caches and files of the run lie in a folder that is removed afterwards.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soxr
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPolygonF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.audio.clips import write_wav
from app.avatar.corrections import RigCorrections
from app.core.source_spec import SourceSpec
from app.core.speech import AudioClip
from app.desktop import DEFAULT_AVATAR, begin, make_application, make_window
from app.settings import Settings
from app.ui.kit import theme

FPS, WIDTH, HEIGHT, BAND, RATE = 12, 1280, 800, 72, 48_000
LINE = "Maybe [smile] my puppy barks at Bob."
#: an arrow, in pixels from its tip
ARROW = ((0, 0), (0, 17), (4, 13), (7, 19), (10, 18), (7, 12), (12, 12))
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Reel:
    """Pictures and sound of a window, in the time in which they happen.

    Args:
        path: of the film.
        window: is filmed.
        application: whose events are turned meanwhile.
    """

    def __init__(self, path: Path, window: QWidget, application: QApplication) -> None:
        self._window, self._application = window, application
        self._playback = window.session.playback  # type: ignore[attr-defined]
        self._container = av.open(str(path), "w")
        self._video = self._container.add_stream("libx264", rate=Fraction(FPS), options={"crf": "27", "preset": "slow"})
        self._video.width, self._video.height, self._video.pix_fmt = WIDTH, HEIGHT + BAND, "yuv420p"
        self._sound = self._container.add_stream("aac", rate=RATE, layout="mono")
        self._frames, self._began_s = 0, time.monotonic()
        self._heard: list[tuple[float, float, AudioClip]] = []
        self.caption, self.pointer = "", QPointF(WIDTH / 2, HEIGHT / 2)

    @property
    def time_s(self) -> float:
        """Of the film so far."""
        return time.monotonic() - self._began_s

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let time pass, or end sooner when something has come about."""
        ends_s = time.monotonic() + seconds
        while time.monotonic() < ends_s and not until():
            self._application.processEvents()
            self._application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            if self._frames <= self.time_s * FPS:
                self._shoot()
            time.sleep(0.002)

    def close(self) -> None:
        """Write the sound, and end the film."""
        for packet in self._video.encode():
            self._container.mux(packet)
        samples = np.zeros(round(self._frames / FPS * RATE) + RATE, np.float32)
        for film_s, clip_s, clip in self._heard:
            part = soxr.resample(clip.samples[round(clip_s * clip.rate) : round((clip_s + 1 / FPS) * clip.rate)], clip.rate, RATE)
            start = round(film_s * RATE)
            samples[start : start + len(part)] = part
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.rate = RATE
        for packet in (*self._sound.encode(frame), *self._sound.encode()):
            self._container.mux(packet)
        self._container.close()

    def _shoot(self) -> None:
        """One picture; it stands for those that were missed."""
        image = QImage(WIDTH, HEIGHT + BAND, QImage.Format.Format_RGB888)
        image.fill(QColor("#0d0f11"))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._window.grab())
        painter.setBrush(QColor("white"))
        painter.setPen(QColor("black"))
        painter.drawPolygon(QPolygonF([self.pointer + QPointF(*each) for each in ARROW]))
        painter.setPen(QColor(theme.BRIGHT))
        painter.setFont(theme.interface_font(22))
        painter.drawText(QRectF(0, HEIGHT, WIDTH, BAND), Qt.AlignmentFlag.AlignCenter, self.caption)
        painter.end()
        plain = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(plain[:, : 3 * WIDTH]).reshape(image.height(), WIDTH, 3), "rgb24")
        speech = self._window.session.state.speech  # type: ignore[attr-defined]
        while self._frames <= self.time_s * FPS:
            if self._playback.playing and speech is not None:
                self._heard.append((self._frames / FPS, max(self._playback.heard(), 0.0), speech.audio))
            frame.pts = self._frames
            frame.time_base = Fraction(1, FPS)
            for packet in self._video.encode(frame):
                self._container.mux(packet)
            self._frames += 1


class Hand:
    """The pointer and the keys, moved as a person moves them.

    Args:
        reel: films.
        window: is worked in.
    """

    def __init__(self, reel: Reel, window: QWidget) -> None:
        self._reel, self._window = reel, window

    def to(self, widget: QWidget, at: QPoint, seconds: float = 0.5) -> None:
        """Go to a point of a widget."""
        start, end = self._reel.pointer, QPointF(widget.mapTo(self._window, at))
        steps = max(round(seconds * 30), 1)
        for i in range(1, steps + 1):
            share = i / steps
            self._reel.pointer = start + (end - start) * (3 * share**2 - 2 * share**3)
            QTest.mouseMove(self._window.windowHandle(), self._reel.pointer.toPoint())
            self._reel.wait(seconds / steps)

    def click(self, widget: QWidget, at: QPoint | None = None, held: Qt.KeyboardModifier = NONE) -> None:
        """Go there and click."""
        at = widget.rect().center() if at is None else at
        self.to(widget, at)
        QTest.mouseClick(widget, LEFT, held, at)
        self._reel.wait(0.3)

    def drag(self, widget: QWidget, start: QPoint, end: QPoint, seconds: float = 1.5, held: Qt.KeyboardModifier = NONE) -> None:
        """Press, go, let go."""
        self.to(widget, start)
        QTest.mousePress(widget, LEFT, held, start)
        steps = max(round(seconds * 20), 2)
        for i in range(1, steps + 1):
            at = start + (end - start) * (i / steps)
            self._reel.pointer = QPointF(widget.mapTo(self._window, at))
            QTest.mouseMove(widget, at)
            self._reel.wait(seconds / steps)
        QTest.mouseRelease(widget, LEFT, held, end)
        self._reel.wait(0.4)


class Story:
    """What happens, in order; each scene says what it shows.

    Args:
        window: with the avatar and the voice ready.
        reel: films it.
        folder: for the recording that takes the sound's place.
    """

    def __init__(self, window: QWidget, reel: Reel, folder: Path) -> None:
        self._window, self._reel, self._folder = window, reel, folder
        self._session, self._widgets = window.session, window.widgets  # type: ignore[attr-defined]
        self._controls = window.controls  # type: ignore[attr-defined]
        self._hand = Hand(reel, window)

    def tell(self) -> None:
        """All scenes."""
        for scene in (self._speak, self._drag_a_phone, self._fix, self._touch, self._draw_keys, self._blend_a_pose, self._act,
                      self._move_a_mark, self._replace, self._style):  # fmt: skip
            scene()
            self._settle()

    def _settle(self) -> None:
        self._reel.wait(30, lambda: not self._session.workers.busy)
        self._reel.wait(1.4)

    def _play(self, caption: str = "") -> None:
        """Play to the end."""
        self._reel.caption = caption or self._reel.caption
        self._session.playback.seek(0.0)
        self._session.playback.play()
        self._reel.wait(0.3)
        self._reel.wait(8, lambda: not self._session.playback.playing)
        self._reel.wait(0.4)

    def _speak(self) -> None:
        self._reel.caption = "Type a line with a mark in it, and speak"
        bar = self._widgets.speak_bar
        self._hand.click(bar.line)
        bar.line.clear()
        for letter in LINE:
            QTest.keyClicks(bar.line, letter)
            self._reel.wait(0.04)
        QTest.keyClick(bar.line, Qt.Key.Key_Escape)
        self._session.sources.choose("A", "visemes:visemesync")
        self._hand.click(bar.button)
        self._reel.wait(20, lambda: self._session.playback.playing)
        self._reel.wait(10, lambda: not self._session.playback.playing and not self._session.workers.busy)

    def _place(self, lane: str, t: float) -> QPoint:
        lanes, axis = self._widgets.timeline.lanes, self._widgets.axis
        x = (t - axis.start_s) / axis.span_s * lanes.width()
        return QPoint(round(x), round(lanes.box_between(lane, t, t).center().y()))

    def _drag_a_phone(self) -> None:
        self._reel.caption = "Drag a phone: visemes are solved anew, Audio2Face is time-warped, live"
        self._session.comparing.set_source("B", SourceSpec.parse("a2f:light"))
        self._widgets.actions["spectrogram"].trigger()
        self._settle()
        phone = next(p for p in self._session.timing.timed.phones if p.base == "B" and p.word.lower() == "barks")
        middle = (phone.start_s + phone.end_s) / 2
        held = Qt.KeyboardModifier.ControlModifier
        self._hand.drag(self._widgets.timeline.lanes, self._place("phones", middle), self._place("phones", middle + 0.06), held=held)
        self._reel.wait(0.6)
        self._play()
        self._reel.caption = "Every side follows; one step takes it back"
        self._widgets.actions["undo"].trigger()
        self._reel.wait(1.8)
        self._widgets.actions["spectrogram"].trigger()
        self._session.comparing.set_source("B", "")

    def _fix(self) -> None:
        self._reel.caption = "The check finds lips that stay open on P, B and M; hover a fix to see it on the face"
        panel = self._widgets.lint
        self._controls.tools.open(panel)
        self._reel.wait(20, lambda: bool(panel.list.buttons))
        self._reel.wait(0.8)
        button = next(iter(panel.list.buttons.values()))
        self._hand.to(button, button.rect().center())
        self._reel.wait(6, lambda: bool(self._session.edits.previewed))
        self._reel.wait(3.0)
        self._reel.caption = "Fix all: the smallest pushes, each an edit that can be taken out"
        self._hand.click(panel.fix_all)
        self._reel.wait(1.0)
        self._reel.wait(25, lambda: not self._session.fixing.busy)
        self._reel.wait(1.5)
        self._play()

    def _touch(self) -> None:
        self._reel.caption = "Ctrl+click the face: the shapes that move it most there, in millimetres"
        self._controls.tools.show(False)
        view = self._widgets.preview.view
        at = QPoint(round(view.width() * 0.53), round(view.height() * 0.62))
        self._widgets.preview.frame("face")
        self._reel.wait(0.8)
        self._hand.to(view, at)
        QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.ControlModifier, at)
        self._reel.wait(3.5)
        QTest.keyClick(self._window, Qt.Key.Key_Escape)
        self._reel.caption = "Hover a curve: what it moves lights up on the face"
        plot = self._widgets.curves.all.plot.viewport()
        for share in (0.30, 0.50, 0.62, 0.78):
            self._hand.to(plot, QPoint(plot.width() // 2, round(plot.height() * share)), 0.4)
            self._reel.wait(1.1)
        self._widgets.actions["stop"].trigger()

    def _draw_keys(self) -> None:
        self._reel.caption = "Keys on any curve: double click, drag, shape with handles"
        curves, keys = self._widgets.curves, self._controls.curve_keys
        self._session.comparing.side_rigs.correct(RigCorrections(mouth_by_shapes=True))
        curves.pick(["jawOpen"])
        self._reel.wait(0.6)
        space, plot = keys.marks.space, curves.large.plot.viewport()
        row = space.row("jawOpen")
        for t, value in ((0.25, 0.1), (0.5, 0.75), (0.75, 0.15)):
            at = QPoint(round(space.x(t)), round(space.y(row, value)))
            self._hand.to(plot, at, 0.4)
            QTest.mouseDClick(plot, LEFT, NONE, at)
            self._reel.wait(0.4)
        mark = keys.marks.marks[1]
        at = keys.marks.space.point(mark).toPoint()
        self._hand.drag(plot, at, at + QPoint(14, 22))
        self._play()
        while self._session.undo.canUndo() and any(edit.kind == "keys" for edit in self._session.state.sides["A"].edits):
            self._widgets.actions["undo"].trigger()
        self._widgets.actions["stop"].trigger()
        self._session.comparing.side_rigs.correct(RigCorrections())

    def _blend_a_pose(self) -> None:
        self._reel.caption = "Poses with pictures of your avatar, blended in at the cursor"
        panel = self._widgets.poses
        self._controls.tools.open(panel)
        self._controls.scrubbing.go_to(0.6)
        self._reel.wait(25, lambda: self._session.pose_pictures.picture(self._session.poses.all[0]) is not None)
        self._reel.wait(1.5)
        grid = panel.grid
        for i in (1, 2, 4):
            item = grid.item(i)
            self._hand.click(grid.viewport(), grid.visualItemRect(item).center())
        self._hand.click(panel.blend)
        self._reel.wait(2.5)
        self._widgets.actions["undo"].trigger()

    def _act(self) -> None:
        self._reel.caption = "Acting: nods on accents, blinks and breath in pauses, with a seed and three sliders"
        self._controls.tools.show(False)
        self._widgets.actions["acting"].trigger()
        self._reel.wait(0.6)
        self._hand.click(self._widgets.acting.on, QPoint(10, self._widgets.acting.on.height() // 2))
        self._reel.wait(1.0)
        self._play()
        self._widgets.side.setCurrentWidget(self._widgets.curves)

    def _move_a_mark(self) -> None:
        self._reel.caption = "The smile is dragged to another word; the line is written anew"
        lane = self._widgets.mark_lane
        at = lane.blocks()[0][0].center().toPoint()
        words = {word.text.lower(): word for word in self._session.timing.timed.words}
        start_s = self._session.text_marks.placed[0].start_s
        self._hand.drag(lane, at, at + QPoint(round(lane._x(words["bob"].start_s) - lane._x(start_s)), 0))
        self._reel.wait(1.0)
        self._play()

    def _replace(self) -> None:
        self._reel.caption = "Replace the recording by one 7 % slower: every edit stays on its words"
        audio = self._session.state.speech.audio
        slower = soxr.resample(audio.samples, audio.rate, round(audio.rate * 1.07)).astype(np.float32)
        path = self._folder / "slower.wav"
        write_wav(path, AudioClip(slower, audio.rate))
        self._controls.tools.open(self._widgets.edit_bar)
        self._reel.wait(1.2)
        self._session.replacing.replace(path)
        self._reel.wait(2.0)
        self._reel.wait(25, lambda: not self._session.workers.busy)
        self._reel.wait(2.0)
        self._play()

    def _style(self) -> None:
        self._reel.caption = "Styles of motion: the same line as an anime mouth, on twos"
        self._controls.tools.open(self._widgets.tuning)
        presets = self._widgets.tuning.presets
        presets.fill()
        self._hand.to(presets, presets.rect().center())
        next(action for action in presets.menu().actions() if action.text() == "Anime").trigger()
        self._reel.wait(1.0)
        self._play()
        self._play()


def film(path: Path, folder: Path) -> None:
    """Film it all.

    Args:
        path: of the film.
        folder: for what the run writes.
    """
    os.environ["VISEMESYNC_PLACES"] = str(folder)
    application = make_application()
    settings = Settings.load()
    settings.picture.renderer = "software"
    window = make_window(settings)
    window.controls.projects.asks = lambda _words, answers: "Discard" if "Discard" in answers else answers[-1]
    window.resize(WIDTH, HEIGHT)
    window.move(0, 0)
    window.show()
    ready: list[bool] = []
    window.controls.loop.first_frame_drawn.connect(lambda: ready.append(True))
    begin(window, DEFAULT_AVATAR)
    while not ready or window.session.voices.engine is None or window.session.workers.busy:
        application.processEvents()
        time.sleep(0.01)
    reel = Reel(path, window, application)
    try:
        Story(window, reel, folder).tell()
        print(f"{reel.time_s:.0f} s")
    finally:
        reel.close()
        window.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    with tempfile.TemporaryDirectory(prefix="visemesync-film-") as places:
        film(parser.parse_args().film, Path(places))
