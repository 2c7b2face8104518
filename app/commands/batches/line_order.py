"""A line of a dialogue table with everything that is needed to make its take anywhere, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.commands.pipeline import AS_IT_IS
from app.commands.sound import SoundOptions
from app.core.source_spec import SourceSpec
from app.core.tuning import Tuning
from app.formats.dialogue.marks import EmotionMark
from app.formats.takes.take import SavedTake
from app.review.batch.stamp import key_of
from app.review.batch.summary import LineSummary


@dataclass(frozen=True)
class LineSound:
    """What is heard: a text and its voice, or a recording and its words.

    Attributes:
        text: what is spoken, "" for a recording.
        voice: id of the voice, "" for the first embedded one.
        speed: speaking rate.
        style: of Azure's voices.
        file: name of the recording.
        sound: its bytes.
        transcript: what is said in it, "" when unknown.
        how: it is read.
    """

    text: str = ""
    voice: str = ""
    speed: float = 1.0
    style: str = ""
    file: str = ""
    sound: bytes = b""
    transcript: str = ""
    how: SoundOptions = AS_IT_IS

    @property
    def key(self) -> str:
        """Tells what is heard from everything else that could be."""
        how = [self.how.channel, self.how.encoder_delay_s]
        return key_of("sound", [self.text, self.voice, self.speed, self.style, self.transcript, how], self.sound)


@dataclass(frozen=True)
class LineFace:
    """Who is seen.

    Attributes:
        path: the avatar's file.
        sha256: of it.
        is_bundled: it is one of the program's own, which are everywhere.
        content: its bytes, where it has to travel.
    """

    path: Path
    sha256: str
    is_bundled: bool
    content: bytes = b""


@dataclass(frozen=True)
class LineOrder:
    """One line.

    Attributes:
        name: for messages: its row and id.
        line: its id; row: of the table; table: name of its file; character: who speaks.
        heard: the sound.
        source: who makes the motion.
        fps: frames per second; in_fps: of a track file, as the user states them.
        preset: as the table calls it.
        tuning: what it does.
        marks: what is felt when.
        face: who is seen.
        key: of everything; see BatchStamp.line.
        columns: further columns of the table.
        film: its size, None for no film; has_film: there is one already, which may be the right one.
        former: the take as it lies there, None for a new line.
        seen: size and time of the former take's file when it was read.
    """

    name: str
    line: str
    row: int
    table: str
    character: str
    heard: LineSound
    source: SourceSpec
    fps: float
    preset: str
    tuning: Tuning
    marks: tuple[EmotionMark, ...]
    face: LineFace
    key: str
    in_fps: float | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    film: tuple[int, int] | None = None
    has_film: bool = False
    former: SavedTake | None = None
    seen: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class MadeLine:
    """A line that was made.

    Attributes:
        take: to be written.
        summary: how it stands.
        film: an MP4, b"" for none or where the one that is there is right.
    """

    take: SavedTake
    summary: LineSummary
    film: bytes = b""
