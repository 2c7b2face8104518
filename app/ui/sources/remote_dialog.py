"""Asks for a server: its address, its key, whether it answers, and whether the user vouches for its certificate."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.keys.kept import has_keyring
from app.remote.finding import PROTOCOLS, Found
from app.remote.link.keys import NIM_VARIABLE, TOKEN_VARIABLE
from app.remote.link.trust import UntrustedCertificate
from app.session.link.servers import Servers
from app.ui.kit import theme

_NEAR = ("localhost", "127.0.0.1", "::1")
_ROWS = ("Health", "Protocol", "Model", "Mode", "Round trip")
#: a server that is so far away is felt in a conversation
_FAR_MS = 150
_FAR_AWAY = ": far away; one in a region nearer to you answers sooner"


#: what to do with a fingerprint
_COMPARE = "If the fingerprint below is the one that the server printed when it started, trust it:"


def _in_rows(fingerprint: str) -> str:
    """Sixteen pairs in a row."""
    pairs = fingerprint.split(":")
    return "\n".join(":".join(pairs[i : i + 16]) for i in range(0, len(pairs), 16))


class RemoteDialog(QDialog):
    """Address, key, test.

    Args:
        servers: are asked and remember.
        current: the server in use, "" for none.
        parent: window.

    Attributes:
        found: the server that was tested well, None before.
    """

    def __init__(self, servers: Servers, current: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Remote server")
        self.setMinimumWidth(500)
        self.resize(520, 200)
        self._servers = servers
        self.found: Found | None = None
        self._use_when_found = False
        self._shown: UntrustedCertificate | None = None
        self._make_fields(current)
        self._make_result()
        self._make_buttons()
        self._lay_out()
        servers.tested.connect(self._show_found)
        servers.refused.connect(self._show_refusal)
        servers.untrusted.connect(self._show_certificate)
        self.address.editTextChanged.connect(self._changed)
        self.key.textChanged.connect(self._changed)
        self._changed()
        self.address.setFocus()

    def _make_fields(self, current: str) -> None:
        self.address = QComboBox()
        self.address.setEditable(True)
        self.address.setAccessibleName("Address of the server")
        self.address.setToolTip("A URL or HOST:PORT; what speaks there is found out")
        for spec in self._servers.known:
            self.address.addItem(self._written(spec), spec)
        self.address.setEditText(self._written(current))
        line = self.address.lineEdit()
        if line is not None:
            line.setPlaceholderText("host:8000, https://host, or a microservice's host:52000")
        self.forget = QPushButton("Forget")
        self.forget.setToolTip("Take this server off the list, and its key out of the keyring")
        self.forget.clicked.connect(self._forget)
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setAccessibleName("Token or API key")
        self.key.setPlaceholderText("only if the server asks for one")
        self.reveal = QPushButton("Show")
        self.reveal.setCheckable(True)
        self.reveal.setToolTip("Show what is typed")
        self.reveal.toggled.connect(
            lambda on: self.key.setEchoMode(QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password)
        )  # fmt: skip
        self.about_key = QLabel()
        self.about_key.setObjectName("caption")
        self.about_key.setWordWrap(True)
        self._keeps = has_keyring()

    def _make_result(self) -> None:
        self.answer = QFrame()
        self.answer.setObjectName("result")
        self.answer.setStyleSheet(f"QFrame#result {{ background: {theme.PANEL}; border: 1px solid {theme.LINE}; border-radius: 5px; }}")
        self.answer.setAccessibleName("Result of the test")
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.values = {name: QLabel() for name in _ROWS}
        form = QFormLayout(self.answer)
        form.setContentsMargins(12, 10, 12, 10)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(4)
        form.addRow(self.sentence)
        self.fingerprint = QLabel()
        self.fingerprint.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.fingerprint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.fingerprint.setAccessibleName("SHA-256 of the certificate")
        form.addRow(self.fingerprint)
        self.trust = QPushButton("Trust this certificate")
        self.trust.setToolTip("Take this very certificate for this address from now on, and no other; forgetting the server forgets it")
        self.trust.clicked.connect(self._trust)
        self.trust.setAutoDefault(False)
        form.addRow(self.trust)
        self._form = form
        for name, value in self.values.items():
            value.setAccessibleName(name)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label = QLabel(name)
            label.setStyleSheet(f"color: {theme.DIM};")
            form.addRow(label, value)

    def _make_buttons(self) -> None:
        self.test = QPushButton("Test connection")
        self.test.setToolTip("Ask the server who it is; nothing is changed")
        self.test.clicked.connect(lambda: self._ask(use=False))
        self.use = QPushButton("Use this server")
        self.use.setObjectName("primary")
        self.use.setDefault(True)
        self.use.clicked.connect(lambda: self._ask(use=True))
        self.leave = QPushButton("Cancel")
        self.leave.clicked.connect(self.reject)
        for button in (self.test, self.leave, self.forget, self.reveal):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for name, field, button in (("Address", self.address, self.forget), ("Token or API key", self.key, self.reveal)):
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(field, 1)
            row.addWidget(button)
            form.addRow(name, row)
            button.setFixedWidth(76)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.test)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.use)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(14)
        column.addLayout(form)
        column.addWidget(self.about_key)
        column.addWidget(self.answer)
        column.addStretch(1)
        column.addLayout(buttons)
        self._column = column

    # -- what is shown

    @staticmethod
    def _written(spec: str) -> str:
        """A server as it is typed."""
        kind, _, address = spec.partition(":")
        return f"grpc://{address}" if kind == "nim" else address

    @property
    def _text(self) -> str:
        return self.address.currentText().strip()

    def _fit(self) -> None:
        """As high as what is said needs."""
        self._column.activate()
        self.resize(self.width(), max(self._column.totalHeightForWidth(self.width()), 1))

    def _known_spec(self) -> str:
        return next((spec for spec in self._servers.known if self._written(spec) == self._text), "")

    def _changed(self) -> None:
        """Another address or key: what was found out before does not count."""
        self.found = None
        self._use_when_found = False
        self._servers.cancel()
        self.answer.hide()
        self._wait(False)
        self.forget.setEnabled(bool(self._known_spec()))
        kept = (
            "Kept in the system's keyring, never in a file."
            if self._keeps
            else "This system offers no keyring, so a key is used until the program closes and then forgotten."
        )
        self.about_key.setText(f"{kept} Without one, {TOKEN_VARIABLE} or {NIM_VARIABLE} of the environment is used.{self._warning()}")
        self._fit()

    def _warning(self) -> str:
        """What to think of before a key travels unencrypted."""
        text = self._text
        try:
            parts = urlsplit(text if "://" in text else f"//{text}")
            open_way = parts.scheme in ("", "http", "grpc") and parts.port != 443 and bool(parts.hostname) and parts.hostname not in _NEAR
        except ValueError:
            return ""
        return " The way to this address is not encrypted: others on it could read the key." if open_way and self.key.text() else ""

    def _wait(self, on: bool) -> None:
        for widget in (self.test, self.use):
            widget.setEnabled(not on and bool(self._text))
        self.test.setText("Asking…" if on else "Test connection")

    def _show_found(self, found: Found) -> None:
        self.found = found
        self._wait(False)
        if self._use_when_found:
            self.accept()
            return
        status = found.status
        mock = f"; color: {theme.WARNING}; font-weight: 600" if status.mock else ""
        self.values["Mode"].setStyleSheet(mock.lstrip("; "))
        texts = (
            "good",
            PROTOCOLS.get(status.server, "unknown"),
            status.model or "not reported",
            found.mode,
            f"{status.round_trip_ms:.1f} ms{_FAR_AWAY if status.round_trip_ms > _FAR_MS else ''}",
        )
        for name, text in zip(_ROWS, texts, strict=True):
            self.values[name].setText(text)
        self._show("The server answers.", theme.GOOD, True)

    def _show_refusal(self, sentence: str) -> None:
        self.found = None
        self._use_when_found = False
        self._wait(False)
        self._show(sentence, theme.ERROR, False)

    def _show_certificate(self, shown: UntrustedCertificate) -> None:
        """Nobody vouches for it; the user may."""
        use = self._use_when_found
        self.found = None
        self._wait(False)
        self._show(f"{str(shown).partition(' (SHA-256')[0].partition(';')[0]}. {_COMPARE}", theme.WARNING, False, shown)
        self._use_when_found = use

    def _show(self, sentence: str, colour: str, with_values: bool, shown: UntrustedCertificate | None = None) -> None:
        self.sentence.setText(sentence)
        self.sentence.setStyleSheet(f"color: {colour};")
        self._shown = shown
        for part in (self.fingerprint, self.trust):
            self._form.setRowVisible(part, shown is not None)
        if shown is not None:
            self.fingerprint.setText(_in_rows(shown.fingerprint))
        for value in self.values.values():
            self._form.setRowVisible(value, with_values)
        self.answer.show()
        (self.use if with_values else self.address).setFocus()  # waiting took the focus away from the button that was pressed
        self._fit()

    # -- what is done

    def _ask(self, use: bool) -> None:
        if self.found is not None and use:
            self.accept()
            return
        self._use_when_found = use
        self._wait(True)
        self._servers.test(self._text, self.key.text().strip())

    def _trust(self) -> None:
        """Vouch for the certificate, and go on with what was asked."""
        if self._shown is not None:
            self._servers.trust(self._shown)
            self._ask(self._use_when_found)

    def _forget(self) -> None:
        spec = self._known_spec()
        if spec:
            self._servers.forget(spec)
            self.address.removeItem(self.address.findData(spec))
            self.address.setEditText("")
            self.key.clear()

    # -- Qt's own, last as everywhere

    def done(self, result: int) -> None:
        """Stop asking, and listen no more."""
        self._servers.cancel()
        self._servers.tested.disconnect(self._show_found)
        self._servers.refused.disconnect(self._show_refusal)
        self._servers.untrusted.disconnect(self._show_certificate)
        super().done(result)
