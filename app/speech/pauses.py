"""Pauses that an aligner gave to the sounds beside them: weak fricatives swallow hiss, and a stop's closure has no beginning to hear.

The aligner's models hear little difference between faint hiss and TH, DH, F or HH, and none between silence and a closed mouth before P, B,
T or K. The level tells: where the first or the last phone of a word holds a stretch as quiet as the recording's own pauses, that stretch
becomes silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.audio.clips import resample
from app.core.speech import AudioClip, Phone

STOPS = frozenset({"P", "B", "T", "D", "K", "G", "CH", "JH"})
#: a shorter stretch of quiet inside speech is no pause
SHORTEST_PAUSE_S = 0.10
#: a mouth closes this long before a burst, and other sounds begin this long before they are loud
CLOSURE_S, ONSET_S = 0.055, 0.02
#: how long a last sound goes on into the quiet
TAIL_S = 0.03
#: quiet lies within so many dB of the quietest frames or so far below the loudest; for voices never nearer to those than the last
_ABOVE_FLOOR_DB, _BELOW_SPEECH_DB, _NEAREST_DB = 6.0, 33.0, 12.0
#: digital silence
_NOTHING_DB = -90.0
_RATE, _WINDOW, _HOP = 16000, 256, 80
#: voices carry their weight below this, hisses above
_SPLIT_HZ = 3500.0


@dataclass(frozen=True)
class Quiet:
    """Where a recording is as quiet as its own pauses.

    Attributes:
        frames: (n,) bool, one per 5 ms.
    """

    frames: np.ndarray

    def longest(self, start_s: float, end_s: float) -> tuple[float, float] | None:
        """The longest quiet stretch between two times, in seconds, or None."""
        step = _HOP / _RATE
        offset = _WINDOW / _RATE / 2
        first = max(int(np.ceil((start_s - offset) / step)), 0)
        inside = np.concatenate([[False], self.frames[first : max(int((end_s - offset) / step) + 1, first)], [False]])
        edges = np.flatnonzero(np.diff(inside.astype(np.int8)))
        if not len(edges):
            return None
        begins, ends = edges[::2], edges[1::2]
        best = int(np.argmax(ends - begins))
        # a stretch that reaches the end of what was asked for reaches it fully
        quiet_end = end_s if ends[best] == len(inside) - 2 else (first + ends[best] - 1) * step + offset
        quiet_start = start_s if begins[best] == 0 else (first + begins[best]) * step + offset
        return float(quiet_start), float(quiet_end)


def quiet_of(clip: AudioClip) -> Quiet:
    """Find the quiet in a recording, in the band of voices and in that of hisses alike."""
    samples = resample(clip, _RATE).samples.astype(np.float32)
    samples = np.pad(samples, (0, max(_WINDOW - len(samples), 0)))
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    window = np.hanning(_WINDOW).astype(np.float32)
    hz = np.fft.rfftfreq(_WINDOW, 1 / _RATE)
    bands = [(hz >= 80) & (hz < _SPLIT_HZ), hz >= _SPLIT_HZ]
    levels = np.empty((len(windows), 2))
    for first in range(0, len(windows), 4096):
        power = np.abs(np.fft.rfft(windows[first : first + 4096] * window, axis=1)) ** 2
        for band, chosen in enumerate(bands):
            levels[first : first + 4096, band] = power[:, chosen].sum(axis=1)
    levels = 10 * np.log10(levels / (window.sum() ** 2) + 1e-12)
    quiet = np.ones(len(levels), bool)
    for band in range(2):
        sounding = levels[levels[:, band] > _NOTHING_DB, band]
        if not len(sounding):
            continue
        floor, loud = np.percentile(sounding, (4, 95))
        limit = max(floor + _ABOVE_FLOOR_DB, loud - _BELOW_SPEECH_DB)
        # hiss may be as loud as the hissing sounds, and then says nothing; voices stand out, or there is no pause to find
        quiet &= levels[:, band] < (min(limit, loud - _NEAREST_DB) if band == 0 else limit)
    return Quiet(quiet)


def with_pauses(words: Sequence[Sequence[Phone]], quiet: Quiet) -> list[Phone]:
    """Phones with the pauses that their first and last sounds had swallowed.

    Args:
        words: the phones of each word, or of each silence.
        quiet: of the recording.
    """
    out: list[Phone] = []
    for word in words:
        phones = [phone for phone in word if phone.end_s > phone.start_s]
        if not phones:
            continue
        if phones[0].is_silence:
            out += phones
            continue
        _open(phones, out, quiet)
        _close(phones, quiet)
        out += phones
    return out


def _open(phones: list[Phone], before: list[Phone], quiet: Quiet) -> None:
    """Give back a pause before a word, in place; what sounds before the pause belongs to the phone before it."""
    first = phones[0]
    stretch = quiet.longest(first.start_s, first.end_s)
    if stretch is None:
        return
    lead_s = CLOSURE_S if first.base in STOPS else ONSET_S
    start_s = min(max(stretch[1] - lead_s, stretch[0]), first.end_s - 0.01)
    if start_s - stretch[0] < SHORTEST_PAUSE_S and not (before and before[-1].is_silence and stretch[0] <= first.start_s):
        return
    if start_s <= first.start_s:
        return
    if before and not before[-1].is_silence:
        before[-1] = Phone(before[-1].symbol, before[-1].start_s, max(stretch[0], before[-1].end_s), before[-1].word)
    pause_s = before[-1].end_s if before else first.start_s
    before.append(Phone("sil", pause_s, start_s))
    phones[0] = Phone(first.symbol, start_s, first.end_s, first.word)


def _close(phones: list[Phone], quiet: Quiet) -> None:
    """Give back a pause behind a word, in place."""
    last = phones[-1]
    stretch = quiet.longest(last.start_s, last.end_s)
    if stretch is None or stretch[1] < last.end_s - 0.01:
        return
    held_s = CLOSURE_S if last.base in STOPS else TAIL_S
    end_s = max(stretch[0] + held_s, last.start_s + 0.02)
    if last.end_s - end_s < SHORTEST_PAUSE_S:
        return
    phones[-1] = Phone(last.symbol, last.start_s, end_s, last.word)
    phones.append(Phone("sil", end_s, last.end_s))
