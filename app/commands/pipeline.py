"""The spine without a window: text or audio -> speech -> animation."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from app.audio.clips import read_clip
from app.commands.progress import Progress
from app.commands.services.metered import metered
from app.commands.sound import SoundOptions
from app.commands.told import say
from app.core.errors import SourceError, SpeechError
from app.core.layers import Layer
from app.core.marks.grammar import has_marks, read_marks
from app.core.shipped import shipped
from app.core.source_spec import SourceSpec
from app.core.speech import Speech, joined
from app.core.track import Animation, concatenate
from app.formats.timings.transcript import read_transcript
from app.lipsync.feeling import default_source
from app.lipsync.layered import with_layers
from app.lipsync.marked import MarkedSource
from app.lipsync.registry import make_source, source_needs_phones
from app.lipsync.source import HasOwnParameters
from app.speech.delivery import Delivery

NOTHING: Mapping[str, float] = MappingProxyType({})
AS_IT_IS = SoundOptions()

DEFAULT_AVATAR = shipped("assets/avatar.glb")


def notes_of_text(text: str, voice: str | None) -> tuple[str, ...]:
    """What has to be known before a text is spoken, one sentence each.

    Raises:
        SpeechError: nothing of it can be spoken.
    """
    from app.speech.engines import is_cloud_voice
    from app.speech.text import prepare

    note = "" if is_cloud_voice(voice or "") else prepare(text).note
    return (*((note,) if note else ()), *read_marks(text).sentences)


def speech_from_text(text: str, voice: str | None, speed: float, progress: Progress, delivery: Delivery | None = None) -> Speech:
    """Speak a text with the embedded voice or the cloud's; what has to be known about it is told on standard error.

    Args:
        text: at least one speakable sentence.
        voice: id of a voice, None for the engine's first.
        speed: 0.5 to 2.
        progress: told the share of sentences done.
        delivery: how a cloud's voice says it.

    Raises:
        SpeechError: nothing speakable, an unknown voice, or a speed out of range.
        ServiceError: the voice's service cannot be reached.
    """
    from app.speech.engines import all_voices

    if not 0.5 <= speed <= 2:
        raise SpeechError(f"The speaking rate must be between 0.5 and 2, not {speed:g}.")
    engine = all_voices()
    engine.delivery = delivery or engine.delivery
    progress("voice", 0.0)
    try:
        with metered() as engine.counted:
            parts = list(engine.synthesize(text, voice or engine.voices()[0].id, speed=speed))
        say(voice or "voice", engine.noticed())
    finally:
        engine.close()
    progress("voice", 1.0)
    whole = joined(parts)
    return replace(whole, text=text) if has_marks(text) else whole


def speech_from_audio(path: Path, transcript: Path | None, needs_phones: bool, progress: Progress, how: SoundOptions = AS_IT_IS) -> Speech:
    """Open a recording, and find its phones when a source needs them.

    Args:
        path: a recording or a film.
        transcript: file with what is said: a text, subtitles, or an alignment whose phones are taken as they are; None to recognise
            phones from the sound alone, which is rough.
        needs_phones: whether the source works from phones.
        progress: told when alignment starts and ends.
        how: the recording is read.
    """
    clip = read_clip(path, how.channel, how.encoder_delay_s)
    said = None if transcript is None else read_transcript(transcript)
    text = "" if said is None else said.text
    if transcript is not None and said is not None and (said.exact_phones or needs_phones):
        say(transcript.name, said.notes)
    if said is not None and said.exact_phones:
        return Speech(clip, text, said.exact_phones, words=said.words)
    marked = read_marks(text)
    if marked.marks:
        say("marks", marked.sentences)
    if not needs_phones and not marked.marks:
        return Speech(clip, text)
    from app.speech.align import align, recognise_phones

    progress("phones", 0.0)
    phones = align(clip, text) if text else recognise_phones(clip)
    progress("phones", 1.0)
    return Speech(clip, text, tuple(phones))


def source_or_default(words: str | None) -> SourceSpec:
    """The source asked for, or what the window would start with.

    Raises:
        SourceError: the words are no source.
    """
    return SourceSpec.parse(words) if words else default_source()


def phones_needed(spec: SourceSpec, layers: Sequence[Layer] = ()) -> bool:
    """Whether a source or one of its layers works from timed phones."""
    return any(source_needs_phones(each) for each in (spec, *(layer.source for layer in layers)))


def animation_of(
    spec: SourceSpec,
    speech: Speech,
    fps: float,
    progress: Progress,
    native: Mapping[str, float] = NOTHING,
    *,
    in_fps: float | None = None,
    layers: Sequence[Layer] = (),
) -> Animation:
    """Run a source to the end; what has to be known about a track file that it plays is told on standard error.

    Args:
        spec: the source.
        speech: what is spoken.
        fps: frames per second of the result.
        progress: told the share of the clip done.
        native: parameters of a tuning that are the source's own.
        in_fps: frames per second of a track file, as the user states them.
        layers: parts of the face that come from other motion.

    Raises:
        LayerError: a layer cannot be had here.
        PresetError: such a parameter is unknown or out of range.
        SourceError: an unknown source, one that cannot work on this speech, or audio of length zero.
    """
    source = with_layers(MarkedSource(make_source(spec, fps=fps, in_fps=in_fps), spec), layers, fps)
    if isinstance(source, HasOwnParameters):
        source.set_native(native)
    chunks = []
    progress(source.name, 0.0)
    for chunk in source.generate(speech, threading.Event()):
        chunks.append(chunk)
        progress(source.name, min(chunk.arkit.end_s / max(speech.audio.duration_s, 1e-9), 1.0))
    if not chunks:
        raise SourceError("The audio is empty, so there is nothing to animate; open a longer clip.")
    progress(source.name, 1.0)
    made = concatenate(chunks)
    say(Path(spec.argument).name, made.notes)
    return made
