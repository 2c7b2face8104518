"""Words and curves on films."""

from __future__ import annotations

import numpy as np

from app.core.arkit import ARKIT_INDEX
from app.core.track import BlendshapeTrack
from app.render.curves_strip import channel_colors, draw_curves_strip
from app.render.labels import draw_label


def test_a_mock_is_labelled_larger_and_in_yellow():
    plain, warning = (np.full((480, 640, 3), 40, np.uint8) for _ in range(2))
    draw_label(plain, "Visemes")
    draw_label(warning, "random", warning=True)
    changed = [(p != 40).any(axis=2).sum() for p in (plain, warning)]
    assert changed[1] > 2 * changed[0] > 0
    yellow = (warning[..., 0] > 180) & (warning[..., 1] > 140) & (warning[..., 2] < 90)
    assert yellow.sum() > 500


def test_labels_never_leave_a_small_picture():
    for height, width, fits in ((20, 30, True), (8, 8, False), (60, 20, True)):
        around = np.zeros((height + 8, width + 8, 3), np.uint8)
        draw_label(around[4:-4, 4:-4], "a rather long label that cannot fit", warning=True)
        assert bool(around[4:-4, 4:-4].any()) == fits
        around[4:-4, 4:-4] = 0
        assert not around.any()


def test_the_strip_draws_a_curve_where_its_value_is():
    weights = np.zeros((241, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0.0, 1.0, 241)
    track = BlendshapeTrack(weights, 60.0)
    strip = draw_curves_strip(track, 2.0, 400 + 14 * 12, 100)
    assert strip.shape == (100, 568, 3)
    strip = strip[:, 168:]
    color = channel_colors(track.channels)[ARKIT_INDEX["jawOpen"]]
    for column, value in ((150, 0.375), (300, 0.75), (380, 0.95)):
        rows = np.flatnonzero((strip[:, column] == color).all(axis=1))
        assert len(rows)
        assert abs(rows.mean() - (1 - value) * 97 - 1) < 3


def test_the_cursor_stands_in_the_middle_and_nothing_is_drawn_outside_the_track():
    weights = np.full((30, 52), 0.5, np.float32)
    strip = draw_curves_strip(BlendshapeTrack(weights, 30.0), 0.0, 401 + 14 * 10, 80)[:, 140:]
    assert strip[40, 200].min() > 200
    colored = (strip.max(axis=2).astype(int) - strip.min(axis=2)) > 40
    assert not colored[:, 140:195].any()
    assert colored[:, 205:290].any()


def test_an_empty_track_gives_an_empty_strip():
    strip = draw_curves_strip(BlendshapeTrack(np.zeros((0, 52), np.float32), 30.0), 0.0, 100, 40)
    assert strip.shape == (40, 100, 3)


def test_every_channel_has_its_own_colour():
    track = BlendshapeTrack(np.zeros((0, 52), np.float32), 30.0)
    assert len({tuple(c) for c in channel_colors(track.channels)}) > 45


def test_the_names_stand_beside_the_curves_and_never_on_them():
    weights = np.full((241, 52), 0.5, np.float32)
    strip = draw_curves_strip(BlendshapeTrack(weights, 60.0), 2.0, 900, 160)
    names, plot = strip[:, : 14 * 16], strip[:, 14 * 16 :]
    assert ((names != (20, 20, 22)).any(axis=2)).sum() > 300
    # the curves are one level line: what is not at its height is ground, grid or cursor
    rows = np.flatnonzero(((plot.max(axis=2).astype(int) - plot.min(axis=2)) > 40).any(axis=1))
    assert rows.max() - rows.min() <= 2


def test_a_narrow_strip_leaves_the_names_out():
    weights = np.full((61, 52), 0.5, np.float32)
    strip = draw_curves_strip(BlendshapeTrack(weights, 60.0), 0.5, 201, 100)
    assert strip[50, 100].min() > 200


def test_labels_stack_and_stand_at_the_bottom():
    picture = np.full((480, 640, 3), 40, np.uint8)
    draw_label(picture, "source")
    draw_label(picture, "settings", row=1)
    draw_label(picture, "frame 1", row=-1)
    used = np.flatnonzero((picture != 40).any(axis=(1, 2)))
    assert (np.diff(used) > 1).sum() == 2 and used[-1] > 460
