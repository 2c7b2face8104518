"""The list of findings: when, what, how bad; one click goes there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout

from app.review.finding import SEVERITIES, Finding
from app.review.thresholds import RULES
from app.session.keep.linting import Linting
from app.ui.kit import theme

COLOURS = {"error": theme.ERROR, "warning": theme.WARNING, "note": theme.DIM}
_ROLE = Qt.ItemDataRole.UserRole


class LintPanel(QFrame):
    """Findings of the side on show.

    Args:
        linting: the session's.
    """

    #: go to this time in seconds, to these channels
    jumped = Signal(float, tuple)

    def __init__(self, linting: Linting) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._linting = linting
        self.summary = QLabel()
        self.summary.setAccessibleName("Number of findings")
        self.notes = QCheckBox("Notes")
        self.notes.setToolTip("Also list what explains and is nothing to repair")
        self.notes.setChecked(True)
        self.notes.toggled.connect(self.refresh)
        self.list = QListWidget()
        self.list.setAccessibleName("Findings")
        self.list.setWordWrap(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setStyleSheet(
            f"QListWidget {{ background: {theme.PANEL}; }} QListWidget::item {{ padding: 6px 4px; border-bottom: 1px solid {theme.LINE}; }}"
            f" QListWidget::item:hover {{ background: {theme.FIELD}; }} QListWidget::item:selected {{ background: {theme.RAISED}; }}"
        )
        self.list.itemClicked.connect(self._jump)
        self.list.itemActivated.connect(self._jump)
        head = QHBoxLayout()
        head.addWidget(self.summary)
        head.addStretch(1)
        head.addWidget(self.notes)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 8, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        linting.found.connect(self.refresh)
        self.refresh()

    @property
    def shown(self) -> list[Finding]:
        """The findings listed."""
        return [f for f in self._linting.findings if self.notes.isChecked() or f.severity != "note"]

    def refresh(self) -> None:
        """List the findings there are now; the chosen one stays chosen when it is still there."""
        current = self.list.currentItem()
        chosen = None if current is None else current.data(_ROLE)
        self.list.clear()
        for finding in self.shown:
            minutes, seconds = divmod(max(finding.time_s, 0.0), 60)
            item = QListWidgetItem(f"{int(minutes)}:{seconds:06.3f}   {RULES[finding.rule]}\n{finding.sentence}")
            item.setForeground(QColor(COLOURS[finding.severity]))
            item.setData(_ROLE, finding)
            item.setToolTip(f"{finding.severity}: click to go there")
            self.list.addItem(item)
            if chosen is not None and (chosen.rule, chosen.time_s) == (finding.rule, finding.time_s):
                self.list.setCurrentItem(item)
        counts = [sum(f.severity == severity for f in self._linting.findings) for severity in SEVERITIES]
        words = [f"{n} {severity}{'' if n == 1 else 's'}" for n, severity in zip(counts, SEVERITIES, strict=True) if n]
        self.summary.setText(f"Side {self._linting.side}: " + (", ".join(words) or "nothing to find fault with"))

    def _jump(self, item: QListWidgetItem) -> None:
        finding = item.data(_ROLE)
        self.jumped.emit(max(finding.time_s, 0.0), finding.channels)
