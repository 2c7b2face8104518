"""What a track file holds beyond its weights, and how files are read and written safely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, mirrored
from app.core.beside import written_beside
from app.core.errors import TrackError
from app.core.speech import Phone, Word
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance

#: one hour of Live Link Face is about 150 MB of text; more than this is refused rather than filling the memory
MAX_BYTES = 512 * 2**20
#: the same limit as for audio
MAX_DURATION_S = 3600.0
MAX_FPS = 1000.0
SWAPPED = "This looks like a NeuroSync file, whose left and right are swapped in JawLeft/Right and MouthLeft/Right."
#: what a file says whose sides were exchanged
SIDES_SWAPPED = "Left and right of jaw and mouth were swapped, as asked."
#: no take of weights from 0 to 1 reaches this, and hardly one from 0 to 100 stays below
_PERCENT_FROM = 5.0


@dataclass(frozen=True)
class TrackFile:
    """A track as a file tells it.

    Attributes:
        track: (n, 52) weights; channels that the file lacks are 0. The file's other numeric columns (head and eye angles, emotions)
            travel in its ``side`` under their own names.
        dialect: name of the format, as shown.
        origin_s: what the file's own clock said at frame 0 (Live Link Face: the time of day), in seconds.
        fps_from: where the frame rate comes from: ``timecode``, ``times``, ``header``, ``assumed``, ``stated`` (by the
            user) or ``made`` (motion that was made here).
        evidence: the same in words: ``30 fps from 3,812 timecodes``.
        warnings: sentences for the user, such as missing channels.
        maybe_swapped: True when left and right of jaw and mouth may be swapped.
        other_fps: another frame rate that fits the file equally well, or None.
        swap_evidence: why ``maybe_swapped`` is set, with its numbers; "" where nothing but the kind of file says so.
        visemes: (n, 15) track of the same frames that the file holds beside the shapes, or None.
        phones: timed phones that the file holds, () for none.
        words: timed words that the file holds, () for none.
        sound: name of the sound that the file says it belongs to, "" for none.
        duration_s: length of that sound in seconds as the file says, 0 for unknown.
        phones_stand_for: the mouth shapes that the phones stand for (``Rhubarb``); "" where they are a transcription.
    """

    track: BlendshapeTrack
    dialect: str
    origin_s: float = 0.0
    fps_from: str = "header"
    evidence: str = ""
    warnings: tuple[str, ...] = ()
    maybe_swapped: bool = False
    other_fps: float | None = None
    swap_evidence: str = ""
    visemes: BlendshapeTrack | None = None
    phones: tuple[Phone, ...] = ()
    words: tuple[Word, ...] = ()
    sound: str = ""
    duration_s: float = 0.0
    phones_stand_for: str = ""

    @property
    def performance(self) -> Performance:
        """All that another format may have room for."""
        return Performance(
            self.track, self.visemes, self.phones, self.words, self.sound, self.duration_s, phones_stand_for=self.phones_stand_for
        )

    def with_sides_swapped(self) -> TrackFile:
        """The file with left and right of jaw and mouth exchanged, as somebody asked; the doubt about them is settled."""
        track = with_jaw_and_mouth_sides_swapped(self.track)
        warnings = (*self.warnings, SIDES_SWAPPED)
        return replace(self, track=track, warnings=warnings, maybe_swapped=False, swap_evidence="")

    @property
    def told(self) -> tuple[str, ...]:
        """Where the rate comes from, and all that is doubtful: what a person reads."""
        return self.notes if self.fps_from in ("assumed", "made") and self.notes else (f"{self.evidence}.", *self.notes)

    @property
    def notes(self) -> tuple[str, ...]:
        """All that is doubtful about the file; the rate comes first."""
        return self.warnings + ((self.swap_evidence or SWAPPED,) if self.maybe_swapped else ())


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        TrackError: it is missing, a folder, unreadable or too large.
    """
    try:
        if path.is_dir():
            raise TrackError(f"{path.name} is a folder; choose a track file.")
        if path.stat().st_size > MAX_BYTES:
            raise TrackError(f"{path.name} is larger than {MAX_BYTES // 2**20} MB; split it into shorter takes.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise TrackError(f"There is no track file {path.name}; check the path.") from error
    except OSError as error:
        raise TrackError(f"{path.name} cannot be read ({error.strerror}); check its permissions.") from error


def decode_text(data: bytes, name: str) -> str:
    """UTF-8 text with an optional byte order mark.

    Raises:
        TrackError: it is not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TrackError(f"{name} is not UTF-8 text; export the track again as CSV or JSON.") from error


def write_beside(path: Path, content: str | bytes, backup: Path | None = None) -> None:
    """Write a file so that a failure leaves the old one, or none.

    Args:
        path: where it goes.
        content: text or bytes.
        backup: where the file that is replaced goes, None for nowhere.

    Raises:
        TrackError: the folder cannot be written to.
    """
    try:
        with written_beside(path, backup) as beside:
            try:
                file = beside.open("xb")
            except OSError as error:
                raise TrackError(f"The folder {path.parent} cannot be written to ({error.strerror}); choose another.") from error
            with file:
                file.write(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise TrackError(f"{path.name} cannot be written ({error.strerror}); check the disk and its permissions.") from error


def check_rate(fps: float, n_frames: int, name: str) -> None:
    """Refuse rates and lengths that no take has.

    Raises:
        TrackError: a rate outside (0, 1000], or more than an hour.
    """
    if not 0 < fps <= MAX_FPS:
        raise TrackError(f"{name} has an impossible frame rate ({fps:g}); export it again.")
    if n_frames / fps > MAX_DURATION_S:
        raise TrackError(f"{name} is longer than an hour; split it into shorter takes.")


def starting_at_zero(track: BlendshapeTrack) -> BlendshapeTrack:
    """The track moved onto frames that begin at 0 s, for formats that cannot say when they start.

    Frames before 0 are dropped; before a later start the first frame is held.

    Raises:
        TrackError: it would become longer than a take may be.
    """
    if abs(track.start_s) * track.fps < 1e-6 or not len(track):
        return replace(track, start_s=0.0)
    if track.end_s > MAX_DURATION_S:
        raise TrackError(f"The track ends {track.end_s:,.0f} s after 0, beyond an hour; let it begin with its sound, then export it again.")
    times_s = np.arange(max(round(track.end_s * track.fps), 1)) / track.fps
    side = None if track.side is None else track.side.sampled((times_s - track.start_s) * track.fps)
    return BlendshapeTrack(track.sample(times_s), track.fps, 0.0, track.channels, side)


def from_percent(weights: np.ndarray) -> tuple[np.ndarray, str]:
    """Weights from 0 to 1, whatever the file counts in, and a sentence when it counts to 100.

    Args:
        weights: (n, 52) as written.
    """
    peak = float(np.abs(weights).max(initial=0.0))
    if not _PERCENT_FROM < peak <= 200:
        return weights, ""
    return weights / np.float32(100), f"The values reach {peak:.0f}, so they were read as percent (0 to 100) and divided by 100."


def lacking_sentence(missing: Sequence[str]) -> str:
    """Which of the 52 channels a file lacks, or ""."""
    if not missing:
        return ""
    return f"The file lacks {len(missing)} of the 52 channels ({', '.join(missing[:4])}{', ...' if len(missing) > 4 else ''})."


def require_arkit(track: BlendshapeTrack) -> None:
    """Only the 52 ARKit channels can be written.

    Raises:
        TrackError: other channels, such as a viseme track's.
    """
    if track.channels != ARKIT_CHANNELS:
        raise TrackError("Only the 52 ARKit channels can be written to this format; export the ARKit track instead.")


def checked_track(track: BlendshapeTrack) -> BlendshapeTrack:
    """The track, where it can be written at all.

    Raises:
        TrackError: other channels than the 52, or a rate or length that no take has.
    """
    require_arkit(track)
    check_rate(track.fps, len(track), "The track")
    return track


def still_sentence(track: BlendshapeTrack, room: str, *channels: str) -> tuple[str, ...]:
    """The sentence about channels that a format lacks, () where they never move.

    Args:
        track: what is written.
        room: the format's name.
        channels: that it lacks.
    """
    lost = [channel for channel in channels if track.column(channel).any()]
    return (f"{room} knows no {', '.join(lost)}; it was left out.",) if lost else ()


def with_jaw_and_mouth_sides_swapped(track: BlendshapeTrack) -> BlendshapeTrack:
    """The repair for NeuroSync's files: jawLeft and jawRight, mouthLeft and mouthRight change places."""
    order = [mirrored(name) if name[:-4] in ("jaw", "mouth") or name[:-5] in ("jaw", "mouth") else name for name in track.channels]
    return track.with_weights(track.weights[:, [track.index[name] for name in order]])
