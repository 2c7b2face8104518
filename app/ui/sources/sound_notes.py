"""What was noticed in an opened sound, with the choice that it offers: another channel, or silence that an encoder put in front."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog, QWidget

from app.core.speech import ClipNote
from app.session.speech.speeches import Speeches
from app.ui.kit.banner import Banner

#: words on the button, and above the list
_CHANNEL, _DELAY = ("Channel…", "Which channel is heard"), ("Delay…", "Milliseconds to take off the start")


class SoundNotes(QObject):
    """Says it, and opens the sound again as the user chooses.

    Args:
        banner: says it.
        speeches: open the sound again.
        window: parent of the question.
    """

    def __init__(self, banner: Banner, speeches: Speeches, window: QWidget) -> None:
        super().__init__(window)
        self._banner, self._speeches, self._window = banner, speeches, window
        self.question: QInputDialog | None = None

    def tell(self, path: Path, notes: tuple[ClipNote, ...]) -> None:
        """A sound was opened in which something was noticed.

        Args:
            path: of its file.
            notes: at least one.
        """
        open_to_choice = next((note for note in notes if note.choices), None)
        sentence = f"{path.name}: {' '.join(note.sentence for note in notes)}"
        if open_to_choice is None:
            self._banner.show_notice(sentence)
        else:
            words = _DELAY[0] if open_to_choice.kind == "unknown_delay" else _CHANNEL[0]
            self._banner.show_notice(sentence, words, lambda: self.ask(path, open_to_choice))

    def ask(self, path: Path, note: ClipNote) -> None:
        """Ask which of a note's choices is meant, and open the sound so; its words are kept."""
        is_delay = note.kind == "unknown_delay"
        question = self.question = QInputDialog(self._window)
        question.setWindowTitle(path.name)
        question.setLabelText((_DELAY if is_delay else _CHANNEL)[1])
        question.setComboBoxItems(list(note.choices))
        question.setComboBoxEditable(is_delay)

        def chosen(text: str) -> None:
            words = self._speeches.words_of(path)
            if not is_delay:
                self._speeches.open(path, words, channel=text)
            elif text.strip().replace(".", "", 1).isdigit():
                self._speeches.open(path, words, encoder_delay_s=float(text) / 1e3)

        question.textValueSelected.connect(chosen)
        question.finished.connect(question.deleteLater)
        question.open()
