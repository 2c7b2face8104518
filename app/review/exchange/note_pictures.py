"""A small picture of every note: the face at its moment as its author saw it, with the pin and what was drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from app.avatar.rig import AvatarRig
from app.core.head import head_rotations, with_gaze_of_angles
from app.core.sampling import sampled
from app.formats.cuts.cut import Cut
from app.formats.notes import Note, NoteColour, Stroke
from app.formats.takes.take import Lane, SavedTake
from app.render.camera import OrbitCamera
from app.render.labels import draw_label
from app.render.offscreen import OffscreenCanvas
from app.render.pins import pin_place

HEIGHT_PX = 360
#: width over height where nobody drew anything
_ASPECT = 4 / 3
#: of a picture that is pasted into a chat; what is wider is shown narrower
_WIDEST_PX = 900
_BACKGROUND = (0.102, 0.102, 0.102)
_COLOURS: dict[NoteColour, tuple[int, int, int]] = {
    "red": (236, 72, 72), "orange": (242, 150, 50), "yellow": (246, 214, 70), "green": (96, 200, 100), "cyan": (70, 200, 214),
    "blue": (84, 140, 246), "purple": (176, 110, 230), "white": (240, 240, 240),
}  # fmt: skip


def note_pictures(take: SavedTake, bodies: dict[str, AvatarRig], cut: Cut) -> Iterator[tuple[Note, np.ndarray]]:
    """Every note with its picture; notes about sides without motion are left out.

    Args:
        take: whose notes they are.
        bodies: of its sides.
        cut: how its frames are counted.

    Yields:
        The note and (h, w, 3) uint8.

    Raises:
        RenderError: nothing can be drawn on this machine.
    """
    for note in take.notes:
        side = note.side if note.side in bodies else next(iter(sorted(bodies)), "")
        if not side:
            continue
        aspect = note.look.aspect if note.look is not None else _ASPECT
        width = min(max(round(HEIGHT_PX * aspect), 64), _WIDEST_PX)
        height = max(round(width / aspect), 48)
        # a canvas each: sizes differ, and there are few notes
        with OffscreenCanvas(width, height) as canvas:
            picture = _face(canvas, bodies[side], take.lanes[side], note, cut.time_of(cut.first(note)))
        draw_label(picture, f"{cut.timecode(cut.first(note))}   {take.lanes[side].source}")
        yield note, picture


def _face(canvas: OffscreenCanvas, rig: AvatarRig, lane: Lane, note: Note, t: float) -> np.ndarray:
    """The avatar at a time through the note's camera, with what was drawn."""
    motion = lane.tuned
    arkit = with_gaze_of_angles(motion.arkit)
    rig.set_head_rotation(sampled(head_rotations(motion.arkit), (t - arkit.start_s) * arkit.fps))
    rig.pose(arkit.sample(t), None if motion.visemes is None else motion.visemes.sample(t))
    camera = OrbitCamera()
    aspect = canvas.width / canvas.height
    camera.frame(rig.avatar, "face", aspect)
    if note.look is not None:
        x, y, z, camera.distance, camera.yaw, camera.pitch, camera.fov_deg = note.look.camera
        camera.target = np.array([x, y, z])
    picture = canvas.render(rig, camera, quality="light", background=_BACKGROUND).copy()
    place = None if note.point is None else pin_place(rig, camera, note.point, aspect)
    return drawn_over(picture, note.strokes, None if place is None else (place.x, place.y), note.colour)


def drawn_over(picture: np.ndarray, strokes: list[Stroke], pin: tuple[float, float] | None, colour: NoteColour) -> np.ndarray:
    """A picture with lines, arrows and a pin on it.

    Args:
        picture: (h, w, 3) uint8.
        strokes: in shares of the picture.
        pin: where it stands, in shares too; None for none.
        colour: of the pin.

    Returns:
        A new array.
    """
    from PIL import Image, ImageDraw

    height, width = picture.shape[:2]
    image = Image.fromarray(np.ascontiguousarray(picture))
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        points = [(x * width, y * height) for x, y in stroke.points]
        thick = max(1, round(stroke.width * height))
        if len(points) > 1:
            draw.line(points, fill=_COLOURS[stroke.colour], width=thick, joint="curve")
        if stroke.kind == "arrow" and len(points) > 1:
            draw.polygon(_head(points, 5 * thick), fill=_COLOURS[stroke.colour])
    if pin is not None:
        x, y, radius = pin[0] * width, pin[1] * height, max(4, height / 60)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_COLOURS[colour], outline=(20, 20, 20), width=2)
    return np.array(image)


def _head(points: list[tuple[float, float]], length: float) -> list[tuple[float, float]]:
    """The triangle at the end of an arrow."""
    (x, y), before = points[-1], next((p for p in reversed(points[:-1]) if math.dist(p, points[-1]) > length / 2), points[0])
    angle = math.atan2(y - before[1], x - before[0])
    return [(x, y), *((x - length * math.cos(angle + turn), y - length * math.sin(angle + turn)) for turn in (-0.45, 0.45))]
