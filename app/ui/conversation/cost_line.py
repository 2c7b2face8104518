"""What the month costs so far, in a line of the panel; a click opens the whole table."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QToolButton, QVBoxLayout, QWidget

from app.session.conversation.costs import Costs
from app.ui.conversation.cost_panel import CostPanel
from app.ui.kit import theme

_STYLE = "QToolButton {{ color: {colour}; font-size: {px}px; padding: 2px 4px; }}"
SIZE = (620, 560)


class CostButton(QToolButton):
    """The line.

    Args:
        costs: count, and reckon.
    """

    def __init__(self, costs: Costs) -> None:
        super().__init__()
        self._costs = costs
        self._window: QDialog | None = None
        self.setAccessibleName("Cost of the month")
        self.clicked.connect(self.open)
        costs.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Write what was counted so far."""
        made = self._costs.account
        self.setText("Costs…" if made is None else f"${made.with_a2f.to_date_usd:.2f} this month")
        self.setToolTip((made.warning if made is not None else "") or "What paid services cost this month, and what it will come to")
        colour = theme.ERROR if made is not None and made.over else theme.WARNING if made is not None and made.warning else theme.DIM
        self.setStyleSheet(_STYLE.format(colour=colour, px=theme.SMALL_PX))

    def open(self) -> None:
        """Show the whole table beside the window."""
        if self._window is None:
            self._window = _window(self._costs, self.window())
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()


def _window(costs: Costs, parent: QWidget) -> QDialog:
    made = QDialog(parent)
    made.setWindowTitle("Costs of the month")
    made.resize(*SIZE)
    column = QVBoxLayout(made)
    column.setContentsMargins(16, 16, 16, 16)
    column.addWidget(CostPanel(costs, made))
    return made
