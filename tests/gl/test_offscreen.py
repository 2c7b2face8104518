"""Drawing without a display, in threads, and through errors."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from app.core.errors import RenderError
from app.render import context as context_module
from app.render.context import create_context, current, is_software
from app.render.offscreen import OffscreenCanvas
from app.render.platform import prepare_gl
from app.render.programs import Programs, source

pytestmark = pytest.mark.gl

_WITHOUT_DISPLAY = """
from app.render.platform import prepare_gl
prepare_gl(None)
from app.render.offscreen import OffscreenCanvas
with OffscreenCanvas(16, 16) as canvas:
    print(canvas.gl_renderer)
import OpenGL.EGL
"""


def test_it_works_without_a_display_and_egl_stays_importable(root):
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "PYOPENGL_PLATFORM")}
    done = subprocess.run([sys.executable, "-c", _WITHOUT_DISPLAY], cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


_THROUGH_GLX = """
import os
os.environ["QT_XCB_GL_INTEGRATION"] = "xcb_glx"
from app.render.platform import prepare_gl
prepare_gl("xcb")
from app.render.offscreen import OffscreenCanvas
from app.render.context import HiddenWindowContext
from app.avatar.model import Avatar
from app.avatar.rig import AvatarRig
from app.render.camera import OrbitCamera
with OffscreenCanvas(16, 16) as canvas:
    assert isinstance(canvas._context, HiddenWindowContext)
    print(canvas.render(AvatarRig(Avatar("nothing", ())), OrbitCamera())[3, 3].tolist())
"""


@pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="needs a display")
def test_a_hidden_window_serves_where_egl_is_not_used(root):
    environment = {k: v for k, v in os.environ.items() if k != "PYOPENGL_PLATFORM"}
    done = subprocess.run([sys.executable, "-c", _THROUGH_GLX], cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[26, 26, 26]", done.stderr


def test_every_thread_can_have_its_own_canvas(rig, camera):
    pictures = {}

    def draw(name: str) -> None:
        with OffscreenCanvas(48, 48) as canvas:
            pictures[name] = canvas.render(rig, camera)

    threads = [threading.Thread(target=draw, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(pictures["a"], pictures["b"])
    np.testing.assert_array_equal(pictures["a"], pictures["c"])


def test_two_canvases_take_turns_in_one_thread(rig, camera):
    with OffscreenCanvas(48, 48) as small, OffscreenCanvas(80, 80) as large:
        first = small.render(rig, camera)
        assert large.render(rig, camera).shape == (80, 80, 3)
        np.testing.assert_array_equal(small.render(rig, camera), first)


def test_one_canvas_draws_several_rigs(canvas, rig, camera, puppet_avatar):
    from app.avatar.rig import AvatarRig

    other = AvatarRig(puppet_avatar)
    np.testing.assert_array_equal(canvas.render(other, camera), canvas.render(rig, camera))


def test_an_avatar_without_anything_to_draw_gives_the_background(canvas, camera):
    from app.avatar.model import Avatar
    from app.avatar.rig import AvatarRig

    assert (canvas.render(AvatarRig(Avatar("nothing", ())), camera) == 26).all()


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (20000, 10)])
def test_impossible_sizes_are_refused_with_a_sentence(size):
    with pytest.raises(RenderError, match="choose 1 to 16384"):
        OffscreenCanvas(*size)


def test_a_closed_canvas_says_so(rig, camera):
    canvas = OffscreenCanvas(16, 16)
    canvas.release()
    canvas.release()
    with pytest.raises(RenderError, match="closed"):
        canvas.render(rig, camera)


def test_a_changed_window_system_is_refused(monkeypatch):
    monkeypatch.setenv("PYOPENGL_PLATFORM", "glx")
    with pytest.raises(RenderError, match="restart"):
        prepare_gl("xcb")


def test_a_refused_shader_names_the_reason(monkeypatch):
    monkeypatch.setattr("app.render.programs.source", lambda name, switches: source(name, switches) + "\nnonsense")
    context = create_context()
    with current(context), pytest.raises(RenderError, match=r"light\.vert.*update the driver"):
        Programs().get("light")
    context.release()


@pytest.mark.parametrize(
    ("name", "software"),
    [
        ("llvmpipe (LLVM 15.0.6, 256 bits)", True),
        ("Microsoft Basic Render Driver", True),
        ("NVIDIA H200/PCIe/SSE2", False),
        ("Apple M2", False),
    ],
)
def test_software_drivers_are_recognised(name, software):
    assert is_software(name) is software


def test_the_current_context_is_of_the_expected_kind():
    context = create_context()
    with current(context):
        assert context_module.bound_as_expected()
    context.release()
