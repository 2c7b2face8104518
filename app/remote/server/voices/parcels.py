"""What travels between the server's process and the engine's: the sound of many voices, and all outcomes of a round, in one piece each.

An array costs as much to send by itself as a block of sound costs to animate; here many of them are one. A parcel is JSON, then plain
numbers: nothing is unpickled that came through a pipe.
"""

from __future__ import annotations

import json
from dataclasses import asdict, astuple
from typing import Any

import numpy as np

from app.remote.server.rounds import RoundReport, RoundTimes
from app.remote.server.voices.animators import Outcome, VoiceOptions
from app.remote.server.voices.worker import Result, Told, Word

#: what a parcel of sound begins with; JSON begins otherwise
_SOUND = b"VSND"
#: in place of a number of samples: what a voice is told after its sound
_WORDS: dict[Word, int] = {"finish": 0xFFFFFFFF, "close": 0xFFFFFFFE}
_MEANT = {number: word for word, number in _WORDS.items()}
_NO_FRAMES = np.zeros((0, 52), np.float32)


def packed_sound(told: list[Told]) -> bytes:
    """What several voices are to hear, or are told, in its order, as bytes."""
    ids = [voice_id for voice_id, _ in told]
    sizes = [_WORDS[what] if isinstance(what, str) else len(what) for _, what in told]
    parts = [np.ascontiguousarray(what, np.float32).data for _, what in told if not isinstance(what, str)]
    return b"".join((_SOUND, np.array([len(told), *ids, *sizes], "<u4").data, *parts))


def packed_order(word: str, voice_id: int, options: VoiceOptions | None) -> bytes:
    """Anything else that an engine is told; with options where a voice is opened."""
    return json.dumps([word, voice_id, None if options is None else asdict(options)], default=np.ndarray.tolist).encode()


def unpacked(data: bytes) -> tuple[str, int, Any]:
    """An order: its word, the voice, and a value; of ``tell`` what several voices are told."""
    if not data.startswith(_SOUND):
        word, voice_id, options = json.loads(data)
        if options is None:
            return word, voice_id, None
        emotion = options.pop("emotion")
        return word, voice_id, VoiceOptions(emotion=None if emotion is None else np.array(emotion, np.float32), **options)
    count = int.from_bytes(data[4:8], "little")
    numbers = np.frombuffer(data, "<u4", 2 * count, 8).tolist()
    samples = np.frombuffer(data, np.float32, offset=8 + 8 * count)
    told: list[Told] = []
    at = 0
    for voice_id, size in zip(numbers[:count], numbers[count:], strict=True):
        if size in _MEANT:
            told.append((voice_id, _MEANT[size]))
        else:
            told.append((voice_id, samples[at : at + size]))
            at += size
    return "tell", 0, told


def packed_round(results: list[tuple[int, Result]], report: RoundReport) -> bytes:
    """What the voices of a round are told, and what the metrics are."""
    frames = [result.outcome.frames for _, result in results]
    plain = [(voice_id, result.heard, len(result.outcome.frames)) for voice_id, result in results]
    more = {
        str(number): (result.outcome[1:], result.times)
        for number, (_, result) in enumerate(results)
        if result.outcome.done or result.outcome.error or result.times is not None
    }
    together = np.concatenate(frames) if frames else _NO_FRAMES
    head = json.dumps([plain, more, astuple(report)]).encode()
    return b"".join((len(head).to_bytes(4, "little"), head, np.ascontiguousarray(together, "<f4").data))


def unpacked_round(data: bytes) -> tuple[list[tuple[int, Result]], RoundReport]:
    """See packed_round; the frames of every voice are its own, so that none of it is kept for another one."""
    numbers_at = 4 + int.from_bytes(data[:4], "little")
    plain, more, report = json.loads(data[4:numbers_at])
    together = np.frombuffer(data[numbers_at:], "<f4").reshape(-1, 52)
    results, at = [], 0
    for number, (voice_id, heard, count) in enumerate(plain):
        frames = together[at : at + count].copy() if count else _NO_FRAMES
        at += count
        if str(number) in more:
            (done, error, code), times = more[str(number)]
            results.append((voice_id, Result(Outcome(frames, done, error, code), heard, None if times is None else RoundTimes(*times))))
        else:
            results.append((voice_id, Result(Outcome(frames), heard)))
    return results, RoundReport(*report)
