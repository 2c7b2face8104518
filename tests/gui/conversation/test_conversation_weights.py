"""The first conversation on a machine: the embedded recogniser's weights are fetched while one can type, and that can be stopped."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt

from app.conversation.recognition import moonshine_weights, wheels
from app.core.errors import Cancelled
from app.session.conversation.weights import FETCHES, GIVEN_UP, TASK

pytestmark = [pytest.mark.gui, pytest.mark.usefixtures("microphone", "data_home")]
SLOW_MS = 60_000


@pytest.fixture
def fresh(window, tmp_path, monkeypatch, qtbot):
    """The window without any key and without weights, the panel open."""
    for name in list(os.environ):
        if name.startswith(("SPEECH_", "AZURE_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr(moonshine_weights, "weights_folder", lambda: tmp_path / "recognition" / "moonshine")
    window.widgets.actions["conversation"].trigger()
    qtbot.waitUntil(window.widgets.conversation.isVisible)
    return window


def begin(window, qtbot) -> list[str]:
    """Press Start; gives the sentences of the transcript as they come."""
    told: list[str] = []
    window.session.conversation.told.connect(lambda what: told.append(what.sentence))
    qtbot.mouseClick(window.widgets.conversation.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.conversation.phase == "listening", timeout=SLOW_MS)
    return told


def type_and_hear(window, qtbot) -> None:
    """A typed question is answered all the same."""
    line = window.widgets.conversation.talk.line
    line.setFocus()
    qtbot.keyClicks(line, "Thank you.")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    conversation = window.session.conversation
    qtbot.waitUntil(lambda: any(turn.asked == "Thank you." and turn.parts for turn in conversation.turns), timeout=SLOW_MS)


def test_without_a_network_one_sentence_says_so_and_typing_works(fresh, qtbot, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    told = begin(fresh, qtbot)
    qtbot.waitUntil(lambda: len(told) >= 2, timeout=SLOW_MS)
    assert told[0] == FETCHES and told[1].startswith("Could not fetch the embedded recogniser (55 MB)") and len(told) == 2
    type_and_hear(fresh, qtbot)


def test_the_fetch_shows_how_far_it_is_and_is_stopped_by_the_cross(fresh, qtbot, monkeypatch, shoot):
    def slow(_wheel, _folder, what, progress, cancel):
        progress(0.4)
        cancel.wait(60)
        raise Cancelled(f"Fetching {what} was cancelled.")

    monkeypatch.setattr(wheels, "_download", slow)
    status = fresh.widgets.status
    told = begin(fresh, qtbot)
    qtbot.waitUntil(lambda: status.bar.isVisible() and status.bar.value() > status.bar.minimum(), timeout=SLOW_MS)
    assert told == [FETCHES] and TASK in status.activity.text().lower()
    shoot(fresh, "conversation-fetching")
    type_and_hear(fresh, qtbot)
    fresh.session.conversation.interrupt()
    qtbot.mouseClick(status.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: GIVEN_UP in told, timeout=SLOW_MS)
    assert fresh.session.conversation.on and not fresh.session.workers.running(TASK)
