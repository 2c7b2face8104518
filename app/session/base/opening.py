"""Doors to the rooms below, walked through in worker threads so that their heavy imports never hold up the window.

Behind most of them is work of seconds, which gives way to the sound that plays; not behind those that open sound.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.audio.priority import give_way
from app.core.emotion import EmotionTimeline
from app.core.errors import Cancelled, PreviewError, SpeechError
from app.core.source_spec import SourceSpec
from app.core.speech import AudioClip, Phone
from app.lipsync.registry import make_source
from app.lipsync.source import CancelToken, LipSyncSource
from app.session.base.own_process import in_own_process
from app.session.base.workers import UNKNOWN, Job

if TYPE_CHECKING:
    from app.audio.devices import DeviceChoice
    from app.audio.microphone import Microphone
    from app.audio.outputs import Output
    from app.audio.player import Player
    from app.avatar.corrections import RigCorrections
    from app.avatar.model import Avatar
    from app.avatar.rig import AvatarRig
    from app.formats.timings.alignment import Alignment
    from app.speech.engine import TtsEngine

#: resolution of the waveform; finer than a pixel for clips up to ten seconds on a wide screen
PEAKS_PER_S = 200
_STOPPED = "Finding the phones stopped unexpectedly; open the recording again, or give its transcript."
#: whoever searches for phones has nothing to clean up
_GRACE_S = 0.1
#: samples that are written before anybody is asked whether they are still wanted
_PIECE = 1 << 22


def track_endings() -> tuple[str, ...]:
    """Endings of the files that may be tracks, each with its dot."""
    from app.formats.registry import readable_endings

    return readable_endings()


def read_avatar(path: Path) -> AvatarRig:
    """Load an avatar and make it movable."""
    give_way()
    from app.render.prepared import read_rig

    return read_rig(path)


def keep_avatar(avatar: Avatar, stop: Callable[[], bool] = lambda: False) -> bool:
    """Keep an avatar that is drawn for the next start; False while drawing has not found out all about it yet, or if it was stopped."""
    give_way()
    from app.avatar.cooked import rest
    from app.avatar.gltf import keep_ready
    from app.render import prepared

    kept = avatar.path is None or not keep_ready(avatar.path) or (prepared.keep(avatar, stop) and prepared.keep_lean(avatar, stop))
    if kept:
        rest(avatar)
    return kept


def motion_in_avatar(path: Path) -> float:
    """Length of the face's motion that an avatar's file holds, in seconds; 0 for none."""
    from app.formats.scenes.gltf.files import motion_s

    return motion_s(path)


def another_rig(avatar: Avatar, corrections: RigCorrections) -> AvatarRig:
    """Another body of an avatar, which is not decoded again."""
    give_way()
    from app.avatar.cooked import rest
    from app.avatar.rig import AvatarRig

    made = AvatarRig(avatar, corrections)
    rest(avatar)
    return made


def import_renderer() -> None:
    """Import the renderer, which takes most of a start, so that making the view is quick afterwards."""
    give_way()
    import app.render.readback  # noqa: F401


def open_player(device: DeviceChoice | int | str | None) -> Player:
    """Open the audio output; a remembered device that is gone gives way to the system's default."""
    from app.audio.player import Player

    player = Player(device)
    if player.open().silent_reason and device is not None:
        player.set_device(None)
    return player


def reopened_output(old: Output, device: DeviceChoice | int | str | None, look_again: bool) -> Output:
    """Another output in place of one that the player let go; see ``outputs.reopened``."""
    from app.audio.outputs import reopened

    return reopened(old, device, look_again)


def revived_output(old: Output | None, device: DeviceChoice | int | str | None, look_again: bool) -> Output:
    """A stalled output anew, or silence; see ``outputs.revived``."""
    from app.audio.outputs import revived

    return revived(old, device, look_again)


def make_engine() -> TtsEngine:
    """The embedded voice and the cloud's."""
    give_way()
    from app.speech.engines import all_voices

    return all_voices()


def load_network(spec: SourceSpec) -> str:
    """Load the app's own network; returns what it runs on, ``CUDA <name>`` or ``CPU``.

    Args:
        spec: ``a2f`` or ``a2f:light``.

    Raises:
        SourceError: torch or the weights are missing.
    """
    give_way()
    from app.lipsync.a2f import load_net

    return load_net("light" if spec.argument == "light" else "quality").device_label


def estimate_emotion(clip: AudioClip, cancel: CancelToken) -> EmotionTimeline:
    """Guess from its sound how a voice feels over time."""
    give_way()
    from app.lipsync.feeling import estimate_timeline

    return estimate_timeline(clip, cancel)


def hear_emotion(folder: Path, clip: AudioClip, native: Mapping[str, float], cancel: CancelToken) -> EmotionTimeline:
    """Let an Audio2Emotion bundle, whose condition was accepted, listen for a face's expression."""
    give_way()
    from app.lipsync.audio2emotion import heard_timeline

    return heard_timeline(folder, clip, native, cancel)


def open_microphone(device: DeviceChoice | int | str | None, rate: int) -> Microphone:
    """A microphone, not yet listening."""
    from app.audio.microphone import Microphone

    return Microphone(device, rate)


def waveform(clip: AudioClip) -> np.ndarray:
    """(n, 2) float32 lowest and highest sample of n equal stretches, PEAKS_PER_S of them a second."""
    from app.audio.clips import peaks

    # who asks for the waveform will ask whether it knows the sound, and not in a thread of its own; hashing needs no interpreter
    hashing = threading.Thread(target=lambda: clip.digest, name="digest")
    hashing.start()
    made = peaks(clip, max(round(clip.duration_s * PEAKS_PER_S), 1))
    hashing.join()
    return made


def read_audio(
    path: Path, channel: str = "", encoder_delay_s: float = 0.0, watch: Callable[[float], None] = lambda _fraction: None
) -> tuple[AudioClip, np.ndarray]:
    """A recording and its waveform; see read_clip."""
    from app.audio.clips import read_clip

    clip = read_clip(path, channel, encoder_delay_s, watch=watch)
    return clip, waveform(clip)


def read_transcript(path: Path) -> Alignment:
    """What is said in a recording, from a text, subtitles or an alignment."""
    from app.formats.timings import transcript

    return transcript.read_transcript(path)


def has_picture(path: Path) -> bool:
    """Whether a sound is that of a film, whose picture can be shown."""
    from app.audio.decoding.containers import has_moving_picture

    return has_moving_picture(path)


def find_phones(job: Job, clip: AudioClip, text: str) -> tuple[Phone, ...]:
    """Align a transcript, or recognise phones when there is none: in a process of its own, because pocketsphinx keeps the interpreter to
    itself from the first sample to the last, a tenth of the sound's length.

    Raises:
        PreviewError: see ``app.speech.align``.
        Cancelled: nobody waits for them any more.
    """
    give_way()
    from app.speech.aligning import send_phones

    with tempfile.TemporaryDirectory(prefix="visemesync-phones-") as folder:
        # through a file: what is handed to a process is copied twice, and the interpreter waits for that
        sound = Path(folder) / "samples"
        try:
            with sound.open("wb") as file:
                for first in range(0, len(clip.samples), _PIECE):
                    job.watch(UNKNOWN)
                    file.write(np.ascontiguousarray(clip.samples[first : first + _PIECE]).data)
        except OSError as error:
            raise SpeechError(f"The phones cannot be found ({error.strerror or error}); free some space on the disk.") from error
        phones = in_own_process(job, send_phones, sound, clip.rate, text, stopped=_STOPPED, grace_s=_GRACE_S)
    if phones is None:
        raise Cancelled("The search for phones was cancelled.")
    return tuple(phones)


def read_track_source(
    path: Path, fps: float, in_fps: float | None = None, *, swap_sides: bool = False
) -> tuple[LipSyncSource, AudioClip, np.ndarray]:
    """A source that plays a track file (at a rate that the user states, with its sides as they say), and silence of its length.

    Raises:
        TrackError: it is broken, missing, or no track.
        PreviewError: it is of no kind that can be opened, by its name and by its content.
    """
    from app.formats.registry import is_track, read_track, readable_endings

    if path.suffix.lower() not in readable_endings() and not is_track(path):
        raise PreviewError(
            f"{path.name} is of no kind that can be opened; choose a project, an avatar (GLB, glTF, VRM), a recording (WAV, FLAC, OGG, MP3)"
            " or a track (CSV, JSON, and what python -m app formats lists)."
        )
    track = read_track(path, in_fps)
    silence = AudioClip(np.zeros(round(max(track.end_s, 0.0) * 24000), np.float32), 24000, path.stem)
    return make_source(SourceSpec("file", str(path)), fps, in_fps, swap_sides=swap_sides), silence, waveform(silence)
