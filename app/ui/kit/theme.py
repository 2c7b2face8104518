"""The look: one palette, one style sheet, an 8-pixel grid."""

from __future__ import annotations

from types import MappingProxyType

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from app.core.shipped import shipped

WINDOW = "#15171a"
PANEL = "#1b1e22"
FIELD = "#22262b"
RAISED = "#2a2f35"
LINE = "#2f353b"
#: below a button under the mouse
HOVERED = "#323840"
#: below waveforms and ribbons
WELL = "#171a1d"
#: four steps of text; even the last can be read on every ground (WCAG AA, 4.5 to 1, a test holds it)
TEXT = "#dce0e4"
SOFT = "#bcc3ca"
DIM = "#a8b0b8"
FAINT = "#8e969f"
#: what stands out of the text: playheads, a picked name
BRIGHT = "#f2f5f7"
#: text on bright plates
INK = "#1b1509"
#: lines of boxes and bars, never text
EDGE = "#666e77"
ACCENT = "#58a6d6"
ACCENT_DEEP = "#2f6f98"
#: text on ACCENT_DEEP
ON_ACCENT = "#f4f8fb"
GOOD = "#74c69d"
#: VisemeSync's background behind the avatar
STAGE = "#1a1a1a"
WARNING = "#e0a94a"
ERROR = "#e5827a"

#: one hue per group of curves, equally light so that none shouts
GROUP_COLOURS = MappingProxyType({
    "brow": "#b79be0",
    "eye": "#6fb3e6",
    "cheek": "#df8fb0",
    "jaw": "#e3a75f",
    "mouth": "#74c69d",
    "tongue": "#e08076",
    "angles": "#9fb4c7",
})  # fmt: skip

#: Qt's style sheets take pictures from files only
_ICONS = shipped("assets/icons")
_CHEVRON, _CHECK = ((_ICONS / f"{name}.svg").as_posix() for name in ("chevron", "check"))

#: the families looked for, in order; every platform has one of them, and the last is Pillow's own, for systems without fonts
FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "Cantarell", "DejaVu Sans", "Aileron")
BASE_PX = 13
SMALL_PX = 11

_SHEET = f"""
* {{ outline: 0; }}
QMainWindow, QDialog {{ background: {WINDOW}; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px 6px; }}
QMenuBar {{ background: {WINDOW}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 10px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {RAISED}; }}
QMenu {{ background: {PANEL}; border: 1px solid {LINE}; padding: 4px; }}
QMenu::item {{ padding: 5px 28px 5px 22px; border-radius: 4px; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::item:selected {{ background: {RAISED}; }}
QMenu::item:disabled {{ color: {FAINT}; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 4px 8px; }}
QStatusBar {{ background: {WINDOW}; border-top: 1px solid {LINE}; }}
QStatusBar::item {{ border: 0; }}
QStatusBar QLabel {{ color: {DIM}; font-size: {SMALL_PX}px; padding: 0 8px; }}
QSplitter::handle {{ background: {WINDOW}; }}
QSplitter::handle:hover {{ background: {LINE}; }}
QLabel#caption {{ color: {DIM}; font-size: {SMALL_PX}px; }}
QLabel#heading {{ font-weight: 600; }}
QLabel#keycap {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 4px; padding: 2px 8px; font-size: {SMALL_PX}px; }}
QScrollArea#clear, QScrollArea#clear > QWidget > QWidget {{ background: transparent; }}
QFrame#panel {{ background: {PANEL}; border: 0; }}
QFrame#rule {{ background: {LINE}; border: 0; max-height: 1px; }}
QLineEdit, QComboBox, QPlainTextEdit, QSpinBox, QDoubleSpinBox {{
  background: {FIELD}; border: 1px solid {LINE}; border-radius: 5px; padding: 4px 8px; min-height: 20px;
  selection-background-color: {ACCENT_DEEP}; }}
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus, QSpinBox:focus {{ border-color: {ACCENT}; }}
QLineEdit:disabled, QComboBox:disabled {{ color: {FAINT}; }}
QComboBox::drop-down {{ border: 0; width: 22px; }}
QComboBox::down-arrow {{ image: url("{_CHEVRON}"); width: 10px; height: 10px; }}
QComboBox {{ padding-right: 2px; }}
QComboBox QAbstractItemView {{ background: {PANEL}; border: 1px solid {LINE}; selection-background-color: {RAISED}; padding: 4px; }}
QPushButton {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 5px; padding: 5px 14px; min-height: 18px; }}
QPushButton:hover {{ background: {HOVERED}; }}
QPushButton:pressed {{ background: {FIELD}; }}
QPushButton:disabled {{ color: {FAINT}; background: {PANEL}; }}
QPushButton:focus {{ border-color: {ACCENT}; }}
QPushButton#primary {{ background: {ACCENT_DEEP}; border-color: {ACCENT_DEEP}; color: {ON_ACCENT}; font-weight: 600; }}
QPushButton#primary:hover {{ background: #33769f; }}
QPushButton#primary:focus {{ border-color: #a9d3ee; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 3px; }}
QToolButton:hover {{ background: {RAISED}; }}
QToolButton:pressed {{ background: {FIELD}; }}
QToolButton:checked {{ background: #26384a; border-color: #34516a; }}
QToolButton:focus {{ border-color: {ACCENT}; }}
QSlider {{ background: transparent; }}
QSlider::groove:horizontal {{ height: 4px; background: {LINE}; border: 0; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ height: 4px; background: {DIM}; border: 0; border-radius: 2px; }}
QSlider::add-page:horizontal {{ height: 4px; background: {LINE}; border: 0; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {TEXT}; border: 0; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; }}
QSlider::handle:horizontal:focus {{ background: {ACCENT}; }}
QSlider::handle:horizontal:disabled {{ background: {EDGE}; }}
QSlider::sub-page:horizontal:disabled {{ background: {EDGE}; }}
QProgressBar {{ background: {LINE}; border: 0; border-radius: 2px; max-height: 4px; min-height: 4px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 2px; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 4px; min-height: 32px; }}
QScrollBar::handle:vertical:hover {{ background: {EDGE}; }}
QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {LINE}; border-radius: 4px; min-width: 32px; }}
QScrollBar::handle:horizontal:hover {{ background: {EDGE}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none; height: 0; width: 0; }}
QCheckBox {{ spacing: 8px; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {EDGE}; border-radius: 3px; background: {FIELD}; }}
QCheckBox::indicator:hover {{ border-color: {DIM}; }}
QCheckBox::indicator:focus {{ border-color: {ACCENT}; }}
QCheckBox::indicator:checked {{ background: {ACCENT_DEEP}; border-color: {ACCENT_DEEP}; image: url("{_CHECK}"); }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
"""


def _palette() -> QPalette:
    """Fusion's roles in our colours, for everything that the sheet does not name."""
    palette = QPalette()
    role = QPalette.ColorRole
    for where, colour in (
        (role.Window, WINDOW), (role.Base, FIELD), (role.AlternateBase, PANEL), (role.Button, RAISED), (role.ToolTipBase, RAISED),
        (role.WindowText, TEXT), (role.Text, TEXT), (role.ButtonText, TEXT), (role.ToolTipText, TEXT), (role.BrightText, "#ffffff"),
        (role.Highlight, ACCENT_DEEP), (role.HighlightedText, "#ffffff"), (role.Link, ACCENT), (role.PlaceholderText, FAINT),
    ):  # fmt: skip
        palette.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, QColor(FAINT))
    return palette


def interface_font(pixels: int = BASE_PX) -> QFont:
    """The interface's font in a size given in logical pixels."""
    known = set(QFontDatabase.families())
    font = QFont(next((name for name in FAMILIES if name in known), ""))
    font.setPixelSize(pixels)
    return font


def blank_picture(widget: QWidget) -> QPixmap:
    """A picture of a widget's size in the pixels of its screen, in the colour of panels, to be drawn once and shown often."""
    ratio = widget.devicePixelRatioF()
    picture = QPixmap(max(round(widget.width() * ratio), 1), max(round(widget.height() * ratio), 1))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(PANEL))
    return picture


def apply_theme(app: QApplication) -> None:
    """Give the whole program its look."""
    app.setStyle("Fusion")
    app.setPalette(_palette())
    app.setFont(interface_font())
    app.setStyleSheet(_SHEET)
