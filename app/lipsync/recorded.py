"""A track from a file, played against a clip like any other source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.core.cancel import CancelToken
from app.core.head import faded_angles
from app.core.side import SideChannels
from app.core.smoothing import smooth_step
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.formats.tracks.rate import length_sentence
from app.lipsync.source import chunk_ranges, frame_count

#: how long the face takes back to neutral where the file ends before the audio
EASE_OUT_S = 0.3
_EYES = tuple(range(14))


class RecordedSource:
    """The motion of a track file; the audio only says how long.

    Args:
        path: a track file of any dialect that the program reads.
        fps: frames per second of the animation, None for the file's own.
        in_fps: frames per second of the file, as the user states them; None finds them in it.
        swap_sides: exchange left and right of jaw and mouth, for a file that has them swapped.

    Raises:
        TrackError: the file is missing, broken or of an unknown dialect.
    """

    is_mock = False

    def __init__(self, path: Path | str, fps: float | None = None, in_fps: float | None = None, *, swap_sides: bool = False) -> None:
        path = Path(path)
        self.name = f"file:{path}"
        self.label = f"File: {path.name}"
        from app.formats.registry import read_track_file  # two dozen modules that a start without a track needs not

        file = read_track_file(path, in_fps)
        self.file = file.with_sides_swapped() if swap_sides else file
        self.fps = fps or self.file.track.fps

    @property
    def end_s(self) -> float:
        """Where the file's motion ends, in seconds."""
        return self.file.track.end_s

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; a longer file is cut at the audio's end, a shorter one eases to neutral; side channels travel along."""
        notes = self.notes(speech.audio.duration_s)
        owns_eyes = bool(self.file.track.weights[:, _EYES].any())
        for first, end in chunk_ranges(frame_count(speech, self.fps), self.fps):
            if cancel.is_set():
                return
            times_s = np.arange(first, end) / self.fps
            visemes = None if self.file.visemes is None else self._faded(self.file.visemes, times_s)
            yield Animation(self._faded(self.file.track, times_s), visemes, label=self.label, owns_eyes=owns_eyes, notes=notes)

    def notes(self, sound_s: float) -> tuple[str, ...]:
        """What the user should know about the file beside a sound of this length in seconds; first, where its rate comes from."""
        file = self.file
        length = "" if file.fps_from == "stated" else length_sentence(len(file.track), file.track.fps, file.other_fps, sound_s)
        return (*file.told, *([length] if length else []))

    def _faded(self, own: BlendshapeTrack, times_s: np.ndarray) -> BlendshapeTrack:
        """Frames of one of the file's tracks at the times; from its end on, on the way to neutral."""
        fade = (1.0 - smooth_step((times_s - own.end_s) / EASE_OUT_S)).astype(np.float32)
        side = None
        if own.side is not None:
            held = own.side.sampled((times_s - own.start_s) * own.fps)
            side = SideChannels(held.names, faded_angles(held.names, held.values, fade))
        return BlendshapeTrack(own.sample(times_s) * fade[:, None], self.fps, float(times_s[0]), own.channels, side)
