"""How notes are named and coloured wherever they are shown."""

from __future__ import annotations

from types import MappingProxyType

from app.formats.notes import Note

#: equally light, so that none shouts on the dark ground
COLOURS = MappingProxyType({
    "yellow": "#e2c65a", "orange": "#e59a55", "red": "#e5746f", "purple": "#b79be0", "blue": "#6fb3e6", "cyan": "#63c5cc",
    "green": "#74c69d", "white": "#e8ecef",
})  # fmt: skip
STATUS_WORDS = MappingProxyType({"open": "Open", "addressed": "Addressed", "done": "Done"})
#: a note of a moment is on the picture for so long after it while the clip plays, and so far around it while it stands still
LASTS_S, HOLD_S = 0.5, 0.2
#: a stretch is seen from its first frame to its last, and half a frame beyond
EDGE_S = 1 / 60


def clock_text(t: float) -> str:
    """A time as ``0:01.23``."""
    minutes, seconds = divmod(max(t, 0.0), 60)
    return f"{int(minutes)}:{seconds:05.2f}"


def when(note: Note) -> str:
    """A note's moment or stretch."""
    return clock_text(note.start_s) + ("" if note.end_s is None else f" – {clock_text(note.end_s)}")


def about(note: Note, sides: bool = True) -> str:
    """What a note is about, in a few words: side, shape, phone.

    Args:
        note: which.
        sides: whether there is more than one side to tell apart.
    """
    parts = (f"side {note.side}" if note.side and sides else "", note.channel, f"/{note.phone}/" if note.phone else "")
    return "  ·  ".join(part for part in parts if part)


def belongings(note: Note) -> str:
    """What a note has besides words."""
    replies = len(note.replies)
    parts = (
        "pin" if note.point else "", "drawing" if note.strokes else "", "voice" if note.voice else "",
        "reference" if note.reference else "", f"{replies} {'reply' if replies == 1 else 'replies'}" if replies else "",
    )  # fmt: skip
    return "  ·  ".join(part for part in parts if part)


def unsaid(note: Note) -> str:
    """What stands in the place of a note's words where it has none."""
    return "Spoken note" if note.voice else "Drawing" if note.strokes else "No words yet"


def is_at(note: Note, t: float, playing: bool) -> bool:
    """Whether a note is to be seen at a time.

    Args:
        note: which.
        t: seconds.
        playing: the clip plays; else it stands still.
    """
    if note.end_s is not None:
        return note.start_s - EDGE_S <= t <= note.end_s + EDGE_S
    return (note.start_s - EDGE_S <= t <= note.start_s + LASTS_S) if playing else abs(t - note.start_s) <= HOLD_S
