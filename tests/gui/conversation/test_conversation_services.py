"""Speech to speech through the panel: the real SDKs of Voice Live and Realtime, and a service on this machine."""

from __future__ import annotations

import os

import numpy as np
import pytest
import soxr
from PySide6.QtCore import Qt

from app.core.arkit import ARKIT_INDEX
from app.core.speech import joined
from app.core.visemes import azure_events
from app.lipsync.azure import THREE_LANES
from app.session.base import opening
from tests.clouds.realtime_service import RATE, Script, serving
from tests.clouds.realtime_talk import KEY

pytest.importorskip("openai")
pytest.importorskip("azure.ai.voicelive")
pytestmark = [pytest.mark.gui, pytest.mark.usefixtures("data_home")]
SLOW_MS = 90_000
LINE = "Maybe my puppy barks, but Bob may buy a map. Papa has a boat."
#: as the panel offers them, and what the server speaks then
WAYS = {"voice-live": "voice-live", "realtime": "openai"}


@pytest.fixture(scope="session")
def spoken(read_once):
    """A line of the embedded voice, with its phones."""
    engine = opening.make_engine()
    return joined(list(engine.synthesize(LINE, "heart")))


@pytest.fixture
def script(spoken):
    """The service answers with that line, and what goes with it."""
    words = [phone for phone in spoken.phones if phone.word]
    return Script(
        sound=np.asarray(soxr.resample(spoken.audio.samples, spoken.audio.rate, RATE), np.float32),
        words=tuple((word, 300 * k, 300 * k + 250) for k, word in enumerate(LINE.split())),
        visemes=tuple((event.viseme_id, round(1000 * event.offset_s)) for event in azure_events(spoken.phones)) if words else (),
    )


@pytest.fixture(params=list(WAYS))
def way(request):
    """Which service."""
    return request.param


@pytest.fixture
def service(way, script, monkeypatch):
    """It runs, and the environment leads to it and nowhere else."""
    for name in list(os.environ):
        if name.startswith(("SPEECH_", "AZURE_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with serving(WAYS[way], script) as service:
        monkeypatch.setenv("AZURE_VOICELIVE_ENDPOINT", service.url)
        monkeypatch.setenv("AZURE_VOICELIVE_API_KEY", KEY)
        monkeypatch.setenv("AZURE_VOICELIVE_MODEL", "my-realtime")
        yield service


@pytest.fixture
def begun(service, way, window, microphone, qtbot):
    """The window: the network moves the face, the service was chosen in the panel, and listens."""
    window.session.sources.choose("A", "a2f")
    window.widgets.actions["conversation"].trigger()
    panel = window.widgets.conversation
    panel.fold.click()
    picker = panel.set_up.pickers["answers"]
    usable = lambda: (i := picker.findData(way)) >= 0 and picker.model().item(i).isEnabled()  # noqa: E731
    qtbot.waitUntil(usable, timeout=SLOW_MS)
    picker.setCurrentIndex(picker.findData(way))
    picker.activated.emit(picker.currentIndex())
    panel.fold.click()
    qtbot.waitUntil(lambda: bool(window.session.network.device_label) and not window.session.workers.busy, timeout=SLOW_MS)
    qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.conversation.phase == "listening", timeout=SLOW_MS)
    service.wait_for(lambda s: s.of_type("session.update"))
    yield window
    window.session.conversation.stop()


def ask(window, qtbot, text: str) -> None:
    """Type a line."""
    line = window.widgets.conversation.talk.line
    line.setFocus()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def jaw(window, t: float) -> float:
    """How far the mouth is open by the track that is shown at a time."""
    return float(window.session.posing.weights_at(t)[ARKIT_INDEX["jawOpen"]])


def test_a_typed_turn_is_spoken_and_the_network_follows_the_sound_as_it_arrives(begun, service, way, qtbot, shoot):
    window, session = begun, begun.session
    service.script.hold_at_ms = 2000
    ask(window, qtbot, "What do you see?")
    assert service.holding.wait(20)
    qtbot.waitUntil(lambda: session.playback.heard() > 1.2, timeout=SLOW_MS)
    track = session.state.sides["A"].tuned
    assert track is not None and track.arkit.end_s > 1.2 and session.state.speech.audio.duration_s <= 2.05
    times = np.arange(0.1, 1.2, 0.05)
    jaws = np.array([jaw(window, t) for t in times])
    assert jaws.max() > 0.15 and jaws.std() > 0.03
    shoot(window, f"conversation-{way}")
    qtbot.mouseClick(window.widgets.conversation.talk.stop, Qt.MouseButton.LeftButton)
    conversation = session.conversation
    qtbot.waitUntil(lambda: conversation.turns[-1].believed is not None, timeout=SLOW_MS)
    service.wait_for(lambda s: s.truncated)
    turn, (_item, cut_ms) = conversation.turns[-1], service.truncated[-1]
    assert 1.2 < turn.heard_s < 2.05 and abs(1000 * turn.heard_s - cut_ms) <= 1 and LINE.startswith(turn.believed.strip())
    assert not session.playback.playing and conversation.phase == "listening"


def test_what_comes_with_the_sound_becomes_lanes_of_it(begun, service, way, spoken, qtbot):
    window, session = begun, begun.session
    ask(window, qtbot, "What do you see?")
    conversation = session.conversation
    qtbot.waitUntil(lambda: bool(conversation.turns) and conversation.turns[-1].complete, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: conversation.phase == "listening" and not session.workers.busy, timeout=SLOW_MS)
    speech, compare = session.state.speech, window.widgets.compare
    assert speech.audio.duration_s == pytest.approx(spoken.audio.duration_s, abs=0.05)
    assert conversation.turns[-1].answered == LINE and "first_lip" in conversation.turns[-1].marks
    if way == "realtime":
        assert not speech.visemes and not speech.facial and not compare.azure.isEnabled()
        return
    assert [event.viseme_id for event in speech.visemes] == [number for number, _ in service.script.visemes]
    assert [word.text for word in speech.words] == LINE.split() and sum(len(chunk.values) for chunk in speech.facial) > 200
    assert compare.azure.isEnabled()
    session.comparing.set_lanes(THREE_LANES)
    sides = session.state.sides
    qtbot.waitUntil(lambda: len(sides) == 3 and all(side.tuned is not None for side in sides.values()), timeout=SLOW_MS)
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    channel = ARKIT_INDEX["jawOpen"]
    opened = {name: max(float(side.tuned.arkit.sample(t)[channel]) for t in np.arange(0.2, 3.0, 0.05)) for name, side in sides.items()}
    assert all(value > 0.02 for value in opened.values()), opened
