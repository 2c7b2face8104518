"""What the month costs: the guide's table, with what was used and how the month will end."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.conversation.cost.account import CostAccount, CostLine, MonthSum
from app.conversation.cost.prices import PriceTable
from app.session.conversation.costs import Costs
from app.ui.kit import theme

_COLUMNS = ("A month, in US dollars", "Guide", "To date", "Month's end")
_HINTS = (
    "What is paid for",
    "As VisemeSync's integration guide reckons",
    "What was counted this month, times the prices of assets/prices.toml",
    "At the pace since the first day of use",
)


class CostPanel(QWidget):
    """The table, the rented GPU that it goes by, and the budget.

    Args:
        costs: counts, and reckons.
        parent: Qt's.
    """

    def __init__(self, costs: Costs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._costs = costs
        self._make_table()
        self._make_fields()
        self.warning = QLabel()
        self.warning.setWordWrap(True)
        self.warning.setAccessibleName("Warning about costs")
        self.dated = QLabel()
        self.dated.setObjectName("caption")
        self.dated.setWordWrap(True)
        self._lay_out()
        costs.changed.connect(self.refresh)
        self.refresh()

    def _make_table(self) -> None:
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setAccessibleName("Costs of the month")
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        for column, hint in enumerate(_HINTS):
            item = self.table.horizontalHeaderItem(column)
            if item is not None:
                item.setToolTip(hint)
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setStyleSheet(
            f"QTableWidget {{ background: {theme.PANEL}; border: 0; }} QTableWidget::item {{ padding: 2px 6px; }}"
            f" QHeaderView::section {{ background: {theme.PANEL}; color: {theme.DIM}; border: 0; padding: 4px 6px; }}"
        )
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def _make_fields(self) -> None:
        self.gpu = QComboBox()
        self.gpu.setAccessibleName("Rented GPU")
        self.gpu.activated.connect(lambda _: self._set_gpu())
        self.hours = QDoubleSpinBox()
        self.hours.setRange(0.0, 744.0)
        self.hours.setDecimals(1)
        self.hours.setSuffix(" h")
        self.hours.setAccessibleName("GPU hours of the month")
        self.hours.setToolTip("Hours a month for which a rented GPU runs Audio2Face; the guide reckons with 10")
        self.hours.setKeyboardTracking(False)
        self.hours.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.hours.valueChanged.connect(lambda _: self._set_gpu())
        self.budget = QDoubleSpinBox()
        self.budget.setRange(0.0, 100_000.0)
        self.budget.setDecimals(0)
        self.budget.setPrefix("$ ")
        self.budget.setSpecialValueText("none")
        self.budget.setAccessibleName("Budget of the month")
        self.budget.setToolTip("You are warned when 80 % of it are spent, and when all of it is")
        self.budget.setKeyboardTracking(False)
        self.budget.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.budget.valueChanged.connect(self._costs.set_budget)

    def _lay_out(self) -> None:
        fields = QGridLayout()
        fields.setHorizontalSpacing(8)
        fields.setVerticalSpacing(6)
        for row, (name, widgets) in enumerate((("Rented GPU", (self.gpu, self.hours)), ("Budget", (self.budget,)))):
            label = QLabel(name)
            label.setStyleSheet(f"color: {theme.SOFT};")
            fields.addWidget(label, row, 0)
            for place, widget in enumerate(widgets, 1):
                fields.addWidget(widget, row, place)
        fields.setColumnStretch(1, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 10, 12, 10)
        whole.setSpacing(8)
        whole.addWidget(self.table)
        whole.addLayout(fields)
        whole.addWidget(self.warning)
        whole.addWidget(self.dated)
        whole.addStretch(1)

    # -- what is shown

    def refresh(self) -> None:
        """Show the month as it is."""
        made, table = self._costs.account, self._costs.table
        if made is None or table is None:
            self.warning.setText("")
            self.dated.setText("Adding up…")
            return
        self._fill_fields(made, table)
        sums = (("Visemes only", made.visemes_only), ("With Audio2Face", made.with_a2f))
        rows = [(*_line_texts(line), False) for line in made.lines] + [(*_sum_texts(*each), True) for each in sums]
        self.table.setRowCount(len(rows))
        for row, (texts, hint, is_sum) in enumerate(rows):
            for column, text in enumerate(texts):
                self.table.setItem(row, column, _item(text, column, is_sum, hint))
        heights = sum(self.table.rowHeight(row) for row in range(len(rows)))
        self.table.setFixedHeight(heights + self.table.horizontalHeader().sizeHint().height() + 2)
        self.warning.setText(made.warning)
        self.warning.setVisible(bool(made.warning))
        self.warning.setStyleSheet(f"color: {theme.ERROR if made.over else theme.WARNING};")
        oldest = min(price.recorded for price in table.prices)
        self.dated.setText(f"Prices as they were written down from {oldest.isoformat()} on, in assets/prices.toml; yours may differ.")

    def _fill_fields(self, made: CostAccount, table: PriceTable) -> None:
        """Show the fields without saying that somebody changed them."""
        for field in (self.gpu, self.hours, self.budget):
            field.blockSignals(True)
        if self.gpu.count() != len(table.offers):
            self.gpu.clear()
            for offer in table.offers:
                same = offer.low_usd == offer.high_usd
                price = f"${offer.high_usd:.2f}" if same else f"${offer.low_usd:.2f} to ${offer.high_usd:.2f}"
                self.gpu.addItem(f"{offer.name}, {price} an hour", offer.name)
                self.gpu.setItemData(self.gpu.count() - 1, f"{offer.note}; {offer.recorded}, {offer.source}", Qt.ItemDataRole.ToolTipRole)
        self.gpu.setCurrentIndex(self.gpu.findData(made.gpu))
        self.hours.setValue(made.gpu_hours)
        self.budget.setValue(made.budget_usd)
        for field in (self.gpu, self.hours, self.budget):
            field.blockSignals(False)

    def _set_gpu(self) -> None:
        self._costs.set_gpu(str(self.gpu.currentData()), self.hours.value())


def _line_texts(line: CostLine) -> tuple[tuple[str, ...], str]:
    guide = "" if line.guide_usd is None else _money(line.guide_usd)
    return (line.component, guide, _money(line.to_date_usd), _money(line.projected_usd)), line.used


def _sum_texts(name: str, sums: MonthSum) -> tuple[tuple[str, ...], str]:
    # the guide rounds to whole dollars: 23 and 27
    return (name, f"{sums.guide_usd:.0f}", _money(sums.to_date_usd), _money(sums.projected_usd)), ""


def _money(usd: float) -> str:
    return f"{usd:.2f}"


def _item(text: str, column: int, is_sum: bool, hint: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setTextAlignment((Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter)
    item.setToolTip(hint)
    item.setForeground(QColor(theme.TEXT if is_sum or column != 1 else theme.DIM))
    if is_sum:
        font = QFont(item.font())
        font.setBold(True)
        item.setFont(font)
    return item
