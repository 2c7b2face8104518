"""Whatever a hand does to words and phones, they stay in order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.speech import AudioClip, Phone, Speech
from app.core.timing import changes
from app.core.timing.changes import SHORTEST_PHONE_S, Lane, Retimed, Timed
from app.core.timing.timed import is_in_order, timed_of

SOUND_S = 2.0
_SAID = [("", ["sil"]), ("hello", ["HH", "AH0", "L", "OW1"]), ("my", ["M", "AY1"]), ("", ["sil"]), ("my", ["M", "AY1"]), ("", ["sil"])]


def line(lengths_s: list[float], *, has_silence: bool = True) -> Speech:
    """A line whose phones are so long; a negative length leaves a gap of it after the phone."""
    phones, now_s = [], 0.0
    rows = [(word, symbol) for word, symbols in _SAID for symbol in symbols if has_silence or symbol != "sil"]
    for (word, symbol), length_s in zip(rows, lengths_s, strict=False):
        phones.append(Phone(symbol, now_s, now_s + abs(length_s), word))
        now_s += abs(length_s) * (1 if length_s > 0 else 2)
    return Speech(AudioClip(np.zeros(round(SOUND_S * 8000), np.float32), 8000), "hello my my", tuple(phones))


LENGTHS = st.lists(st.floats(0.02, 0.3).map(lambda x: round(x, 3)) | st.just(-0.05), min_size=9, max_size=11)
LANES: st.SearchStrategy[Lane] = st.sampled_from(["words", "phones"])
OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["edge", "move", "split", "join", "insert", "remove", "rename"]), LANES, st.integers(0, 30),
              st.floats(-1.0, 3.0), st.floats(0.0, 0.3), st.sampled_from(["start", "end"])), max_size=12)  # fmt: skip


def done(timed: Timed, operation: tuple) -> Retimed | None:
    """One operation of the strategy."""
    kind, lane, index, time_s, length_s, edge = operation
    row = timed.words if lane == "words" else timed.phones
    is_phone, start_s = lane == "phones", max(time_s, 0.0)
    if kind == "insert":
        return changes.inserted(timed, lane, start_s, start_s + length_s, "sil" if is_phone else "oh")
    if not row:
        return None
    index %= len(row)
    ways: dict[str, Callable[[], Retimed]] = {
        "edge": lambda: changes.moved_edge(timed, lane, index, edge, time_s, sound_s=SOUND_S * 2),
        "move": lambda: changes.moved(timed, lane, index, time_s, sound_s=SOUND_S * 2),
        "split": lambda: changes.split(timed, lane, index, time_s, ("AA1", "N") if is_phone else ("a", "b")),
        "join": lambda: changes.joined(timed, lane, index),
        "remove": lambda: changes.removed(timed, lane, index),
        "rename": lambda: changes.renamed(timed, lane, index, "EH1" if is_phone else "yes"),
    }
    return ways[kind]()


@settings(max_examples=150, deadline=None)
@given(LENGTHS, st.booleans(), OPERATIONS)
def test_order_survives_anything(lengths_s: list[float], has_silence: bool, operations: list[tuple]) -> None:
    """Order stays, nothing has a negative length, phones stay inside words, and nothing outside the stretch that is told moves."""
    timed = timed_of(line(lengths_s, has_silence=has_silence))
    assert is_in_order(timed)
    for operation in operations:
        retimed = done(timed, operation)
        if retimed is None:
            continue
        assert is_in_order(retimed.timed), operation
        low_s, high_s = retimed.span_s
        for old, new in ((timed.words, retimed.timed.words), (timed.phones, retimed.timed.phones)):
            outside = [each for each in old if each.end_s <= low_s or each.start_s >= high_s]
            assert outside == [each for each in new if each.end_s <= low_s or each.start_s >= high_s], operation
        shortest = min([each.end_s - each.start_s for each in timed.phones], default=1.0)
        assert all(each.end_s - each.start_s >= min(shortest, SHORTEST_PHONE_S) - 1e-6 for each in retimed.timed.phones), operation
        timed = retimed.timed
