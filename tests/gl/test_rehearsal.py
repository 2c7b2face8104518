"""Programs are made before they are needed, where no picture waits for them."""

from __future__ import annotations

import os
import threading

import pytest

from app.core.arkit import weights_from
from app.render import programs, rehearsal
from app.render.egl import EglContext
from app.render.rehearsal import Rehearsal, stand_in
from app.render.view import create_view

pytestmark = pytest.mark.gl


@pytest.fixture
def linked(monkeypatch) -> list[tuple[str, frozenset[str], str]]:
    """What was made so far: set of shaders, switches, and the thread that waited for it."""
    made: list[tuple[str, frozenset[str], str]] = []
    link = programs._link
    monkeypatch.setattr(
        programs, "_link", lambda name, switches: (made.append((name, switches, threading.current_thread().name)), link(name, switches))[1]
    )
    monkeypatch.setattr(rehearsal, "_known", set())
    return made


def test_a_stand_in_is_small_and_asks_for_all_that_the_avatar_can_ask_for(puppet_avatar, portrait, rig, linked):
    small = stand_in(puppet_avatar)
    assert sum(len(part.triangles) for part in small.parts) == len(small.parts) <= len(puppet_avatar.parts)
    Rehearsal(puppet_avatar)._thread.join()
    rehearsed = {(name, switches) for name, switches, _ in linked} | {("depth", frozenset(switches)) for switches in ((), ("CUTOUT",))}
    linked.clear()
    for part in rig.parts:
        part.set_lit(part.positions[:, 0] * 0)
    for quality in ("light", "studio"):
        portrait(quality)
    # a canvas with samples lets cut-out hair cover some of them, as stills do
    assert {(name, switches) for name, switches, _ in linked} <= rehearsed
    Rehearsal(puppet_avatar)._thread.join()
    assert all(thread != "rehearsal" for _, _, thread in linked), "what is known is not rehearsed again"


@pytest.mark.gui
@pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="needs a display")
def test_nothing_is_made_by_the_windows_own_thread_while_the_face_moves(qtbot, rig, linked):
    view = create_view(kind="software")
    if not isinstance(view._context, EglContext):
        pytest.skip("contexts belong to one thread here")
    qtbot.addWidget(view, before_close_func=lambda _, view=view: view.release())
    view.resize(120, 90)
    view.show()
    view.set_rig(rig)
    for step in range(12):
        rig.pose(weights_from({"jawOpen": step / 12}))
        with qtbot.waitSignal(view.frame_drawn, timeout=10_000):
            view.redraw()
    qtbot.waitUntil(lambda: view.is_warm and view._rehearsal is not None and view._rehearsal.done, timeout=60_000)
    assert {thread for *_, thread in linked} <= {"draw_0", "rehearsal"}
    assert not any("LIT" in switches for _, switches, thread in linked if thread == "draw_0")
