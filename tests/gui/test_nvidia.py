"""NVIDIA bundles in the real window: folder chosen, face moves, parameters tuned, files both ways, Audio2Emotion asks first."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.core.arkit import ARKIT_INDEX
from app.core.tuning import Tuning
from app.lipsync.feeling import default_source
from app.lipsync.registry import title_of
from app.session.base.side import Side
from tests.nvidia_bundles import synthetic

pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.gui
SLOW_MS = 60_000
JAW = ARKIT_INDEX["jawOpen"]


@pytest.fixture(scope="session")
def bundles(tmp_path_factory):
    """Folders of made-up bundles: ``mark`` (one actor), ``three`` (v3.0) and ``emotion``."""
    root = tmp_path_factory.mktemp("nvidia")
    synthetic.write_regression(root / "mark")
    synthetic.write_diffusion(root / "three")
    synthetic.write_audio2emotion(root / "emotion")
    (root / "emotion" / "LICENSE.md").write_text("made up", "utf-8")
    return root


@pytest.fixture
def choose(monkeypatch):
    """``choose(window, kind, folder)``: pick an asking entry of the source picker, and a folder in the dialog."""

    def do(window, kind: str, folder) -> None:
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
        picker = window.widgets.speak_bar.source
        index = next(i for i in range(picker.count()) if getattr(picker.itemData(i), "kind", "") == kind)
        picker.setCurrentIndex(index)
        picker.activated.emit(index)

    return do


@pytest.fixture
def mark(window, bundles, recording, choose, qtbot):
    """The window with a recording that a bundle animates, and the tuning panel open."""
    window.controls.files.open(recording)
    qtbot.waitUntil(lambda: window.session.state.speech is not None and not window.session.workers.busy, timeout=SLOW_MS)
    with qtbot.waitSignal(window.session.bundles.opened, timeout=SLOW_MS):
        choose(window, "nvidia", bundles / "mark")
    sides = window.session.state.sides
    qtbot.waitUntil(lambda: not window.session.workers.busy and sides["A"].tuned is not None, timeout=SLOW_MS)
    window.controls.life.set_enabled(False)
    weights = window.session.state.sides["A"].tuned.arkit.weights
    window.controls.scrubbing.go_to(float(np.argmax(weights[:, JAW])) / 60.0)
    window.widgets.actions["tools"].trigger()
    window.controls.loop.tick()
    return window


def remade(qtbot, window) -> None:
    """Wait until the motion is made with the parameters in force."""
    session = window.session
    sides = session.state.sides
    qtbot.waitUntil(lambda: sides["A"].parameters == session.parameters.of("A") and not session.workers.busy, timeout=SLOW_MS)


def type_in(row, text: str) -> None:
    """Type a number and press Return."""
    row.number.setFocus()
    row.number.selectAll()
    QTest.keyClicks(row.number, text)
    QTest.keyClick(row.number, Qt.Key.Key_Return)


def test_a_chosen_folder_moves_the_face(mark, bundles, shoot):
    session, bar = mark.session, mark.widgets.speak_bar
    assert str(session.state.sides["A"].spec) == f"nvidia:{bundles / 'mark'}" == mark.settings.sources.chosen
    assert bar.source.currentText() == "NVIDIA: Synthetic v2.3.1 (CPU)" == session.state.sides["A"].label
    assert session.posing.weights_at(mark.controls.loop.shown_t)[JAW] > 0.1
    applied, weights = session.state.rig.applied, session.posing.weights_at(mark.controls.loop.shown_t)
    assert applied["jawOpen"] == pytest.approx(weights[JAW], abs=1e-5)
    for width, height in ((1280, 800), (1920, 1080)):
        mark.resize(width, height)
        mark.widgets.tuning.search.setText("strength" if width == 1920 else "")
        QTest.qWait(1)
        mark.controls.loop.tick()
        shoot(mark, f"nvidia_panel_{width}")


def test_a_wrong_folder_is_one_sentence_and_changes_nothing(window, tmp_path, choose, qtbot):
    before = str(window.session.state.sides["A"].spec)
    with qtbot.waitSignal(window.session.messages.failed, timeout=SLOW_MS):
        choose(window, "nvidia", tmp_path)
    banner = window.widgets.preview.banner
    assert banner.isVisible() and banner.is_error
    assert "model.json" in banner.text.text() and banner.text.text().count(".") <= 2
    assert str(window.session.state.sides["A"].spec) == before and window.widgets.speak_bar.source.currentData() == before


def test_a_dropped_folder_with_three_actors_offers_all(window, bundles, drop, qtbot):
    with qtbot.waitSignal(window.session.bundles.opened, timeout=SLOW_MS):
        drop(window, bundles / "three")
    assert str(window.session.state.sides["A"].spec).endswith("three#Claire")
    labels = [label for _, label, _ in window.widgets.speak_bar.offered_sources()]
    assert labels == [f"NVIDIA: {name} v3.0 (CPU)" for name in ("Claire", "James", "Mark")]
    assert [path for path in window.settings.recent if "three" in path] == []


def test_a_typed_parameter_moves_the_face_and_undo_restores_it_bit_for_bit(mark, qtbot):
    session, panel = mark.session, mark.widgets.tuning
    before = session.state.sides["A"].tuned.arkit.weights
    row = panel.row("native nvidia/face/lower_face_strength")
    assert row.control.name == "lowerFaceStrength" and row.value == pytest.approx(1.4)
    type_in(row, "0.5")
    remade(qtbot, mark)
    assert session.tunings.of("A").native == {"nvidia/face/lower_face_strength": 0.5}
    assert np.abs(session.state.sides["A"].tuned.arkit.weights - before).max() > 0.05
    mark.widgets.actions["undo"].trigger()
    remade(qtbot, mark)
    assert row.value == pytest.approx(1.4) and session.tunings.of("A") == Tuning()
    assert np.array_equal(session.state.sides["A"].tuned.arkit.weights, before)
    mark.widgets.actions["redo"].trigger()
    QTest.mouseDClick(row.slider, Qt.MouseButton.LeftButton)
    remade(qtbot, mark)
    assert np.array_equal(session.state.sides["A"].tuned.arkit.weights, before)


def test_what_is_looked_at_follows_first_and_nearly_as_all_of_it_will(mark, qtbot, monkeypatch):
    session = mark.session
    glimpses = []
    patched = Side.patched
    monkeypatch.setattr(Side, "patched", lambda side, offset_s, stretch: glimpses.append(stretch.arkit) or patched(side, offset_s, stretch))
    type_in(mark.widgets.tuning.row("native nvidia/face/skin_strength"), "0.6")
    remade(qtbot, mark)
    stretch = glimpses[0]
    now = mark.controls.loop.shown_t
    assert stretch.start_s <= now <= stretch.end_s
    whole = np.stack([session.state.sides["A"].tuned.arkit.sample(t) for t in stretch.times_s])
    assert np.abs(whole - stretch.weights).max() < 1e-3


def test_a_drag_through_many_values_ends_at_the_last(mark, qtbot):
    session, panel = mark.session, mark.widgets.tuning
    row = panel.row("native nvidia/face/upper_face_strength")
    row.slider.setSliderDown(True)
    for steps in range(100, 0, -5):
        row.slider.setValue(steps)
        mark.controls.loop.tick()
    row.slider.setSliderDown(False)
    remade(qtbot, mark)
    assert session.tunings.of("A").native["nvidia/face/upper_face_strength"] == pytest.approx(0.05)
    assert session.undo.count() == 1
    wanted = session.state.sides["A"].tuned.arkit.weights
    source = session.state.sides["A"].source
    again = [chunk.arkit.weights for chunk in source.generate(session.state.speech, session.workers.start("probe", lambda _: None).cancel)]
    assert np.array_equal(np.concatenate(again), wanted[: sum(map(len, again))])


def test_parameters_are_found_by_nvidias_names_and_go_with_the_source(mark, qtbot, shoot):
    panel = mark.widgets.tuning
    panel.search.setText("lowerteeth")
    assert [s.section.key for s in panel.sections if s.isVisibleTo(panel)] == ["native NVIDIA tongue and teeth"]
    shoot(mark, "nvidia_search")
    panel.search.clear()
    mark.session.sources.choose("A", "visemes:visemesync")
    assert panel.sections[0].section.title == "VisemeSync"
    assert [c.name for c in panel.sections[0].section.controls] == ["intensity", "smoothing"]
    mark.session.sources.choose("A", "visemes")
    assert [s.section.title for s in panel.sections if s.section.key.startswith("native")] == ["Visemes"]
    mark.session.sources.choose("A", "mock")
    assert not any(s.section.key.startswith("native") for s in panel.sections)


def test_stylization_files_go_both_ways(mark, qtbot, tmp_path):
    session, presets = mark.session, mark.widgets.tuning.presets
    native = {"nvidia/face/tongue_strength": 0.7, "nvidia/multiplier/jawOpen": 1.3, "nvidia/offset/mouthSmileLeft": 0.05}
    session.tunings.change("A", Tuning(native=native), "All")
    remade(qtbot, mark)
    moved = session.state.sides["A"].tuned.arkit.weights
    with qtbot.waitSignal(presets.notice):
        presets.export(tmp_path / "mine.yaml")
    session.undo.undo()
    presets.load(tmp_path / "mine.yaml")
    assert session.tunings.of("A").native == native
    remade(qtbot, mark)
    assert np.array_equal(session.state.sides["A"].tuned.arkit.weights, moved)
    presets.save("Mine")
    session.undo.undo()
    presets.load(presets.folder / "Mine.json")
    assert session.tunings.of("A").native == native
    with qtbot.waitSignal(presets.failed) as failed:
        (tmp_path / "bad.json").write_text(
            '{"format": "visemesync-tuning", "version": 1, "name": "x", "tuning": {"native": {"nvidia/face/skin_strength": 9}}}', "utf-8"
        )
        presets.load(tmp_path / "bad.json")
    assert "between 0 and 2" in failed.args[0]


def test_published_settings_are_among_the_presets(mark, qtbot):
    session, presets = mark.session, mark.widgets.tuning.presets
    presets.fill()
    next(a for a in presets.menu().actions() if a.text() == "NVIDIA: as in the SDK").trigger()
    assert session.tunings.of("A").native["nvidia/face/skin_strength"] == 1.0
    session.sources.choose("A", "visemes:visemesync")
    presets.fill()
    next(a for a in presets.menu().actions() if a.text() == "VisemeSync: its first setting").trigger()
    assert session.parameters.of("A") == {"visemesync/motion/intensity": 1.0, "visemesync/motion/smoothing": 0.4}


def test_two_sides_of_one_bundle_are_tuned_apart(mark, qtbot, shoot):
    session, spec = mark.session, str(mark.session.state.sides["A"].spec)
    before = session.state.sides["A"].tuned.arkit.weights
    mark.widgets.compare.add_side()
    mark.widgets.compare.rows["B"].source_chosen.emit(spec)
    qtbot.waitUntil(lambda: session.state.sides["B"].tuned is not None and not session.workers.busy, timeout=SLOW_MS)
    picker = mark.widgets.compare.rows["B"].source
    assert picker.currentText() == "NVIDIA: Synthetic v2.3.1 (CPU)" == session.state.sides["B"].label
    session.tunings.change("B", Tuning(native={"nvidia/face/skin_strength": 0.2}), "Weaker")
    qtbot.waitUntil(lambda: session.state.sides["B"].parameters != {} and not session.workers.busy, timeout=SLOW_MS)
    assert np.array_equal(session.state.sides["A"].tuned.arkit.weights, before)
    assert session.state.sides["B"].tuned.arkit.column("jawOpen").max() < 0.6 * before[:, JAW].max()
    mark.controls.loop.tick()
    shoot(mark, "nvidia_compare")


def test_a_bundle_is_remembered_and_a_vanished_one_gives_way(mark, bundles, open_window, tmp_path, qtbot):
    mark.close()
    again = open_window(ready=False)
    assert [spec for spec, _, _ in again.widgets.speak_bar.offered_sources()] == [f"nvidia:{bundles / 'mark'}"]
    assert again.settings.sources.chosen == f"nvidia:{bundles / 'mark'}"
    again.session.sources.choose("A", f"nvidia:{tmp_path / 'gone'}")
    with qtbot.waitSignal(again.session.messages.noticed, timeout=SLOW_MS) as notice:
        pass
    assert "is not there any more" in notice.args[0]
    assert str(again.session.state.sides["A"].spec) == str(default_source())
    assert title_of(default_source()) in notice.args[0]


def test_a_bundle_that_breaks_later_gives_way_with_a_sentence(window, bundles, tmp_path, qtbot):
    broken = shutil.copytree(bundles / "mark", tmp_path / "broken")
    (broken / "model_data.npz").write_bytes(b"no zip")
    with qtbot.waitSignal(window.session.messages.failed, timeout=SLOW_MS, check_params_cb=lambda text: "until you choose" in text):
        window.session.sources.choose("A", f"nvidia:{broken}")
    assert str(window.session.state.sides["A"].spec) == str(default_source())


def test_visemesyncs_numbers_are_its_own(spoken, qtbot):
    session = spoken.session
    session.sources.choose("A", "visemes:visemesync")
    qtbot.waitUntil(lambda: not session.workers.busy and session.state.sides["A"].tuned is not None, timeout=SLOW_MS)
    before = session.state.sides["A"].tuned.visemes.weights
    spoken.widgets.actions["tools"].trigger()
    row = spoken.widgets.tuning.row("native visemesync/motion/intensity")
    assert row.value == pytest.approx(0.8)
    type_in(row, "0.4")
    remade(qtbot, spoken)
    assert session.state.sides["A"].tuned.visemes.weights.max() == pytest.approx(before.max() / 2, rel=0.02)
    session.undo.undo()
    remade(qtbot, spoken)
    assert np.array_equal(session.state.sides["A"].tuned.visemes.weights, before)


def test_audio2emotion_asks_first_and_then_moves_the_nvidia_face(mark, bundles, monkeypatch, qtbot, shoot):
    session, panel, listening = mark.session, mark.widgets.emotion, mark.controls.listening
    listeners = mark.widgets.listeners
    neutral = session.state.sides["A"].tuned.arkit.weights
    mark.widgets.side.open(panel)
    qtbot.mouseClick(panel.modes["auto"], Qt.MouseButton.LeftButton)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(bundles / "emotion"))
    assert listeners.isVisibleTo(panel)
    for agreed in (False, True):
        listeners.box.activated.emit(listeners.box.count() - 1)
        qtbot.waitUntil(lambda: listening.dialog is not None, timeout=SLOW_MS)
        dialog = listening.dialog
        assert "prohibited" in dialog.condition.text() and "LICENSE.md" in dialog.where.text()
        shoot(mark, "nvidia_licence")
        qtbot.mouseClick(dialog.agree if agreed else dialog.refuse, Qt.MouseButton.LeftButton)
        if not agreed:
            assert session.emotion.listener is None and not mark.settings.sources.listeners
    qtbot.waitUntil(lambda: session.emotion.listener is not None, timeout=SLOW_MS)
    assert mark.settings.sources.listeners == [str(bundles / "emotion")]
    qtbot.waitUntil(lambda: len(session.emotion.estimate.keys) > 1 and not session.workers.busy, timeout=SLOW_MS)
    assert "says nothing about the speaker" in panel.note.text()
    assert np.abs(session.state.sides["A"].tuned.arkit.weights - neutral).max() > 1e-3
    shoot(mark, "nvidia_emotion")
    session.sources.choose("A", "mock")
    assert "own estimate" in panel._auto_words
