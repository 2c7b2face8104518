"""What stands between the source and the face, written on the picture."""

from __future__ import annotations

from app.core.tuning import Tuning
from app.session.adjust.tunings import Tunings
from app.session.state import State
from app.ui.preview.preview import Preview
from app.ui.tuning.tuning_words import chip_words


class TuningTag:
    """Names what is tuned, muted, alone, a preset or bypassed.

    Args:
        preview: is written on.
        state: whose side on show it is.
        tunings: of the sides.
    """

    def __init__(self, preview: Preview, state: State, tunings: Tunings) -> None:
        self._preview, self._state, self._tunings = preview, state, tunings
        self._presets: dict[str, Tuning] = {}

    def note_preset(self, tuning: Tuning, name: str) -> None:
        """A preset was chosen: its tuning has this name from now on."""
        self._presets[name] = tuning
        self.show()

    def words(self, side: str) -> str:
        """What there is to know about a side, "" for motion as it was made."""
        if self._tunings.bypassed:
            return "tuning bypassed"
        edits = self._state.sides[side].edits if side in self._state.sides else ()
        return "   ".join(chip_words(self._tunings.of(side), self._presets, len(edits)))

    def show(self, *_: object) -> None:
        """Write it."""
        self._preview.set_tuned(self.words(self._state.shown))
