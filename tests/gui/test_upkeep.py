"""Errors that nobody foresaw, files of later starts, runs that crashed, and what is kept: in the real window."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from app.core.places import where
from app.core.tuning import Tuning
from app.desktop import UnexpectedErrors
from app.session.keep.autosave import Recoverable
from app.settings import Settings
from app.startup.hand_over import Handed, hand_over, open_door
from app.ui.start.splash import Splash
from app.ui.upkeep.about import AboutDialog
from app.ui.upkeep.places_dialog import PlacesDialog, RemoveDialog
from app.ui.upkeep.report_dialog import BETTER_ANEW, TOO_MANY
from app.ui.upkeep.updates import TASK
from app.upkeep import newer, reports
from tests.clouds.releases import published_at

pytestmark = pytest.mark.gui
SLOW_MS = 60_000

_CRASHES = """
import ctypes, logging, os, sys
from pathlib import Path
from app.core.places import where
from app.upkeep.runs import Run
run = Run.begin()
logging.getLogger("app").info("the last thing")
ctypes.string_at(0)
"""


def test_an_error_has_a_report_that_can_be_copied(window, qtbot, shoot):
    """Nothing that was typed is in it, the program goes on, and after many errors it says that it is better to start anew."""
    errors, dialog = UnexpectedErrors(), window.upkeep.dialog
    errors.caught.connect(window.session.messages.fail)
    window.upkeep.watch(errors)
    window.widgets.speak_bar.line.setText("Zbigniew marries on Friday evening")
    try:
        raise ValueError(f"{Path.home()}/x: cannot speak 'Zbigniew marries on Friday evening'")
    except ValueError as error:
        errors.report(error)
        assert dialog.isVisible() and not dialog.isModal() and not dialog.quit.isVisible()
        shoot(dialog, "report")
        qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
        report = QGuiApplication.clipboard().text()
        for _ in range(TOO_MANY):
            errors.report(error)
        assert dialog.sentence.text() != BETTER_ANEW, "an error of the same place is told at its 1st, 10th and 100th time"
        for _ in range(100):
            errors.report(error)
        assert dialog.sentence.text() == BETTER_ANEW and dialog.quit.isVisible()
    assert all(there in report for there in ("ValueError", "test_upkeep.py", "GL: ", "screens: "))
    assert [leak for leak in ("Zbigniew", "Friday", f"{Path.home()}/") if leak in report] == []
    assert len(list(where("reports").glob("*.txt"))) == 3 and "ValueError" in window.widgets.preview.banner.text.text()
    qtbot.mouseClick(dialog.go_on, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible() and window.isVisible()


def test_a_later_start_hands_its_files_to_the_window(window, qtbot, recording, tmp_path):
    """The window comes back from the task bar, and a project asks before changes are lost."""
    door = open_door(tmp_path / "door")
    door.give_to(window.upkeep.handed.receive)
    window.showMinimized()
    later = threading.Thread(target=hand_over, args=(Handed((recording,)), tmp_path / "door"))
    with qtbot.waitSignal(window.session.state.speech_changed, timeout=SLOW_MS):
        later.start()
    later.join()
    assert not window.isMinimized() and window.session.speeches.file == recording
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)
    window.session.tunings.change("A", Tuning(intensity=1.2), "Louder")
    asked = []
    window.controls.projects.asks = lambda words, answers: (asked.append(words), answers[-1])[1]
    with qtbot.waitSignal(window.upkeep.handed.taken, timeout=SLOW_MS):
        assert hand_over(Handed((tmp_path / "other.vsync",)), tmp_path / "door")
    assert len(asked) == 1 and window.session.speeches.file == recording, "it was not given up"
    window.controls.projects.asks = lambda _words, _answers: "Discard"
    door.close()


def test_a_crash_of_the_last_run_is_told_and_what_is_kept_can_be_removed(config, open_window, root, shoot, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(config.parent / "cache"))
    subprocess.run([sys.executable, "-c", _CRASHES], cwd=root, capture_output=True, check=False, timeout=60)
    window = open_window()
    banner, dialog = window.widgets.preview.banner, window.upkeep.dialog
    assert "ended unexpectedly" in banner.text.text()
    next(button for button in banner.offers.findChildren(QPushButton) if button.text() == "Show report").click()
    assert dialog.isVisible() and "string_at" in dialog.text.toPlainText() and "the last thing" in dialog.text.toPlainText()
    dialog.close()
    _offers_the_session_of_a_crashed_run(window, monkeypatch)
    facts = {**reports.about_program(), **window.upkeep.facts()}
    about = AboutDialog(facts, window.upkeep.show_places, window.upkeep.show_licences, window)
    places = PlacesDialog(window.upkeep.remove, window)
    for each, name in ((about, "about"), (places, "places")):
        each.show()
        shoot(each, name)
        each.close()
    assert {"logs", "reports"} <= {each.name for each in places.found}
    ask = RemoveDialog(places.found, window)
    ask.show()
    shoot(ask, "remove")
    ask.close()
    window.upkeep.remove(ask.chosen())
    assert not list(where("reports").glob("*")) and window.isVisible(), "the usual choice is what can be made again, and logs"
    window.remember()
    settings = next(each for each in PlacesDialog(window.upkeep.remove, window).found if each.name == "settings")
    window.upkeep.remove([settings])
    assert not window.isVisible() and window.upkeep.removes == {"settings"}


def _offers_the_session_of_a_crashed_run(window, monkeypatch) -> None:
    """One question for both: what can be restored, and the report, which leaves the question open."""
    banner, seen = window.widgets.preview.banner, []
    lost = Recoverable(Path("18eb-4711"), 0.0, "“Hello.”", None)
    monkeypatch.setattr(window.session.autosave, "found", lambda: [lost])
    window.controls.projects.offer_restore({4711: lambda: seen.append("report")}.get)
    for _ in range(2):
        assert "a report is ready" in banner.text.text() and "Restore it?" in banner.text.text()
        next(button for button in banner.offers.findChildren(QPushButton) if button.text() == "Show report" and button.isVisible()).click()
    assert seen == ["report", "report"]
    banner.dismiss()


def test_the_splash_is_painted_when_it_is_shown(qtbot, qapp, shoot):
    splash = Splash()
    qtbot.addWidget(splash)
    splash.show_now()
    splash.step(0.6)
    picture = shoot(splash, "splash")
    assert picture.std() > 5 and splash.isVisible()
    splash.leave()


def test_newer_versions_are_asked_for_when_wanted_and_never_by_themselves(open_window, tmp_path, monkeypatch, qtbot, shoot):
    """Off at first; once when asked; at every start after it was switched on, and then only what is news is said."""

    def said(window) -> str:
        return window.widgets.preview.banner.text.text()

    def ended(window) -> None:
        qtbot.waitUntil(lambda: not window.session.workers.running(TASK), timeout=SLOW_MS)

    window = open_window()
    actions = window.widgets.actions
    with published_at(tmp_path, monkeypatch) as place:
        assert not actions["updates_at_start"].isChecked() and not window.settings.updates
        window.upkeep.updates.begin()
        assert not window.session.workers.running(TASK) and not place.asked
        actions["updates"].trigger()
        qtbot.waitUntil(lambda: said(window).startswith(f"Version 9.1 was published ({place.host})"), timeout=SLOW_MS)
        assert place.asked == ["GET /latest"]
        place.answer = b"{}"
        actions["updates"].trigger()
        qtbot.waitUntil(lambda: said(window).startswith("The place of new versions gave no version"), timeout=SLOW_MS)
        actions["updates_at_start"].trigger()
        assert said(window).startswith(f"Every start asks {place.host}") and window.settings.updates
        shoot(window, "updates")
        window.upkeep.updates.begin()
        ended(window)
        assert len(place.asked) == 3 and said(window).startswith("Every start asks"), "a start that learns nothing says nothing"
        window.remember()
        assert Settings.load().updates
        place.answer = b'{"tag_name": "v9.2"}'
        again = open_window()
        qtbot.waitUntil(lambda: said(again).startswith("Version 9.2 was published"), timeout=SLOW_MS)
        assert again.widgets.actions["updates_at_start"].isChecked() and len(place.asked) == 4
    monkeypatch.setattr(newer, "shipped", lambda _name: tmp_path / "none.txt")
    actions["updates_at_start"].setChecked(False)
    actions["updates_at_start"].trigger()
    assert "does not know where" in said(window) and not actions["updates_at_start"].isChecked()
