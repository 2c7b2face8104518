"""The buttons of the panels: plain ones, and segments of which one is on."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QToolButton

from app.ui.kit import theme

BUTTON_STYLE = f"""
QToolButton {{ padding: 3px 8px; border: 1px solid {theme.LINE}; background: {theme.RAISED}; border-radius: 4px; }}
QToolButton:hover {{ background: {theme.HOVERED}; }}
QToolButton:pressed {{ background: {theme.WARNING}; color: {theme.INK}; }}
QToolButton:disabled {{ color: {theme.FAINT}; background: {theme.PANEL}; }}
QToolButton:focus {{ border-color: {theme.ACCENT}; }}
QToolButton::menu-indicator {{ image: none; }}
"""


def plain_button(text: str, hint: str) -> QToolButton:
    """A button of a panel, with its tool tip."""
    button = QToolButton()
    button.setText(text)
    button.setToolTip(hint)
    button.setStyleSheet(BUTTON_STYLE)
    return button


def segment_button(text: str, hint: str, group: QButtonGroup, beside_px: int = 12) -> QToolButton:
    """One of several buttons of which one is on.

    Args:
        text: as written on it.
        hint: its tool tip.
        group: of which one is on.
        beside_px: logical pixels left and right of the text.
    """
    button = QToolButton()
    button.setText(text)
    button.setToolTip(hint)
    button.setCheckable(True)
    button.setStyleSheet(_segment_style(beside_px))
    group.addButton(button)
    return button


def _segment_style(beside_px: int) -> str:
    plain = f"border: 1px solid {theme.LINE}; background: {theme.FIELD}; color: {theme.DIM}; border-radius: 4px;"
    on = f"background: {theme.ACCENT_DEEP}; border-color: {theme.ACCENT_DEEP}; color: {theme.ON_ACCENT}; font-weight: 600;"
    return (
        f"QToolButton {{ padding: 3px {beside_px}px; {plain} }} QToolButton:checked {{ {on} }}"
        f" QToolButton:focus {{ border-color: {theme.ACCENT}; }}"
    )
