"""Azure and keys: where the services are, what opens them, and whether they work."""

from __future__ import annotations

from dataclasses import asdict

from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.conversation.check.checked import TITLES, Checked, Subject
from app.core.errors import ServiceError
from app.keys.found import SERVICES, Service
from app.keys.kept import has_keyring
from app.keys.places import ServicePlaces, endpoint_of, name_of, region_of
from app.session.conversation.services import Services
from app.ui.keys.service_form import PlaceField, ServiceForm, Verdict
from app.ui.kit import theme

_SPEECH = (
    PlaceField("speech_region", "Region", "westeurope", "SPEECH_REGION"),
    PlaceField("speech_endpoint", "Endpoint", "only in place of a region: https://NAME.cognitiveservices.azure.com", "SPEECH_ENDPOINT"),
)
_CHAT = (
    PlaceField("chat_endpoint", "Endpoint", "https://NAME.openai.azure.com, or http://localhost:11434/v1", "AZURE_OPENAI_ENDPOINT"),
    PlaceField("chat_deployment", "Deployment", "the name that stands on the page Deployments", "AZURE_OPENAI_DEPLOYMENT"),
)
_LIVE = (
    PlaceField("live_endpoint", "Endpoint", "https://NAME.services.ai.azure.com", "AZURE_VOICELIVE_ENDPOINT"),
    PlaceField("live_model", "Model", "gpt-realtime", "AZURE_VOICELIVE_MODEL"),
)
_FORMS: dict[Service, tuple[tuple[PlaceField, ...], str]] = {
    "speech": (_SPEECH, "SPEECH_KEY"),
    "chat": (_CHAT, "AZURE_OPENAI_API_KEY"),
    "live": (_LIVE, "AZURE_VOICELIVE_API_KEY"),
}
_READS = {"region": region_of, "endpoint": endpoint_of}


class ServicesDialog(QDialog):
    """Places, keys, check.

    Args:
        services: are asked and remember.
        parent: window.

    Attributes:
        forms: by service.
        machine: what the check says of packages and clock.
    """

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Azure and keys")
        self._services = services
        self.forms: dict[Service, ServiceForm] = {}
        for service, (fields, variable) in _FORMS.items():
            form = self.forms[service] = ServiceForm(TITLES[service], fields, variable)
            form.edited.connect(self._edited)
            form.forget_wanted.connect(lambda service=service: services.forget(service))
        self.machine: dict[Subject, Verdict] = {"packages": Verdict("packages"), "clock": Verdict("clock")}
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setObjectName("caption")
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setStyleSheet(f"color: {theme.ERROR};")
        self.problem.setAccessibleName("What cannot be saved")
        self.problem.hide()
        self._make_buttons()
        self._lay_out()
        services.checked.connect(self._show)
        services.check_ended.connect(self._end)
        services.looked.connect(self._show_kept)
        self._fill()
        self.forms["speech"].places["speech_region"].setFocus()

    def _make_buttons(self) -> None:
        self.check = QPushButton("Check")
        self.check.setToolTip("Ask every service whether what stands here works; nothing is kept")
        self.check.clicked.connect(self._check)
        self.save = QPushButton("Save")
        self.save.setObjectName("primary")
        self.save.setDefault(True)
        self.save.clicked.connect(self._save)
        self.leave = QPushButton("Close")
        self.leave.clicked.connect(self.reject)
        for button in (self.check, self.leave):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        column.addWidget(self.about)
        for part in (*self.forms.values(), *self.machine.values()):
            column.addWidget(part)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget#inside { background: transparent; }")
        inside.setObjectName("inside")
        area.setWidget(inside)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.check)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.save)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 12, 16)
        outer.setSpacing(12)
        outer.addWidget(area, 1)
        outer.addWidget(self.problem)
        outer.addLayout(buttons)
        room = self.screen().availableSize()
        self.resize(min(640, room.width() - 40), min(790, room.height() - 60))

    # -- what is shown

    def _fill(self) -> None:
        places = asdict(self._services.places)
        for service, form in self.forms.items():
            form.fill({name: str(places[name]) for name in form.places}, bool(places[f"{service}_entra"]))
        where = (
            "Keys that you type go into the system's keyring"
            if has_keyring()
            else "This system offers no keyring, so keys that you type are used until the program closes; the environment's are there again"
        )
        self.about.setText(f"{where}, never into a file. Everything works without a key too, with embedded stand-ins. See docs/azure.md.")
        self._show_kept()

    def _show_kept(self) -> None:
        for service, form in self.forms.items():
            form.show_kept(self._services.kept[service])

    def _show(self, finding: Checked) -> None:
        if finding.subject in SERVICES:
            self.forms[finding.subject].verdict.show_finding(finding)
        else:
            self.machine[finding.subject].show_finding(finding)

    def _end(self, _findings: object) -> None:
        self._wait(False)

    def _wait(self, on: bool) -> None:
        self.check.setEnabled(not on)
        self.check.setText("Checking…" if on else "Check")

    def _edited(self) -> None:
        self.problem.hide()
        self._services.cancel_check()
        self._wait(False)

    # -- what is done

    def _typed(self) -> ServicePlaces | None:
        """The places as they stand here; None when one of them is none, which is said."""
        made: dict[str, str | bool] = {}
        for service, form in self.forms.items():
            made[f"{service}_entra"] = form.entra.isChecked()
            for name, line in form.places.items():
                try:
                    made[name] = _READS.get(name.rpartition("_")[2], name_of)(line.text())
                except ServiceError as error:
                    self.problem.setText(str(error))
                    self.problem.show()
                    line.setFocus()
                    return None
        return ServicePlaces(**made)  # type: ignore[arg-type]

    def _keys(self) -> dict[Service, str]:
        return {service: form.typed_key for service, form in self.forms.items()}

    def _check(self) -> None:
        places = self._typed()
        if places is None:
            return
        for part in (*(form.verdict for form in self.forms.values()), *self.machine.values()):
            part.clear()
        self._wait(True)
        self._services.check(places, self._keys())

    def _save(self) -> None:
        places = self._typed()
        if places is not None:
            self._services.use(places, self._keys())
            self.accept()

    # -- Qt's own, last as everywhere

    def done(self, result: int) -> None:
        """Stop asking, listen no more, and keep no key in a field."""
        self._services.cancel_check()
        self._services.checked.disconnect(self._show)
        self._services.check_ended.disconnect(self._end)
        self._services.looked.disconnect(self._show_kept)
        for form in self.forms.values():
            form.key.clear()
        super().done(result)
