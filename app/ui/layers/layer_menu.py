"""The menu that takes a part of a face from another source: right-click, choose, done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu

from app.core.source_spec import SourceSpec
from app.ui.layers.layer_words import LayerOffer, region_choices

#: what is asked for most, in words, with the part that is taken
DIRECT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Replace only the lips of this motion", ("lips",)),
    ("Keep only the upper face of this motion", ("lips", "head")),
    ("Take the upper face and head from", ("upper", "head")),
)


def fill_layer_menu(menu: QMenu, offers: list[LayerOffer], chosen: Callable[[tuple[str, ...], SourceSpec | None], object]) -> None:
    """Put the entries into a menu; each opens the list of sources.

    Args:
        menu: takes them.
        offers: the sources.
        chosen: told the part and the source, None for a file that is to be asked for.
    """
    for words, where in DIRECT:
        fill_sources(submenu(menu, words), offers, partial(chosen, where))
    other = submenu(menu, "Take another part from a source")
    direct = {where for _, where in DIRECT}
    for where, title in region_choices():
        if where not in direct:
            fill_sources(submenu(other, title), offers, partial(chosen, where))


def submenu(menu: QMenu, title: str) -> QMenu:
    """One more menu in a menu. Where Qt itself makes it, Python may take it for a widget that was there before at the same address."""
    made = QMenu(title, menu)
    menu.addMenu(made)
    return made


def fill_sources(menu: QMenu, offers: list[LayerOffer], chosen: Callable[[SourceSpec | None], object]) -> None:
    """Put the sources into a menu, and at its end a way to a file."""
    menu.setToolTipsVisible(True)
    for offer in offers:
        action = menu.addAction(offer.label, partial(chosen, offer.spec))
        action.setToolTip(offer.hint)
    menu.addSeparator()
    menu.addAction("Track or take file…", partial(chosen, None))
