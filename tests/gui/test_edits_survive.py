"""The recording is replaced, a word goes, the project is saved and opened: what a hand did is on its words, or listed. Nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.audio.clips import write_wav
from app.core.curve_edits import CurveEdit
from app.core.speech import AudioClip, Speech
from app.formats.notes import Note
from app.formats.project import ProjectView
from app.ui.window import controls as window_controls

SLOW_MS = 60_000


def where(speech: Speech, word: str) -> tuple[float, float]:
    phones = [p for p in speech.phones if p.word.casefold() == word]
    return phones[0].start_s, phones[-1].end_s


def edit_on(window, word: str) -> CurveEdit:
    """Scale the jaw on a word."""
    made = CurveEdit("scale", ("jawOpen",), *where(window.session.state.speech, word), 0.5)
    window.session.edits.add("A", made)
    return made


def spans(window) -> list[tuple[float, float]]:
    return [(edit.start_s, edit.end_s) for edit in window.session.state.sides["A"].edits]


def test_a_recording_that_is_seven_percent_slower_keeps_everything_on_its_words(spoken, monkeypatch, tmp_path, qtbot, shoot):
    session, banner = spoken.session, spoken.widgets.preview.banner
    for word in ("maybe", "puppy", "barks"):
        edit_on(spoken, word)
    old = session.state.speech
    session.notes.add(Note(start_s=where(old, "puppy")[0], text="more jaw"))
    session.marks.add(where(old, "barks")[0])
    slower = soxr.resample(old.audio.samples, old.audio.rate, round(old.audio.rate * 1.07)).astype(np.float32)
    path = tmp_path / "slower.wav"
    write_wav(path, AudioClip(slower, old.audio.rate))
    monkeypatch.setattr(window_controls, "ask_open", lambda *_: path)
    with qtbot.waitSignal(session.carrying.came, timeout=SLOW_MS):
        spoken.widgets.actions["replace_sound"].trigger()
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    new = session.state.speech
    assert (
        session.speeches.file == path
        and new.text == old.text
        and new.audio.duration_s == pytest.approx(1.07 * old.audio.duration_s, rel=1e-3)
    )
    for (start_s, end_s), word in zip(spans(spoken), ("maybe", "puppy", "barks"), strict=True):
        assert (start_s, end_s) == pytest.approx(where(new, word), abs=1e-6)
        # the voice says when it spoke, the aligner where it heard that; they differ most about where an S has faded
        assert start_s == pytest.approx(1.07 * where(old, word)[0], abs=0.06)
    assert session.notes.all[0].start_s == pytest.approx(where(new, "puppy")[0])
    assert session.marks.all[0].time_s == pytest.approx(where(new, "barks")[0])
    assert not session.conflicts.all and "3 edits, 1 note and 1 mark came along" in banner.text.text()
    spoken.controls.loop.tick()
    shoot(spoken, "edits_replaced")
    kept = spans(spoken)
    QTest.mouseClick(banner.action, Qt.MouseButton.LeftButton)
    assert not spans(spoken) and not session.notes.all
    session.undo.redo()
    assert spans(spoken) == kept and len(session.notes.all) == 1


def test_a_word_that_is_gone_leaves_a_conflict_that_is_jumped_to_placed_dismissed_and_kept(spoken, speak, qtbot, shoot, tmp_path):
    session, widgets = spoken.session, spoken.widgets
    edit_on(spoken, "puppy")
    edit_on(spoken, "barks")
    speak(spoken, "Maybe my barks.")
    qtbot.waitUntil(lambda: not session.workers.busy and not session.playback.playing, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: bool(session.conflicts.all), timeout=SLOW_MS)
    speech, panel = session.state.speech, widgets.conflicts
    assert spans(spoken) == [pytest.approx(where(speech, "barks"))]
    assert widgets.tools.tabText(widgets.tools.indexOf(widgets.edit_bar)) == "Edits (1, 1 !)"
    banner = widgets.preview.banner
    assert banner.text.text() == "1 edit came along to this sound; 1 without a sure place is listed under Edits."
    banner.offers.findChild(type(widgets.edit_bar.remove)).click()
    assert widgets.edit_bar.isVisible() and panel.isVisible() and panel.list.count() == 1
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=panel.list.visualItemRect(panel.list.item(0)).center())
    conflict = session.conflicts.all[0]
    assert session.playback.now() == pytest.approx(conflict.at_s, abs=0.02)
    assert where(speech, "my")[1] - 0.05 <= conflict.at_s <= where(speech, "barks")[0] + 0.05
    spoken.controls.loop.tick()
    shoot(spoken, "edits_conflict")
    for file in ("kept.vsync", "kept.vstake"):
        session.projects.save(tmp_path / file, ProjectView())
        with qtbot.waitSignal(session.projects.opened, timeout=SLOW_MS):
            session.projects.open(tmp_path / file)
        qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
        assert session.conflicts.all == (conflict,) and spans(spoken) == [pytest.approx(where(speech, "barks"))]
    panel.list.setCurrentRow(0)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert len(spans(spoken)) == 2 and spans(spoken)[1][0] == pytest.approx(conflict.at_s) and panel.isHidden()
    widgets.actions["undo"].trigger()
    assert len(spans(spoken)) == 1 and panel.list.count() == 1
    panel.list.setCurrentRow(0)
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert not session.conflicts.all and len(spans(spoken)) == 1
