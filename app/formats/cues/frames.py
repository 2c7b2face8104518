"""Files that count frames of their own: how many a second, and cues on whole frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.core.errors import TrackError
from app.core.mouths.cues import MouthCue
from app.formats.cues.made_motion import Cues, track_of_cues
from app.formats.performance import WriteOptions
from app.formats.track_file import TrackFile
from app.formats.tracks.rate import number_text

#: what 2D programs begin with
USUAL_FPS = 24.0
_SLOWEST_FPS, _QUICKEST_FPS = 1.0, 1000.0


def written_rate(options: WriteOptions) -> float:
    """Frames per second of a file that counts them.

    Raises:
        TrackError: a rate that no such file has.
    """
    rate = options.fps or USUAL_FPS
    if not _SLOWEST_FPS <= rate <= _QUICKEST_FPS:
        raise TrackError(f"Mouth cues cannot be counted at {rate:g} frames a second; choose a rate from 1 to 1000, such as 24.")
    return rate


def track_of_counted(cues: Cues, name: str, fps: float, rate_from: str) -> TrackFile:
    """Motion through cues that a file counts in frames.

    Args:
        cues: their times in seconds.
        name: of the file, for messages.
        fps: frames per second that the file was read at; the motion is made at 60.
        rate_from: ``stated``, ``header`` or ``assumed``.

    Raises:
        TrackError: no cues, or more than an hour.
    """
    if not _SLOWEST_FPS <= fps <= _QUICKEST_FPS:
        raise TrackError(f"{name} has an impossible frame rate ({fps:g}); state it with --in-fps.")
    file = track_of_cues(cues, name)
    how = {"stated": "as stated", "header": "as the file says"}.get(rate_from, "assumed")
    asked = "The file counts frames without saying how many a second, so 24 were assumed; state the rate with --in-fps."
    warnings = (asked, *file.warnings) if rate_from == "assumed" else file.warnings
    return replace(file, fps_from=rate_from, evidence=f"{file.evidence} at {number_text(fps)} fps, {how}", warnings=warnings)


def framed(cues: Sequence[MouthCue], fps: float, *, truncated: bool) -> tuple[list[tuple[int, MouthCue]], int]:
    """Cues on whole frames, at most one in each.

    Lips that close and the lip at the teeth are seen most, so they win a frame before others; else the longer cue does.

    Args:
        cues: in order.
        fps: frames per second.
        truncated: a frame begins before its cue, as Rhubarb counts; else the nearest is taken.

    Returns:
        (frame from 0, cue) in order, neighbours of different shapes; and how many cues found no frame.
    """
    kept: dict[int, MouthCue] = {}
    lost = 0
    for cue in cues:
        frame = int(cue.start_s * fps + (1e-6 if truncated else 0.5))
        lost += frame in kept
        if frame not in kept or _weight(cue) > _weight(kept[frame]):
            kept[frame] = cue
    out: list[tuple[int, MouthCue]] = []
    for frame in sorted(kept):
        if not out or out[-1][1].shape != kept[frame].shape:
            out.append((frame, kept[frame]))
    return out, lost


def lost_note(lost: int, fps: float) -> tuple[str, ...]:
    """The sentence about cues that found no frame, if any."""
    what = "1 cue is" if lost == 1 else f"{lost:,} cues are"
    return (f"{what} shorter than a frame at {number_text(fps)} fps and left out.",) if lost else ()


def _weight(cue: MouthCue) -> tuple[int, float]:
    contact = 2 if cue.phone in ("P", "B", "M", "PP") else 1 if cue.phone in ("F", "V", "FF") else 0
    return contact, cue.end_s - cue.start_s
