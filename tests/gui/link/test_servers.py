"""Servers are found, remembered, given keys, and play."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt

from app.keys.kept import SERVICE
from app.remote.link import keys, trust
from app.settings import settings_path
from tests.gui.link.conftest import Server
from tests.wires.certificates import self_signed

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


@pytest.mark.usefixtures("ring")
def test_a_server_is_tested_used_remembered_and_called_mock(qtbot, window, server, hands):
    texts: dict[str, str] = {}

    def steps(dialog) -> None:
        dialog.address.setEditText(f"127.0.0.1:{server.port}")
        qtbot.mouseClick(dialog.test, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(dialog.answer.isVisible, timeout=SLOW_MS)
        texts.update({name: value.text() for name, value in dialog.values.items()})
        hands.shoot_both("link-dialog")
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)

    hands.in_dialog(steps)
    hands.pick("Remote server…")
    assert texts["Protocol"].startswith("VisemeSync Preview") and texts["Mode"].startswith("MOCK") and texts["Health"] == "good"
    assert float(texts["Round trip"].removesuffix(" ms")) > 0
    assert str(window.session.state.sides["A"].spec) == server.spec
    assert window.widgets.speak_bar.source.currentText() == f"Remote (mock mode): 127.0.0.1:{server.port}"
    assert (
        window.widgets.side.tabText(window.widgets.side.indexOf(window.widgets.link_panel)) == "Link"
        and window.widgets.link_dot.isVisible()
    )
    window.remember()
    assert window.settings.sources.servers == {server.spec: "mock"} and window.settings.sources.chosen == server.spec
    hands.pick("Visemes (recommended)")
    assert window.widgets.side.indexOf(window.widgets.link_panel) < 0 and not window.widgets.link_dot.isVisible()
    assert window.widgets.speak_bar.source.findData(server.spec) >= 0


@pytest.mark.usefixtures("ring")
def test_a_certificate_is_trusted_in_the_dialog_and_remembered_by_its_fingerprint(qtbot, window, hands, tmp_path, monkeypatch):
    monkeypatch.setattr(trust.TRUSTED, "_known", {})
    mine = self_signed(tmp_path)
    server = Server("--tls-cert", str(mine.cert), "--tls-key", str(mine.key)).start()
    seen: list[str] = []

    def steps(dialog) -> None:
        dialog.address.setEditText(f"127.0.0.1:{server.port}")  # without https://, which is found out
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(dialog.trust.isVisible, timeout=SLOW_MS)
        seen.extend((dialog.sentence.text(), dialog.fingerprint.text().replace("\n", ":")))
        hands.shoot_both("link-certificate")
        qtbot.mouseClick(dialog.trust, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=SLOW_MS)

    try:
        hands.in_dialog(steps)
        hands.pick("Remote server…")
        assert "signed by nobody but itself" in seen[0] and seen[1] == mine.fingerprint
        assert str(window.session.state.sides["A"].spec) == server.spec
        window.remember()
        assert window.settings.sources.trusted == {server.spec: mine.fingerprint}
        window.session.links.servers.forget(server.spec)
        assert window.settings.sources.trusted == {}
    finally:
        server.kill()


def test_a_token_goes_to_the_keyring_and_nowhere_else(qtbot, window, guarded, ring, hands):
    seen: list[str] = []

    def steps(dialog) -> None:
        dialog.address.setEditText(guarded.url)
        qtbot.mouseClick(dialog.test, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(dialog.answer.isVisible, timeout=SLOW_MS)
        seen.append(dialog.sentence.text())
        hands.use(dialog, "open-sesame-0123")

    hands.in_dialog(steps)
    hands.pick("Remote server…")
    assert "wants a token" in seen[0]
    qtbot.waitUntil(lambda: ring.kept == {(SERVICE, guarded.spec): "open-sesame-0123"}, timeout=SLOW_MS)
    keys.KEYS._known.clear()  # as after a start
    session = window.session
    session.links.check_now()
    qtbot.waitUntil(lambda: session.links.statuses["A"].healthy, timeout=SLOW_MS)
    window.remember()
    assert all(b"open-sesame-0123" not in path.read_bytes() for path in settings_path().parent.rglob("*") if path.is_file())
    assert "open-sesame-0123" not in repr(session.links.statuses) + window.widgets.speak_bar.source.currentText()


@pytest.mark.usefixtures("no_ring")
def test_without_a_keyring_the_dialog_and_a_notice_say_so(qtbot, window, guarded, hands):
    about: list[str] = []

    def steps(dialog) -> None:
        about.append(dialog.about_key.text())
        dialog.address.setEditText(guarded.url)
        hands.use(dialog, "open-sesame-0123")

    with qtbot.waitSignal(window.session.messages.noticed, timeout=SLOW_MS) as told:
        hands.in_dialog(steps)
        hands.pick("Remote server…")
    assert "no keyring" in about[0] and "no keyring" in told.args[0]
    assert str(window.session.state.sides["A"].spec) == guarded.spec


@pytest.mark.usefixtures("ring")
def test_a_token_in_an_address_of_the_command_line_is_used_but_never_shown(qtbot, window, guarded):
    session = window.session
    session.sources.choose("A", f"{guarded.spec}/t/open-sesame-0123")
    assert str(session.state.sides["A"].spec) == guarded.spec and "open-sesame-0123" not in window.widgets.speak_bar.source.currentText()
    qtbot.waitUntil(lambda: session.links.statuses["A"].healthy, timeout=SLOW_MS)


@pytest.mark.usefixtures("ring")
def test_a_line_is_played_when_its_first_motion_is_there(qtbot, window, server, speak):
    session = window.session
    session.sources.choose("A", server.spec)
    speak(window, "Maybe my puppy barks at the mailman.")
    made = session.state.sides["A"].raw
    assert made is not None and made.arkit.end_s >= 0.25
    qtbot.waitUntil(lambda: not session.playback.playing and not session.workers.busy, timeout=SLOW_MS)
    assert session.links.statuses["A"].late == 0


def test_the_environment_gives_a_token_too(qtbot, window, guarded, monkeypatch, ring):
    monkeypatch.setenv(keys.TOKEN_VARIABLE, "open-sesame-0123")
    window.session.sources.choose("A", guarded.spec)
    qtbot.waitUntil(lambda: window.session.links.statuses["A"].healthy, timeout=SLOW_MS)
    assert keys.KEYS.place(guarded.spec) == "environment" and not ring.kept
    assert "open-sesame-0123" in os.environ[keys.TOKEN_VARIABLE]
