"""What the window says and offers when work goes along to another sound, and how what has no place is settled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from app.core.file_kinds import AUDIO_ENDINGS
from app.session.adjust.conflicts import Conflicts
from app.session.base.playback import Playback
from app.session.carry.carrying import Carrying
from app.session.carry.replacing import Replacing
from app.session.carry.work import Brought
from app.session.state import State
from app.ui.carry.conflict_list import ConflictList
from app.ui.curves.edit_bar import EditBar
from app.ui.kit.banner import Banner
from app.ui.kit.side_tabs import SideTabs

#: what the question of the banner is about
ABOUT = "carry"


class Bringing(QObject):
    """Between the session's work that goes along and the window.

    Args:
        listed: the list of conflicts.
        bar: the edits, above it.
        tabs: its tab says how many there are.
        banner: says what came along.
        ask_sound: asks for a recording.
        state: has the sound.
        carrying: brings work along.
        replacing: puts another recording in the place of the sound.
        conflicts: what has no place.
        playback: its cursor is where things are put.
    """

    #: the list of conflicts is wanted
    wanted = Signal()
    #: seconds: look there
    jumped = Signal(float)

    def __init__(
        self, listed: ConflictList, bar: EditBar, tabs: SideTabs, banner: Banner, ask_sound: Callable[[], Path | None], *,
        state: State, carrying: Carrying, replacing: Replacing, conflicts: Conflicts, playback: Playback,
    ) -> None:  # fmt: skip
        super().__init__(listed)
        self._list, self._bar, self._tabs, self._banner, self._ask_sound = listed, bar, tabs, banner, ask_sound
        self._state, self._carrying, self._replacing, self._conflicts = state, carrying, replacing, conflicts
        carrying.came.connect(self._tell)
        carrying.offered.connect(self._offer)
        conflicts.changed.connect(self.show)
        state.sound_changed.connect(lambda: banner.withdraw(ABOUT))
        listed.jumped.connect(self._jump)
        listed.placed_here.connect(self._place_here)
        listed.placed_at_cursor.connect(lambda conflict_id: conflicts.place(conflict_id, playback.now()))
        listed.dismissed.connect(conflicts.settle)

    # -- another sound

    def ask_replace(self) -> None:
        """Ask for a recording that takes the place of the sound."""
        if self._state.speech is None:
            self._banner.show_error("There is no sound to replace yet; speak a line or open a recording first.")
            return
        path = self._ask_sound()
        if path is not None:
            self._replacing.replace(path)

    def take_drop(self, path: Path, modifiers: Qt.KeyboardModifier) -> bool:
        """Whether a file that was dropped is a recording that takes the place of the sound: dropped with Shift held, it is."""
        has_shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if not has_shift or self._state.speech is None or path.suffix.lower() not in AUDIO_ENDINGS:
            return False
        self._replacing.replace(path)
        return True

    # -- what is said

    def _tell(self, brought: Brought) -> None:
        n = brought.n_conflicts
        came = f"{brought.words} came along to this sound" if brought.words else "Nothing found its place in this sound"
        if not n:
            self._banner.show_notice(f"{came}.", "Undo", self._carrying.take_back)
            return
        sentence = f"{came}; {n} without a sure place {'is' if n == 1 else 'are'} listed under Edits."
        self._banner.offer(sentence, (("Show them", self.wanted.emit), ("Undo", self._carrying.take_back)), ABOUT)

    def _offer(self, n: int) -> None:
        what = "One piece of work stays" if n == 1 else f"{n} pieces of work stay"
        sentence = f"{what} with the sound before: edits, notes, marks. If this recording says the same, they come along."
        self._banner.offer(sentence, (("It says the same", self._replacing.says_the_same),), ABOUT)

    def show(self) -> None:
        """List what there is to settle."""
        found = self._conflicts.all
        self._list.set_conflicts(found, frozenset(each.id for each in found if self._conflicts.can_place(each.id)))
        self.name_tab()

    def name_tab(self, *_: int) -> None:
        """Say in the tab how many edits and conflicts there are."""
        n, lost, tab = len(self._bar.edits), len(self._conflicts.all), self._tabs.indexOf(self._bar)
        counts = ", ".join([*([str(n)] if n else []), *([f"{lost} !"] if lost else [])])
        self._tabs.setTabText(tab, f"Edits ({counts})" if counts else "Edits")
        self._tabs.setTabToolTip(tab, f"{lost} conflict{'s' if lost > 1 else ''} to settle" if lost else "")

    # -- what the user does

    def _jump(self, conflict_id: str) -> None:
        found = self._conflicts.of(conflict_id)
        if found is not None:
            self.jumped.emit(found.at_s)

    def _place_here(self, conflict_id: str) -> None:
        found = self._conflicts.of(conflict_id)
        if found is not None:
            self._conflicts.place(conflict_id, found.at_s)
