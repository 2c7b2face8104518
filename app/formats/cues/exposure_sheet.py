"""An exposure sheet as animators keep them: a line for every picture of film, with the mouth to draw from each chart."""

from __future__ import annotations

import csv
import io
from itertools import pairwise

from app.core.errors import TrackError
from app.core.mouths.alphabets import OCULUS, shown
from app.core.mouths.charts import CHARTS
from app.core.mouths.cues import MouthCue
from app.core.speech import Phone
from app.formats.cues.frames import USUAL_FPS, framed, track_of_counted, written_rate
from app.formats.cues.made_motion import MOST_CUES, Cues
from app.formats.cues.spoken import spoken_cues
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import TrackFile, decode_text

NAME = "Exposure sheet"
KIND = "mouth cues (exposure sheet)"
#: of the charts the one with the most mouths is read
_READ = "visemes"
_HEAD = ("frame", *CHARTS)


def looks_like(data: bytes) -> bool:
    """Whether it begins as our sheets do."""
    first = data.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    return first.split(",")[:2] == list(_HEAD[:2])


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Make motion of the visemes' column; arguments as of ``switch_data.read``.

    Raises:
        TrackError: a line that is no frame and mouths, or a mouth that is no viseme.
    """
    rate = fps or USUAL_FPS
    mouths: list[str] = []
    try:
        rows = list(csv.reader(io.StringIO(decode_text(data, name))))
    except csv.Error as error:
        raise TrackError(f"{name} is no table of mouths ({error}); export it again.") from error
    for number, row in enumerate(rows, 1):
        if number == 1 or not row:
            continue
        if len(row) < len(_HEAD[:2]) or row[0] != str(len(mouths) + 1):
            raise TrackError(f"{name}, line {number}: the frames must count from 1, each with its mouths; export it again.")
        mouths.append(row[1])
    if not mouths or len(mouths) > MOST_CUES:
        raise TrackError(f"{name} holds no mouths; export it again." if not mouths else f"{name} holds too many frames; split it.")
    symbols = shown(mouths)
    if symbols is None:
        raise TrackError(f"{name} has mouths in its column {_READ} that are none of the 15 visemes; correct or export it.")
    edges = [0, *(i for i in range(1, len(mouths)) if mouths[i] != mouths[i - 1]), len(mouths)]
    phones = tuple(Phone(symbols[a], a / rate, b / rate) for a, b in pairwise(edges))
    return track_of_counted(Cues(KIND, phones, len(phones), OCULUS.name), name, rate, "stated" if fps else "assumed")


def write(performance: Performance, options: WriteOptions) -> Written:
    """A column per chart. Frames count from 1; a mouth stands in the line of every picture that shows it."""
    rate = written_rate(options)
    columns, made_from, count = [], "", 0
    for chart in CHARTS.values():
        spoken = spoken_cues(performance, chart.alphabet, chart.extended)
        made_from, count = spoken.made_from, max(int(spoken.end_s * rate + 0.5), 1)
        columns.append(_mouths(list(spoken.cues), rate, count))
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(_HEAD)
    table.writerows([frame + 1, *(column[frame] for column in columns)] for frame in range(count))
    note = f"{count:,} pictures of {len(CHARTS)} charts of mouths, made from {made_from}; no room for weights, brows, eyes and head."
    return Written(out.getvalue().encode(), (note,))


def _mouths(cues: list[MouthCue], rate: float, count: int) -> list[str]:
    """The mouth of every picture."""
    frames, _ = framed(cues, rate, truncated=True)
    mouths = [frames[0][1].shape] * count
    for frame, cue in frames:
        mouths[frame:count] = [cue.shape] * max(count - frame, 0)
    return mouths
