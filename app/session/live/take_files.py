"""What was recorded of a face that came, as files: a track on even frames, and the sound brought in line with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from app.core.errors import TrackError
from app.core.places import where
from app.core.speech import AudioClip
from app.session.live.incoming import name_of
from app.streaming.heard import HeardFace
from app.streaming.recording import FaceRecording

#: of the sound of a take
RATE = 48000


def takes_folder() -> Path:
    """Where this user's recorded faces are."""
    return where("faces")


@dataclass(frozen=True)
class FaceTake:
    """What was recorded.

    Attributes:
        track: the file of the face.
        sound: the file of the sound, None without one.
        subject: whose face it is.
        duration_s: of the face.
        notes: what a person must know about it: faces that were missing, and how face and sound were brought together.
    """

    track: Path
    sound: Path | None
    subject: str
    duration_s: float
    notes: tuple[str, ...] = ()


def beside_face(samples: np.ndarray, began_s: float, face_s: float, duration_s: float) -> tuple[np.ndarray, float]:
    """Sound that begins with the face and ends with it.

    Args:
        samples: (n,) float32 at ``RATE``.
        began_s: when the first of them was at the microphone.
        face_s: when the first face arrived, by the same clock.
        duration_s: of the face.

    Returns:
        The samples, and how many seconds of them were cut off at the start; below 0, so much silence was put there.
    """
    early = round((face_s - began_s) * RATE)
    begun = samples[early:] if early >= 0 else np.concatenate([np.zeros(-early, np.float32), samples])
    n = round(duration_s * RATE)
    return np.concatenate([begun[:n], np.zeros(max(n - len(begun), 0), np.float32)]).astype(np.float32), early / RATE


def written_take(faces: Sequence[HeardFace], sound: tuple[np.ndarray, float] | None, folder: Path) -> FaceTake:
    """Write a take.

    Args:
        faces: two or more of one sender, in their order.
        sound: samples at ``RATE``, and when the first was at the microphone, by the clock of ``arrived_s``; None without sound.
        folder: made where it is missing.

    Raises:
        PreviewError: it cannot be written.
    """
    recording, subject = FaceRecording(faces[0].sender), name_of(faces[0].sender)
    for heard in faces:
        # who began anew meanwhile sends from another port
        recording.take(replace(heard, sender=faces[0].sender))
    made = recording.finished()
    track = made.track
    plain = "".join(c if c.isalnum() else "-" for c in subject)[:40].strip("-") or "face"
    path = folder / f"{datetime.now():%Y-%m-%d %H-%M-%S} {plain}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrackError(f"The folder {folder} cannot be made ({error.strerror}); check its permissions.") from error
    from app.audio.clips import write_wav
    from app.formats.registry import write_track

    write_track(path, track)
    if sound is None or not len(sound[0]):
        return FaceTake(path, None, subject, track.duration_s, made.notes)
    samples, early_s = beside_face(*sound, faces[0].arrived_s, track.duration_s)
    file = path.with_suffix(".wav")
    write_wav(file, AudioClip(samples, RATE, path.stem))
    cut = f"{early_s:.2f} s of sound before the first face were cut off"
    what = cut if early_s >= 0 else f"{-early_s:.2f} s of silence were put before the sound"
    return FaceTake(path, file, subject, track.duration_s, (*made.notes, f"{what}, by when both arrived here."))
