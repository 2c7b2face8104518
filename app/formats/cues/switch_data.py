"""Moho's switch data, which OpenToonz and other 2D programs read too: a frame, counted from 1, and a mouth's name on each line."""

from __future__ import annotations

from app.core.errors import TrackError
from app.core.mouths.alphabets import PRESTON_BLAIR, shown
from app.core.speech import Phone
from app.formats.cues.frames import USUAL_FPS, framed, lost_note, track_of_counted, written_rate
from app.formats.cues.made_motion import LAST_S, MOST_CUES, Cues
from app.formats.cues.spoken import spoken_cues
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import TrackFile, decode_text

NAME = "Moho switch data"
KIND = "mouth cues (Moho)"
_HEAD = "MohoSwitch1"


def looks_like(data: bytes) -> bool:
    """Whether it begins as switch data does."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_HEAD.encode())


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Make motion of the mouths.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None assumes 24, as the file does not say it.

    Raises:
        TrackError: a line that is no frame and name, or names of no known set of mouths.
    """
    rows = _rows(decode_text(data, name), name)
    symbols = shown([mouth for _, mouth in rows])
    if symbols is None:
        strange = ", ".join(dict.fromkeys(mouth for _, mouth in rows if shown([mouth]) is None)) or rows[0][1]
        raise TrackError(f"{name} has mouths of no known set ({strange[:60]}); rename them to Preston Blair's, such as AI, MBP and rest.")
    rate = fps or USUAL_FPS
    if not rate > 0:
        raise TrackError(f"{name} cannot be read at {rate:g} frames a second; state its rate with --in-fps.")
    starts = [(frame - 1) / rate for frame, _ in rows]
    # the last mouth only ends the file where it is the rest, or closed lips in a set of mouths without a rest
    ends_it = len(rows) > 1 and (symbols[-1] == "sil" or (symbols[-1] == "M" and "sil" not in symbols))
    ends = [*starts[1:], starts[-1] + (0.0 if ends_it else LAST_S)]
    phones = tuple(Phone(symbol, start, end) for symbol, start, end in zip(symbols, starts, ends, strict=True))
    return track_of_counted(Cues(KIND, phones, len(rows), PRESTON_BLAIR.name), name, rate, "stated" if fps else "assumed")


def _rows(text: str, name: str) -> list[tuple[int, str]]:
    """(frame, mouth) of every line, by frame; of two in one frame the later holds."""
    rows: dict[int, str] = {}
    for number, line in enumerate(text.split(_HEAD, 1)[1].splitlines()[1:], 2):
        cells = line.split()
        if not cells:
            continue
        if len(cells) != 2 or not cells[0].isdecimal() or not 0 < len(cells[0]) < 9:
            raise TrackError(f"{name}, line {number}: {line.strip()[:40]!r} is not a frame and a mouth; export it again.")
        rows[max(int(cells[0]), 1)] = cells[1]
    if not rows or len(rows) > MOST_CUES:
        raise TrackError(f"{name} holds no mouth cues; export it again." if not rows else f"{name} holds too many mouths; split it.")
    return sorted(rows.items())


def write(performance: Performance, options: WriteOptions) -> Written:
    """Preston Blair's mouths; frames begin before their cues, as Rhubarb counts them, and a rest ends the file."""
    rate = written_rate(options)
    spoken = spoken_cues(performance, PRESTON_BLAIR, options.extended)
    frames, lost = framed(spoken.cues, rate, truncated=True)
    rest = PRESTON_BLAIR.rest if options.extended else PRESTON_BLAIR.basic[PRESTON_BLAIR.rest]
    end = max(int(spoken.end_s * rate + 1e-6), frames[-1][0] + 1)
    lines = [_HEAD, *(f"{frame + 1} {cue.shape}" for frame, cue in frames), f"{end + 1} {rest}"]
    return Written(("\n".join(lines) + "\n").encode(), (spoken.note(NAME), *lost_note(lost, rate)))
