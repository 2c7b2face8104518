"""Phones of a recording: forced alignment with its transcript, or recognition without one (pocketsphinx).

Forced alignment is within 20 ms for about nine boundaries of ten. Recognition without a transcript gets about half
the phones right, vowels and sibilants best, at good boundaries: a hint for a mouth, not a transcription.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from app.audio.clips import resample
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, SpeechError
from app.core.installation import how_to_get
from app.core.speech import AudioClip, Phone
from app.speech.hibari import HibariEngine
from app.speech.pauses import quiet_of, with_pauses
from app.speech.phones import arpabet
from app.speech.text import prepare

#: shown beside phones that were recognised without a transcript
RECOGNITION_NOTE = "Recognised without a transcript: about half of the phones are right; add the text for exact ones."
_RATE = 16000
_FRAMES_PER_S = 100
_HOP = _RATE // _FRAMES_PER_S
#: pieces of a long recording, and the quiet between two of them, in frames
_SHORTEST, _LONGEST, _QUIET = 2000, 4000, 10
#: added to pocketsphinx's times on recordings: its boundaries are that early (acoustic contrast, two speakers)
_RECORDING_SHIFT_S = 0.010
_LEVEL = 0.7
_VOWELS = frozenset({"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"})
_MISFIT = "The text does not fit the recording; correct the transcript, or leave it out."


def align(clip: AudioClip, text: str, cancel: CancelToken | None = None) -> tuple[Phone, ...]:
    """Time the phones of a known text in a recording.

    Args:
        clip: the recording, at most some minutes; about 0.1 s of work per second.
        text: what is said in it, in English.
        cancel: asked between the passes.

    Returns:
        ARPABET phones with stress and words, without gaps from 0 to the clip's end.

    Raises:
        SpeechError: the text is empty or does not fit the recording, or pocketsphinx is not installed.
        Cancelled: ``cancel`` was set.
    """
    words = _words(text)
    decoder = _decoder(lm=None, bestpath=False)
    names = {_enter(decoder, i, word, phones): (word, phones) for i, (word, phones) in enumerate(words)}
    order = list(names)
    sound = _pcm(clip)
    try:
        decoder.set_align_text(" ".join(order))
        for last in (False, True):
            _check(cancel)
            decoder.start_utt()
            decoder.process_raw(sound, full_utt=True)
            decoder.end_utt()
            if not last:
                if decoder.hyp() is None:
                    raise SpeechError(_MISFIT)
                decoder.set_alignment()
        aligned = decoder.get_alignment()
    except RuntimeError as error:
        raise SpeechError(_MISFIT) from error
    if aligned is None:
        raise SpeechError(_MISFIT)
    return _cover(with_pauses(_timed(aligned, names), quiet_of(clip)), clip.duration_s)


def recognise_phones(
    clip: AudioClip, cancel: CancelToken | None = None, progress: Callable[[float], object] = lambda _share: None
) -> tuple[Phone, ...]:
    """Recognise phones in a recording without a transcript; see RECOGNITION_NOTE for how well.

    A long one is taken in pieces that end where it is quiet: each is looked at as a whole, and an hour needs no more memory than they do.

    Args:
        clip: the recording.
        cancel: asked before and after each piece.
        progress: told the share that is done, 0 to 1, after each piece.

    Returns:
        ARPABET phones (vowels with the digit 1, as stress is not heard), without gaps from 0 to the clip's end.

    Raises:
        SpeechError: pocketsphinx is not installed.
        Cancelled: ``cancel`` was set.
    """
    model = Path(_library().get_model_path("en-us"))
    decoder = _decoder(lm=None, allphone=str(model / "en-us-phone.lm.bin"), lw=2.0, beam=1e-20, pbeam=1e-20)
    sound = _pcm(clip)
    phones = []
    for first, end in pieces_of(np.frombuffer(sound, "<i2")):
        _check(cancel)
        decoder.start_utt()
        decoder.process_raw(sound[2 * first : 2 * end], full_utt=True)
        decoder.end_utt()
        _check(cancel)
        frame = first // _HOP
        for segment in decoder.seg() or ():
            symbol = _symbol(segment.word)
            symbol += "1" if symbol in _VOWELS else ""
            phones.append(_phone(symbol, frame + segment.start_frame, min(frame + segment.end_frame + 1, -(-end // _HOP)), ""))
        progress(end * 2 / len(sound))
    return _cover(phones, clip.duration_s)


def pieces_of(samples: np.ndarray) -> list[tuple[int, int]]:
    """First and last of the samples of pieces, which follow each other; one piece where a sound is no longer than one may be.

    Args:
        samples: (n,) int16 at 16 kHz.
    """
    n_frames = len(samples) // _HOP
    levels = np.abs(samples[: n_frames * _HOP].reshape(-1, _HOP)).max(axis=1).astype(np.float32) if n_frames else np.zeros(0, np.float32)
    # a cut lies in the middle of the quietest tenth of a second, not in a short gap between two sounds
    loud = np.convolve(levels, np.ones(_QUIET, np.float32), mode="same") if n_frames > _LONGEST else levels
    edges = [0]
    while n_frames - edges[-1] > _LONGEST:
        low = edges[-1] + _SHORTEST
        edges.append(low + int(np.argmin(loud[low : edges[-1] + _LONGEST])))
    places = [edge * _HOP for edge in edges]
    return list(zip(places, [*places[1:], len(samples)], strict=True))


def pronunciation(text: str) -> list[str]:
    """How words are said, in ARPABET with a stress digit on every vowel, as the embedded voice reads them.

    Args:
        text: a word or some.

    Raises:
        SpeechError: there is nothing to say in it.
    """
    return [phone for _, phones in _words(text) for phone in phones]


def _check(cancel: CancelToken | None) -> None:
    if cancel is not None and cancel.is_set():
        raise Cancelled("Finding the phones was cancelled.")


def _library() -> Any:
    try:
        import pocketsphinx
    except ImportError as error:
        how = how_to_get("pocketsphinx", "", "pocketsphinx")
        raise SpeechError(f"Finding phones in recordings needs pocketsphinx, which has no wheel for some Pythons; {how}.") from error
    return pocketsphinx


def _decoder(**settings: Any) -> Any:
    return _library().Decoder(loglevel="FATAL", **settings)


def _pcm(clip: AudioClip) -> bytes:
    """16 kHz 16-bit samples at a constant peak level."""
    samples = resample(clip, _RATE).samples
    peak = float(np.abs(samples).max(initial=0.0))
    return (samples * (_LEVEL * 32767 / max(peak, 1e-6))).astype("<i2").tobytes()


@cache
def _pronouncer() -> HibariEngine:
    return HibariEngine()


def _words(text: str) -> list[tuple[str, list[str]]]:
    """(word, phones with stress) of a text, read the way the embedded voice reads it."""
    words = []
    for sentence in prepare(text).sentences:
        for word, symbols in _pronouncer().pronounce(sentence.spoken):
            phones = arpabet(symbols)
            if phones:
                words.append((word, phones))
    if not words:
        raise SpeechError("The transcript has no words; type what is said in the recording.")
    return words


def _enter(decoder: Any, index: int, word: str, phones: list[str]) -> str:
    """Make sure that the dictionary has a word; returns a name that is unique in the text.

    Every word gets a name of its own, so that the alignment can be told which word of the text it is at; the
    dictionary's pronunciations and hibari's own compete under it.
    """
    name = f"w{index}"
    spoken = [re.sub(r"\d", "", phone) for phone in phones]
    spellings = dict.fromkeys([" ".join(spoken), *_dictionary(decoder, word)])
    for k, spelling in enumerate(spellings):
        decoder.add_word(name if k == 0 else f"{name}({k + 1})", spelling, k + 1 == len(spellings))
    return name


def _dictionary(decoder: Any, word: str) -> Iterable[str]:
    """All pronunciations of a word in cmudict."""
    plain = re.sub(r"[^a-z']", "", word.lower())
    for variant in [plain, *(f"{plain}({k})" for k in range(2, 6))]:
        found = decoder.lookup_word(variant) if plain else None
        if found is None:
            return
        yield found


def _timed(aligned: Iterable[Any], names: dict[str, tuple[str, list[str]]]) -> list[list[Phone]]:
    """The phones of each of pocketsphinx's words and silences, with their stress."""
    words: list[list[Phone]] = []
    for entry in aligned:
        name = re.sub(r"\(\d+\)$", "", entry.name)
        spoken = [(_symbol(part.name), part.start, part.start + part.duration) for part in entry]
        if name not in names:
            words.append([_phone("sil", start, stop, "") for _, start, stop in spoken])
            continue
        word, expected = names[name]
        stressed = _with_stress([symbol for symbol, _, _ in spoken], expected)
        words.append([_phone(symbol, start, stop, word) for symbol, (_, start, stop) in zip(stressed, spoken, strict=True)])
    return words


def _with_stress(symbols: list[str], expected: list[str]) -> list[str]:
    """Copy stress digits from a pronunciation of the same word onto phones without them."""
    vowels = [phone for phone in expected if phone[-1:].isdigit()]
    found = [i for i, symbol in enumerate(symbols) if symbol in _VOWELS]
    out = list(symbols)
    for i in found:
        out[i] = symbols[i] + ("1" if len(found) == 1 else "0")
    if len(vowels) == len(found):
        for i, vowel in zip(found, vowels, strict=True):
            out[i] = symbols[i] + vowel[-1]
        return out
    matcher = difflib.SequenceMatcher(a=[symbols[i] for i in found], b=[vowel[:-1] for vowel in vowels], autojunk=False)
    for a, b, n in matcher.get_matching_blocks():
        for k in range(n):
            out[found[a + k]] = symbols[found[a + k]] + vowels[b + k][-1]
    return out


def _symbol(name: str) -> str:
    return "sil" if name == "SIL" or name.startswith(("+", "<", "[")) else name


def _phone(symbol: str, start: int, stop: int, word: str) -> Phone:
    return Phone(symbol, start / _FRAMES_PER_S + _RECORDING_SHIFT_S, stop / _FRAMES_PER_S + _RECORDING_SHIFT_S, word)


def _cover(phones: list[Phone], duration_s: float) -> tuple[Phone, ...]:
    """Phones cut to the clip, neighbouring silences joined, no gaps from 0 to the end."""
    out: list[Phone] = []
    now_s = 0.0
    for phone in [*phones, Phone("sil", duration_s, duration_s)]:
        end_s = min(phone.end_s, duration_s)
        if phone.start_s > now_s + 1e-9 and not (out and not out[-1].is_silence and phone.start_s - now_s < 0.02):
            _add(out, Phone("sil", now_s, min(phone.start_s, duration_s)))
        if end_s > (start_s := out[-1].end_s if out else 0.0):
            _add(out, Phone(phone.symbol, start_s, end_s, phone.word))
        now_s = out[-1].end_s if out else 0.0
    return tuple(out)


def _add(phones: list[Phone], phone: Phone) -> None:
    if phones and phones[-1].is_silence and phone.is_silence:
        phones[-1] = Phone("sil", phones[-1].start_s, phone.end_s)
    elif phone.end_s > phone.start_s:
        phones.append(phone)
