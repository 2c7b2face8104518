"""FCPXML 1.9 for Final Cut Pro: the clip with its notes as markers; a status is a to-do marker, done or not.

The format is Apple's "Final Cut Pro XML reference": times are fractions of a second, markers of a clip stand in its own time.
"""

from __future__ import annotations

from fractions import Fraction
from urllib.parse import quote
from xml.etree import ElementTree

from app.formats.cuts.cut import Cut, named, wordy
from app.formats.notes import Note

NAME, ENDING = "Final Cut Pro XML", ".fcpxml"
VERSION = "1.9"


def write(cut: Cut) -> str:
    """A Final Cut library with one project.

    Args:
        cut: the clip and its notes.
    """
    root = ElementTree.Element("fcpxml", version=VERSION)
    start, duration = _time(cut, cut.count.start), _time(cut, cut.frames)
    resources = ElementTree.SubElement(root, "resources")
    width, height = (str(side + side % 2) for side in cut.film_size)
    ElementTree.SubElement(resources, "format", id="r1", frameDuration=_time(cut, 1), width=width, height=height)
    if cut.film:
        asset = ElementTree.SubElement(
            resources, "asset", id="r2", name=_text(cut.line), start=start, duration=duration, format="r1",
            hasVideo="1", hasAudio="1", audioSources="1", audioChannels="1",
        )  # fmt: skip
        ElementTree.SubElement(asset, "media-rep", kind="original-media", src=f"./{quote(cut.film)}")
    event = ElementTree.SubElement(ElementTree.SubElement(root, "library"), "event", name="VisemeSync Preview")
    project = ElementTree.SubElement(event, "project", name=_text(cut.line))
    counting = "DF" if cut.count.count.drop else "NDF"
    sequence = ElementTree.SubElement(project, "sequence", format="r1", duration=duration, tcStart=start, tcFormat=counting)
    spine = ElementTree.SubElement(sequence, "spine")
    place = {"name": _text(cut.line), "offset": start, "start": start, "duration": duration}
    kind, extra = ("asset-clip", {"ref": "r2", "tcFormat": counting}) if cut.film else ("gap", {})
    clip = ElementTree.SubElement(spine, kind, {**extra, **place})
    for note in cut.notes:
        clip.append(_marker(cut, note))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _marker(cut: Cut, note: Note) -> ElementTree.Element:
    start = _time(cut, cut.count.start + cut.first(note))
    length = _time(cut, cut.length(note))
    done = "1" if note.status == "done" else "0"
    return ElementTree.Element("marker", start=start, duration=length, value=_text(named(note)), note=_text(wordy(note)), completed=done)


def _time(cut: Cut, frames: int) -> str:
    """A number of frames as Final Cut writes seconds: ``1001/30000s``."""
    seconds = Fraction(frames) / cut.rate
    return f"{seconds.numerator}s" if seconds.denominator == 1 else f"{seconds.numerator}/{seconds.denominator}s"


def _text(text: str) -> str:
    """What XML can hold."""
    return "".join(letter if _fits(letter) else " " for letter in text)


def _fits(letter: str) -> bool:
    return letter in "\n\t" or (letter >= " " and not "\ud800" <= letter <= "\udfff" and letter not in "\ufffe\uffff")
