"""What the window says: in which order, where, and whole."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QPushButton

pytestmark = pytest.mark.gui
LONG = (
    "The track cannot be written to /home/somebody/projects/faces/takes/monday/second.csv; choose a folder that you may write to, on a "
    "disk with room for it, or ask whoever looks after it."
)


@pytest.fixture
def banner(window):
    return window.widgets.preview.banner


def test_a_success_shows_after_an_error(window, banner, tmp_path):
    """A file that could not be written, then one that was: the second sentence is the one to read."""
    window.session.messages.fail("The first file cannot be written; choose another folder.")
    window.session.export.written.emit(tmp_path / "take.csv", ())
    assert "Wrote take.csv" in banner.text.text() and not banner.is_error and banner.action.text() == "Show in folder"


def test_a_notice_waits_behind_an_error_and_keeps_its_button(window, banner):
    window.session.messages.fail("Something went wrong; try it again.")
    window.controls.files.offer_transcript()
    window.session.messages.tell("By the way.")
    assert banner.is_error
    banner.close_button.click()
    assert banner.action.text() == "Transcript…"
    banner.close_button.click()
    assert banner.text.text() == "By the way."
    banner.close_button.click()
    assert not banner.isVisible()


def test_questions_come_back_until_they_are_answered(banner):
    """Two questions at once, an error over them, and a success: none is lost."""
    answers = []
    banner.offer("First?", (("Yes", lambda: answers.append("first")),), "one")
    banner.offer("Second?", (("Yes", lambda: answers.append("second")),), "two")
    banner.show_error("Wrong.")
    banner.show_success("Right.")
    banner.dismiss()
    for expected in ("Second?", "First?"):
        assert banner.text.text() == expected
        next(b for b in banner.offers.findChildren(QPushButton) if b.isVisible()).click()
    assert answers == ["second", "first"] and not banner.isVisible() and not banner.asks


@pytest.mark.parametrize("width", [900, 1280, 1500])
def test_it_is_read_whole_and_covers_no_name(spoken, qtbot, width, shoot):
    """Two lines and a button, at any width: nothing is clipped, and the plates of the sides and the avatar stay free."""
    spoken.resize(width, 800)
    spoken.session.sources.choose("B", "mock")
    spoken.session.comparing.set_layout("split")
    preview = spoken.widgets.preview
    banner = preview.banner
    for say in (
        lambda: banner.show_error(LONG),
        lambda: banner.show_success(LONG, "Show in folder", lambda: None),
        lambda: banner.show_error(LONG + " " + LONG),
        lambda: banner.offer(LONG, (("Yes", list), ("No", list))),
        lambda: banner.show_success("Saved.", "Show in folder", lambda: None),
    ):
        say()
        qtbot.wait(20)
        assert banner.text.height() >= banner.text.heightForWidth(banner.text.width())
        assert banner.rect().contains(banner.text.geometry()) and banner.text.y() >= 6
        plates = [*spoken.controls.compare_view.labels.values(), preview.tag, preview.mock, preview.caption]
        assert not any(plate.isVisible() and plate.geometry().intersects(banner.geometry()) for plate in plates)
        assert QRect(0, 0, preview.width(), preview.height()).contains(banner.geometry())
        assert banner.height() > 100 or banner.y() > 0.75 * preview.height()
    shoot(spoken, f"banner-{width}")


def test_no_numbers_of_the_operating_system(window, banner):
    window.session.messages.fail("The video a.mp4 cannot be written ([Errno 1] Operation not permitted); check the folder.")
    assert banner.text.text() == "The video a.mp4 cannot be written (Operation not permitted); check the folder."
