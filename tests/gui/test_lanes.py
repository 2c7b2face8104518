"""A service's voice that arrives while it plays: three lanes of one sound, in sync, on the first click of a button that says so."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer

from app.core.arkit import ARKIT_INDEX
from app.core.arriving import ArrivingSpeech, Piece
from app.core.speech import FACIAL_VALUES, FacialFrames, Speech, VisemeEvent, Word, joined
from app.core.track import concatenate
from app.core.visemes import azure_events
from app.lipsync.visemes import VisemeSource
from app.session.base import opening
from tests.gui.conftest import SLOW_MS

LINE = "Maybe my puppy barks, but Bob may buy a map."
STEP_S = 0.1


def words_of(speech: Speech) -> tuple[Word, ...]:
    """The words of a speech by its phones."""
    found: list[Word] = []
    for phone in speech.phones:
        if phone.word and found and found[-1].text == phone.word:
            found[-1] = Word(phone.word, found[-1].start_s, phone.end_s)
        elif phone.word:
            found.append(Word(phone.word, phone.start_s, phone.end_s))
    return tuple(found)


@pytest.fixture(scope="session")
def azure_like(read_once) -> Speech:
    """What Azure would send of a line, made from the embedded voice: no phones, but events, words and frames."""
    engine = opening.make_engine()
    spoken = joined(list(engine.synthesize(LINE, engine.voices()[0].id)))
    made = concatenate(list(VisemeSource().generate(spoken, threading.Event()))).arkit.weights
    values = np.zeros((len(made), FACIAL_VALUES), np.float32)
    values[:, :52], values[:, 52] = made, 0.1 * np.sin(np.arange(len(made)) / 30)
    return Speech(spoken.audio, LINE, (), azure_events(spoken.phones), words_of(spoken), (FacialFrames(values),))


class Service:
    """Sends a speech in pieces of 100 ms, as fast as it is heard or twice as fast, events half a second ahead of their sound."""

    def __init__(self, speech: Speech, pace: float = 2.0) -> None:
        self.speech, self.arriving = speech, ArrivingSpeech(speech.audio.rate, speech.text)
        self.sent_s = 0.0
        self.timer = QTimer()
        self.timer.setInterval(round(STEP_S / pace * 1000))
        self.timer.timeout.connect(self.send)

    def send(self) -> None:
        """The next piece; the last one ends it."""
        speech, rate, ahead_s = self.speech, self.speech.audio.rate, 0.5
        first, end = self.sent_s + (ahead_s if self.sent_s else -1.0), self.sent_s + STEP_S + ahead_s
        values = speech.facial[0].values
        rows = slice(max(round(first * 60), 0), round(end * 60))
        self.arriving.add(
            Piece(
                speech.audio.samples[round(self.sent_s * rate) : round((self.sent_s + STEP_S) * rate)],
                (),
                tuple(e for e in speech.visemes if first <= e.offset_s < end),
                tuple(w for w in speech.words if first <= w.start_s < end),
                (FacialFrames(values[rows], rows.start),),
            )
        )
        self.sent_s += STEP_S
        if self.sent_s >= speech.audio.duration_s:
            self.timer.stop()
            self.arriving.finish()


@pytest.fixture
def service(azure_like):
    """One answer, not sent yet."""
    made = Service(azure_like)
    yield made
    made.timer.stop()


def test_three_lanes_of_one_sound_on_the_first_click(qtbot, window, service, shoot):
    """While it still arrives: every picture shows each side where its track is, and all three open the mouth together."""
    session, compare = window.session, window.widgets.compare
    window.resize(1280, 800)
    session.sources.choose("A", "a2f")
    qtbot.waitUntil(lambda: bool(session.network.device_label) and not session.workers.busy, timeout=SLOW_MS)
    window.controls.tools.show(True)
    window.widgets.tools.setCurrentWidget(compare)
    assert not compare.azure.isEnabled() and "voice of Azure" in compare.azure.toolTip()
    session.speeches.arrive(service.arriving)
    session.speeches.no_more()
    service.timer.start()
    qtbot.waitUntil(compare.azure.isEnabled, timeout=SLOW_MS)
    qtbot.mouseClick(compare.azure, Qt.MouseButton.LeftButton)
    sides = session.state.sides
    assert [str(sides[name].spec) for name in "ABC"] == ["azure-visemes", "azure-blendshapes", "a2f"]
    assert session.comparing.layout == "split" and not service.arriving.ended
    seen: list[tuple[float, ...]] = []
    jaw = ARKIT_INDEX["jawOpen"]

    def note(t: float) -> None:
        tracks, rigs = [session.state.sides[name].tuned for name in "ABC"], [session.comparing.side_rigs.of(name) for name in "BC"]
        if session.playback.playing and None not in tracks and None not in rigs and all(track.arkit.end_s > t for track in tracks):
            seen.append((t, *(float(track.arkit.sample(t)[jaw]) for track in tracks), *(rig.applied.get("jawOpen", 0.0) for rig in rigs)))

    window.controls.loop.time_shown.connect(note)
    qtbot.waitUntil(lambda: bool(seen) and not session.playback.playing and not session.workers.busy, timeout=SLOW_MS)
    window.controls.loop.time_shown.disconnect(note)
    t, visemes, shapes, network, shown_shapes, shown_network = np.array(seen).T
    assert len(seen) > 20 and t[-1] > 0.7 * session.state.speech.audio.duration_s
    assert np.abs(shapes - shown_shapes).max() < 0.02 and np.median(np.abs(network - shown_network)) < 0.02
    assert np.corrcoef(visemes, shapes)[0, 1] > 0.9 and np.corrcoef(visemes, network)[0, 1] > 0.5
    assert all(sides.parts_done == 1 for sides in session.state.sides.values()) and len(session.state.speech.words) >= 8
    qtbot.waitUntil(lambda: set(session.comparing.numbers_by) == {"B", "C"}, timeout=SLOW_MS)
    for size in ((1280, 800), (1920, 1080)):
        window.resize(*size)
        session.playback.seek(0.62)
        qtbot.waitSignal(window.widgets.preview.frame_drawn, timeout=SLOW_MS).wait()
        picture = shoot(window, f"three-lanes-{size[0]}")
        assert picture.std() > 10


def test_a_voice_that_falls_silent_is_waited_for(qtbot, window, service):
    """The network of the service stalls: heard time stands at the sound's end, and the picture with it; then both go on."""
    session = window.session
    session.sources.choose("A", "a2f:light")
    session.speeches.arrive(service.arriving)
    session.speeches.no_more()
    for _ in range(8):
        service.send()
    qtbot.waitUntil(lambda: session.playback.playing, timeout=SLOW_MS)
    stood: list[float] = []

    def stands() -> bool:
        stood.append(session.playback.now())
        return len(stood) > 20 and stood[-1] > 0.4 and stood[-1] == stood[-20]

    qtbot.waitUntil(stands, timeout=SLOW_MS)
    side = session.state.sides["A"]
    assert session.playback.playing and stood[-1] <= 0.8 and side.raw.arkit.end_s >= stood[-1] - 1 / 30
    assert session.easing.share(side, stood[-1]) == 1.0
    service.timer.start()
    qtbot.waitUntil(lambda: not session.playback.playing, timeout=SLOW_MS)
    speech = session.state.speech
    assert speech.audio.duration_s == pytest.approx(service.speech.audio.duration_s, abs=1e-3)
    assert session.state.sides["A"].raw.arkit.end_s == pytest.approx(speech.audio.duration_s, abs=1 / 30)


def test_a_voice_that_comes_no_faster_than_it_is_heard_stays_in_sync(qtbot, window, azure_like):
    """The network's look-ahead comes out of the wait before the first sound; no picture is without its motion."""
    service = Service(azure_like, 1.0)
    session, begun = window.session, []
    session.sources.choose("A", "a2f:light")
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    session.playback.playback_changed.connect(lambda on: begun.append(session.state.sides["A"].raw) if on else None)
    session.speeches.arrive(service.arriving)
    session.speeches.no_more()
    service.timer.start()
    missing: list[float] = []

    def note(t: float) -> None:
        if session.playback.playing:
            missing.append(t - session.state.sides["A"].raw.arkit.end_s)

    window.controls.loop.time_shown.connect(note)
    qtbot.waitUntil(lambda: bool(begun) and not session.playback.playing and service.arriving.ended, timeout=SLOW_MS)
    window.controls.loop.time_shown.disconnect(note)
    assert begun[0] is not None and len(missing) > 20
    assert np.mean(np.array(missing) > 1 / 30) < 0.02, max(missing)


def test_without_phones_the_strip_shows_azures_sounds(window, azure_like):
    """Words above them; a voice of another language has no English phones."""
    timeline = window.widgets.timeline
    timeline.set_speech(azure_like, np.zeros((0, 2), np.float32))
    words, sounds, visemes = timeline._rows
    assert [word.label for word in words][:2] == [word.text for word in azure_like.words][:2]
    assert "p b m" in {each.label for each in sounds} and {each.short for each in sounds if each.label == "p b m"} == {"p"}
    assert len(visemes) == len(sounds)
    timeline.set_speech(Speech(azure_like.audio, visemes=(VisemeEvent(99, 0.0),)), np.zeros((0, 2), np.float32))
    assert timeline._rows == [[], []]
