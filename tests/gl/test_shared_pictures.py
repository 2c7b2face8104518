"""Views side by side hold each picture once."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from app.avatar.model import Texture
from app.render.context import current
from app.render.egl import EglContext, shared_here
from app.render.platform import prepare_gl

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="contexts of EGL share; those of other systems do not")


def test_a_picture_is_uploaded_once_for_all_contexts_that_share_and_goes_with_its_last_user(rng) -> None:
    prepare_gl()
    from OpenGL import GL

    from app.render.pictures import Picture

    pixels = rng.integers(0, 256, (8, 8, 4), np.uint8)
    texture = Texture(pixels)
    one, other, alone = EglContext(shares=True), EglContext(shares=True), EglContext()
    first, second, third = (Picture(texture) for _ in range(3))
    with current(one):
        first.bind(0)
        shared, name = shared_here(), first._texid
    with current(alone):
        third.bind(0)
        assert shared_here() is None
    with current(other):
        second.bind(0)
        assert shared_here() is shared and second._texid == name
    with current(one):
        first.delete()
    with current(other):
        assert GL.glIsTexture(name)
        GL.glBindTexture(GL.GL_TEXTURE_2D, name)
        seen = GL.glGetTexImage(GL.GL_TEXTURE_2D, 0, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE)
        assert np.array_equal(np.frombuffer(seen, np.uint8).reshape(pixels.shape), pixels)
        second.delete()
        assert not GL.glIsTexture(name) and shared is not None and not shared.held
    for context in (one, other, alone):
        context.release()
    assert not shared.contexts
