"""Every command of the window: its name, key, what it does, and where it stands in the menus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: key among the actions.
        menu: title of its menu.
        text: as written there.
        keys: its key sequences, the first is shown.
        hint: what it does, for tool tips and the sheet of keys.
        divided: whether a line stands above it in the menu.
        checkable: whether it stays on.
    """

    name: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    hint: str = ""
    divided: bool = False
    checkable: bool = False


COMMANDS = (
    Command("open", "File", "Open…", ("Ctrl+O",), "Open a project, an avatar, a recording or a track"),
    Command("replace_sound", "File", "Replace the sound…", ("Ctrl+Shift+R",), "Another recording of the line; edits and notes stay"),
    Command("transcript", "File", "Transcript…", ("Ctrl+T",), "Give the words of the recording, for exact timing"),
    Command("load_timings", "File", "Timings onto this sound…", (), "Times of words and phones from TextGrid, JSON, SRT, VTT or Rhubarb"),
    Command("save", "File", "Save project", ("Ctrl+S",), "Save avatar, sound, sides, tunings and view in one file", divided=True),
    Command("save_as", "File", "Save project as…", ("Ctrl+Shift+S",), "Save the project under another name"),
    Command(
        "save_take",
        "File",
        "Save take…",
        ("Ctrl+Shift+T",),
        "Save sound, motion of all sides, notes and view in one file that needs no other",
    ),
    Command("compare_take", "File", "Compare with take…", (), "What is different here against a take that was kept"),
    Command(
        "save_track",
        "File",
        "Export track…",
        ("Ctrl+Shift+E",),
        "Write the motion in any format, also for 3D programs",
        divided=True,
    ),
    Command("save_video", "File", "Export video or pictures…", ("Ctrl+E",), "Write a video, frames, a still or a sheet"),
    Command("films", "File", "Exports in progress…", (), "What is being written and what waits, each with a cross"),
    Command("save_sound", "File", "Export sound…", (), "Write the sound as WAV"),
    Command(
        "save_page", "File", "Write review page…", (), "Write one web page to review this with, anywhere, without a network", divided=True
    ),
    Command("send_notes", "File", "Export notes…", (), "Write the notes for an editing program, a spreadsheet or a chat"),
    Command("take_notes", "File", "Import notes…", (), "Take in notes that a review page, a time line or a table brings back"),
    Command("pack", "File", "Pack for hand-off…", (), "Film, review page, sheets, notes, tracks and the take in one zip"),
    Command("quit", "File", "Quit", ("Ctrl+Q",), "Close the program", divided=True),
    Command("undo", "Edit", "Undo", ("Ctrl+Z",), "Take the last change back"),
    Command("redo", "Edit", "Redo", ("Ctrl+Y", "Ctrl+Shift+Z"), "Make the change again"),
    Command("add_key", "Edit", "Add emotion key", ("Shift+K",), "Let another emotion begin at the cursor", divided=True),
    Command("mark", "Edit", "Edit curves from in to out point", ("E",), "Mark the stretch between the in and out points for editing"),
    Command(
        "set_key",
        "Edit",
        "Set key on picked curves",
        ("Ctrl+K",),
        "Set a key at the cursor; K does it, too, while the curves have the keyboard",
    ),
    Command("copy_curves", "Edit", "Copy curves", ("Ctrl+C",), "Copy the marked stretch of the picked curves, or of all"),
    Command("paste_curves", "Edit", "Paste curves", ("Ctrl+V",), "Lay the copied stretch over the curves from the cursor on"),
    Command("mirror_curves", "Edit", "Mirror stretch", ("Ctrl+M",), "Exchange left and right in the marked stretch; again to undo it"),
    Command("mark_all", "Edit", "Mark all curves", ("Ctrl+A",), "Mark the whole clip, with all shapes"),
    Command("slide_later", "Edit", "Slide marked stretch later", ("Ctrl+Right",), "What is marked comes a frame later"),
    Command("slide_earlier", "Edit", "Slide marked stretch earlier", ("Ctrl+Left",), "What is marked comes a frame earlier"),
    Command("stretch_longer", "Edit", "Stretch marked stretch", ("Ctrl+Shift+Right",), "What is marked lasts a frame longer"),
    Command("stretch_shorter", "Edit", "Shorten marked stretch", ("Ctrl+Shift+Left",), "What is marked lasts a frame less long"),
    Command("snap", "Edit", "Snap to frames", ("Shift+S",), "Marks, handles and typed times snap to frames", checkable=True),
    Command("timing_back", "Edit", "Put the timing back", (), "Words and phones as they were heard, before they were moved by hand"),
    Command("make_again", "Edit", "Make kept motion again", (), "Let the sources make the motion anew that a take shows as it was kept"),
    Command("azure", "Edit", "Azure and keys…", (), "Where the cloud services are, what opens them, and whether they work", divided=True),
    Command("costs", "Edit", "Costs of the month…", (), "What paid services cost this month, and what it will come to"),
    Command("play", "Playback", "Play", ("Space",), "Play or pause"),
    Command("forward", "Playback", "Next frame", ("Right",), "One frame forward"),
    Command("back", "Playback", "Previous frame", ("Left",), "One frame back"),
    Command("forward10", "Playback", "Ten frames forward", ("Shift+Right",), "Ten frames forward"),
    Command("back10", "Playback", "Ten frames back", ("Shift+Left",), "Ten frames back"),
    Command("forwards", "Playback", "Play forwards\tL", (), "Play forwards, again: 2 and 4 times as fast (L)"),
    Command("halt", "Playback", "Stand still\tK", (), "Stand still (K); held, J and L go by single frames or slowly"),
    Command("backwards", "Playback", "Play backwards\tJ", (), "Play backwards, again: 2 and 4 times as fast (J)"),
    Command("start", "Playback", "Go to start", ("Home",), "Go to the start"),
    Command("end", "Playback", "Go to end", ("End",), "Go to the end"),
    Command("go_to", "Playback", "Go to…", ("G",), "Type where to go: a timecode, a frame, or +10 for ten frames on"),
    Command("mark_here", "Playback", "Set mark", ("M",), "Set a mark at the playhead, also while it plays", divided=True),
    Command("edit_mark", "Playback", "Name and colour mark…", ("Shift+M",), "Name and colour the mark at the playhead"),
    Command("next_mark", "Playback", "Next mark", (".",), "Go to the next mark"),
    Command("previous_mark", "Playback", "Previous mark", (",",), "Go to the mark before"),
    Command("next_stop", "Playback", "Next mark, note or finding", ("Shift+Down",), "Go to the next mark, note or finding"),
    Command("previous_stop", "Playback", "Previous mark, note or finding", ("Shift+Up",), "Go to the mark, note or finding before"),
    Command("loop", "Playback", "Loop", ("Ctrl+L",), "Repeat the range between the in and out points", divided=True, checkable=True),
    Command("in", "Playback", "Set in point", ("[",), "Start the loop here"),
    Command("out", "Playback", "Set out point", ("]",), "End the loop here"),
    Command("clear_loop", "Playback", "Clear in and out points", ("\\",), "Clear the in and out points"),
    Command("scrub_sound", "Playback", "Sound while scrubbing", (), "Hear the sound under the playhead while dragging it", checkable=True),
    Command("live", "Playback", "Live microphone", ("Shift+L",), "Let the microphone move the face", divided=True, checkable=True),
    Command("live_in", "Playback", "Live in", ("Ctrl+Shift+I",), "Let a phone or a webcam tracker move the face", checkable=True),
    Command("record_face", "Playback", "Record the live face", ("Ctrl+R",), "Write the face that comes as a track", checkable=True),
    Command("live_out", "Playback", "Live out", ("Ctrl+Shift+O",), "Send what is shown to other programs", checkable=True),
    Command("sync", "Playback", "Sync of sound and picture…", (), "Find the delay of the sound output"),
    Command("note", "Review", "Add note", ("N",), "Put a note at the playhead, or on the loop"),
    Command("pin", "Review", "Pin note on the face", ("P",), "Click on the face; the mark follows its skin"),
    Command("draw", "Review", "Draw over the picture", ("D",), "Draw lines and arrows that belong to the note"),
    Command("voice_note", "Review", "Record note", ("Shift+N",), "Say the note, and point at the picture meanwhile; again to end it"),
    Command("board", "Review", "Board…", ("Ctrl+Shift+B",), "Lines of a batch: filter, open, approve, run what changed", divided=True),
    Command("portrait", "View", "Portrait", ("1",), "Head and shoulders"),
    Command("face", "View", "Face", ("2",), "The face alone"),
    Command("bust", "View", "Bust", ("3",), "Down to the chest"),
    Command("body", "View", "Body", ("4",), "The whole figure"),
    Command("mouth", "View", "Mouth", ("5",), "The lips alone"),
    Command("three_quarter", "View", "Three-quarter", ("6",), "The face, half turned"),
    Command("profile", "View", "Profile", ("7",), "The face from the side"),
    Command("reset", "View", "Reset view", ("R",), "Back to the framing's camera"),
    Command("swap", "View", "Show the other source", ("B",), "Go on to the next side", divided=True),
    Command("fit", "View", "Fit time", ("F",), "Show the whole clip in timeline and curves", divided=True),
    Command("spectrogram", "View", "Spectrogram", (), "Frequencies of the sound under words and phones", checkable=True),
    Command("next_take", "Playback", "Next take", ("Ctrl+PgDown",), "The next take of the playlist; what was noted is saved", divided=True),
    Command("previous_take", "Playback", "Previous take", ("Ctrl+PgUp",), "The take before in the playlist"),
    Command("status_to_do", "Playback", "Take: to do", ("Alt+1",), "Nobody looked at the open take yet"),
    Command("status_in_review", "Playback", "Take: in review", ("Alt+2",), "The open take is being looked at"),
    Command("status_changes_asked", "Playback", "Take: changes asked", ("Alt+3",), "The open take has to be worked on"),
    Command("status_approved", "Playback", "Take: approved", ("Alt+4",), "The open take is good"),
    Command("curves", "View", "Curves", ("Ctrl+B",), "Show or hide curves and panels", checkable=True),
    Command("live_panel", "View", "Live out and in", ("Ctrl+Shift+V",), "Who gets the face, and who sends one"),
    Command("tools", "View", "Tuning and comparison", ("Ctrl+U",), "Show or hide the tuning panel", checkable=True),
    Command("poses", "View", "Poses", ("Ctrl+Shift+K",), "Faces that are blended into the motion at the cursor, and saving them"),
    Command("layers", "View", "Layers", ("Ctrl+Shift+L",), "Which part of the face comes from where, with offset, gain and crossfade"),
    Command("acting", "View", "Acting", ("Ctrl+Shift+A",), "Head, eyes and breath that belong to the line, by three sliders and a seed"),
    Command("takes", "View", "Playlist of takes", ("Ctrl+Shift+P",), "Takes that are gone through, with how far each is"),
    Command("conversation", "View", "Conversation", ("Ctrl+Shift+C",), "Talk with the avatar: by voice or typed; hold F8 to talk"),
    Command(
        "compare",
        "View",
        "Compare two sources",
        ("C",),
        "Show two or three sources: split, wipe, ghost, heat, one; again to end it",
    ),
    Command("solo_a", "View", "Side A alone", ("Ctrl+1",), "Show side A alone, and back"),
    Command("solo_b", "View", "Side B alone", ("Ctrl+2",), "Show side B alone, and back"),
    Command("solo_c", "View", "Side C alone", ("Ctrl+3",), "Show side C alone, and back"),
    Command(
        "bypass",
        "View",
        "Bypass tuning",
        ("Shift+T",),
        "See the motion as made, or hold T",
        checkable=True,
    ),
    Command(
        "touch",
        "View",
        "Pick by touching",
        ("Shift+P",),
        "Click on the face: the shapes that move it most there; Ctrl+click at any time",
        checkable=True,
    ),
    Command("light", "View", "Light up what a curve moves", (), "The face shows what the curve under the pointer moves", checkable=True),
    Command("life", "View", "Idle life", ("I",), "Blinks, gaze, breath; never part of a track", checkable=True),
    Command("head", "View", "Head of the track", ("H",), "Head and eye angles of a capture turn the avatar's", checkable=True),
    Command("text_marks", "View", "Marks of the text", (), "The lane of the text's marks, also while there are none", checkable=True),
    Command("film", "View", "Show the film", (), "The picture of an opened film beside the face, in sync with its sound", checkable=True),
    Command("full", "View", "Full screen", ("F11",), "Picture and transport alone, over the whole screen; Esc goes back", checkable=True),
    Command("stop", "Playback", "Cancel work", ("Esc",), "Cancel work in progress, else show all curves", divided=True),
    Command("keys", "Help", "Keyboard shortcuts", ("F1",), "This list"),
    Command("guide", "Help", "Guide", ("Shift+F1",), "How everything is used"),
    Command("places", "Help", "Where things are kept…", (), "Folders and sizes of settings, data, caches and logs, and removing them"),
    Command(
        "updates_at_start", "Help", "Check for updates at start", (), "Ask at every start which version is the latest", True, checkable=True
    ),
    Command("updates", "Help", "Check now…", (), "Ask once which version is the latest; nothing else is sent"),
    Command("about", "Help", "About VisemeSync Preview", (), "Version, licence and what it runs on", divided=True),
)


def make_actions(owner: QWidget) -> dict[str, QAction]:
    """Make an action for every command; ``connect_commands`` says what it does.

    Args:
        owner: the window that the keys belong to.
    """
    made = {}
    for command in COMMANDS:
        action = QAction(command.text, owner)
        action.setShortcuts([QKeySequence(keys) for keys in command.keys])
        action.setCheckable(command.checkable)
        key = f" ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})" if command.keys else ""
        action.setToolTip(f"{command.hint}{key}")
        owner.addAction(action)
        made[command.name] = action
    return made


def connect_commands(actions: dict[str, QAction], does: dict[str, Callable[..., object]]) -> None:
    """Let commands do something.

    Args:
        actions: all of them, as made.
        does: what each one does, by name; checkable ones are given their new state.
    """
    for command in COMMANDS:
        call = does[command.name]
        actions[command.name].triggered.connect(call if command.checkable else _without_state(call))


def _without_state(does: Callable[..., object]) -> Callable[[], None]:
    """Leave out the checked state that Qt passes along."""

    def call() -> None:
        does()

    return call


def fill_menu(menu: QMenu, title: str, actions: dict[str, QAction]) -> None:
    """Put the commands of the menu of that title into it, in the table's order."""
    for command in COMMANDS:
        if command.menu == title:
            if command.divided:
                menu.addSeparator()
            menu.addAction(actions[command.name])
