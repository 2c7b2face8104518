"""Phones of recordings, with and without a transcript."""

from __future__ import annotations

import json
import sys
import threading
from itertools import pairwise

import numpy as np
import pytest

from app.audio.clips import read_clip
from app.core.errors import Cancelled, SpeechError
from app.core.speech import AudioClip, Phone, joined
from app.speech import align as align_module
from app.speech.align import align, recognise_phones

TEXT = "Peter packed 3 big boxes of blorpish paper cups. Then he left."


@pytest.fixture(scope="module")
def spoken(engine):
    """Synthetic speech with its own phones, within 25 ms."""
    return joined(list(engine.synthesize(TEXT, "heart")))


@pytest.fixture(scope="module")
def aligned(spoken) -> tuple[Phone, ...]:
    return align(spoken.audio, TEXT)


def test_phones_cover_the_clip(spoken, aligned):
    assert aligned[0].start_s == 0 and aligned[-1].end_s == pytest.approx(spoken.audio.duration_s)
    for a, b in pairwise(aligned):
        assert b.start_s == pytest.approx(a.end_s) and b.end_s > b.start_s
        assert not (a.is_silence and b.is_silence)


def test_it_finds_the_words_where_they_are(spoken, aligned):
    def starts(phones):
        first = {}
        for phone in phones:
            if phone.word:
                first.setdefault(phone.word, phone.start_s)
        return first

    mine, truth = starts(aligned), starts(spoken.phones)
    assert list(mine) == list(truth)
    errors = np.abs([mine[word] - truth[word] for word in truth])
    assert np.median(errors) < 0.03 and errors.max() < 0.08


def test_unknown_words_and_numbers_get_their_sounds(aligned):
    by_word: dict[str, list[str]] = {}
    for phone in aligned:
        by_word.setdefault(phone.word, []).append(phone.symbol)
    assert by_word["3"] == ["TH", "R", "IY1"]
    assert by_word["blorpish"][:2] == ["B", "L"] and by_word["blorpish"][-1] == "SH"
    assert by_word["Peter"][1] == "IY1" and by_word["Peter"][-1] == "ER0"


def test_every_vowel_has_its_stress(aligned):
    vowels = [p.symbol for p in aligned if p.symbol[0] in "AEIOU"]
    assert vowels and all(symbol[-1] in "012" for symbol in vowels)


def test_a_text_that_does_not_fit_is_refused(spoken):
    text = "Nothing of this long and winding statement was ever said by anybody in that short recording, " * 4
    with pytest.raises(SpeechError, match="does not fit"):
        align(spoken.audio, text)


def test_silence_and_empty_text_are_refused(spoken):
    with pytest.raises(SpeechError):
        align(AudioClip(np.zeros(1600, np.float32), 16000), "hello there my friend")
    with pytest.raises(SpeechError, match="type a sentence"):
        align(spoken.audio, " ")


def test_cancelling(spoken):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        align(spoken.audio, TEXT, cancel)
    with pytest.raises(Cancelled):
        recognise_phones(spoken.audio, cancel)


def test_recognition_without_a_transcript_is_a_fair_hint(spoken):
    found = recognise_phones(spoken.audio)
    assert found[-1].end_s == pytest.approx(spoken.audio.duration_s)

    def at(phones, t):
        return next((p.base for p in phones if p.start_s <= t < p.end_s), "sil")

    times = np.arange(0.005, spoken.audio.duration_s, 0.01)
    same = np.mean([at(found, t) == at(spoken.phones, t) for t in times])
    assert same > 0.4  # by chance it would be below 0.1


def test_a_long_recording_is_recognised_in_pieces_that_end_where_it_is_quiet(spoken, monkeypatch):
    monkeypatch.setattr(align_module, "_SHORTEST", 80)
    monkeypatch.setattr(align_module, "_LONGEST", 200)
    whole = spoken.audio.samples
    quiet = np.zeros(int(0.3 * spoken.audio.rate), np.float32)
    clip = AudioClip(np.concatenate([whole, quiet, whole]), spoken.audio.rate)
    shares: list[float] = []
    found = recognise_phones(clip, progress=shares.append)
    assert len(shares) > 2 and shares == sorted(shares) and shares[-1] == 1.0
    assert found[0].start_s == 0.0 and found[-1].end_s == pytest.approx(clip.duration_s)
    assert all(a.end_s == b.start_s for a, b in pairwise(found))
    assert sum(not phone.is_silence for phone in found) > len(spoken.phones)
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        recognise_phones(clip, cancel, lambda _share: cancel.set())


def test_a_piece_ends_in_the_quietest_moment():
    samples = np.full(90 * 16000, 9000, np.int16)
    samples[33 * 16000 : 33 * 16000 + 3200] = 0
    pieces = align_module.pieces_of(samples)
    assert pieces[0][0] == 0 and abs(pieces[0][1] / 16000 - 33.1) < 0.06 and pieces[-1][1] == len(samples)
    assert all(a[1] == b[0] and a[1] % 160 == 0 for a, b in pairwise(pieces))
    assert align_module.pieces_of(samples[:16000]) == [(0, 16000)] and align_module.pieces_of(samples[:0]) == [(0, 0)]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "Claire_neutral",
            "She usually rushes to push the garage door closed. George is at the church watching a magic show. "
            "We rose with Lucy about the tall tower in her new yellow car.",
        ),
        ("Mark_joy", "With tenure, Susie'd have all the more leisure for yachting, but her publications are no good."),
    ],
)
def test_real_recordings_match_the_reference(shared, name, text):
    clip = read_clip(shared / "data" / "speech" / "nvidia" / f"{name}.wav")
    truth = json.loads((shared / "data" / "alignments" / f"{name}.json").read_text())
    mine = align(clip, text)

    def at(t):
        return next((p.base for p in mine if p.start_s <= t < p.end_s), "sil")

    sounding = [p for p in truth if p["phone"] != "SIL"]
    same = [at((p["start"] + p["end"]) / 2 + 0.01) == p["phone"] for p in sounding]
    assert np.mean(same) > 0.9


def test_without_the_library_a_sentence_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    clip = AudioClip(np.zeros(1600, np.float32), 16000)
    for find in (lambda: align(clip, "Hello."), lambda: recognise_phones(clip)):
        with pytest.raises(SpeechError, match=r"needs pocketsphinx.* pip install pocketsphinx"):
            find()
