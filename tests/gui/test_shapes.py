"""Mapping by hand: every shape of a file is seen on the face, assigned, taken back, kept, and exchanged as JSON."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from app.avatar.names.mapping import kept_mapping, read_mapping
from app.core.arkit import ARKIT_INDEX, weights_from
from app.desktop import DEFAULT_AVATAR

pytestmark = pytest.mark.gui
SLOW_MS = 120_000


@pytest.fixture
def odd_avatar(tmp_path):
    """The default avatar whose jawOpen and mouthSmileLeft are called as no exporter calls them."""
    data = DEFAULT_AVATAR.read_bytes()
    size = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + size])
    renamed = {"jawOpen": "Zed 01", "mouthSmileLeft": "Zed 02"}
    for mesh in document["meshes"]:
        names = mesh.get("extras", {}).get("targetNames")
        if names:
            mesh["extras"]["targetNames"] = [renamed.get(name, name) for name in names]
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + size :]
    path = tmp_path / "odd.glb"
    path.write_bytes(data[:8] + struct.pack("<I", 20 + len(text) + len(rest)) + struct.pack("<I4s", len(text), b"JSON") + text + rest)
    return path


@pytest.fixture
def mapping(open_window, odd_avatar, qtbot, config):
    """The window with that avatar and the dialog open, by the button that offers it."""
    window = open_window(odd_avatar)
    window.controls.life.set_enabled(False)
    qtbot.mouseClick(window.widgets.preview.shapes, Qt.MouseButton.LeftButton)
    assert window.controls.shapes.dialog is not None
    yield window, window.controls.shapes.dialog
    if window.controls.shapes.dialog is not None:
        window.controls.shapes.dialog.reject()


def mouth(window) -> np.ndarray:
    """(n, 3) vertices of the head as they are on the picture."""
    return next(part for part in window.session.state.rig.parts if "Head" in part.source.mesh).positions.copy()


def test_a_shape_is_found_seen_assigned_and_kept(mapping, qtbot, odd_avatar, shoot, shots):
    window, dialog = mapping
    offer = window.widgets.preview.shapes
    assert offer.isVisible() and "shapes drive nothing" in offer.text()
    window.session.state.rig.reset()
    rest = mouth(window)
    dialog.targets.idle_only.setChecked(True)
    idle = set(dialog.targets.visible)
    assert {"Zed 01", "Zed 02"} <= idle and "mouthSmileRight" not in idle
    dialog.targets.idle_only.setChecked(False)
    qtbot.keyClicks(dialog.targets.search, "zed 01")
    assert dialog.targets.visible == ("Zed 01",)
    tree = dialog.targets.tree
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualItemRect(tree.topLevelItem(
        next(i for i in range(tree.topLevelItemCount()) if tree.topLevelItem(i).text(0) == "Zed 01"))).center())  # fmt: skip
    for _ in range(3):
        window.controls.loop.mark_dirty()
        window.controls.loop.tick()
    opened = mouth(window)
    assert np.abs(opened - rest).max() > 0.005, "the face shows the shape, and goes on showing it"
    shoot(window, "shapes-preview")
    dialog.grab().save(str(shots / "shapes.png"))
    dialog.channel.setCurrentText("jawOpen")
    qtbot.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    assert dialog.draft.drives()["Zed 01"] == ("jawOpen",) and dialog.recipe.item(0).text() == "Zed 01"
    dialog.accept()
    assert not window.session.state.rig.arkit_missing.count("jawOpen")
    window.session.state.rig.pose(weights_from({"jawOpen": 1.0}))
    np.testing.assert_allclose(mouth(window), opened, atol=1e-5)
    assert kept_mapping(odd_avatar).channels["jawOpen"][0].target == "Zed 01"
    assert not offer.isVisible(), "nothing is missing any more"
    assert window.widgets.curves._missing == ()


def test_steps_are_taken_back_and_cancel_leaves_everything_as_it_was(mapping, qtbot, odd_avatar):
    window, dialog = mapping
    rig = window.session.state.rig
    rig.reset()
    rest = mouth(window)
    for target, channel in (("Zed 01", "jawOpen"), ("Zed 02", "mouthSmileLeft")):
        dialog.targets.choose(target)
        dialog.channel.setCurrentText(channel)
        dialog.weight.number.setValue(0.5)
        qtbot.mouseClick(dialog.instead, Qt.MouseButton.LeftButton)
    assert dialog.recipe.item(0).text() == "0.5 x Zed 02"
    qtbot.keyClick(dialog, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert dialog.draft.drives().get("Zed 02") is None and dialog.draft.drives()["Zed 01"] == ("jawOpen",)
    qtbot.mouseClick(dialog.redo, Qt.MouseButton.LeftButton)
    assert dialog.draft.drives()["Zed 02"] == ("mouthSmileLeft",)
    dialog.recipe.setCurrentRow(0)
    qtbot.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    assert "Zed 02" not in dialog.draft.drives()
    dialog.reject()
    assert window.session.state.rig is rig and kept_mapping(odd_avatar) is None
    np.testing.assert_allclose(mouth(window), rest, atol=1e-4)


def test_a_mapping_goes_out_and_comes_back_as_json(mapping, tmp_path, monkeypatch):
    dialog = mapping[1]
    path = tmp_path / "out.json"
    dialog.targets.choose("Zed 01")
    dialog.channel.setCurrentText("jawOpen")
    dialog.add.click()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path.with_suffix("")), ""))
    dialog.give_out.click()
    assert read_mapping(path).channels["jawOpen"][0].target == "Zed 01" and "Zed 02" in json.loads(path.read_text())["unassigned"]
    dialog.undo.click()
    assert "Zed 01" not in dialog.draft.drives()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    dialog.take_in.click()
    assert dialog.draft.drives()["Zed 01"] == ("jawOpen",)
    path.write_text(json.dumps({"kind": "other"}))
    dialog.take_in.click()
    assert "no avatar mapping" in dialog.note.text() and dialog.draft.drives()["Zed 01"] == ("jawOpen",)


def test_an_avatar_that_has_everything_is_offered_nothing(window):
    QApplication.processEvents()
    assert not window.widgets.preview.shapes.isVisible()
    assert window.widgets.shapes.isEnabled() and ARKIT_INDEX["jawOpen"] >= 0
