"""From rows of a table to orders: paths kept inside the table's folder, voices, presets and sources that exist, one sentence where not."""

from __future__ import annotations

import re
from argparse import Namespace
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from app.commands.batches.line_order import LineFace, LineSound
from app.commands.batches.making_sides import source_stamp
from app.commands.options.tuned import tuning_of_options
from app.commands.pipeline import DEFAULT_AVATAR
from app.commands.sound import SoundOptions
from app.core.errors import AudioError, AvatarError, PresetError, SourceError, SpeechError
from app.core.presets import tuning_data
from app.core.source_spec import SourceSpec
from app.core.tuning import Tuning
from app.formats.dialogue.characters import Character, Characters
from app.formats.dialogue.table import DialogueRow
from app.formats.presets import YAML_ENDINGS
from app.formats.project_files import BUNDLED
from app.formats.project_hashes import file_sha256
from app.lipsync.registry import make_source

_ABSOLUTE = re.compile(r"^([A-Za-z]:|[\\/])")
MAX_AUDIO_BYTES = 2 * 2**30


@dataclass(frozen=True)
class LineCast:
    """A row with everything it names looked up.

    Attributes:
        heard: the sound.
        source: who makes the motion.
        preset: as the table calls it; tuning: what it does.
        face: who is seen.
    """

    heard: LineSound
    source: SourceSpec
    preset: str
    tuning: Tuning
    face: LineFace

    @property
    def facts(self) -> list[object]:
        """What a line's key is made of, besides the row itself."""
        return [self.heard.key, str(self.source), source_stamp(str(self.source)), tuning_data(self.tuning), self.preset, self.face.sha256]


class Casting:
    """Looks up what rows name.

    Args:
        folder: of the table; relative paths start there and stay in it.
        characters: who speaks.
        source: where neither row nor character says one.
        how: recordings are read.
        options: ``tuning``, ``avatar``, ``voice``, ``fps``, ``in_fps``, ``outside`` and ``cluster`` are read.
    """

    def __init__(self, folder: Path, characters: Characters, source: SourceSpec, how: SoundOptions, options: Namespace) -> None:
        self._folder, self._characters, self._source, self._how, self._options = folder, characters, source, how, options
        self._make = cache(lambda words: make_source(SourceSpec.parse(words), options.fps, options.in_fps))
        self._preset = cache(self._read_preset)

    def of(self, row: DialogueRow) -> LineCast:
        """Everything that a row names.

        Args:
            row: without an error of its own.

        Raises:
            PreviewError: something that it names is not there; one sentence says what.
        """
        who = self._characters.of(row.character)
        source = self._found_source(row.source or who.source)
        preset = row.preset or who.preset or self._options.tuning or ""
        return LineCast(self._heard(row, who), source, preset, self._preset(preset, source), self._face(row.avatar or who.avatar))

    # -- paths

    def inside(self, text: str, what: str) -> Path:
        """A file that the table names.

        Args:
            text: as the table writes it, with slashes of either kind.
            what: it is, for the sentence.

        Raises:
            AudioError: it leads out of the table's folder.
        """
        plain = text if Path(text).is_absolute() else text.replace("\\", "/")
        path = self._folder / plain
        if self._options.outside:
            return path
        out = _ABSOLUTE.match(text) is not None or not path.resolve().is_relative_to(self._folder.resolve())
        if out:
            raise AudioError(f"The {what} {_short(text)} lies outside the table's folder; move it there, or allow it with --outside.")
        return path

    # -- what is heard

    def _heard(self, row: DialogueRow, who: Character) -> LineSound:
        if row.audio:
            path = self.inside(row.audio, "recording")
            sound = _content(path, row.audio)
            return LineSound(file=path.name, sound=sound, transcript=self._words(row.transcript), how=self._how)
        voice = row.voice or who.voice or self._options.voice or self._voices[0]
        if not voice.startswith("azure:") and voice not in self._voices:
            raise SpeechError(f"There is no voice “{_short(voice)}”; choose from {', '.join(self._voices)}, or azure:NAME.")
        return LineSound(row.text, voice, _speed(row.speed or who.speed), row.style or who.style)

    @cached_property
    def _voices(self) -> tuple[str, ...]:
        from app.speech.engines import all_voices

        engine = all_voices()
        try:
            return tuple(voice.id for voice in engine.embedded.voices())
        finally:
            engine.close()

    def _words(self, text: str) -> str:
        """A transcript: the words themselves, or a text file that holds them."""
        if not text.lower().endswith(".txt") or "\n" in text:
            return text
        path = self.inside(text, "transcript")
        try:
            return path.read_text("utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SpeechError(f"The transcript {_short(text)} cannot be read as UTF-8 text; check the path.") from error

    # -- who is seen, and how it moves

    def _found_source(self, words: str) -> SourceSpec:
        source = SourceSpec.parse(words) if words else self._source
        if words and source.kind in ("file", "nvidia") and source.argument:
            source = SourceSpec(source.kind, str(self.inside(source.argument, "source")))
        self._make(str(source))
        return source

    def _read_preset(self, preset: str, source: SourceSpec) -> Tuning:
        if not preset:
            return Tuning()
        if preset == self._options.tuning:
            return tuning_of_options(self._options, source)
        is_file = preset.lower().endswith((".json", *YAML_ENDINGS))
        path = str(self.inside(preset, "preset")) if is_file else preset
        if is_file and not Path(path).is_file():
            raise PresetError(f"There is no preset file {_short(preset)}; check the path.")
        return tuning_of_options(Namespace(tuning=path), source)

    def _face(self, text: str) -> LineFace:
        if text.startswith(BUNDLED):
            path = DEFAULT_AVATAR.parent / Path(text.removeprefix(BUNDLED)).name
        else:
            path = self.inside(text, "avatar") if text else self._options.avatar or DEFAULT_AVATAR
        digest = file_sha256(path)
        if not digest:
            raise AvatarError(f"There is no avatar {_short(text or str(path))}; check the path.")
        is_bundled = path.resolve().parent == DEFAULT_AVATAR.parent
        content = path.read_bytes() if self._options.cluster and not is_bundled else b""
        return LineFace(path.resolve(), digest, is_bundled, content)


def _content(path: Path, text: str) -> bytes:
    try:
        if path.stat().st_size > MAX_AUDIO_BYTES:
            raise AudioError(f"The recording {_short(text)} is larger than 2 GB; cut it.")
        return path.read_bytes()
    except OSError as error:
        raise AudioError(f"The recording {_short(text)} cannot be read ({error.strerror}); check the path.") from error


def _speed(text: str) -> float:
    try:
        speed = float(text.replace(",", ".")) if text else 1.0
    except ValueError:
        speed = 0.0
    if not 0.5 <= speed <= 2:
        raise SourceError(f"The speaking rate “{_short(text)}” is not between 0.5 and 2; give such a number.")
    return speed


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 80 else plain[:77] + "…"
