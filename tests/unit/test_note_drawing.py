"""Lines over the picture: where they lie on a picture of another shape, what the eraser takes, and when a note is to be seen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QImage, QPainter

from app.formats.notes import Note, Reply, Stroke
from app.ui.review.notes.erasing import without_touched
from app.ui.review.notes.note_painting import DrawnPin, DrawnStrokes, PictureScene, inset_rect, paint_scene, place_of
from app.ui.review.notes.note_words import COLOURS, HOLD_S, LASTS_S, about, belongings, clock_text, is_at, when

WIDE, TALL = QRect(0, 0, 800, 400), QRect(100, 50, 300, 400)


def test_a_place_keeps_its_distance_from_the_middle_on_a_picture_of_another_shape():
    drawn = place_of(WIDE, 0.6, 0.25)
    assert (drawn.x(), drawn.y()) == (480.0, 100.0)
    again = place_of(TALL, 0.6, 0.25, aspect=2.0)
    assert again.x() - TALL.center().x() == pytest.approx(80.0, abs=1.0) and again.y() == 150.0


def test_the_eraser_takes_what_it_touches():
    line = Stroke("line", [(0.1, 0.5), (0.9, 0.5)])
    arrow, dot = Stroke("arrow", [(0.5, 0.1), (0.5, 0.3)]), Stroke("line", [(0.2, 0.9)])
    strokes = [line, arrow, dot, Stroke("line", [])]
    assert without_touched(strokes, QPointF(400, 205), WIDE, 0.0) == [arrow, dot, strokes[3]]
    assert without_touched(strokes, QPointF(162, 360), WIDE, 0.0) == [line, arrow, strokes[3]]
    assert without_touched(strokes, QPointF(400, 215), WIDE, 0.0) == strokes


def test_a_moment_and_a_stretch_are_there_when_the_playhead_is():
    moment, stretch = Note(start_s=1.0), Note(start_s=1.0, end_s=2.0)
    assert is_at(moment, 1.0 - HOLD_S, playing=False) and not is_at(moment, 1.0 - HOLD_S, playing=True)
    assert is_at(moment, 1.0 + LASTS_S, playing=True) and not is_at(moment, 1.0 + LASTS_S, playing=False)
    for playing in (True, False):
        assert is_at(stretch, 1.0, playing) and is_at(stretch, 2.0, playing) and not is_at(stretch, 2.1, playing)


def test_notes_are_told_in_few_words():
    note = Note(start_s=61.5, end_s=62.0, side="B", channel="jawOpen", phone="M", voice="a.ogg", replies=[Reply(text="x")])
    assert when(note) == "1:01.50 – 1:02.00" and clock_text(-1) == "0:00.00"
    assert about(note) == "side B  ·  jawOpen  ·  /M/" and about(note, sides=False) == "jawOpen  ·  /M/"
    assert belongings(note) == "voice  ·  1 reply" and belongings(Note()) == ""


def painted(scene: PictureScene) -> np.ndarray:
    image = QImage(800, 400, QImage.Format.Format_RGB888)
    image.fill(0x303030)
    painter = QPainter(image)
    paint_scene(painter, scene)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(400, image.bytesPerLine())[:, :2400].reshape(400, 800, 3).astype(int)


def test_what_is_drawn_is_where_it_was_drawn(qapp):
    scene = PictureScene(
        WIDE, QRect(0, 0, 500, 400), (DrawnStrokes((Stroke("arrow", [(0.2, 0.5), (0.8, 0.5)], "cyan", 0.02),)),),
        (DrawnPin("n", 0.25, 0.25, "red"),),
    )  # fmt: skip
    pixels = painted(scene)
    cyan = [int(COLOURS["cyan"][i : i + 2], 16) for i in (1, 3, 5)]
    assert np.abs(pixels[200, 300] - cyan).max() < 12
    assert (pixels[:, 505:] == pixels[0, 0]).all(), "not over another side's picture"
    assert np.abs(pixels[90:111, 190:211] - pixels[0, 0]).max() > 60, "the pin"
    faint = painted(PictureScene(WIDE, WIDE, (DrawnStrokes(scene.strokes[0].strokes, opacity=0.22),)))
    assert 10 < np.abs(faint[200, 300] - faint[0, 0]).max() < np.abs(pixels[200, 300] - pixels[0, 0]).max() / 2


@pytest.mark.parametrize("corner", ["top left", "top right", "bottom left", "bottom right"])
def test_an_inset_stands_in_its_corner_inside_the_picture(corner):
    place = inset_rect(TALL, corner, 0.4, 0.5)
    assert TALL.contains(place.toAlignedRect()) and place.width() == pytest.approx(120)
    assert ("left" in corner) == (place.center().x() < TALL.center().x())
    assert ("top" in corner) == (place.center().y() < TALL.center().y())
    assert inset_rect(TALL, corner, 0.9, 0.1).height() <= 0.8 * TALL.height()
