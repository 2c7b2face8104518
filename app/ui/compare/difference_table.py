"""How a side differs from side A, region by region, and how often each side's lips meet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableWidget, QTableWidgetItem

from app.core.compare import Comparison
from app.core.regions import REGIONS
from app.ui.kit import theme

_COLUMNS = (
    ("Region", "Part of the face"), ("RMS", "Root mean square of the difference of weights"), ("r", "Correlation, 1 is the same movement"),
    ("Lag", "By how much {side} comes after A, in milliseconds"), ("Jitter A", "Restlessness of A, in thousandths of its movement"),
    ("Jitter {side}", "Restlessness of {side}, in thousandths of its movement"),
)  # fmt: skip


def _words(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def closure_text(numbers: dict[str, Comparison]) -> str:
    """How often lips meet, for every side that is known.

    Args:
        numbers: side -> how it differs from A.
    """
    rates = {"A": next((n.closure_a for n in numbers.values()), None), **{side: n.closure_b for side, n in numbers.items()}}
    known = [f"{side} {100 * rate:.0f} %" for side, rate in rates.items() if rate is not None]
    return f"Lips meet on P, B and M: {', '.join(known)}" if known else ""


class DifferenceTable(QTableWidget):
    """The numbers of one pair."""

    def __init__(self) -> None:
        super().__init__(len(REGIONS), len(_COLUMNS))
        self.setAccessibleName("Differences by region")
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        head = f"background: {theme.PANEL}; color: {theme.DIM}; border: 0; border-bottom: 1px solid {theme.LINE}"
        self.setStyleSheet(
            f"QTableWidget {{ background: {theme.PANEL}; font-size: 12px; }}"
            f" QHeaderView::section {{ {head}; padding: 1px 3px; font-size: 11px; }}"
        )
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setMinimumSectionSize(18)
        self.verticalHeader().setDefaultSectionSize(18)
        self.show_numbers("B", None)

    def show_numbers(self, side: str, numbers: Comparison | None) -> None:
        """Write the differences.

        Args:
            side: who is measured against A.
            numbers: None while there are none.
        """
        for i, (title, hint) in enumerate(_COLUMNS):
            item = QTableWidgetItem(title.format(side=side or "B"))
            item.setToolTip(hint.format(side=side or "B"))
            self.setHorizontalHeaderItem(i, item)
        for row, region in enumerate(REGIONS):
            found = None if numbers is None else next(r for r in numbers.regions if r.region == region)
            texts = (
                (region.capitalize(), "–", "–", "–", "–", "–") if found is None
                else (region.capitalize(), f"{found.rms:.3f}", _words(found.correlation, ".2f"), _words(found.lag_ms, "+.0f"),
                      f"{1e3 * found.jitter_a:.1f}", f"{1e3 * found.jitter_b:.1f}")
            )  # fmt: skip
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                side_of = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
                item.setTextAlignment(Qt.AlignmentFlag.AlignVCenter | side_of)
                self.setItem(row, column, item)
