"""Round trips of mouth cues: the sequence of mouths and their times, through the file and through the motion that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.core.arkit import VISEME_CHANNELS
from app.core.coarticulation import MouthMotion
from app.core.mouths.alphabets import OCULUS, PRESTON_BLAIR, RHUBARB
from app.core.speech import Phone, words_of_phones
from app.core.track import BlendshapeTrack
from app.formats.cues.spoken import spoken_cues
from app.formats.dialect import Dialect
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import decode_track
from app.formats.timings.alignment import read_alignment
from tests.trips.trip import Material, Trips

#: what is said in the made take: closures, teeth, rounding, diphthongs, an l, a pause, and one mouth of two frames
_MADE = (
    ("HH", 0.30, 0.36, "hi"), ("AY1", 0.36, 0.62, "hi"), ("sil", 0.62, 1.0, ""), ("B", 1.0, 1.08, "bob"), ("AA1", 1.08, 1.25, "bob"),
    ("B", 1.25, 1.33, "bob"), ("F", 1.33, 1.45, "full"), ("UH1", 1.45, 1.6, "full"), ("L", 1.6, 1.78, "full"), ("W", 1.78, 1.86, "way"),
    ("EY1", 1.86, 2.1, "way"), ("S", 2.1, 2.14, "so"), ("OW1", 2.14, 2.5, "so"),
)  # fmt: skip


def spoken(phones: tuple[Phone, ...], end_s: float, fps: float = 60.0) -> Performance:
    """A performance of phones, as this program moves to them."""
    weights, visemes = MouthMotion(phones, frame_s=1 / fps).frames(np.arange(int(np.ceil(end_s * fps))) / fps)
    lane = BlendshapeTrack(visemes, fps, channels=VISEME_CHANNELS)
    return Performance(BlendshapeTrack(weights, fps), lane, phones, words_of_phones(phones), "line.wav", end_s)


def made_line() -> Performance:
    """A short line with every kind of mouth."""
    return spoken(tuple(Phone(*row) for row in _MADE), 2.8)


def real_line(shared: Path) -> Performance:
    """Two speakers one after the other, aligned from their recordings."""
    phones: list[Phone] = []
    for name in ("Mark_joy", "sense_and_sensibility_01_austen_64kb-0890"):
        start_s = phones[-1].end_s if phones else 0.0
        found = read_alignment(shared / "data" / "alignments" / f"{name}.json").phones
        phones += [replace(each, start_s=each.start_s + start_s, end_s=each.end_s + start_s) for each in found]
    return spoken(tuple(phones), phones[-1].end_s)


def material(shared: Path | None) -> tuple[Material, ...]:
    """A made line, and speech of two real recordings."""
    made = (Material("made: 13 phones", made_line()),)
    return made if shared is None else (*made, Material("speech of two recordings", real_line(shared), is_real=True))


def kept_share(before: Sequence[str], after: Sequence[str]) -> float:
    """The share of a sequence that is left: 1 less its edit distance to the other, by its length."""
    row = list(range(len(after) + 1))
    for i, one in enumerate(before, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(after, 1):
            last, row[j] = row[j], min(last + (one != other), row[j] + 1, row[j - 1] + 1)
    return 1 - row[-1] / max(len(before), 1)


def again(dialect: Dialect, performance: Performance) -> tuple[str, ...]:
    """The mouths that a format writes of a performance."""
    assert dialect.write is not None
    return _mouths(decode_track(dialect.write(performance, WriteOptions()).data, "again").phones)


def _mouths(phones: Sequence[Phone]) -> tuple[str, ...]:
    return tuple(phone.symbol for phone in phones if phone.end_s > phone.start_s)


def loss(dialect: Dialect, performance: Performance) -> str:
    """How exact the times are, and what of the sequence is left by three roads."""
    assert dialect.write is not None
    file = decode_track(dialect.write(performance, WriteOptions()).data, "trip")
    if not file.phones:
        assert file.visemes is not None and performance.visemes is not None
        error = float(np.abs(file.visemes.weights - performance.visemes.weights).max())
        return f"viseme weights ±{np.ceil(error * 1e6) / 1e6:.0e}; no phones, words, sound"
    bounds = np.array([
        *(cue.start_s for each in (RHUBARB, PRESTON_BLAIR, OCULUS) for cue in spoken_cues(performance, each).cues),
        *(time_s for phone in performance.phones for time_s in (phone.start_s, phone.end_s)),
    ])  # fmt: skip
    off_ms = 1e3 * max(float(np.abs(bounds - phone.start_s).min()) for phone in file.phones if phone.end_s > phone.start_s)
    mouths, lane = _mouths(file.phones), replace(file.performance, phones=())
    roads = [again(dialect, each) for each in (file.performance, lane, replace(lane, visemes=None))]
    shares = [f"{100 * kept_share(mouths, road):.0f} %" for road in roads]
    beside = {"words": (performance.words, file.words), "sound": (performance.sound, file.sound)}
    lost = [name for name, (was, found) in beside.items() if not found or (isinstance(was, str) and was != found)]
    times = "times exact" if off_ms < 1e-3 else f"times ±{np.ceil(off_ms * 10 - 1e-6) / 10:.3g} ms"
    return "; ".join([f"{len(mouths)} mouths", times, " / ".join(shares), *([f"no {', '.join(lost)}"] if lost else [])])


TRIPS = Trips("cues", material, loss)
