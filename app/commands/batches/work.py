"""One clip of ``batch``: from the bytes of a recording to its track, in this process, another one, or on another machine."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from app.commands.options.tuned import with_tuning
from app.commands.pipeline import AS_IT_IS, animation_of, speech_from_audio
from app.commands.progress import Progress
from app.commands.sound import SoundOptions
from app.core.errors import PreviewError
from app.core.source_spec import SourceSpec
from app.core.speech import ClipNote, Phone, Word, spoken_words
from app.core.track import Animation
from app.core.tuning import Tuning
from app.lipsync.registry import source_needs_phones
from app.remote.sources import register as register_remote_sources


@dataclass(frozen=True)
class BatchClip:
    """What is needed to animate a recording anywhere.

    Attributes:
        name: of the file, with its folder below the batch's; for messages.
        sound: the file's bytes, empty when it cannot be read.
        transcript: what is said, "" when there is none.
        source: who makes the motion.
        fps: frames per second.
        tuning: adjustments.
        how: the sound is read.
        in_fps: frames per second of the track file that ``source`` plays, as the user states them.
        unreadable: why there are no bytes, one sentence; "" when there are.
    """

    name: str
    sound: bytes
    transcript: str
    source: SourceSpec
    fps: float
    tuning: Tuning
    how: SoundOptions = AS_IT_IS
    in_fps: float | None = None
    unreadable: str = ""


@dataclass(frozen=True)
class AnimatedClip:
    """A clip that was animated.

    Attributes:
        motion: as it goes into a file; phones, words: what is spoken, as far as it is known.
        label: who made it; is_mock: whether it ignores the sound.
        duration_s: of the sound; notes: what was noticed in it.
    """

    motion: Animation
    phones: tuple[Phone, ...]
    words: tuple[Word, ...]
    label: str
    is_mock: bool
    duration_s: float
    notes: tuple[ClipNote, ...] = ()


def animate_clip(clip: BatchClip) -> AnimatedClip | str:
    """Animate a clip; whatever is wrong with it costs this clip alone.

    Args:
        clip: all of it.

    Returns:
        The result, or one sentence why there is none.
    """
    if clip.unreadable:
        return clip.unreadable
    try:
        return _animated(clip)
    except PreviewError as error:
        return str(error)
    except MemoryError:
        return f"{clip.name} needs more memory than there is; cut it into shorter files."
    except OSError as error:
        return f"{clip.name} cannot be worked on ({error.strerror or error}); make room on the disk and try again."
    except Exception as error:  # noqa: BLE001 - strangers' files reach decoders of all kinds, and hundreds of others wait
        kind, words = type(error).__name__, " ".join(str(error).split())[:200]
        return f"{clip.name} stopped the program's work ({kind}: {words}); convert it to another format, and report this file."


def _animated(clip: BatchClip) -> AnimatedClip:
    register_remote_sources()
    with tempfile.TemporaryDirectory(prefix="visemesync-batch-") as folder:
        audio = Path(folder) / Path(clip.name).name
        audio.write_bytes(clip.sound)
        transcript = Path(folder) / "transcript.txt" if clip.transcript else None
        if transcript is not None:
            transcript.write_text(clip.transcript, "utf-8")
        quiet = Progress("none")
        speech = speech_from_audio(audio, transcript, source_needs_phones(clip.source), quiet, clip.how)
        made = animation_of(clip.source, speech, clip.fps, quiet, clip.tuning.native, in_fps=clip.in_fps)
        animation = with_tuning(made, clip.tuning, speech)
    spoken = (speech.phones, spoken_words(speech))
    return AnimatedClip(
        _sendable(animation), *spoken, animation.label, animation.is_mock, speech.audio.duration_s, speech.audio.notes,
    )  # fmt: skip


def _sendable(animation: Animation) -> Animation:
    """A copy without cached lookups, which cannot cross to another process."""
    visemes = None if animation.visemes is None else replace(animation.visemes)
    return replace(animation, arkit=replace(animation.arkit), visemes=visemes)
