"""Both views in a real window: pictures, mouse, refinement, failures, a clean end."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.core.arkit import weights_from
from app.core.errors import RenderError
from app.render import view_gpu, view_software
from app.render.view import create_view
from app.render.view_gpu import GpuView
from app.render.view_software import SoftwareView

pytestmark = [pytest.mark.gl, pytest.mark.gui, pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="needs a display")]


def pixels(view) -> np.ndarray:
    """What the view shows, (h, w, 3)."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), 2::-1].copy()


# the closures below keep their views alive until these are released: what draws and rehearses for them are threads


def wheel(view, notches: int) -> None:
    """Turn the wheel over the middle of the view."""
    middle = QPointF(view.width() / 2, view.height() / 2)
    flags = (Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QGuiApplication.sendEvent(view, QWheelEvent(middle, middle, QPoint(), QPoint(0, 120 * notches), *flags))


@pytest.fixture(params=["software", "gpu"])
def view(request, qtbot, rig):
    """A shown view with the hand-made avatar."""
    view = create_view(kind=request.param)
    qtbot.addWidget(view, before_close_func=lambda _, view=view: view.release())
    view.resize(240, 180)
    with qtbot.waitSignal(view.frame_drawn, timeout=20000):
        view.show()
        view.set_rig(rig)
        view.frame("portrait")
    return view


def test_the_view_shows_the_avatar_and_says_who_draws(view, on_llvmpipe):
    shown = pixels(view)
    assert (np.abs(shown.astype(int) - 26).max(axis=2) > 10).mean() > 0.1
    assert shown[3, 3].tolist() == [26, 26, 26]
    assert view.gl_description.startswith("software: llvmpipe" if on_llvmpipe else ("software: ", "GPU: "))


def test_the_avatar_stands_upright(view):
    shown = pixels(view).astype(int)
    assert shown[: len(shown) // 2, :, 0].sum() > shown[len(shown) // 2 :, :, 0].sum()


def test_a_new_pose_is_drawn(view, qtbot, rig):
    before = pixels(view)
    rig.pose(weights_from({"jawOpen": 1.0}))
    with qtbot.waitSignal(view.frame_drawn, timeout=5000):
        view.redraw()
    assert (pixels(view) != before).any()


def test_dragging_orbits_and_a_double_click_resets(view, qtbot):
    home = view.camera.state
    with qtbot.waitSignal(view.framing_changed, timeout=5000):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
        qtbot.mouseMove(view, QPoint(140, 100))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(140, 100))
    assert view.camera.yaw != 0
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
    assert view.camera.state == pytest.approx(home)


@pytest.mark.parametrize(
    ("button", "modifier"),
    [(Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier), (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)],
)
def test_middle_or_shift_drag_pans(view, qtbot, button, modifier):
    target = view.camera.target.copy()
    qtbot.mousePress(view, button, modifier, pos=QPoint(100, 90))
    qtbot.mouseMove(view, QPoint(130, 90))
    qtbot.mouseRelease(view, button, modifier, pos=QPoint(130, 90))
    assert view.camera.target[0] < target[0]
    assert view.camera.yaw == 0


def test_the_wheel_zooms(view):
    before = view.camera.distance
    wheel(view, 2)
    assert view.camera.distance < before


def test_background_and_no_avatar(view, qtbot):
    with qtbot.waitSignal(view.frame_drawn, timeout=5000):
        view.set_background((0.5, 0.6, 0.7))
    assert pixels(view)[3, 3].tolist() == pytest.approx([128, 153, 179], abs=1)
    view.set_rig(None)
    assert (pixels(view).reshape(-1, 3).std(axis=0) < 1).all()


def test_showing_a_hidden_view_again_keeps_working(view, qtbot):
    view.hide()
    view.show()
    qtbot.waitExposed(view)
    assert (np.abs(pixels(view).astype(int) - 26).max(axis=2) > 10).mean() > 0.1


def test_a_view_that_moves_to_another_window_gets_a_new_context_and_draws(view, qtbot):
    """What the old context held is lost with it, as Qt takes it down."""
    other = QWidget()
    other.resize(260, 200)
    qtbot.addWidget(other)
    other.show()
    with qtbot.waitSignal(view.frame_drawn, timeout=20000):
        view.setParent(other)
        view.setGeometry(10, 10, 240, 180)
        view.show()
        view.redraw()
    assert (np.abs(pixels(view).astype(int) - 26).max(axis=2) > 10).mean() > 0.1 and not view.error
    view.setParent(None)


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (2600, 3)])
def test_tiny_and_stretched_views_draw_and_the_usual_one_after_them(view, qtbot, size):
    for width, height in (size, (240, 180)):
        view.resize(width, height)
        with qtbot.waitSignal(view.frame_drawn, timeout=20000):
            view.redraw()
    assert (np.abs(pixels(view).astype(int) - 26).max(axis=2) > 10).mean() > 0.1 and not view.error


def test_a_window_that_comes_to_a_finer_screen_is_drawn_finer(qtbot, rig, monkeypatch):
    view = create_view(kind="software")
    qtbot.addWidget(view, before_close_func=lambda v: v.release())
    view.resize(240, 180)
    view.show()
    view.set_rig(rig)
    view.frame("portrait")
    qtbot.waitUntil(lambda: view.is_still, timeout=30000)
    assert view._device_size() == (240, 180)
    monkeypatch.setattr(view, "devicePixelRatioF", lambda: 2.0)
    QGuiApplication.sendEvent(view, QEvent(QEvent.Type.DevicePixelRatioChange))
    with qtbot.waitSignal(view.frame_drawn, timeout=20000):
        view.redraw()
    assert view._device_size() == (480, 360) and not view.error


def test_what_stands_still_is_refined(qtbot, rig):
    view = create_view(kind="software")
    qtbot.addWidget(view, before_close_func=lambda _, view=view: view.release())
    view.resize(240, 180)
    view.show()
    view.set_rig(rig)
    view.frame("portrait")
    qtbot.waitUntil(lambda: view.is_still, timeout=30000)
    assert view.scale == 1.0
    still = pixels(view)
    rig.pose(weights_from({"jawOpen": 0.4}))
    with qtbot.waitSignal(view.frame_drawn, timeout=5000):
        view.redraw()
    assert not view.is_still
    rig.reset()
    view.redraw()
    qtbot.waitUntil(lambda: view.is_still, timeout=30000)
    np.testing.assert_array_equal(pixels(view), still)


def test_nothing_is_drawn_again_when_nothing_changed(qtbot, rig):
    view = create_view(kind="software")
    qtbot.addWidget(view, before_close_func=lambda _, view=view: view.release())
    view.resize(120, 90)
    view.show()
    view.set_rig(rig)
    qtbot.waitUntil(lambda: view.is_still, timeout=30000)
    with qtbot.assertNotEmitted(view.frame_drawn, wait=100):
        for _ in range(5):
            view.redraw()


def test_software_gl_gets_the_read_back_view(qtbot, on_llvmpipe):
    view = create_view()
    qtbot.addWidget(view, before_close_func=lambda _, view=view: view.release())
    assert isinstance(view, SoftwareView if on_llvmpipe else GpuView)


def test_windows_without_gl_get_the_read_back_view_with_a_reason(qtbot, monkeypatch):
    monkeypatch.setattr("app.render.view.probe", lambda: "")
    view = create_view(kind="gpu")
    qtbot.addWidget(view, before_close_func=lambda _, view=view: view.release())
    assert isinstance(view, SoftwareView)
    assert "no OpenGL" in view.gl_description


def test_a_missing_driver_becomes_a_page_with_a_sentence(qtbot, monkeypatch, rig):
    def refuse(shares: bool = False):
        raise RenderError("No OpenGL 3.3 is available; install a driver.")

    monkeypatch.setattr(view_software, "create_context", refuse)
    view = SoftwareView()
    qtbot.addWidget(view)
    with qtbot.waitSignal(view.failed, timeout=5000) as caught:
        view.show()
    assert "install a driver" in caught.args[0]
    view.set_rig(rig)
    view.redraw()
    assert pixels(view).max() > 100


def test_a_failure_while_starting_the_card_becomes_a_page(qtbot, monkeypatch):
    def refuse():
        raise RenderError("The card is asleep; wake it.")

    monkeypatch.setattr(view_gpu, "renderer_name", refuse)
    view = GpuView()
    qtbot.addWidget(view, before_close_func=lambda _, view=view: view.release())
    view.resize(240, 180)
    with qtbot.waitSignal(view.failed, timeout=10000) as caught:
        view.show()
    assert "asleep" in caught.args[0]
    assert pixels(view).max() > 100


@pytest.mark.parametrize("kind", ["software", "gpu"])
def test_a_shader_that_fails_while_drawing_becomes_a_page(qtbot, monkeypatch, rig, kind):
    def refuse(*_):
        raise RenderError("The shader is refused; update the driver.")

    view = create_view(kind=kind)
    qtbot.addWidget(view, before_close_func=lambda _, view=view: view.release())
    monkeypatch.setattr("app.render.programs._link", refuse)
    with qtbot.waitSignal(view.failed, timeout=10000) as caught:
        view.show()
        view.set_rig(rig)
    assert "refused" in caught.args[0]
