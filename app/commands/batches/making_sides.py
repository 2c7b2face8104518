"""The motion of a side: which source, what it feels, and what tells it from any other motion."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app import __version__
from app.core.emotion import EmotionSettings
from app.core.errors import SourceError
from app.core.layers import Layer, layer_data
from app.core.source_spec import SourceSpec
from app.core.speech import Speech, has_timings
from app.core.track import Animation, concatenate
from app.formats.project_hashes import file_sha256
from app.lipsync.feeling import estimate_timeline, expression_of
from app.lipsync.layered import layer_file, with_layers
from app.lipsync.marked import MarkedSource
from app.lipsync.registry import abilities_of, make_source, source_needs_phones
from app.lipsync.source import HasFeelings, HasOwnParameters
from app.review.batch.stamp import key_of

#: files of a bundle that are looked at
_MOST_FILES = 200


@dataclass(frozen=True)
class SideMaker:
    """Makes motion for one sound.

    Attributes:
        speech: what is spoken.
        fps: frames per second.
        emotion: what is felt.
        in_fps: of a track file, as the user states them.
    """

    speech: Speech
    fps: float
    emotion: EmotionSettings
    in_fps: float | None = None

    def motion(self, words: str, native: Mapping[str, float], layers: Sequence[Layer] = ()) -> Animation:
        """Run a source to the end.

        Args:
            words: the source.
            native: parameters of its own.
            layers: parts of the face that come from other motion.

        Raises:
            SourceError: it cannot work on this sound.
            PresetError: a parameter is unknown or out of range.
        """
        spec, speech = SourceSpec.parse(words), self.speech
        needing = any(source_needs_phones(each) for each in (spec, *(layer.source for layer in layers if layer.on)))
        if needing and not has_timings(speech):
            from app.speech.align import align, recognise_phones

            found = align(speech.audio, speech.text) if speech.text else recognise_phones(speech.audio)
            speech = replace(speech, phones=tuple(found))
        felt = self.emotion
        if felt.mode == "auto" and abilities_of(spec).feels:
            felt = replace(felt, mode="manual", timeline=estimate_timeline(speech.audio, threading.Event()))
        source = with_layers(MarkedSource(make_source(spec, fps=self.fps, in_fps=self.in_fps), spec, felt), layers, self.fps)
        if isinstance(source, HasOwnParameters):
            source.set_native(native)
        if isinstance(source, HasFeelings):
            source.expression = expression_of(felt, felt.timeline, 0.0, speech.audio.duration_s)
        chunks = list(source.generate(speech, threading.Event()))
        if not chunks:
            raise SourceError("The audio is empty, so there is nothing to animate; use a longer one.")
        return concatenate(chunks)

    def remarks(self, words: str) -> list[str]:
        """What has to be known about a source and this line, a sentence each."""
        asked = any(key.dominant for key in self.emotion.timeline.keys) and self.emotion.mode == "manual"
        if asked and not abilities_of(words).feels:
            return [f"The source {words} shows no emotion, so the emotion marks do nothing; use a2f or an NVIDIA bundle."]
        return []


def motion_key(sound: str, source: str, native: Mapping[str, float], maker: SideMaker, layers: Sequence[Layer] = ()) -> str:
    """Tells a motion from everything else that could be made.

    Args:
        sound: key of what is heard.
        source: who makes it.
        native: parameters of its own.
        maker: with rate and emotion.
        layers: parts of the face that come from other motion.
    """
    emotion = maker.emotion.to_data()
    parts = [source, source_stamp(source), maker.fps, maker.in_fps, emotion, dict(native), __version__]
    return key_of("motion", sound, [*parts, *([layer_data(layer), source_stamp(str(layer.source))] for layer in layers)])


def source_stamp(words: str) -> str:
    """What tells one version of a source from another: the content of its track or network, or names and sizes of its bundle's files."""
    spec = SourceSpec.parse(words)
    file = layer_file(spec)
    if file is not None:
        return file_sha256(file)
    if spec.kind == "a2f":
        import models

        return file_sha256(Path(models.__path__[0]) / "weights" / f"face_{spec.argument or 'quality'}.safetensors")
    if spec.kind != "nvidia":
        return ""
    folder = Path(spec.argument.rpartition("#")[0] or spec.argument)
    folder = folder if folder.is_dir() else Path(spec.argument)
    files = sorted(path for path in folder.glob("*") if path.is_file())[:_MOST_FILES] if folder.is_dir() else []
    return key_of("bundle", [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in files])
