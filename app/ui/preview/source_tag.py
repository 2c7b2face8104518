"""Who moves the face, written on the picture."""

from __future__ import annotations

from app.session.live.live import Live
from app.session.state import State
from app.ui.preview.preview import Preview


class SourceTag:
    """Names the source of the side on show, or who moves the microphone's face.

    Args:
        preview: is written on.
        state: whose side on show it is.
        live: the microphone.
    """

    def __init__(self, preview: Preview, state: State, live: Live) -> None:
        self._preview, self._state, self._live = preview, state, live

    def show(self, *_: object) -> None:
        """Write it."""
        side, live = self._state.shown_side, self._live
        if live.active:
            self._preview.set_source(live.source_label, live.is_mock)
        else:
            prefix = f"{side.name}   " if len(self._state.sides) > 1 and side.label else ""
            self._preview.set_source(prefix + side.label, side.is_mock)
