"""What the Help menu opens: the sheet of keys and the guide."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QKeySequence, QTextCursor, QTextTable
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QTextBrowser, QVBoxLayout, QWidget

from app.core.shipped import shipped
from app.ui.kit import theme
from app.ui.window.actions import COMMANDS

#: title, and key and meaning of each row
Group = tuple[str, tuple[tuple[str, str], ...]]
GUIDE = shipped("docs/guide.md")
#: what is no command: keys that are held, keys of lists and fields, and the mouse
OTHERS: tuple[Group, ...] = (
    ("Playing as editors do", (
        ("L, J", "play forwards, backwards; again: 2 and 4 times as fast"),
        ("K", "stand still"),
        ("K held, L or J", "one frame; held, slowly"),
    )),
    ("Keys that are held", (
        ("X", "the other side of a comparison"),
        ("T", "the motion without its tuning"),
        ("F8", "talk to the avatar, also while typing"),
    )),
    ("Panels", (
        ("Alt", "with the underlined letter opens a menu"),
        ("Tab", "the next control; Shift+Tab the one before"),
        ("Enter", "in the line: speak it; in a field: take the number"),
        ("Up, Down", "in a field or on a slider: a step more or less"),
        ("Del", "in a list of edits or emotion keys: take the chosen one out; of conflicts: dismiss it"),
        ("Enter", "in the list of conflicts: put the chosen one where the playhead jumped to"),
    )),
    ("Mouse on the picture", (
        ("Drag", "turn the avatar"),
        ("Shift or middle drag", "move it"),
        ("Wheel", "zoom at the pointer"),
        ("Double click", "back to the framing"),
        ("Ctrl and click", "pick the curves that move the skin there most"),
    )),
    ("Mouse on time and curves", (
        ("Drag", "scrub"),
        ("Wheel on the timeline", "zoom time; with Shift, move along it"),
        ("Double click", "the whole clip"),
        ("Click a curve", "enlarge it; several can be picked"),
        ("Shift and drag", "mark a stretch for editing; up or down as well, a box of shapes; Ctrl adds"),
        ("Drag an edge of it", "mark another stretch; with Ctrl, stretch what is in it"),
        ("Ctrl and drag it", "slide what is marked"),
        ("Shift and drop", "a recording takes the place of the sound, and all edits stay"),
        ("Double click a slider", "back to its default"),
    )),
)  # fmt: skip


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


class KeysDialog(QDialog):
    """Every key and what it does, in two columns; scrolls where the screen is small.

    Args:
        parent: Qt's.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.sheet = QWidget()
        self._fill()
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setObjectName("clear")
        self.area.setWidget(self.sheet)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.area)
        room, wanted = self.screen().availableSize(), self.sheet.sizeHint()
        self.resize(min(wanted.width() + 16, room.width() - 40), min(wanted.height() + 8, room.height() - 80))

    def _fill(self) -> None:
        groups: list[Group] = []
        for menu in dict.fromkeys(command.menu for command in COMMANDS):
            groups.append((menu, tuple(("  ".join(map(_native, c.keys)), c.hint) for c in COMMANDS if c.menu == menu and c.keys)))
        groups += OTHERS
        sizes = [len(rows) + 1.5 for _, rows in groups]
        cut = min(range(len(groups)), key=lambda n: max(sum(sizes[:n]), sum(sizes[n:])))
        row = QHBoxLayout(self.sheet)
        row.setContentsMargins(24, 16, 24, 20)
        row.setSpacing(32)
        for column in (groups[:cut], groups[cut:]):
            row.addLayout(_grid(column))


def _grid(groups: Sequence[Group]) -> QGridLayout:
    """One column of the sheet."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(5)
    at = 0
    for title, rows in groups:
        heading = QLabel(title)
        heading.setObjectName("heading")
        heading.setContentsMargins(0, 10 if at else 0, 0, 0)
        grid.addWidget(heading, at, 0, 1, 2)
        for row, (keys, text) in enumerate(rows, at + 1):
            cap = QLabel(keys)
            cap.setObjectName("keycap")
            grid.addWidget(cap, row, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(QLabel(text), row, 1)
        at += len(rows) + 1
    grid.setColumnStretch(1, 1)
    grid.setRowStretch(at, 1)
    return grid


class GuideWindow(QDialog):
    """The guide, to be read beside the window.

    Args:
        parent: Qt's.
        guide: its Markdown file.

    Raises:
        OSError: it cannot be read.
    """

    def __init__(self, parent: QWidget | None = None, guide: Path = GUIDE) -> None:
        super().__init__(parent)
        self.setWindowTitle("Guide")
        self.setModal(False)
        self.text = QTextBrowser()
        self.text.setAccessibleName("Guide")
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        self.text.setSearchPaths([str(guide.parent)])
        self.text.setStyleSheet(f"QTextBrowser {{ background: {theme.PANEL}; border: 0; padding: 8px 16px; }}")
        self.text.setMarkdown(guide.read_text("utf-8"))
        self._space()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        room = self.screen().availableSize()
        self.resize(min(820, room.width() - 40), min(760, room.height() - 80))

    def _space(self) -> None:
        """Give headings and paragraphs room, and tables quiet lines, which Markdown says nothing about."""
        document = self.text.document()
        block = document.begin()
        while block.isValid():
            cursor, form = QTextCursor(block), block.blockFormat()
            if cursor.currentTable() is None and block.textList() is None:
                form.setTopMargin(18 if form.headingLevel() else 6)
                form.setBottomMargin(4)
                cursor.setBlockFormat(form)
            block = block.next()
        for frame in document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                table = frame.format().toTableFormat()
                table.setBorderBrush(QColor(theme.LINE))
                table.setCellPadding(6)
                frame.setFormat(table)

    def _follow(self, url: QUrl) -> None:
        """Links within the guide scroll, others open where the system opens them."""
        if url.isRelative() and not url.path():
            self.text.scrollToAnchor(url.fragment())
        elif url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
