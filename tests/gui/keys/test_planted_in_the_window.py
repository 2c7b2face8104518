"""Keys in the keyring, in the environment and in the dialog; everything goes wrong; then all that the window wrote is searched."""

from __future__ import annotations

import logging
import threading

import pytest
from PySide6.QtCore import Qt

from app.desktop import UnexpectedErrors
from app.keys.found import key_name
from app.keys.kept import SERVICE
from app.keys.places import ServicePlaces
from app.keys.secret import LogRedaction
from app.ui.keys.services_dialog import ServicesDialog
from tests.clouds.chat_service import ChatService
from tests.clouds.plain_service import PlainService
from tests.clouds.speech_synthesis import SynthesisServer

pytestmark = pytest.mark.gui
SLOW_MS = 60_000
RING = "planted-ring-7f3a9c15e2b84d60"
TYPED = "planted-typed-c04b7e91d35a48f2"
ENVIRONMENT = "planted-variable-91e6d0b2f7c345a8"
PLANTED = (RING, TYPED, ENVIRONMENT)


@pytest.fixture
def everywhere(monkeypatch, tmp_path, held):
    """A key in each place, and every folder of the user under one."""
    for name in ("CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("OPENAI_API_KEY", ENVIRONMENT)
    monkeypatch.setenv("AZURE_VOICELIVE_API_KEY", ENVIRONMENT)
    return held


def checked(qtbot, dialog) -> str:
    """All that the dialog says after a check."""
    with qtbot.waitSignal(dialog._services.check_ended, timeout=SLOW_MS):
        qtbot.mouseClick(dialog.check, Qt.MouseButton.LeftButton)
    parts = [*(form.verdict for form in dialog.forms.values()), *dialog.machine.values()]
    return " ".join(part.sentence.text() for part in parts)


@pytest.fixture
def read_back(capfd, caplog, tmp_path):
    """Everything that went to the terminal, into the log and into files, as bytes."""
    caplog.handler.addFilter(LogRedaction())

    def read() -> list[bytes]:
        out = capfd.readouterr()
        files = [part for path in tmp_path.rglob("*") if path.is_file() for part in (path.read_bytes(), str(path).encode())]
        return [*files, *(text.encode() for text in (out.out, out.err, caplog.text))]

    return read


def test_nothing_that_the_window_says_or_writes_holds_a_key(qtbot, everywhere, window, read_back, monkeypatch):
    session, said = window.session, []
    session.messages.failed.connect(said.append)
    session.messages.noticed.connect(said.append)
    with SynthesisServer(keys=(RING, TYPED)) as speech, ChatService(ENVIRONMENT) as chat, PlainService() as plain:
        places = ServicePlaces(speech_endpoint=speech.address, chat_deployment="mini", live_model="m")
        monkeypatch.setenv("AZURE_VOICELIVE_ENDPOINT", plain.url)
        monkeypatch.setenv("OPENAI_BASE_URL", chat.url)
        monkeypatch.setenv("OPENAI_MODEL", "mini")
        everywhere.kept[SERVICE, key_name("speech", places)] = RING
        session.services.use(places, {})
        with qtbot.waitSignal(session.services.looked, timeout=SLOW_MS):
            session.services.look()
        assert session.services.kept == {"speech": "keyring", "chat": "environment", "live": "environment"}
        dialog = ServicesDialog(session.services, window)
        dialog.show()
        said.append(checked(qtbot, dialog))
        assert "lets us in" in said[-1] and "mini at" in said[-1]
        plain.status, plain.body = 401, " ".join(PLANTED).encode()
        chat.key = "another"
        for status in (401, 403, 429, 500):
            speech.refuse = status
            dialog.forms["speech"].key.setText(TYPED)
            said.append(checked(qtbot, dialog))
        assert "refuses the key" in said[-1]
        qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: everywhere.kept.get((SERVICE, key_name("speech"))) == TYPED, timeout=SLOW_MS)
        speech.refuse = 401
        session.voices.choose("azure:en-US-JennyNeural")
        qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
        with qtbot.waitSignal(session.messages.failed, timeout=SLOW_MS):
            session.speeches.say("Bob may buy a map.")
        qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    errors = UnexpectedErrors()
    errors.caught.connect(said.append)
    thread = threading.Thread(target=errors.report, args=(ValueError(f"an SDK says {TYPED} and {RING}"),))
    thread.start()
    thread.join()
    logging.getLogger("azure.core").warning("Bearer %s", TYPED)
    session.messages.fail(f"a server says {ENVIRONMENT}")
    session.autosave.save()
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    window.remember()
    texts = [*read_back(), *(each.encode() for each in said)]
    for there in (b"speech_endpoint", b"ValueError", b"azure.core"):
        assert any(there in each for each in texts), "what is searched is there"
    pieces = {key[at : at + 12].encode() for key in PLANTED for at in range(8, len(key) - 11)}
    assert len(said) > 6 and [piece for piece in pieces if any(piece in each for each in texts)] == []
