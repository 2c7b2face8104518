"""The read-me of a package: what was made, how, and what each file is for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from app.core.presets import tuning_data
from app.core.tuning import Tuning
from app.formats.takes.take import SavedTake

#: what a file is for, by the end of its name; the first that fits
_USES = (
    ("-review.html", "opens in any browser without network: the face in 3D, notes and replies"),
    (".mp4", "the film with sound, timecode and curves"),
    ("-phones.png", "the face at every phone"),
    ("-sides.png", "the sides where they differ most"),
    (".vstake", "the take: opens in VisemeSync Preview"),
    (".otio", "notes for programs that read OpenTimelineIO; comes back"),
    (".edl", "notes as locators of an edit list"),
    (".fcpxml", "notes for Final Cut Pro"),
    (".md", "notes with pictures, for a chat or an issue"),
    (".jpg", "picture of a note"),
)  # fmt: skip


def about_text(take: SavedTake, sizes: Mapping[str, int], missing: Sequence[str], remarks: Sequence[str]) -> str:
    """The read-me; the same take gives the same text.

    Args:
        take: that was packed.
        sizes: bytes of every file by name.
        missing: sentences about parts that could not be made.
        remarks: further sentences.
    """
    lines = [take.line or take.speech.text or "Take", "", *_facts(take), ""]
    for side, lane in sorted(take.lanes.items()):
        lines += [f"Side {side}: {lane.source}, {len(lane.tuned.arkit)} frames at {lane.tuned.arkit.fps:g} a second"]
        lines += [f"  {name} = {value:g}" for name, value in sorted(lane.parameters.items())]
        lines += [f"  {words}" for words in _tuned(take, side)]
    lines += ["", "Files"]
    lines += [f"  {name}  ({_size(size)}){_use(name)}" for name, size in sorted(sizes.items())]
    for title, sentences in (("Not in this package", missing), ("To know", remarks)):
        if sentences:
            lines += ["", title, *(f"  {sentence}" for sentence in dict.fromkeys(sentences))]
    return "\n".join(lines) + "\n"


def _facts(take: SavedTake) -> list[str]:
    avatar = take.avatar
    counts = Counter(note.status for note in take.notes)
    notes = ", ".join(f"{counts[status]} {status}" for status in ("open", "addressed", "done") if counts[status])
    facts = {
        "Words": take.speech.text,
        "Length": f"{take.speech.audio.duration_s:.3f} s, sound of {take.speech.audio.rate} Hz",
        "Counted": f"{take.fps:g} frames a second from {take.start_timecode}",
        "Avatar": "" if avatar is None else f"{avatar.name}, SHA-256 {avatar.sha256}",
        "Status": take.status,
        "Notes": notes or "none",
        "Made with": f"VisemeSync Preview {take.app_version}" if take.app_version else "",
    }
    return [f"{name}: {value}" for name, value in facts.items() if value]


def _tuned(take: SavedTake, side: str) -> list[str]:
    """What a hand changed on a side."""
    settings = take.project.sides.get(side)
    if settings is None:
        return []
    data, plain = tuning_data(settings.tuning), tuning_data(Tuning())
    changed = {name: value for name, value in data.items() if value != plain.get(name)}
    lines = [f"tuning: {json.dumps(changed, sort_keys=True)}"] if changed else []
    lines += [f"layer: {layer.title.lower()} from {layer.source}" for layer in settings.layers if layer.on]
    return [*lines, *([f"edits by hand: {len(settings.edits)}"] if settings.edits else [])]


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{max(size, 1) / 1e3:.1f} kB"


def _use(name: str) -> str:
    if name.startswith("tracks/"):
        return ": the motion as tuned"
    if name.startswith("notes/") and name.endswith(".csv"):
        return ": notes for a spreadsheet; comes back"
    use = next((words for ending, words in _USES if name.endswith(ending)), "")
    return f": {use}" if use else ""
