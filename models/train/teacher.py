"""The articulation teacher: exact phones, stress and loudness -> what a mouth does.

Every phone has a target and an importance for each parameter; a curve is the importance-weighted mean of the targets under a kernel
as wide as that articulator is slow (Cohen and Massaro's dominance functions, written as a normalised convolution). A phone that does
not care about an articulator lets its neighbours through: that is coarticulation. Closures of P B M and the tuck of F V are not blended:
they are held while the phone lasts (Edwards et al., JALI, 2016: jaw and lips are independent, bilabials always close).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.prosody import loudness_db, pitch_hz
from models.rig import PARAMETERS
from models.train.phones import PHONES, VOWELS, TimedPhone, base

#: rate of the curves the teacher makes; the networks run at half of it
RATE_HZ = 100
RATE = 16000

#: phone -> (target, importance) of the jaw. Half of the way from what vowel heights suggest to what 41 recorded sentences show (looked at
#: there): openings of vowels lie nearer to each other, K, IY, S and Z are less closed
_JAW = {
    "AA": (0.99, 1), "AE": (0.94, 1), "AH": (0.62, 0.9), "AO": (0.72, 1), "EH": (0.67, 1), "ER": (0.4, 0.8), "IH": (0.43, 0.8), "IY":
    (0.35, 0.9), "UH": (0.36, 0.8), "UW": (0.22, 0.9), "W": (0.14, 0.9), "Y": (0.26, 0.7), "R": (0.28, 0.65), "L": (0.34, 0.6), "HH":
    (0.4, 0.15), "N": (0.24, 0.6), "NG": (0.3, 0.5), "D": (0.22, 0.7), "T": (0.22, 0.7), "DH": (0.2, 0.7), "TH": (0.2, 0.7), "S":
    (0.14, 0.9), "Z": (0.14, 0.9), "SH": (0.17, 0.9), "ZH": (0.17, 0.9), "CH": (0.17, 0.9), "JH": (0.17, 0.9), "K": (0.32, 0.5),
    "G": (0.3, 0.5), "F": (0.1, 0.9), "V": (0.1, 0.9), "P": (0.08, 1), "B": (0.08, 1), "M": (0.08, 1),
    "OW": (0.52, 1), "AY": (0.92, 1), "EY": (0.68, 1),
}  # fmt: skip
#: diphthongs -> first part, second part; the glide begins at 55 % of the vowel
_GLIDES = {"AY": ("AY", "IH"), "AW": ("AE", "UH"), "EY": ("EY", "IY"), "OW": ("OW", "UW"), "OY": ("AO", "IH")}
_GLIDE_AT = 0.55
#: lips: parameter -> phone -> (target, importance); what is not named has target 0 at the class's importance. English r is made with the
#: lips, too (King and Ferragne, Journal of Phonetics 80, 2020); teeth show in S and Z and between spread lips
_LIPS: dict[str, dict[str, tuple[float, float]]] = {
    "spread": {
        "IY": (1.0, 1), "EY": (0.9, 1), "IH": (0.5, 0.9), "EH": (0.5, 0.9), "AE": (0.45, 0.9), "AY": (0.3, 0.9), "Y": (0.4, 0.7),
        "S": (0.6, 0.6), "Z": (0.6, 0.6), "T": (0.35, 0.2), "D": (0.35, 0.2), "N": (0.3, 0.2), "L": (0.3, 0.2), "K": (0.4, 0.3),
        "G": (0.3, 0.2), "F": (0, 0.6), "V": (0, 0.6),
    },
    "pucker": {
        "UW": (0.85, 1), "W": (1.0, 1.2), "OW": (0.75, 1), "UH": (0.4, 0.9), "AO": (0.6, 0.9), "R": (0.65, 0.9), "ER": (0.4, 0.7),
        "SH": (0.75, 0.9), "ZH": (0.75, 0.9), "CH": (0.75, 0.9), "JH": (0.75, 0.9), "TH": (0.2, 0.4), "DH": (0.2, 0.4), "P": (0.25, 0.3),
        "B": (0.25, 0.3), "M": (0.25, 0.3),
    },
    "funnel": {
        "SH": (0.8, 0.9), "ZH": (0.8, 0.9), "CH": (0.75, 0.9), "JH": (0.75, 0.9), "AO": (0.5, 0.9), "OW": (0.4, 1), "UW": (0.2,
        1), "W": (0.1, 1.2), "R": (0.2, 0.5), "ER": (0.2, 0.6), "AA": (0.06, 1), "UH": (0.2, 0.9),
    },
    "lower": {
        "S": (0.62, 0.7), "Z": (0.62, 0.7), "SH": (0.4, 0.7), "CH": (0.4, 0.7), "JH": (0.4, 0.7), "ZH": (0.4, 0.7), "IY":
        (0.49, 0.9), "EY": (0.48, 0.9), "IH": (0.37, 0.8), "EH": (0.43, 0.9), "AE": (0.5, 0.9), "AA": (0.36, 0.9), "AY": (0.36, 0.9),
        "AH": (0.3, 0.8), "T": (0.36, 0.4), "D": (0.36, 0.4), "N": (0.35, 0.4), "L": (0.39, 0.5), "TH": (0.27, 0.6), "DH": (0.27, 0.6),
        "K": (0.33, 0.3), "G": (0.28, 0.3), "NG": (0.28, 0.3), "AO": (0.12, 0.8), "ER": (0.16, 0.6), "R": (0.12, 0.4),
    },
    "upper": {
        "AE": (0.4, 0.9), "EH": (0.3, 0.9), "AA": (0.25, 0.9), "AY": (0.25, 0.9), "S": (0.35, 0.6), "Z": (0.35, 0.6), "IY": (0.32, 0.8),
        "EY": (0.32, 0.8), "F": (0.3, 0.9), "V": (0.3, 0.9), "SH": (0.3, 0.6), "CH": (0.3, 0.6), "JH": (0.3, 0.6), "AH": (0.15, 0.8),
    },
    "forward": {"SH": (1.0, 0.9), "ZH": (1.0, 0.9), "CH": (1.0, 0.9), "JH": (1.0, 0.9), "R": (0.3, 0.4), "UW": (0.3, 0.5)},
    "tongue": {"TH": (1.0, 1.5), "DH": (0.7, 1.5), "L": (0.18, 0.7)},
}  # fmt: skip
#: importance of a target of 0 for phones that a lip parameter does not name: vowels insist, consonants hardly care
_DEFAULT = {"vowel": 0.7, "consonant": 0.12, "tongue": 0.8}
#: kernel of each parameter: seconds before and after (lips prepare a rounding early, the tongue is fast)
_KERNEL_S = {"jaw": (0.040, 0.028), "spread": (0.045, 0.045), "pucker": (0.045, 0.045), "funnel": (0.045, 0.045), "lower": (0.040, 0.028),
             "upper": (0.040, 0.028), "forward": (0.050, 0.045), "tongue": (0.022, 0.022)}  # fmt: skip
#: lips approach a closure this long before it and leave it this long after it
_APPROACH_S, _RELEASE_S = 0.050, 0.055
#: a silence shorter than this is the hold of a stop or a slip between words, not a rest
_SHORT_SILENCE_S = 0.11


#: lips part so long before somebody begins to speak, in order to breathe in and to be ready; a silence within a speech has to be long
#: for that. Where lips part before the voice (41 recorded sentences: a quarter of a second) no network with less look-ahead can follow
_READY_S, _LONG_SILENCE_S = 0.12, 0.45
_GETS_READY = "ready"
_READY = {"jaw": (0.15, 0.9), "lower": (0.25, 0.6)}


def _parts(phones: Sequence[TimedPhone]) -> list[TimedPhone]:
    """Split diphthongs at their glide, and silences where lips get ready to speak."""
    out = []
    for phone in phones:
        name = base(phone.symbol)
        if name in _GLIDES:
            middle = phone.start_s + _GLIDE_AT * (phone.end_s - phone.start_s)
            first, second = _GLIDES[name]
            out += [TimedPhone(first + phone.symbol[len(name) :], phone.start_s, middle), TimedPhone(second + "0", middle, phone.end_s)]
        elif name == "sil" and phone is not phones[-1] and (phone is phones[0] or phone.end_s - phone.start_s >= _LONG_SILENCE_S):
            middle = max(phone.end_s - _READY_S, phone.start_s)
            out += [TimedPhone("sil", phone.start_s, middle), TimedPhone(_GETS_READY, middle, phone.end_s)]
        else:
            out.append(phone)
    return out


def _target(parameter: str, phone: TimedPhone) -> tuple[float, float]:
    """Target and importance of one phone for one parameter."""
    name = base(phone.symbol)
    if name == "sil":
        return (0.0, 1.1) if phone.end_s - phone.start_s >= _SHORT_SILENCE_S else (0.1, 0.15)
    if parameter == "jaw":
        target, weight = _READY["jaw"] if name == _GETS_READY else _JAW.get(name, (0.3, 0.3))
        if name in VOWELS:
            target *= {"1": 1.06, "2": 1.0, "0": 0.84}.get(phone.symbol[-1], 1.0)
        return target, weight
    found = _READY.get(parameter, (0.0, 0.3)) if name == _GETS_READY else _LIPS[parameter].get(name)
    if found is not None:
        return found
    if parameter == "tongue":
        return 0.0, _DEFAULT["tongue"]
    if name == "HH":
        return 0.0, 0.03
    return 0.0, _DEFAULT["vowel" if name in VOWELS else "consonant"]


def _kernel(before_s: float, after_s: float) -> np.ndarray:
    """A Gaussian with different flanks; ``before`` is how early a phone is felt."""
    reach = 16
    t = np.arange(-reach, reach + 1) / RATE_HZ
    return np.exp(-0.5 * (t / np.where(t < 0, before_s, after_s)) ** 2)


def _hold(phones: Sequence[TimedPhone], names: str, count: int) -> np.ndarray:
    """(count,) 1 while one of the phones is held, with raised-cosine flanks."""
    t = np.arange(count) / RATE_HZ
    out = np.zeros(count)
    for phone in phones:
        if base(phone.symbol) in names.split():
            inset = min(0.25 * (phone.end_s - phone.start_s), 0.02)
            distance = np.maximum((phone.start_s + inset - t) / _APPROACH_S, (t - phone.end_s + inset) / _RELEASE_S)
            out = np.maximum(out, 0.5 + 0.5 * np.cos(np.pi * np.clip(distance, 0, 1)))
    return out


def _loudness_gain(samples: np.ndarray, phones: Sequence[TimedPhone], count: int) -> np.ndarray:
    """(count,) how far the jaw drops: 3 dB above the speaker's usual vowel opens it 9 % more, quiet ends close it."""
    level = loudness_db(samples, count, RATE_HZ)
    vowels = np.zeros(count, bool)
    for phone in phones:
        if base(phone.symbol) in VOWELS:
            vowels[int(phone.start_s * RATE_HZ) : int(phone.end_s * RATE_HZ)] = True
    usual = float(np.median(level[vowels])) if vowels.any() else -25.0
    return np.clip(1 + 0.03 * (level - usual), 0.72, 1.2)


def _accents(samples: np.ndarray, phones: Sequence[TimedPhone], count: int) -> np.ndarray:
    """(count,) brow accents: the most prominent stressed vowels by loudness, pitch and length, about one in four."""
    level, pitch = loudness_db(samples, count, RATE_HZ), pitch_hz(samples, count, RATE_HZ)
    voiced = pitch[pitch > 0]
    centre = float(np.median(voiced)) if len(voiced) else 1.0
    stressed = [p for p in phones if p.symbol[-1:] in "1" and base(p.symbol) in VOWELS and p.end_s - p.start_s > 0.05]
    marks = []
    for phone in stressed:
        window = slice(int(phone.start_s * RATE_HZ), int(phone.end_s * RATE_HZ) + 1)
        high = float(np.max(pitch[window], initial=0.0))
        semitones = 12 * np.log2(high / centre) if high > 0 else 0.0
        marks.append(float(np.max(level[window], initial=-60.0)) / 5 + np.clip(semitones, -6, 8) / 3 + (phone.end_s - phone.start_s) / 0.08)
    out = np.zeros(count)
    if not marks:
        return out
    usual, spread = float(np.mean(marks)), float(np.std(marks)) + 0.3
    t = np.arange(count) / RATE_HZ
    for phone, mark in zip(stressed, marks, strict=True):
        size = np.clip((mark - usual) / spread - 0.4, 0, 1.2) / 1.2
        middle = (phone.start_s + phone.end_s) / 2
        flank = np.where(t < middle, 0.09, 0.16)
        out = np.maximum(out, size * np.exp(-0.5 * ((t - middle) / flank) ** 2))
    return out


def phone_numbers(phones: Sequence[TimedPhone], count: int) -> np.ndarray:
    """(count,) uint8 index into PHONES at each step; 0 (silence) outside."""
    out = np.zeros(count, np.uint8)
    for phone in phones:
        out[round(phone.start_s * RATE_HZ) : round(phone.end_s * RATE_HZ)] = PHONES.index(base(phone.symbol))
    return out


def articulate(phones: Sequence[TimedPhone], samples: np.ndarray) -> np.ndarray:
    """Make the parameter curves of one clip.

    Args:
        phones: contiguous timed phones.
        samples: (n,) float32 at 16 kHz, for loudness and pitch.

    Returns:
        (count, 12) float32 in [0, 1] at RATE_HZ, columns as models.rig.PARAMETERS.
    """
    count = int(np.ceil(len(samples) / RATE * RATE_HZ))
    out = np.zeros((count, len(PARAMETERS)), np.float32)
    parts = _parts(phones)
    for column, parameter in enumerate(PARAMETERS[:8]):
        target, weight = np.zeros(count), np.full(count, 1.1)
        for phone in parts:
            window = slice(round(phone.start_s * RATE_HZ), round(phone.end_s * RATE_HZ))
            target[window], weight[window] = _target(parameter, phone)
        kernel = _kernel(*_KERNEL_S[parameter])
        out[:, column] = np.convolve(target * weight, kernel)[16 : 16 + count] / np.convolve(weight, kernel)[16 : 16 + count]
    out[:, 0] *= _loudness_gain(samples, phones, count)
    out[:, 8] = _accents(samples, phones, count)
    out[:, 9], out[:, 10] = _hold(phones, "P B M", count), _hold(phones, "F V", count)
    speaking = np.zeros(count)
    for phone in parts:
        if phone.symbol != "sil" or phone.end_s - phone.start_s < _SHORT_SILENCE_S:
            speaking[round(phone.start_s * RATE_HZ) : round(phone.end_s * RATE_HZ)] = 1
    wide = np.convolve(speaking, np.hanning(13) / np.hanning(13).sum(), "same")
    out[:, 11] = np.clip(wide * 1.6, 0, 1)
    return np.clip(out, 0, 1)
