"""The board in the real window: a batch is opened, filtered, approved by a key, opened with a click, and run again where it changed."""

from __future__ import annotations

import base64
import io
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.cli import main
from app.core.curve_edits import CurveEdit
from app.formats.notes import Note
from app.formats.takes.reading import read_about, read_take
from app.formats.takes.writing import write_take
from app.review.batch.journal import BatchDocument, read_choices, read_document, write_document
from app.review.batch.summary import LineSummary
from app.session.session import BUNDLED
from app.ui.review.board.lines_model import FINDINGS, PICTURE

SLOW_MS = 120_000


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The folder of a batch of three recordings and a bad row."""
    folder = tmp_path_factory.mktemp("script")
    rng = np.random.default_rng(7)
    for name in ("one", "two", "three"):
        t = np.arange(16000) / 16000
        soundfile.write(folder / f"{name}.wav", 0.3 * np.sin(2 * np.pi * rng.uniform(110, 200) * t) * np.sin(8 * t) ** 2, 16000)
    (folder / "script.csv").write_text(
        "line,character,audio,preset\nL1,Ann,one.wav,\nL2,Ben,two.wav,\nL3,Ann,three.wav,\nL4,Ben,gone.wav,\n"
    )
    assert main(["batch", str(folder / "script.csv"), "-o", str(folder / "out"), "--source", "a2f:light", "--progress", "none"]) == 1
    return folder / "out"


@pytest.fixture
def batch(made, tmp_path) -> Path:
    """A copy of it for one test; the table stays where it is relative to it."""
    import shutil

    shutil.copytree(made.parent, tmp_path / "script")
    return tmp_path / "script" / "out"


@pytest.fixture
def board(qtbot, window, batch):
    """The board of that folder, through the menu."""
    window.controls.board.asks = lambda: batch
    with qtbot.waitSignal(window.session.board.changed, timeout=SLOW_MS):
        window.widgets.actions["board"].trigger()
    shown = window.controls.board.shown
    qtbot.waitUntil(lambda: shown.filter.rowCount() == 4 and not window.session.board._workers.busy, timeout=SLOW_MS)
    return shown


def names(board) -> list[str]:
    return [board.filter.index(row, 1).data() for row in range(board.filter.rowCount())]


def pick(board, line: str) -> int:
    place = next(i for i, each in enumerate(board._board.lines) if each.line == line)
    board.choose(place)
    board.table.setFocus()
    return place


def test_lines_stand_worst_first_and_are_filtered(board, qtbot, shoot, window):
    assert names(board)[0] == "L4" and sorted(names(board)) == ["L1", "L2", "L3", "L4"]
    assert "gone.wav cannot be read" in board.filter.index(0, FINDINGS).data()
    board.character.setCurrentText("Ann")
    assert sorted(names(board)) == ["L1", "L3"]
    board.show_what.setCurrentText("Failed")
    assert names(board) == []
    board.character.setCurrentIndex(0)
    assert names(board) == ["L4"]
    board.show_what.setCurrentIndex(0)
    board.search.setText("l2")
    assert names(board) == ["L2"]
    board.search.clear()
    qtbot.waitUntil(lambda: board.model.decoded == 3, timeout=SLOW_MS)
    for size in ((1280, 800), (1920, 1080)):
        board.resize(*size)
        qtbot.waitUntil(lambda size=size: board.width() == size[0], timeout=SLOW_MS)
        shoot(board, f"board-{size[0]}x{size[1]}")


def test_a_key_approves_and_goes_on_and_the_take_knows_it(board, qtbot, batch, window):
    place = pick(board, "L2")
    QTest.keyClick(board.table, Qt.Key.Key_A)
    assert window.session.board.lines[place].status == "approved"
    qtbot.waitUntil(lambda: read_about(batch / "takes" / "L2.vstake").review.status == "approved", timeout=SLOW_MS)
    assert board.chosen != [place] or names(board)[-1] == "L2"
    pick(board, "L1")
    QTest.keyClick(board.table, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: read_about(batch / "takes" / "L1.vstake").review.status == "changes asked", timeout=SLOW_MS)
    board.status.setCurrentText("approved")
    assert names(board) == ["L2"]


def test_one_click_on_the_face_opens_the_take(board, qtbot, batch, window):
    place = pick(board, "L3")
    index = board.filter.mapFromSource(board.model.index(place, PICTURE))
    with qtbot.waitSignal(window.session.projects.opened, timeout=SLOW_MS):
        QTest.mouseClick(board.table.viewport(), Qt.MouseButton.LeftButton, pos=board.table.visualRect(index).center())
    assert window.session.projects.path == batch / "takes" / "L3.vstake"
    assert window.session.state.speech is not None and window.session.state.shown_side.tuned is not None
    pick(board, "L3")
    QTest.keyClick(board.table, Qt.Key.Key_A)
    assert window.session.projects.review.status == "approved" and not window.session.projects.dirty


def test_only_what_changed_is_run_again_and_work_by_hand_stays(board, qtbot, batch, window):
    path = batch / "takes" / "L1.vstake"
    take = read_take(path, BUNDLED)
    side = replace(take.project.sides["A"], edits=(CurveEdit("offset", ("jawOpen",), 0.2, 0.5, 0.2),))
    note = Note("n", "Ann", text="Keep me.", start_s=0.3)
    write_take(path, replace(take, project=replace(take.project, sides={"A": side}), notes=(note,)), BUNDLED)
    board.character.setCurrentText("Ann")
    board.preset.setCurrentText("Softer")
    board.preset.activated.emit(board.preset.currentIndex())
    assert read_choices(batch) == {"Ann": "Softer"}
    steps = []
    window.session.board.run.progressed.connect(lambda step, _: steps.append(step))
    untouched = (batch / "takes" / "L2.vstake").read_bytes()
    with qtbot.waitSignal(window.session.board.run.ended, timeout=SLOW_MS) as told:
        board.run_button.click()
        assert board.bar.isVisible() and not board.run_button.isVisible()
    assert told.args == [""] and steps[-1] == "4/4"
    fates = {each.line: each.fate for each in read_document(batch).lines}
    assert fates == {"L1": "made", "L2": "kept", "L3": "made", "L4": "failed"}
    again = read_take(path, BUNDLED)
    assert again.project.sides["A"].edits == side.edits and again.notes[0].text == "Keep me." and again.id == take.id
    assert again.project.sides["A"].tuning.intensity == 0.8 and (batch / "takes" / "L2.vstake").read_bytes() == untouched
    qtbot.waitUntil(lambda: any(each.line == "L1" and each.edits == 1 for each in window.session.board.lines), timeout=SLOW_MS)


def test_a_run_is_cancelled_and_the_folder_stays_whole(board, qtbot, batch, window):
    run = window.session.board.run
    (batch / "takes" / "L1.vstake").unlink()
    with qtbot.waitSignal(run.ended, timeout=SLOW_MS) as told:
        board.run_button.click()
        board.cancel_button.click()
    assert told.args == [""] and not run.running and (batch / "takes" / "L2.vstake").is_file()


def test_a_folder_of_other_takes_is_a_board_too(board, qtbot, batch, window):
    for name in ("lines.json", "lines-journal.jsonl"):
        (batch / name).unlink()
    with qtbot.waitSignal(window.session.board.changed, timeout=SLOW_MS):
        window.session.board.open(batch / "takes")
    qtbot.waitUntil(lambda: all(line.jaw for line in window.session.board.lines), timeout=SLOW_MS)
    assert sorted(names(board)) == ["L1", "L2", "L3"] and not board.run_button.isEnabled()


def test_a_folder_without_takes_is_one_sentence(board, qtbot, tmp_path, window):
    (tmp_path / "empty").mkdir()
    with qtbot.waitSignal(window.session.messages.failed, timeout=SLOW_MS) as told:
        window.session.board.open(tmp_path / "empty")
    assert "holds no takes" in told.args[0] and len(window.session.board.lines) == 4


def test_a_thousand_lines_scroll_fluently_and_decode_only_what_is_seen(board, qtbot, tmp_path, window):
    folder = tmp_path / "large"
    folder.mkdir()
    rng = np.random.default_rng(1)
    lines = []
    for number in range(1000):
        out = io.BytesIO()
        Image.fromarray(rng.integers(0, 255, (96, 96, 3), np.uint8)).save(out, "JPEG")
        curve = rng.integers(0, 99, (3, 96)).tolist()
        thumb = base64.b64encode(out.getvalue()).decode()
        lines.append(
            LineSummary(
                f"L{number:04d}",
                number,
                f"C{number % 9}",
                "Words " * 9,
                duration_s=2.0,
                jaw=curve[0],
                lips=curve[1],
                wave=curve[2],
                thumb=thumb,
            )
        )
    write_document(folder, BatchDocument("large.csv", lines=lines))
    with qtbot.waitSignal(window.session.board.changed, timeout=SLOW_MS):
        window.session.board.open(folder)
    qtbot.waitUntil(lambda: 0 < board.model.decoded < 200, timeout=SLOW_MS)
    bar, spent = board.table.verticalScrollBar(), []
    for step in range(40):
        bar.setValue(bar.maximum() * step // 40)
        begun_s = time.perf_counter()
        board.table.viewport().repaint()
        spent.append(time.perf_counter() - begun_s)
    print(f"a page of the board of 1000 lines is drawn in {1e3 * sorted(spent)[20]:.1f} ms, at most {1e3 * max(spent):.1f} ms")
    assert board.filter.rowCount() == 1000 and board.model.decoded < 600
