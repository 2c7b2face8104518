"""All voices, by language, to be searched; and how the cloud's say things."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.speech.engine import Voice
from app.ui.kit import theme
from app.ui.sources.delivery_panel import DeliveryPanel
from app.ui.sources.voice_words import FIRST, HERE, about_voice, fits, grouped, name_in_group

_ID = Qt.ItemDataRole.UserRole


class VoiceDialog(QDialog):
    """A list with a search above it, and the delivery below.

    Attributes:
        search: the words.
        tree: groups and their voices.
        delivery: rate, pitch, style.
        use: chooses the voice that is marked.
        forget: clears the kept lines.
    """

    #: id of a voice
    voice_chosen = Signal(str)
    #: the kept lines are to go
    lines_unwanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Voices")
        self.resize(520, 620)
        self._voices: dict[str, Voice] = {}
        self._current = ""
        self.search = QLineEdit()
        self.search.setAccessibleName("Search voices")
        self.search.setPlaceholderText("Search by name, language, gender or style")
        self.search.setClearButtonEnabled(True)
        self.tree = self._make_tree()
        self.count = QLabel()
        self.count.setObjectName("caption")
        self.delivery = DeliveryPanel()
        self.use = QPushButton("Use this voice")
        self.use.setObjectName("primary")
        self.use.setDefault(True)
        self.forget = QPushButton()
        self.forget.setAutoDefault(False)
        self.forget.setToolTip("Lines that Azure spoke are kept for you alone, so that they need no network again; take them off the disk")
        self.forget.clicked.connect(self.lines_unwanted)
        self.show_kept(0)
        self.leave = QPushButton("Close")
        self.leave.setAutoDefault(False)
        self._lay_out()
        self.search.textChanged.connect(self._filter)
        self.tree.currentItemChanged.connect(self._mark)
        self.tree.itemActivated.connect(self._choose)
        self.use.clicked.connect(lambda: self._choose(self.tree.currentItem()))
        self.leave.clicked.connect(self.reject)

    def set_voices(self, voices: tuple[Voice, ...], current: str) -> None:
        """List voices.

        Args:
            voices: all of them.
            current: id of the one that speaks.
        """
        marked = self.marked_id or current
        self._voices, self._current = {voice.id: voice for voice in voices}, current
        self.tree.clear()
        for name, members in grouped(voices).items():
            group = QTreeWidgetItem([name, ""])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.tree.addTopLevelItem(group)
            for voice in members:
                row = QTreeWidgetItem([name_in_group(voice), about_voice(voice)])
                row.setData(0, _ID, voice.id)
                row.setToolTip(0, voice.id)
                row.setToolTip(1, ", ".join((*voice.styles, *voice.roles)))
                font = row.font(0)
                font.setBold(voice.id == current)
                row.setFont(0, font)
                group.addChild(row)
                if voice.id == marked:
                    self.tree.setCurrentItem(row)
        self._filter()

    def show_kept(self, n_bytes: int) -> None:
        """Say how much the kept lines are."""
        self.forget.setText(f"Clear kept lines ({n_bytes / 1e6:.1f} MB)")
        self.forget.setEnabled(n_bytes > 0)

    def shown(self) -> list[str]:
        """Ids of the voices that the search leaves, in order."""
        return [row.data(0, _ID) for group in self._groups() for row in self._rows(group) if not row.isHidden()]

    def mark(self, voice_id: str) -> None:
        """Mark a voice in the list."""
        row = next((row for group in self._groups() for row in self._rows(group) if row.data(0, _ID) == voice_id), None)
        if row is not None:
            self.tree.setCurrentItem(row)
            self.tree.scrollToItem(row)

    # -- inside

    @staticmethod
    def _make_tree() -> QTreeWidget:
        tree = QTreeWidget()
        tree.setAccessibleName("Voices")
        tree.setColumnCount(2)
        tree.setHeaderHidden(True)
        tree.setUniformRowHeights(True)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        tree.header().setStretchLastSection(False)
        tree.setStyleSheet(
            f"QTreeWidget {{ background: {theme.PANEL}; border: 1px solid {theme.LINE}; }} QTreeWidget::item {{ padding: 3px 2px; }}"
            f" QTreeWidget::item:selected {{ background: {theme.ACCENT_DEEP}; color: {theme.ON_ACCENT}; }}"
        )
        return tree

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(10)
        for part, stretch in ((self.search, 0), (self.tree, 1), (self.count, 0), (self.delivery, 0)):
            column.addWidget(part, stretch)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.forget)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.use)
        column.addLayout(buttons)

    def _groups(self) -> list[QTreeWidgetItem]:
        found = (self.tree.topLevelItem(k) for k in range(self.tree.topLevelItemCount()))
        return [group for group in found if group is not None]

    @staticmethod
    def _rows(group: QTreeWidgetItem) -> list[QTreeWidgetItem]:
        return [row for k in range(group.childCount()) if (row := group.child(k)) is not None]

    def _filter(self) -> None:
        words = self.search.text().strip()
        marked = self.marked_id
        for group in self._groups():
            for row in self._rows(group):
                row.setHidden(not fits(self._voices[row.data(0, _ID)], words))
            left = [row for row in self._rows(group) if not row.isHidden()]
            group.setHidden(not left)
            # without a search, the languages are a list to open; what was searched for is in sight
            group.setExpanded(bool(words) or group.text(0) in (HERE, FIRST) or any(row.data(0, _ID) == marked for row in left))
        shown = self.shown()
        if words and shown and marked not in shown:
            self.mark(shown[0])
        self.count.setText(f"{len(shown)} of {len(self._voices)} voices" if words else f"{len(self._voices)} voices")
        self.use.setEnabled(self.marked_id in shown)
        if (marked_row := self.tree.currentItem()) is not None:
            self.tree.scrollToItem(marked_row)

    @property
    def marked_id(self) -> str:
        """Id of the voice that is marked, "" for none."""
        item = self.tree.currentItem()
        return (item.data(0, _ID) or "") if item is not None else ""

    def _mark(self) -> None:
        voice = self._voices.get(self.marked_id)
        self.use.setEnabled(voice is not None)
        self.delivery.show_delivery(self.delivery.delivery, voice)

    def _choose(self, item: QTreeWidgetItem | None, _column: int = 0) -> None:
        voice_id = item.data(0, _ID) if item is not None else None
        if voice_id:
            self.voice_chosen.emit(voice_id)
