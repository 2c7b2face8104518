"""The steps in the window: it opens, an avatar is seen, a line is spoken, Audio2Face moves the face, a film and a project are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.audio.clips import read_clip
from app.core.arkit import ARKIT_INDEX
from app.ui.proof.waiting import Unproven, wait_until
from app.ui.window.main_window import MainWindow

LINE = "Maybe my puppy barks."
#: a film's size and rate: small, so that a slow machine proves itself soon
_WIDTH, _HEIGHT, _FPS = 240, 180, 12.0
#: share of the picture that an avatar covers at least, and how far its pixels are from the background's, of 255
_COVERED, _DIFFERENT = 0.05, 12
#: the jaw's widest opening in a spoken line is at least this
_OPEN = 0.1


class WindowProof:
    """Drives one window; every step ends in what was found, in a few words.

    Args:
        window: not yet shown.
        begin: starts what is slow, after the window is up.
        folder: for what is written.
        since_start: seconds since the process began.

    Attributes:
        picture: (h, w, 3) uint8 of the avatar as first seen.
    """

    def __init__(self, window: MainWindow, begin: Callable[[], None], folder: Path, since_start: Callable[[], float]) -> None:
        self._window, self._begin, self._folder, self._since_start = window, begin, folder, since_start
        self._session, self._messages = window.session, list[str]()
        self.picture = np.zeros((1, 1, 3), np.uint8)
        self._session.messages.failed.connect(self._messages.append)

    def open_window(self) -> str:
        """Show it and wait for the first picture of the avatar."""
        window, drawn = self._window, list[float]()
        window.controls.loop.first_frame_drawn.connect(lambda: drawn.append(self._since_start()))
        window.show()
        self._begin()
        self._wait(lambda: bool(drawn), "The first picture of the avatar")
        return f"first avatar frame {drawn[0]:.2f} s after the start of the process"

    def see_avatar(self) -> str:
        """Look at the picture: an avatar covers a good part of it."""
        self._wait(lambda: self._session.voices.engine is not None, "The voice")
        self.picture = self._grab()
        corner = self.picture[2, 2].astype(int)
        away = np.abs(self.picture.astype(int) - corner).max(axis=2) > _DIFFERENT
        if float(away.mean()) < _COVERED or float(self.picture[away].std()) < 5:
            raise Unproven("The picture is blank: no avatar is seen in it.")
        described = self._window.widgets.preview.gl_description
        return f"{away.mean():.0%} of {self.picture.shape[1]}x{self.picture.shape[0]} are the avatar, drawn by {described}"

    def speak(self) -> str:
        """Speak the line with the embedded voice, moved by Audio2Face."""
        session = self._session
        session.sources.choose("A", "a2f")
        self._window.controls.speaking.say(LINE)
        self._wait(lambda: session.state.speech is not None and not session.workers.running("speech"), "The spoken line")
        speech = session.state.speech
        assert speech is not None
        loud = float(np.sqrt(np.mean(np.square(speech.audio.samples))))
        if loud < 0.005 or len(speech.phones) < 5:
            raise Unproven("The voice spoke, but what came is silent or has no phones.")
        status = session.playback.device_name or "no sound device"
        return f"{speech.audio.duration_s:.2f} s, {len(speech.phones)} phones, {20 * np.log10(loud):.0f} dB, played on {status}"

    def move(self) -> str:
        """The motion is Audio2Face's, the jaw opens, and the picture shows it."""
        session = self._session
        self._wait(lambda: not session.workers.busy and session.state.shown_side.tuned is not None, "The motion")
        shown = session.state.shown_side.tuned
        assert shown is not None
        jaw = shown.arkit.weights[:, ARKIT_INDEX["jawOpen"]]
        if shown.is_mock or "Audio2Face" not in shown.label or float(jaw.max()) < _OPEN:
            raise Unproven(f"The face is moved by {shown.label}, and its jaw opens by {jaw.max():.2f}; Audio2Face does not work.")
        session.playback.pause(at_once=True)
        shut, wide = (self._picture_at(shown.arkit.start_s + int(at) / shown.arkit.fps) for at in (jaw.argmin(), jaw.argmax()))
        moved = float((np.abs(shut.astype(int) - wide.astype(int)).max(axis=2) > 20).mean())
        if moved < 0.001:
            raise Unproven("The weights move, but the picture does not.")
        return f"{shown.label}, {len(jaw)} frames, jaw up to {jaw.max():.2f}, {moved:.1%} of the picture moved"

    def film(self) -> str:
        """Write a film in its own process and read it back."""
        import av

        path, session = self._folder / "proof.mp4", self._session
        session.export.video(path, width=_WIDTH, height=_HEIGHT, fps=_FPS)
        self._wait(lambda: bool(session.export.queue.entries) and session.export.queue.entries[-1].is_over, "The film", 180.0)
        entry = session.export.queue.entries[-1]
        if entry.state != "done":
            raise Unproven(f"The film was not written: {entry.sentence or entry.state}")
        with av.open(str(path)) as container:
            codec = container.streams.video[0].codec_context.name
            count = sum(1 for _ in container.decode(video=0))
        sound = read_clip(path)
        speech = session.state.speech
        wanted = 0.0 if speech is None else speech.audio.duration_s
        if abs(count / _FPS - wanted) > 2 / _FPS or abs(sound.duration_s - wanted) > 0.1:
            raise Unproven(f"The film has {count} pictures and {sound.duration_s:.2f} s of sound for a line of {wanted:.2f} s.")
        return f"{count} pictures of {_WIDTH}x{_HEIGHT}, {codec}, {path.stat().st_size / 1000:.0f} kB"

    def keep(self) -> str:
        """Save a project, forget the line, and open it again."""
        session, projects = self._session, self._window.controls.projects
        path, opened = self._folder / "proof.vsync", list[Any]()
        projects.projects.save(path, self._window.controls.scene.content())
        projects.projects.opened.connect(opened.append)
        projects.open(path)
        self._wait(lambda: bool(opened) and not session.workers.busy, "The project")
        speech = session.state.speech
        if speech is None or speech.text != LINE or str(session.state.sides["A"].spec) != "a2f":
            raise Unproven("The project was opened again, but its line or its source is not what was saved.")
        projects.projects.note_clean()
        return f"{path.stat().st_size / 1000:.0f} kB and its sound, opened again"

    def close(self) -> None:
        """Close the window without a question."""
        self._window.controls.projects.asks = lambda _words, answers: "Discard" if "Discard" in answers else answers[-1]
        self._window.close()

    # -- inside

    def _wait(self, holds: Callable[[], bool], what: str, limit_s: float = 60.0) -> None:
        """Wait, unless the window tells the user that something failed."""
        wait_until(lambda: bool(self._messages) or holds(), what, limit_s)
        if self._messages:
            raise Unproven(f"The window says: {self._messages[0]}")

    def _picture_at(self, t: float) -> np.ndarray:
        self._session.playback.seek(t)
        self._window.controls.loop.mark_dirty()
        drawn = list[object]()
        connection = self._window.widgets.preview.frame_drawn.connect(drawn.append)
        self._wait(lambda: len(drawn) > 1, "The picture of a moment")
        self._window.widgets.preview.frame_drawn.disconnect(connection)
        return self._grab()

    def _grab(self) -> np.ndarray:
        """(h, w, 3) uint8 of the avatar's picture as on the screen."""
        view = self._window.widgets.preview.view
        assert view is not None
        plain = view.grab().toImage()
        plain = plain.convertToFormat(plain.Format.Format_RGB888)
        pixels = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
        return pixels[:, : plain.width() * 3].reshape(plain.height(), plain.width(), 3).copy()
