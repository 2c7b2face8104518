"""Keys are typed once, kept where they belong, checked, and forgotten."""

from __future__ import annotations

import pytest
from keyring.backends.fail import Keyring as NoKeyring
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from app.keys.found import CHOSEN, chat_access, speech_access
from app.keys.kept import SERVICE
from app.keys.places import ServicePlaces
from app.session.base.messages import Messages
from app.session.conversation.services import Services
from app.ui.keys.services_dialog import ServicesDialog
from tests.clouds.chat_service import KEY, ChatService
from tests.clouds.speech_synthesis import SynthesisServer

pytestmark = pytest.mark.gui
SLOW_MS = 30_000
SPEECH_KEY = "planted-speech-key-4711"


@pytest.fixture
def services(qapp):
    """The session's part, and what it had to say."""
    messages = Messages()
    one = Services(messages)
    yield one
    one.close()


@pytest.fixture
def dialog(qtbot, services):
    """The dialog, as it opens at first."""
    made = ServicesDialog(services)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def click(qtbot, button) -> None:
    """A click of the mouse."""
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def write(qtbot, field: QLineEdit, text: str) -> None:
    """Type in a field."""
    field.clear()
    qtbot.keyClicks(field, text)


def checked(qtbot, dialog) -> dict[str, tuple[str, str]]:
    """Press Check, and return what stands beside each service."""
    with qtbot.waitSignal(dialog._services.check_ended, timeout=SLOW_MS):
        click(qtbot, dialog.check)
    return {service: (form.verdict.mark.text(), form.verdict.sentence.text()) for service, form in dialog.forms.items()}


def test_a_key_is_typed_checked_and_kept(qtbot, dialog, services, held, shoot):
    with SynthesisServer(keys=(SPEECH_KEY,)) as server, ChatService() as chat:
        speech, talk = dialog.forms["speech"], dialog.forms["chat"]
        write(qtbot, speech.places["speech_endpoint"], server.address)
        write(qtbot, speech.key, "a-wrong-key")
        write(qtbot, talk.places["chat_endpoint"], chat.url)
        write(qtbot, talk.places["chat_deployment"], "retired")
        write(qtbot, talk.key, KEY)
        assert speech.key.echoMode() == QLineEdit.EchoMode.Password == talk.key.echoMode()
        found = checked(qtbot, dialog)
        assert found["speech"][0] == "✗" and "refuses the key" in found["speech"][1]
        assert found["chat"][0] == "✗" and "has retired the model retired" in found["chat"][1]
        assert found["live"][0] == "–" and dialog.machine["packages"].mark.text() == "✓"
        assert not held.kept and CHOSEN.now == ServicePlaces(), "a check keeps nothing"
        write(qtbot, speech.key, SPEECH_KEY)
        assert not speech.verdict.isVisible(), "what was said before does not count"
        write(qtbot, talk.places["chat_deployment"], "mini")
        found = checked(qtbot, dialog)
        assert found["speech"][0] == "✓" == found["chat"][0] and dialog.machine["clock"].mark.text() == "✓"
        with qtbot.waitSignal(services.looked, timeout=SLOW_MS):
            click(qtbot, dialog.save)
        assert held.kept == {
            (SERVICE, f"speech:{server.address}"): SPEECH_KEY, (SERVICE, f"chat:{chat.url.rstrip('/')}"): KEY,
        }  # fmt: skip
        assert speech_access().key == SPEECH_KEY and chat_access().deployment == "mini"
        assert services.kept == {"speech": "keyring", "chat": "keyring", "live": ""} and speech.key.text() == ""


def test_where_a_key_is_and_how_it_is_forgotten(qtbot, services, held, monkeypatch):
    monkeypatch.setenv("SPEECH_KEY", "from-the-environment")
    held.kept[SERVICE, "speech:westeurope"] = SPEECH_KEY
    services.restore(ServicePlaces(speech_region="westeurope"))
    dialog = ServicesDialog(services)
    qtbot.addWidget(dialog)
    dialog.show()
    with qtbot.waitSignal(services.looked, timeout=SLOW_MS):
        services.look()
    form = dialog.forms["speech"]
    assert form.places["speech_region"].text() == "westeurope" and form.key.text() == ""
    assert form.kept.text() == "The key is in the system's keyring." and form.forget.isEnabled()
    with qtbot.waitSignal(services.looked, timeout=SLOW_MS):
        click(qtbot, form.forget)
    assert not held.kept and form.kept.text() == "The key comes from the environment (SPEECH_KEY)." and not form.forget.isEnabled()
    click(qtbot, form.entra)
    assert not form.key.isEnabled() and form.typed_key == ""


def test_without_a_keyring_it_says_so(qtbot, services):
    import keyring

    keyring.set_keyring(NoKeyring())
    dialog = ServicesDialog(services)
    qtbot.addWidget(dialog)
    assert "no keyring" in dialog.about.text()
    with qtbot.waitSignal(services.looked, timeout=SLOW_MS):
        services.use(ServicePlaces(speech_region="westeurope"), {"speech": SPEECH_KEY})
    assert services.kept["speech"] == "session" and "no keyring" in dialog.forms["speech"].kept.text()


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("speech_region", "0123456789abcdef0123456789abcdef", "field of the key"),
        ("chat_endpoint", "ftp://x", "no address"),
        ("chat_deployment", "sk-0123456789abcdef0123", "field of the key"),
    ],
)
def test_what_is_no_place_is_not_saved(qtbot, dialog, field, text, words):
    write(qtbot, dialog.forms[field.partition("_")[0]].places[field], text)
    for button in (dialog.check, dialog.save):
        click(qtbot, button)
        assert dialog.isVisible() and words in dialog.problem.text() and text not in dialog.problem.text()
    assert CHOSEN.now == ServicePlaces() and not dialog._services.checking


def test_the_window_stays_awake_while_nobody_answers(qtbot, dialog):
    """A service that takes a connection and says nothing: the dialog moves, and a change of mind ends the check."""
    with SynthesisServer() as server:
        server.never_answers = True
        form = dialog.forms["speech"]
        write(qtbot, form.places["speech_endpoint"], server.address)
        write(qtbot, form.key, SPEECH_KEY)
        click(qtbot, dialog.check)
        assert dialog.check.text() == "Checking…" and not dialog.check.isEnabled()
        qtbot.waitUntil(lambda: bool(server.handshakes), timeout=SLOW_MS)
        write(qtbot, form.places["speech_endpoint"], "x")
        assert dialog.check.isEnabled() and not form.verdict.isVisible()
        assert not dialog._services.checking


def test_the_menu_opens_it_and_the_settings_hold_places_only(qtbot, window, held, config):
    from PySide6.QtCore import QTimer

    from app.settings import settings_path

    seen: list[str] = []

    def steps() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, ServicesDialog):
            QTimer.singleShot(20, steps)
            return
        write(qtbot, dialog.forms["speech"].places["speech_region"], "West Europe")
        write(qtbot, dialog.forms["speech"].key, SPEECH_KEY)
        seen.append(dialog.windowTitle())
        click(qtbot, dialog.save)

    QTimer.singleShot(0, steps)
    with qtbot.waitSignal(window.session.services.looked, timeout=SLOW_MS):
        window.widgets.actions["azure"].trigger()
    text = settings_path().read_text("utf-8")
    assert seen == ["Azure and keys"] and '"speech_region": "westeurope"' in text and "planted" not in text
    assert held.kept == {(SERVICE, "speech:westeurope"): SPEECH_KEY}
