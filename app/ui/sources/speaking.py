"""Speaking the line: from the bar to the voice, and what the bar says meanwhile."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from app.lipsync.registry import title_of
from app.session.base.workers import Workers
from app.session.speech.speeches import Speeches
from app.session.state import State
from app.ui.preview.preview import Preview
from app.ui.sources.source_choice import SourceChoice
from app.ui.sources.speak_bar import SpeakBar


class Speaking(QObject):
    """What the bar's line and button do.

    Args:
        bar: has the line.
        preview: takes the keys once the line is spoken, and says that an avatar is being read.
        source: changes who moves the face when that is a track.
        state: knows who moves it.
        speeches: speak.
        workers: say what is being made.
    """

    def __init__(
        self, bar: SpeakBar, preview: Preview, source: SourceChoice, *, state: State, speeches: Speeches, workers: Workers
    ) -> None:
        super().__init__(bar)
        self._bar, self._preview, self._source, self._state = bar, preview, source, state
        self._speeches, self._workers = speeches, workers

    def say(self, line: str) -> None:
        """Speak a line; the keys then belong to the player, so that Space repeats it."""
        banner = self._preview.banner
        banner.settle()
        self._preview.setFocus()
        tracks = {name: side.spec for name, side in self._state.sides.items() if side.abilities.takes == "file"}
        if not tracks or not line.strip():
            self._speeches.say(line)
            return
        usual = self._source.usual
        files = " and ".join(dict.fromkeys(Path(spec.argument).name for spec in tracks.values()))
        sentence = f"The face is moved by the track {files}, which was made for another sound. What should move the new line?"
        answers = (
            (title_of(usual), partial(self._say_with, line, tuple(tracks), usual)),
            ("The track all the same", partial(self._say_with, line)),
        )  # fmt: skip
        banner.offer(sentence, answers, "line")

    def _say_with(self, line: str, sides: tuple[str, ...] = (), spec: str = "") -> None:
        """Speak a line, with another source on some sides."""
        for side in sides:
            if side in self._state.sides:
                self._source.choose_for(side, spec)
        self._preview.setFocus()
        self._speeches.say(line)

    def show_busy(self, *_: object) -> None:
        """Let the button stop what is being made."""
        self._bar.set_speaking(self._workers.running("speech", "video", "phones"))
        if self._workers.running("avatar"):
            self._preview.show_loading("Reading the meshes and textures.")
