"""What is live, in the status bar: how many programs get the face, and whether a face comes in; pressed, it opens the panel."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QToolButton

from app.session.live.incoming import Incoming
from app.session.live.taking import Taking
from app.session.streaming.live_out import LiveOut
from app.ui.kit import theme
from app.ui.live.receiver_row import sent_words

#: a receiver that fails is shown within this time
_LOOK_MS = 500


class LiveSign(QToolButton):
    """Hidden while nothing is live.

    Args:
        live_out: sends.
        incoming: listens.
        taking: records.
    """

    def __init__(self, live_out: LiveOut, incoming: Incoming, taking: Taking) -> None:
        super().__init__()
        self._out, self._incoming, self._taking = live_out, incoming, taking
        self.setAccessibleName("Live out and in")
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.refresh)
        for changed in (live_out.changed, incoming.changed, incoming.toggled, taking.changed):
            changed.connect(lambda *_: self.refresh())
        self.hide()

    def refresh(self) -> None:
        """Write what is live."""
        out, incoming = self._out, self._incoming
        counters = out.counters
        faults = [one.fault for one in counters if one.fault]
        words = [f"LIVE OUT {len(counters)}"] if out.active else []
        if incoming.active:
            words.append("REC" if self._taking.recording else "LIVE IN")
        lost = incoming.active and (incoming.is_lost or incoming.followed is None)
        colour = theme.ERROR if faults else theme.WARNING if lost else theme.GOOD
        self._write(f"● {'  '.join(words)}", colour)
        hints = [f"{one.address}: {sent_words(one)}" for one in counters]
        if incoming.active:
            hints.append(f"In: {incoming.label}")
        self.setToolTip("\n".join([*hints, "Press for the panel."]))
        if self.isHidden() == bool(words):
            self.setVisible(bool(words))
        if bool(words) != self._timer.isActive():
            (self._timer.start if words else self._timer.stop)()

    def _write(self, text: str, colour: str) -> None:
        if self.text() != text:
            self.setText(text)
        sheet = f"QToolButton {{ font-size: {theme.SMALL_PX}px; padding: 0 8px; color: {colour}; }}"
        if self.styleSheet() != sheet:
            self.setStyleSheet(sheet)
