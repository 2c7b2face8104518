"""The list of findings: when, what, how bad; one click goes there, one mends it, one mends all of a kind or all."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QListWidgetItem, QSizePolicy, QVBoxLayout

from app.review.finding import SEVERITIES, Finding
from app.review.fixes.fix import Unmended
from app.review.thresholds import RULES
from app.session.keep.fixing import Fixing
from app.session.keep.linting import Linting
from app.ui.curves.finding_list import FindingList
from app.ui.kit.buttons import plain_button

_ROLE = Qt.ItemDataRole.UserRole


class LintPanel(QFrame):
    """Findings of the side on show.

    Args:
        linting: the session's.
        fixing: what mends them.
    """

    #: go to this time in seconds, to these channels
    jumped = Signal(float, tuple)

    def __init__(self, linting: Linting, fixing: Fixing) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._linting, self._fixing = linting, fixing
        self.summary = QLabel()
        self.summary.setAccessibleName("Number of findings")
        self.judged = QLabel()
        self.judged.setObjectName("caption")
        self.judged.setWordWrap(True)
        self.result = QLabel()
        self.result.setObjectName("caption")
        self.result.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.result.setAccessibleName("What became of the findings")
        self.shapes = QCheckBox("Shapes")
        self.shapes.setToolTip("Judge the mouth by its 52 shapes, as tracks are written, instead of by the visemes that this avatar shows")
        self.shapes.toggled.connect(linting.judge_shapes)
        self.notes = QCheckBox("Notes")
        self.notes.setToolTip("Also list what explains and is nothing to repair")
        self.notes.setChecked(True)
        self.notes.toggled.connect(self.refresh)
        self.fix_all = plain_button("Fix all", "Mend all that can be mended, as one step; what is left says why")
        self.fix_kind = plain_button("Fix all of this kind", "Mend all findings of the chosen row's kind, as one step")
        self.fix_all.clicked.connect(self._fix_all)
        self.fix_kind.clicked.connect(self._fix_kind)
        self.list = FindingList(fixing.offer)
        self.list.itemClicked.connect(self._jump)
        self.list.currentRowChanged.connect(lambda _row: self._show_buttons())
        self.list.fixed.connect(self._fix)
        self.list.tried.connect(fixing.try_on)
        self._lay_out()
        linting.found.connect(self.refresh)
        fixing.offered.connect(self.list.reword)
        fixing.progressed.connect(self._show_buttons)
        fixing.ended.connect(self._tell)
        self.refresh()

    def _lay_out(self) -> None:
        head, lane, below = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.summary)
        head.addStretch(1)
        head.addWidget(self.notes)
        lane.addWidget(self.judged, 1)
        lane.addWidget(self.shapes)
        below.setSpacing(6)
        below.addWidget(self.fix_all)
        below.addWidget(self.fix_kind)
        below.addWidget(self.result, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 8, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addLayout(lane)
        column.addLayout(below)
        column.addWidget(self.list, 1)

    @property
    def shown(self) -> list[Finding]:
        """The findings listed."""
        return [f for f in self._linting.findings if self.notes.isChecked() or f.severity != "note"]

    def refresh(self) -> None:
        """List the findings there are now; the chosen one stays chosen when it is still there."""
        self.list.show_findings(self.shown)
        counts = [sum(f.severity == severity for f in self._linting.findings) for severity in SEVERITIES]
        words = [f"{n} {severity}{'' if n == 1 else 's'}" for n, severity in zip(counts, SEVERITIES, strict=True) if n]
        self.summary.setText(f"Side {self._linting.side}: " + (", ".join(words) or "nothing to find fault with"))
        by_visemes = self._linting.by_visemes
        self.shapes.setVisible(by_visemes or self._linting.shapes_only)
        self.judged.setText(f"The mouth is judged by {'the visemes, as this avatar shows it' if by_visemes else 'its 52 shapes'}.")
        self._show_buttons()

    def _show_buttons(self) -> None:
        """What can be pressed now, and what it says."""
        mendable, chosen = self._mendable(), self.list.chosen
        busy, share = self._fixing.busy or self._fixing.share >= 0, self._fixing.share
        of_kind = chosen is not None and any(f.rule == chosen.rule for f in mendable)
        self.fix_all.setText(f"Stop ({100 * max(share, 0):.0f} %)" if busy else f"Fix all ({len(mendable)})" if mendable else "Fix all")
        self.fix_all.setEnabled(busy or bool(mendable))
        if chosen is not None and of_kind:
            self.fix_kind.setToolTip(f"Mend all findings of this kind, as one step: {RULES[chosen.rule]}")
        self.fix_kind.setEnabled(of_kind and not busy)
        self.list.set_busy(busy)

    def _mendable(self) -> list[Finding]:
        return [f for f in self.list.buttons if not isinstance(self._fixing.offer(f), Unmended)]

    def _fix_all(self) -> None:
        self.result.setText("")
        if self._fixing.share >= 0:
            self._fixing.stop()
        else:
            self._fixing.apply_all()

    def _fix(self, finding: Finding) -> None:
        self.result.setText("")
        self._fixing.apply(finding)

    def _fix_kind(self) -> None:
        chosen = self.list.chosen
        self.result.setText("")
        if chosen is not None:
            self._fixing.apply_all((chosen.rule,))

    def _tell(self, mended: int, left: int) -> None:
        """What became of them, until something else is mended."""
        self.result.setText(f"{mended} fixed" + (f", {left} left" if left else ""))

    def _jump(self, item: QListWidgetItem) -> None:
        finding = item.data(_ROLE)
        self.jumped.emit(max(finding.time_s, 0.0), finding.channels)
