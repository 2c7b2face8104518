"""The microphone by way of a server."""

from __future__ import annotations

import pytest

from app.lipsync.feeling import has_network

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


@pytest.mark.usefixtures("ring", "hum_microphone")
def test_the_microphone_goes_through_the_server_and_survives_its_loss(qtbot, window, server, hands):
    session, bar, banner = window.session, window.widgets.live_bar, window.widgets.preview.banner
    session.sources.choose("A", server.spec)
    window.widgets.actions["live"].trigger()
    qtbot.waitUntil(lambda: session.live.figures.total_ms > 0 and session.posing.weights_at(0.0).any(), timeout=SLOW_MS)
    assert session.live.is_mock and window.widgets.preview.mock.isVisible() and "live" in window.widgets.preview.tag.text()
    qtbot.waitUntil(lambda: session.links.statuses["A"].received > 120, timeout=SLOW_MS)
    bar.write_figures()
    figures = session.live.figures
    assert bar.delay.text().endswith("ms to the face") and figures.total_ms > figures.input_ms + figures.look_ahead_ms
    assert "server and way" in bar.delay.toolTip()
    hands.shoot(window, "link-live")
    server.kill()
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    assert {"Stop live", "Keep trying"} <= set(hands.answers())
    qtbot.waitUntil(lambda: session.live.weights is not None and not session.live.weights.any(), timeout=SLOW_MS)
    assert session.live.active
    server.start()
    qtbot.waitUntil(lambda: bool(session.live.weights.any()), timeout=SLOW_MS)
    assert session.links.statuses["A"].reconnects == 1 and not banner.asks
    window.widgets.actions["live"].trigger()
    qtbot.waitUntil(lambda: not session.live.active and not session.workers.leaving, timeout=SLOW_MS)


@pytest.mark.audio
@pytest.mark.usefixtures("audio_sink", "ring")
@pytest.mark.skipif(not has_network("a2f:light"), reason="torch or the light network's weights are not installed")
def test_a_voice_in_the_room_moves_the_face_by_way_of_a_server(qtbot, window, follow_voice, light_server, said):
    """What is played into the room moves the drawn face, as much later as the window says."""
    session, bar = window.session, window.widgets.live_bar
    session.sources.choose("A", light_server.spec)
    window.widgets.actions["live"].trigger()
    qtbot.waitUntil(lambda: session.live.figures.total_ms > 0, timeout=SLOW_MS)
    assert not session.live.is_mock and window.widgets.preview.tag.text().startswith("Audio2Face (light)")
    clip, jaw = said
    follow_voice(window, clip, jaw)
    bar.write_figures()
    assert bar.delay.text().endswith("ms to the face") and "server and way" in bar.delay.toolTip()
    window.widgets.actions["live"].trigger()
    qtbot.waitUntil(lambda: not session.workers.leaving, timeout=SLOW_MS)
