"""Speech that grows while it is read."""

from __future__ import annotations

import threading

import numpy as np

from app.core.arriving import ArrivingSpeech, Piece, in_order
from app.core.speech import AudioClip, FacialFrames, Speech, VisemeEvent, Word, joined


def ramp(first: int, n: int) -> np.ndarray:
    return np.arange(first, first + n, dtype=np.float32) / 1000


def facial(first: int, n: int, value: float) -> FacialFrames:
    return FacialFrames(np.full((n, 55), value, np.float32), first)


def test_two_readers_get_all_of_it_while_it_comes():
    arriving, got = ArrivingSpeech(16000, "hello"), {"a": [], "b": []}
    never = threading.Event()
    readers = [threading.Thread(target=lambda name=name: got[name].extend(arriving.pieces(never))) for name in got]
    for reader in readers:
        reader.start()
    for i in range(50):
        arriving.add(Piece(ramp(10 * i, 10)))
    arriving.finish()
    for reader in readers:
        reader.join(10)
    for pieces in got.values():
        assert np.array_equal(np.concatenate([piece.samples for piece in pieces]), ramp(0, 500))
    assert arriving.complete and arriving.duration_s == 500 / 16000


def test_a_reader_stops_when_it_is_told_while_nothing_comes():
    arriving, cancel = ArrivingSpeech(16000), threading.Event()
    reader = threading.Thread(target=lambda: list(arriving.pieces(cancel)))
    reader.start()
    cancel.set()
    reader.join(5)
    assert not reader.is_alive() and not arriving.ended


def test_what_comes_after_the_end_is_not_of_it():
    arriving = ArrivingSpeech(16000)
    arriving.add(Piece(ramp(0, 4)))
    arriving.finish(complete=False)
    arriving.add(Piece(ramp(4, 4)))
    arriving.finish()
    assert len(arriving.so_far().audio.samples) == 4 and arriving.ended and not arriving.complete


def test_events_are_put_in_the_order_of_time():
    arriving = ArrivingSpeech(16000, "so")
    arriving.add(Piece(ramp(0, 1), visemes=(VisemeEvent(3, 0.5),), words=(Word("so", 0.4, 0.6),), facial=(facial(6, 6, 2.0),)))
    arriving.add(Piece(ramp(1, 1), visemes=(VisemeEvent(1, 0.1),), facial=(facial(0, 6, 1.0), facial(0, 0, 9.0))))
    speech = arriving.so_far()
    assert [event.viseme_id for event in speech.visemes] == [1, 3] and speech.words[0].text == "so"
    assert [chunk.first for chunk in speech.facial] == [0, 6]


def test_of_frames_that_came_twice_the_later_chunk_stays():
    merged = in_order((facial(0, 10, 1.0), facial(6, 10, 2.0), facial(6, 4, 3.0)))
    assert [(chunk.first, len(chunk.values), chunk.values[0, 0]) for chunk in merged] == [(0, 6, 1.0), (6, 4, 3.0)]


def test_joined_speeches_carry_words_and_faces_along():
    part = Speech(AudioClip(ramp(0, 16000), 16000), "one", words=(Word("one", 0.2, 0.8),), facial=(facial(0, 60, 1.0),))
    whole = joined([part, part])
    assert whole.words[1] == Word("one", 1.2, 1.8) and whole.facial[1].first == 60
