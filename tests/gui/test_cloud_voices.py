"""Azure's voices in the window: found in a long list, chosen, spoken with, and said to lack a key without one."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt

from app.speech.delivery import Delivery
from app.speech.engine import Voice
from app.ui.sources.speak_bar import MORE, SpeakBar
from app.ui.sources.voice_dialog import VoiceDialog
from app.ui.sources.voice_words import FIRST, HERE
from tests.clouds.speech_synthesis import SynthesisServer

pytestmark = pytest.mark.gui
SLOW_MS = 60_000
JENNY = "azure:en-US-JennyNeural"


@pytest.fixture
def private_cache(monkeypatch, tmp_path):
    """No lines and no list of another test or user, and no key."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("KEY", "REGION", "ENDPOINT"):
        monkeypatch.delenv(f"SPEECH_{name}", raising=False)
        monkeypatch.delenv(f"AZURE_SPEECH_{name}", raising=False)


@pytest.fixture
def service(private_cache, monkeypatch):
    with SynthesisServer() as server:
        monkeypatch.setenv("SPEECH_KEY", "good-key")
        monkeypatch.setenv("SPEECH_ENDPOINT", server.address)
        yield server


def voices_of_a_region() -> tuple[Voice, ...]:
    """Two voices here, VisemeSync's fourteen, and 540 more in 60 languages."""
    here = tuple(Voice(name, name.capitalize(), "en-US", "female", True) for name in ("heart", "nova"))
    first = tuple(
        Voice(f"azure:en-US-V{k}Neural", f"V{k}, English", "en-US", "male", True, cloud=True, language_name="English", styles=("sad",))
        for k in range(14)
    )
    rest = tuple(
        Voice(f"azure:x{n:02}-XX-N{k}Neural", f"N{k}, Tongue {n}", f"x{n:02}-XX", "female", True, cloud=True, language_name=f"Tongue {n}")
        for n in range(60)
        for k in range(9)
    )
    return here + first + rest


def test_the_picker_stays_short_and_names_the_one_that_is_on(qtbot):
    bar = SpeakBar()
    qtbot.addWidget(bar)
    bar.set_voices(voices_of_a_region(), "azure:x07-XX-N3Neural")
    ids = [bar.voice.itemData(k) for k in range(bar.voice.count()) if bar.voice.itemData(k)]
    assert len(ids) == 18 and ids[:2] == ["heart", "nova"] and ids[-2:] == ["azure:x07-XX-N3Neural", MORE]
    assert bar.voice.currentText() == "N3, Tongue 7"
    with qtbot.waitSignal(bar.voices_wanted):
        bar.voice.activated.emit(bar.voice.findData(MORE))
    assert bar.voice.currentData() == "azure:x07-XX-N3Neural"


def test_a_search_finds_one_of_hundreds(qtbot):
    dialog = VoiceDialog()
    qtbot.addWidget(dialog)
    begun = time.perf_counter()
    dialog.set_voices(voices_of_a_region(), "heart")
    dialog.show()
    # half a second is far more than it takes, also on a busy machine
    assert time.perf_counter() - begun < 0.5 and len(dialog.shown()) == 556
    names = [dialog.tree.topLevelItem(k).text(0) for k in range(3)]
    assert names == [HERE, FIRST, "Azure: Tongue 0"] and not dialog.tree.topLevelItem(2).isExpanded()
    qtbot.keyClicks(dialog.search, "tongue 31 N4")
    assert dialog.shown() == ["azure:x31-XX-N4Neural"] and dialog.count.text() == "1 of 556 voices"
    with qtbot.waitSignal(dialog.voice_chosen) as chosen:
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert chosen.args == ["azure:x31-XX-N4Neural"]
    dialog.search.setText("male sad")
    assert len(dialog.shown()) == 14
    dialog.search.setText("nobody")
    assert dialog.shown() == [] and not dialog.use.isEnabled()


def test_without_a_key_the_voices_are_there_and_say_what_to_do(private_cache, open_window, qtbot):
    window = open_window()
    session, bar = window.session, window.widgets.speak_bar
    texts = [bar.voice.itemText(k) for k in range(bar.voice.count())]
    assert sum("needs a key" in text for text in texts) == 14 and bar.voice.currentData() == "heart"
    with qtbot.waitSignal(session.messages.failed, timeout=SLOW_MS) as failed:
        bar.voice.activated.emit(bar.voice.findData(JENNY))
    assert "SPEECH_KEY" in failed.args[0] and session.voices.current == "heart" and bar.voice.currentData() == "heart"


def test_a_line_is_spoken_by_a_voice_from_the_list_in_a_chosen_style(service, open_window, qtbot, shoot):
    window = open_window()
    session, choice = window.session, window.controls.voice_choice
    qtbot.waitUntil(lambda: any(voice.id.startswith("azure:zh-CN") for voice in session.voices.offered), timeout=SLOW_MS)
    window.widgets.speak_bar.voices_wanted.emit()
    dialog = choice.dialog
    qtbot.keyClicks(dialog.search, "jenny english")
    assert dialog.shown() == [JENNY]
    with qtbot.waitSignal(session.voices.voices_changed, timeout=SLOW_MS):
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert session.voices.current == JENNY and window.widgets.speak_bar.voice.currentData() == JENNY
    style = dialog.delivery.style_box
    style.setCurrentIndex(style.findData("cheerful"))
    style.activated.emit(style.currentIndex())
    dialog.delivery.pitch.number.setValue(10)
    dialog.search.clear()
    shoot(dialog, "voices")
    dialog.close()
    assert session.voices.delivery == Delivery(style="cheerful", pitch=10.0)
    window.widgets.speak_bar.line.setText("Bob may buy a map.")
    window.controls.speaking.say("Bob may buy a map.")
    qtbot.waitUntil(lambda: session.state.speech is not None and bool(session.state.speech.words), timeout=SLOW_MS)
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    speech = session.state.speech
    assert [word.text for word in speech.words][:2] == ["Bob", "may"] and speech.visemes and speech.facial
    window.widgets.speak_bar.voices_wanted.emit()
    assert dialog.forget.isEnabled() and session.voices.kept_bytes() > 0
    qtbot.mouseClick(dialog.forget, Qt.MouseButton.LeftButton)
    assert session.voices.kept_bytes() == 0 and dialog.forget.text() == "Clear kept lines (0.0 MB)"
    assert 'style="cheerful"' in service.documents[-1] and 'pitch="+10%"' in service.documents[-1]


def test_the_way_to_speak_is_there_the_next_time(service, open_window, qtbot):
    window = open_window()
    window.session.voices.chosen = JENNY
    window.session.voices.set_delivery(Delivery(rate=1.25, degree=0.5))
    window.close()
    again = open_window()
    assert again.session.voices.delivery == Delivery(rate=1.25, degree=0.5) and again.session.voices.current == JENNY
    assert again.session.voices.engine.delivery == Delivery(rate=1.25, degree=0.5)
