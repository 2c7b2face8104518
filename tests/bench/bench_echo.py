"""The echo guard in made-up rooms: how much of its own voice the avatar hears, and how much of the user is lost.

The avatar and the user are both the embedded voice, the user a fourth lower, so that nothing has to be fetched. Words are counted by
how clearly each stands in what the guard hands on, and by the embedded recogniser where its weights are there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import soxr

from app.conversation.echo.guard import EchoGuard
from app.core.errors import PreviewError
from app.core.speech import Speech, joined
from app.speech.hibari import HibariEngine
from tests.rooms.synthetic import RATE, Outcome, Room, babble, play_scene

ANSWER = (
    "In the beginning of the long and winding story there was a small village by the sea, where nobody ever locked a door, and everyone "
    "knew the baker by name. He was a quiet man. Every morning at four he lit the oven, and by six the whole street smelled of bread. "
    "Children came by on their way to school, and he always had something sweet for them."
)
QUESTIONS = ("Wait a moment please, what time does the next train leave?", "Stop, I would rather hear about the weather.")
#: when the user begins to speak over the avatar
ONSETS_S = (5.0, 9.3, 13.1)
SCENES = {
    "plain, echo -6 dB": Room(),
    "near, echo +6 dB": Room(echo_db=6.0),
    "loud, echo +12 dB": Room(echo_db=12.0),
    "clipped loudspeaker": Room(clip=6.0),
    "drift of 50 ppm": Room(drift_ppm=50.0),
}
#: on which no threshold was chosen: only whether the avatar takes itself for the user
STRANGE = {
    "a hall (T60 1 s), far away": Room(t60_s=1.0, delay_s=0.14, echo_db=-2.0),
    "a car (T60 0.08 s), noise of -46 dB": Room(t60_s=0.08, delay_s=0.03, echo_db=3.0, noise_db=-46.0),
    "a clipped laptop, drift of -80 ppm": Room(clip=5.0, drift_ppm=-80.0, echo_db=2.0, noise_db=-58.0),
}
#: pitch of the avatar there
STRANGE_HZ = (95.0, 145.0, 230.0)
#: phones without a voice: the time until somebody is noticed counts from the first that has one
_VOICELESS = frozenset(["P", "T", "K", "F", "TH", "S", "SH", "CH", "HH"])
_VOICED_SHARE = 0.04
#: share by which the user's voice is slowed down: a fourth lower
_LOWER = 4 / 3
#: a word counts as kept when it stands so clearly in what is handed on (dB)
_CLEAR_DB = 5.0


def run() -> list[dict]:
    """Rows of the benchmark."""
    engine = HibariEngine()
    answer = _at_16k(joined(list(engine.synthesize(ANSWER, "heart"))), 1.0)[0]
    users = [_user(joined(list(engine.synthesize(text, "heart", 1.2)))) for text in QUESTIONS]
    reader = _reader()
    rows: list[dict] = []
    for name, room in SCENES.items():
        guard, began_s = EchoGuard(lambda _age_s, n: np.zeros(n, np.float32)), time.process_time()
        alone = play_scene(guard, 0.5 * answer, room)
        share = (time.process_time() - began_s) / (len(alone.microphone) / RATE)
        figures = guard.figures
        rows += [
            {"name": f"{name}: echo taken away (AEC3)", "value": figures.removed_db, "unit": "dB"},
            {"name": f"{name}: told apart by (linear)", "value": -figures.told_apart_db, "unit": "dB"},
            {"name": f"{name}: false starts in {len(answer) / RATE:.0f} s", "value": len(alone.verdicts), "unit": ""},
            {"name": f"{name}: own sound handed on", "value": _handed_s(alone, answer), "unit": "s"},
            *_double_talk(name, room, answer, users, reader),
            {"name": f"{name}: work, the room's own included", "value": share, "unit": "s per s"},
        ]
    false = [len(play_scene(None, babble(16.0, pitch_hz=hz, seed=11), room).verdicts) for room in STRANGE.values() for hz in STRANGE_HZ]
    rows.append({"name": f"false starts in {len(false)} strange scenes of 16 s", "value": float(sum(false)), "unit": ""})
    return rows


def _double_talk(name: str, room: Room, answer: np.ndarray, users: list, reader: object) -> Iterator[dict]:
    """The user speaks over the avatar, as loud at the microphone as the avatar is, but no louder than somebody near it can be."""
    echo = 0.5 * float(np.sqrt(np.mean(answer**2))) * 10 ** (min(room.echo_db, 0.0) / 20)
    late, lost, read_wrong, words, missed = [], 0, 0, 0, 0
    for k, onset_s in enumerate(ONSETS_S):
        user, spoken, voice_s = users[k % len(users)]
        user = user * (echo / float(np.sqrt(np.mean(user**2))))
        outcome = play_scene(None, 0.5 * answer, room, near=user, near_s=onset_s)
        first_s = onset_s + voice_s
        pause_s = outcome.at("pause", onset_s)
        missed += bool(np.isnan(pause_s) or pause_s > onset_s + len(user) / RATE)
        late.append(1e3 * (pause_s - first_s))
        words += len(spoken)
        lost += sum(_clearness_db(outcome, onset_s, word) < _CLEAR_DB for word in spoken)
        if reader is not None:
            read_wrong += _wrong_words(reader, _what_was_handed(outcome, onset_s, len(user)), QUESTIONS[k % len(QUESTIONS)])
    for kind, figure in (("median", np.nanmedian), ("worst", np.nanmax)):
        yield {"name": f"{name}: voice over the avatar to pause, {kind}", "value": float(figure(late)), "unit": "ms"}
    yield {"name": f"{name}: people who were not noticed", "value": missed, "unit": f"of {len(ONSETS_S)}"}
    yield {"name": f"{name}: words lost in double talk, by clearness", "value": lost, "unit": f"of {words}"}
    if reader is not None:
        yield {"name": f"{name}: words read wrong in double talk", "value": read_wrong, "unit": f"of {words}"}


def _user(speech: Speech) -> tuple[np.ndarray, list[tuple[str, float, float]], float]:
    """Somebody with a lower voice: sound, words, and the time of the first voiced sample: of a phone that has a voice, and within 28 dB
    of the loudest."""
    first = next(phone for phone in speech.phones if not phone.is_silence and phone.base not in _VOICELESS)
    samples, words = _at_16k(speech, _LOWER)
    start = round(first.start_s * _LOWER * RATE)
    loud = np.abs(samples[start:]) > _VOICED_SHARE * np.abs(samples).max()
    return samples, words, (start + int(np.argmax(loud))) / RATE


def _at_16k(speech: Speech, lower: float) -> tuple[np.ndarray, list[tuple[str, float, float]]]:
    """A speech as the microphone has it, and its words with their times; ``lower`` is how much it is slowed down."""
    samples = soxr.resample(speech.audio.samples, speech.audio.rate, RATE * lower).astype(np.float32)
    words: list[tuple[str, float, float]] = []
    for phone in speech.phones:
        if phone.is_silence or not phone.word:
            continue
        start_s, end_s = phone.start_s * lower, phone.end_s * lower
        if words and words[-1][0] == phone.word and start_s - words[-1][2] < 0.02:
            words[-1] = (phone.word, words[-1][1], end_s)
        else:
            words.append((phone.word, start_s, end_s))
    return samples, words


def _handed_s(outcome: Outcome, answer: np.ndarray) -> float:
    """Seconds of sound that the dialogue got while only the avatar spoke."""
    handed = outcome.handed[: len(answer)]
    return float(np.count_nonzero(handed)) / RATE


def _what_was_handed(outcome: Outcome, onset_s: float, n: int) -> np.ndarray:
    """What the dialogue got of the user's stretch; the pre-roll came on top, so the end is what lies on the scene's time line."""
    shift = len(outcome.handed) - len(outcome.microphone)
    start = round(onset_s * RATE) + shift
    return outcome.handed[max(start, 0) : start + n]


def _clearness_db(outcome: Outcome, onset_s: float, word: tuple[str, float, float]) -> float:
    """How clearly a word stands in what was handed on, in decibels over everything that is not it."""
    start, stop = (round((onset_s + at_s) * RATE) for at_s in word[1:])
    wanted = outcome.near[start:stop]
    shift = len(outcome.handed) - len(outcome.microphone)
    got = outcome.handed[start + shift : stop + shift]
    got = np.pad(got, (0, len(wanted) - len(got)))
    return 10 * float(np.log10(np.sum(wanted**2) / (np.sum((got - wanted) ** 2) + 1e-9)))


def _reader() -> object:
    """The embedded recogniser's network, or None where its weights were not fetched."""
    try:
        from app.conversation.recognition.embedded import load
        from app.conversation.recognition.moonshine_weights import are_ready

        return load() if are_ready() else None
    except (PreviewError, ImportError):
        return None


def _wrong_words(reader: object, samples: np.ndarray, text: str) -> int:
    """Words that have to be changed, put in or left out to make what was read what was said."""
    said = reader.read(np.pad(samples, (1600, 3200))) or ""  # type: ignore[attr-defined]
    wanted, got = _plain(text), _plain(said)
    row = list(range(len(got) + 1))
    for i, word in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(got, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def _plain(text: str) -> list[str]:
    return "".join(char if char.isalnum() or char == " " else "" for char in text.lower()).split()
