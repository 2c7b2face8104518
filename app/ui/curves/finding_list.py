"""The rows of the check: when, what, how bad, and a button that mends it; what it would do is seen while pointer or focus is there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QStyledItemDelegate, QStyleOptionViewItem, QToolButton, QWidget

from app.review.finding import Finding
from app.review.fixes.fix import Fix, Unmended
from app.review.thresholds import RULES
from app.ui.kit import theme
from app.ui.kit.buttons import plain_button

COLOURS = {"error": theme.ERROR, "warning": theme.WARNING, "note": theme.DIM}
_ROLE = Qt.ItemDataRole.UserRole
#: kept free for the button, and around the text
_BUTTON_PX, _BESIDE_PX, _ABOVE_PX = 46, 6, 6
_BY_TAB = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
Index = QModelIndex | QPersistentModelIndex
Offer = Callable[[Finding], Fix | Unmended | None]


class _Row(QStyledItemDelegate):
    """Leaves room for the button at the right, and puts it there."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """As high as the wrapped text is beside the button."""
        view = self.parent()
        assert isinstance(view, QListWidget)
        width = max(view.viewport().width() - _BUTTON_PX - 3 * _BESIDE_PX, 60)
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
        text = view.fontMetrics().boundingRect(QRect(0, 0, width, 10_000), flags, str(index.data()))
        return QSize(60, max(text.height(), 20) + 2 * _ABOVE_PX + 2)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """The button stands at the right of its row."""
        rect = option.rect
        editor.setGeometry(QRect(rect.right() - _BUTTON_PX, rect.top() + _ABOVE_PX, _BUTTON_PX - 4, 24))


class FindingList(QListWidget):
    """Findings with their buttons.

    Args:
        offer: what mends a finding, or why nothing does; None while that is not known.
    """

    #: mend this finding
    fixed = Signal(object)
    #: show what its fix would do; None for no more
    tried = Signal(object)

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self._offer, self._tried_on, self._by_key = offer, False, False
        #: the focus came to its button by a key, so that what the button would do is shown
        self._is_reached = False
        self.buttons: dict[Finding, QToolButton] = {}
        self.setAccessibleName("Findings")
        self.setWordWrap(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_Row(self))
        self.setStyleSheet(
            f"QListWidget {{ background: {theme.PANEL}; }} QListWidget::item {{ border-bottom: 1px solid {theme.LINE};"
            f" padding: {_ABOVE_PX}px {_BUTTON_PX + _BESIDE_PX}px {_ABOVE_PX}px 4px; }}"
            f" QListWidget::item:hover {{ background: {theme.FIELD}; }} QListWidget::item:selected {{ background: {theme.RAISED}; }}"
        )

    def show_findings(self, findings: list[Finding]) -> None:
        """List findings; the chosen one stays chosen when it is still there, and so does the button that has the focus."""
        chosen, focused = self.chosen, next((f for f, button in self.buttons.items() if button.hasFocus()), None)
        row, reached = self.currentRow(), self._is_reached
        self.leave()
        self.clear()
        self.buttons = {}
        for finding in findings:
            item = QListWidgetItem()
            item.setForeground(QColor(COLOURS[finding.severity]))
            item.setData(_ROLE, finding)
            self.addItem(item)
            if finding.severity != "note":
                button = self.buttons[finding] = self._button(finding)
                self.setItemWidget(item, button)
            self._word(item)
            if chosen is not None and (chosen.rule, chosen.time_s, chosen.channels) == (finding.rule, finding.time_s, finding.channels):
                self.setCurrentItem(item)
        # who mends one after the other with the keyboard goes on at the next
        if focused is not None and (left := [f for f in findings if f in self.buttons]):
            reason = Qt.FocusReason.TabFocusReason if reached else Qt.FocusReason.OtherFocusReason
            self.buttons[min(left, key=lambda f: abs(f.time_s - focused.time_s))].setFocus(reason)
        elif self.currentRow() < 0 and row >= 0 and self.hasFocus():
            self.setCurrentRow(min(row, self.count() - 1))

    @property
    def chosen(self) -> Finding | None:
        """The finding of the current row."""
        item = self.currentItem()
        found = None if item is None else item.data(_ROLE)
        return found if isinstance(found, Finding) else None

    def reword(self, finding: Finding) -> None:
        """What mends a finding, or why nothing does, is known now."""
        for row in range(self.count()):
            if self.item(row).data(_ROLE) == finding:
                self._word(self.item(row))

    def set_busy(self, busy: bool) -> None:
        """While findings are mended no further one can be."""
        for finding, button in self.buttons.items():
            button.setEnabled(not busy and not isinstance(self._offer(finding), Unmended))

    def leave(self) -> None:
        """Show no fix any more."""
        if self._tried_on:
            self._tried_on = False
            self.tried.emit(None)

    # -- inside

    def _button(self, finding: Finding) -> QToolButton:
        button = plain_button("Fix", "")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(f"Fix: {RULES[finding.rule]} at {finding.time_s:.2f} s")
        button.clicked.connect(lambda: self.fixed.emit(finding))
        button.installEventFilter(self)
        button.setProperty("finding", finding)
        return button

    def _word(self, item: QListWidgetItem) -> None:
        """The text of a row, and what its button says."""
        finding = item.data(_ROLE)
        minutes, seconds = divmod(max(finding.time_s, 0.0), 60)
        text = f"{int(minutes)}:{seconds:06.3f}   {RULES[finding.rule]}\n{finding.sentence}"
        offer = self._offer(finding) if finding.severity != "note" else None
        if isinstance(offer, Unmended):
            text += f"\nNo fix: {offer.reason}"
        item.setText(text)
        item.setToolTip(f"{finding.severity}: click to go there")
        button = self.buttons.get(finding)
        if button is not None:
            button.setEnabled(not isinstance(offer, Unmended))
            words = "Mend this; what it does is shown while the pointer is here"
            button.setToolTip(f"{offer.words[0].upper()}{offer.words[1:]} (Enter)" if isinstance(offer, Fix) else words)

    def _try(self, finding: Finding) -> None:
        self._tried_on = True
        self.tried.emit(finding)

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The pointer or the focus comes to a button, or leaves it; Enter presses it."""
        finding = watched.property("finding")
        if isinstance(finding, Finding) and isinstance(watched, QToolButton):
            # the view gives the focus to the button of a row that is clicked, too: that asks for no fix
            focused = isinstance(event, QFocusEvent) and event.gotFocus() and (self._by_key or event.reason() in _BY_TAB)
            if isinstance(event, QFocusEvent) and event.gotFocus():
                self._is_reached = focused
            if (event.type() == QEvent.Type.Enter or focused) and watched.isEnabled():
                self._try(finding)
            elif event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut):
                self.leave()
            elif (
                isinstance(event, QKeyEvent)
                and event.type() == QEvent.Type.KeyPress
                and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            ):
                watched.click()
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter mends the current row's finding."""
        chosen = self.chosen
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and chosen in self.buttons and self.buttons[chosen].isEnabled():
            self.fixed.emit(chosen)
            return
        self._by_key = True
        super().keyPressEvent(event)
        self._by_key = False
