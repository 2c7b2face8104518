"""What is common to all that is written from a performance: its name, its frames, and what there is no room for."""

from __future__ import annotations

from pathlib import Path

from app.core.head import ANGLES, with_gaze_of_angles
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance
from app.formats.side_columns import plain_name
from app.formats.track_file import require_arkit, starting_at_zero

#: of the animation, where neither words nor a sound name it
_UNNAMED = "VisemeSync"
_LONGEST_NAME = 60
_HEAD, _EYES = (tuple(name.lower() for name in ANGLES if name.startswith("Head") == head) for head in (True, False))


def animation_name(performance: Performance) -> str:
    """What the animation is called: the line that is said, or its sound's file."""
    line = " ".join(word.text for word in performance.words).strip()
    if len(line) > _LONGEST_NAME:
        line = line[:_LONGEST_NAME].rsplit(" ", 1)[0] + " ..."
    return line or Path(performance.sound).stem or _UNNAMED


def on_frames(performance: Performance) -> tuple[BlendshapeTrack, BlendshapeTrack | None]:
    """The tracks as glTF can time them: never before 0, the gaze in the shapes as the app shows it."""
    require_arkit(performance.arkit)
    arkit, visemes = performance.arkit, performance.visemes
    if arkit.start_s < 0:
        arkit, visemes = starting_at_zero(arkit), None if visemes is None else starting_at_zero(visemes)
    return with_gaze_of_angles(arkit), visemes


def beside_sentence(arkit: BlendshapeTrack, format_name: str, *, gaze: bool, by_joints: bool = False) -> str:
    """Which columns beside the shapes there is no room for, or "".

    Args:
        arkit: as it was given.
        format_name: as shown.
        gaze: whether the eyes' angles are in the shapes of looking, where those were still.
        by_joints: whether joints turn the eyes by them.
    """
    side = None if arkit.side is None else arkit.side.without_still()
    left = [] if side is None else [name for name in side.names if plain_name(name) not in _HEAD]
    eyes = [name for name in left if plain_name(name) in _EYES]
    others = [name for name in left if not (gaze or by_joints) or name not in eyes]
    told = "" if by_joints else "The gaze is in the eyeLook shapes; the eyes' own angles were left out. " if eyes and gaze else ""
    return (told + (f"{format_name} has no room for {', '.join(others)}; they were left out." if others else "")).strip()
