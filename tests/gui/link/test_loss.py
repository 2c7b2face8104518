"""Servers are killed and started again while they move a face."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from app.core.track import concatenate
from app.lipsync.feeling import has_network
from app.lipsync.mock import MockSource

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


@pytest.mark.usefixtures("ring", "close_ahead")
def test_a_killed_server_lets_the_face_rest_and_takes_it_up_again(qtbot, window, server, hands):
    session, banner = window.session, window.widgets.preview.banner
    hands.play(server)
    window.controls.links.show()
    sides = session.state.sides
    assert sides["A"].parts_done == 0, "playback began before the clip was done"
    server.kill()
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    assert set(hands.answers()) >= {"Use mock", "Keep trying"} and "was lost at" in banner.text.text()
    qtbot.waitUntil(lambda: session.playback.now() > sides["A"].raw.arkit.end_s + 0.5, timeout=SLOW_MS)
    lost_until_s, playing = sides["A"].raw.arkit.end_s, session.playback.playing
    assert playing and not session.posing.weights_at(session.playback.now()).any() and session.links.away("A")
    assert max(session.state.rig.applied.get(name, 0.0) for name in ("jawOpen", "mouthPucker")) == 0.0
    hands.shoot_both("link-lost")
    hands.answer("Keep trying")
    assert not banner.isVisible()
    server.start()
    back_s = time.monotonic()
    qtbot.waitUntil(lambda: session.links.statuses["A"].reconnects == 1, timeout=SLOW_MS)
    assert time.monotonic() - back_s < 1.0
    qtbot.waitUntil(lambda: sides["A"].raw.arkit.end_s > lost_until_s, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: session.posing.weights_at(session.playback.now()).max() > 0.05 and session.playback.playing, timeout=20_000)
    qtbot.waitUntil(lambda: sides["A"].parts_done == 1, timeout=SLOW_MS)
    expected = concatenate(list(MockSource(60).generate(session.state.speech, threading.Event())))
    np.testing.assert_array_equal(sides["A"].raw.arkit.weights, expected.arkit.weights)
    assert len(sides["A"].raw.arkit) == 1800, "no frame lost or doubled"
    status = session.links.statuses["A"]
    assert status.reconnects == 1 and status.received == 1800 and status.late > 0 and status.dropped == 0
    window.widgets.link_panel.refresh()
    assert window.widgets.link_panel.sections[0].values["Reconnections"].text() == "1"
    hands.shoot_both("link-panel")


@pytest.mark.usefixtures("ring", "close_ahead")
@pytest.mark.parametrize("label", ["Use mock", "Use the local network"])
def test_another_source_takes_over_only_when_it_is_chosen(qtbot, window, server, hands, label):
    if label != "Use mock" and not has_network("a2f"):
        pytest.skip("torch or the network's weights are not installed")
    session, banner = window.session, window.widgets.preview.banner
    hands.play(server)
    server.kill()
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    assert str(session.state.sides["A"].spec) == server.spec
    hands.answer(label)
    mock = label == "Use mock"
    assert str(session.state.sides["A"].spec) == ("mock" if mock else "a2f") and not banner.asks
    qtbot.waitUntil(lambda: session.state.sides["A"].tuned is not None, timeout=SLOW_MS)
    assert window.widgets.preview.mock.isVisible() == mock and session.playback.playing
    assert window.widgets.speak_bar.source.findData(server.spec) >= 0, "the server stays in the picker"


@pytest.mark.usefixtures("ring", "close_ahead")
def test_the_banner_goes_when_the_server_is_back_by_itself(qtbot, window, server, hands):
    session, banner = window.session, window.widgets.preview.banner
    hands.play(server)
    server.kill()
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    with qtbot.waitSignal(session.links.found, timeout=SLOW_MS):
        server.start()
    assert not banner.asks and "is back" in banner.text.text()


@pytest.mark.usefixtures("ring")
def test_a_server_that_is_not_there_is_waited_for_and_asked_about(qtbot, window, server, speak):
    session, banner = window.session, window.widgets.preview.banner
    server.kill()
    session.sources.choose("A", server.spec)
    qtbot.waitUntil(lambda: session.links.statuses["A"].state == "lost", timeout=SLOW_MS)
    assert "cannot be reached" in session.links.statuses["A"].message and not banner.asks
    speak(window, "Bob may buy a map.")
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    assert "does not answer" in banner.text.text() and session.playback.duration_s > 0.5
    server.start()
    qtbot.waitUntil(lambda: session.state.sides["A"].parts_done == 1, timeout=SLOW_MS)
    assert not banner.asks and session.state.sides["A"].is_mock


@pytest.mark.usefixtures("ring")
def test_a_refused_token_is_asked_about_and_can_be_given(qtbot, window, guarded, recording, hands):
    session, banner = window.session, window.widgets.preview.banner
    session.sources.choose("A", guarded.spec)
    window.controls.files.open(recording)
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    assert "wants a token" in banner.text.text() and session.state.sides["A"].raw is None

    def steps(dialog) -> None:
        assert dialog.address.currentText() == guarded.url
        hands.use(dialog, "open-sesame-0123")

    hands.in_dialog(steps)
    hands.answer("Change the server…")
    qtbot.waitUntil(lambda: session.state.sides["A"].parts_done == 1, timeout=SLOW_MS)
    assert not banner.asks and session.state.sides["A"].is_mock


@pytest.mark.usefixtures("ring", "close_ahead")
def test_work_that_is_cancelled_asks_nothing_more(qtbot, window, server, hands):
    session, banner = window.session, window.widgets.preview.banner
    hands.play(server)
    server.kill()
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    banner.show_error("Something else went wrong; try it again.")
    banner.dismiss()
    assert banner.asks and "was lost at" in banner.text.text(), "a question comes back after an error"
    window.widgets.actions["stop"].trigger()
    assert not banner.asks and not banner.isVisible() and session.links.statuses["A"].state == "lost"
    session.playback.seek(29.0)
    assert not session.posing.weights_at(29.0).any()
