"""Edges of moving pictures: without steps, nothing else changed, and the same whether the whole was smoothed or only a piece."""

from __future__ import annotations

import numpy as np
import pytest
from OpenGL import GL

from app.render.context import create_context, current
from app.render.smoothing import REACH, EdgeSmoothing
from app.render.targets import Target

pytestmark = pytest.mark.gl

WIDTH, HEIGHT = 96, 64


@pytest.fixture
def painted():
    """(paint, smooth): put a picture into a target, and have it or a region of it smoothed."""
    context = create_context()
    with current(context):
        edges, drawn, into = EdgeSmoothing(), Target(WIDTH, HEIGHT, readable=True), Target(WIDTH + 30, HEIGHT + 10)
        edges.make_ready()

        def paint(grey: np.ndarray) -> None:
            pixels = np.repeat(grey.astype(np.uint8)[:, :, None], 4, axis=2)
            GL.glBindTexture(GL.GL_TEXTURE_2D, drawn.picture)
            GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
            GL.glTexSubImage2D(GL.GL_TEXTURE_2D, 0, 0, 0, WIDTH, HEIGHT, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, pixels)
            GL.glBindTexture(GL.GL_TEXTURE_2D, 0)

        def smooth(region=(0, 0, WIDTH, HEIGHT)) -> tuple[np.ndarray, tuple[int, int, int, int]]:
            new = edges.smooth(drawn, into, region)
            return into.read_rgba((0, 0, WIDTH, HEIGHT))[:, :, 0].astype(float), new

        yield paint, smooth
        assert GL.glGetError() == GL.GL_NO_ERROR
        for thing in (edges, drawn, into):
            thing.release()
    context.release()


def half_plane(angle_deg: float, shift: float, fine: int = 1) -> np.ndarray:
    """(HEIGHT, WIDTH) greys of a slanted edge, each pixel looked at in fine x fine places: one gives steps, many the truth."""
    y, x = np.mgrid[0 : HEIGHT * fine, 0 : WIDTH * fine] / fine + 0.5 / fine
    angle = np.radians(angle_deg)
    beyond = (x - WIDTH / 2) * np.sin(angle) - (y - HEIGHT / 2) * np.cos(angle) > shift
    return np.where(beyond, 190.0, 40.0).reshape(HEIGHT, fine, WIDTH, fine).mean(axis=(1, 3))


@pytest.mark.parametrize("angle", [8, 20, 45, 70, 83])
def test_a_slanted_edge_loses_most_of_its_steps(painted, angle):
    paint, smooth = painted
    stepped, right = half_plane(angle, 0.3), half_plane(angle, 0.3, 8)
    paint(stepped)
    smoothed = smooth()[0]
    assert np.square(smoothed - right).sum() < 0.4 * np.square(stepped - right).sum()


def test_what_has_no_edge_stays_as_it_is(painted):
    paint, smooth = painted
    plain = np.tile(np.linspace(60, 200, WIDTH), (HEIGHT, 1))
    paint(plain)
    np.testing.assert_array_equal(smooth()[0], plain.astype(np.uint8))
    level = np.where(np.arange(HEIGHT) < 20, 30.0, 180.0)[:, None] * np.ones(WIDTH)
    paint(level)
    assert np.abs(smooth()[0] - level).max() < 0.03 * 150


def test_a_piece_that_was_drawn_again_is_smoothed_as_in_the_whole(painted):
    paint, smooth = painted
    chance = np.random.default_rng(3)
    before = np.kron(chance.integers(0, 255, (HEIGHT // 4, WIDTH // 4)), np.ones((4, 4)))
    after = before.copy()
    after[20:32, 40:60] = chance.integers(0, 255, (12, 20))
    paint(before)
    smooth()
    paint(after)
    pieced, new = smooth((40, 20, 20, 12))
    assert new == (40 - REACH, 20 - REACH, 20 + 2 * REACH, 12 + 2 * REACH)
    np.testing.assert_array_equal(pieced, smooth()[0])
    assert smooth((0, 0, 0, 0))[1] == (0, 0, 0, 0)
