"""Following a speech that arrives in any pieces gives the frames that the whole gives."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.audio.clips import read_clip, resample
from app.core.arriving import ArrivingSpeech, Piece
from app.core.speech import FACIAL_VALUES, AudioClip, FacialFrames, Phone, Speech
from app.core.track import concatenate
from app.core.visemes import ARTICULATIONS, azure_events
from app.lipsync.azure import AzureBlendshapes, AzureVisemes
from app.lipsync.registry import make_source
from app.lipsync.source import Expression, Follows
from app.lipsync.visemes import VisemeSource

RATE = 24000
MAKERS = {
    "visemes": VisemeSource,
    "visemes:visemesync": lambda: VisemeSource("visemesync"),
    "azure-visemes": AzureVisemes,
    "azure-visemes:visemesync": lambda: AzureVisemes("visemesync"),
    "azure-blendshapes": AzureBlendshapes,
}


def spoken_as(phones: tuple[Phone, ...], n_samples: int, seed: int = 0) -> Speech:
    """A silent sound with these phones, Azure's events for them, and frames drawn at random."""
    values = np.random.default_rng(seed).random((max(n_samples * 60 // RATE, 1), FACIAL_VALUES), np.float32)
    events = azure_events((Phone("P", 0.0, 0.01), *phones))
    return Speech(AudioClip(np.zeros(n_samples, np.float32), RATE), "", phones, events, (), (FacialFrames(values),))


#: the vowel after h, which gives it its mouth, comes with the second piece
LATE_VOWEL = spoken_as((Phone("AA", 0.0, 0.25), Phone("HH", 0.25, 0.5), Phone("AA", 0.5, 0.75)), 18_000)


@st.composite
def speeches(draw) -> Speech:
    """Up to three seconds of phones of usual lengths, with Azure's events and frames."""
    spoken = draw(st.lists(st.tuples(st.sampled_from(sorted(ARTICULATIONS)), st.floats(0.03, 0.3)), min_size=1, max_size=10))
    ends = np.cumsum([length for _, length in spoken])
    phones = tuple(Phone(name, end - length, end) for (name, length), end in zip(spoken, ends.tolist(), strict=True))
    n_samples = max(round((float(ends[-1]) + draw(st.floats(0, 0.3))) * RATE), 1)
    return spoken_as(phones, n_samples, draw(st.integers(0, 9)))


def pieces_of(speech: Speech, cuts: Sequence[int], ahead_s: float) -> list[Piece]:
    """A speech in pieces; what is known of a moment comes with the sound, or so much before it."""
    edges = [0, *sorted(cut % len(speech.audio.samples) for cut in cuts), len(speech.audio.samples)]
    values, made = speech.facial[0].values, []
    for before, end in itertools.pairwise(edges):
        a, b = (-np.inf if not before else before / RATE + ahead_s, np.inf if end == edges[-1] else end / RATE + ahead_s)
        rows = slice(max(round(max(a, 0.0) * 60), 0), len(values) if b == np.inf else round(b * 60))
        made.append(
            Piece(
                speech.audio.samples[before:end],
                tuple(p for p in speech.phones if a <= p.start_s < b),
                tuple(e for e in speech.visemes if a <= e.offset_s < b),
                (),
                (FacialFrames(values[rows], rows.start),),
            )
        )
    return made


@pytest.mark.parametrize("name", MAKERS)
@settings(max_examples=60, deadline=None)
@given(speech=speeches(), cuts=st.lists(st.integers(0, 10**6), max_size=12), ahead_s=st.floats(0, 1))
@example(speech=LATE_VOWEL, cuts=[6001], ahead_s=0.0)
def test_any_pieces_give_the_frames_of_the_whole(name, speech, cuts, ahead_s):
    """A reader that keeps up, one piece after the other."""
    source, cancel = MAKERS[name](), threading.Event()
    assert isinstance(source, Follows)
    whole = concatenate(list(source.generate(speech, cancel)))
    arriving, chunks = ArrivingSpeech(RATE), []
    following = source.follow(arriving, cancel)
    reader = threading.Thread(target=lambda: chunks.extend((arriving.duration_s, chunk) for chunk in following))
    reader.start()
    for piece in pieces_of(speech, cuts, ahead_s):
        arriving.add(piece)
    arriving.finish()
    reader.join()
    followed = concatenate([chunk for _, chunk in chunks])
    # sums over more or fewer neighbours of no weight differ in the last bit of a float64 at most
    np.testing.assert_allclose(followed.arkit.weights, whole.arkit.weights, atol=1e-6, rtol=0)
    if whole.visemes is not None:
        np.testing.assert_allclose(followed.visemes.weights, whole.visemes.weights, atol=1e-6, rtol=0)
    assert followed.label == whole.label and (followed.arkit.side is None) == (whole.arkit.side is None)


class Steps(ArrivingSpeech):
    """Tells after every piece how far its one reader came: the piece after it is taken when all frames of this one were given."""

    def __init__(self, pieces: list[Piece]) -> None:
        super().__init__(RATE)
        for piece in pieces:
            self.add(piece)
        self.finish()
        self.read = 0.0

    def pieces(self, cancel):
        """As before, noting how much sound was handed out."""
        for piece in super().pieces(cancel):
            self.read += len(piece.samples) / RATE
            yield piece


@pytest.mark.parametrize("name", MAKERS)
def test_frames_come_as_soon_as_what_is_known_permits(name):
    """With timings that are known a second ahead a frame waits for its sound and nothing else; none lies behind the sound."""
    phones = tuple(Phone("AA" if i % 2 else "M", i * 0.1, i * 0.1 + 0.1) for i in range(40))
    values = np.zeros((240, FACIAL_VALUES), np.float32)
    speech = Speech(AudioClip(np.zeros(4 * RATE, np.float32), RATE), "", phones, azure_events(phones), (), (FacialFrames(values),))
    arriving = Steps(pieces_of(speech, range(0, 4 * RATE, RATE // 10), 1.0))
    late = []
    for chunk in MAKERS[name]().follow(arriving, threading.Event()):
        late.append(arriving.read - chunk.arkit.end_s)
    assert max(late) < 0.06 and min(late) > -0.01


@pytest.mark.parametrize("name", MAKERS)
def test_following_can_be_cancelled_while_nothing_comes(name):
    """The thread ends, and gives nothing more."""
    arriving, cancel, chunks = ArrivingSpeech(RATE), threading.Event(), []
    reader = threading.Thread(target=lambda: chunks.extend(MAKERS[name]().follow(arriving, cancel)))
    reader.start()
    cancel.set()
    reader.join(5)
    assert not reader.is_alive() and not chunks


@pytest.fixture(scope="module")
def voice(root) -> AudioClip:
    """A sentence at 24 kHz."""
    return resample(read_clip(root / "assets" / "eval" / "am_michael.flac"), RATE)


@pytest.mark.parametrize("spec", ["a2f:light", "a2f"])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 10**6), max_size=20))
def test_the_network_hears_the_same_however_the_sound_is_cut(spec, voice, cuts):
    """Its blocks do not depend on the pieces, so that not a bit does; of the whole it takes larger ones, and the last bits differ."""
    speech = Speech(
        voice, "", (Phone("P", 0.5, 0.6), Phone("M", 1.0, 1.1)), (), (), (FacialFrames(np.zeros((1, FACIAL_VALUES), np.float32)),)
    )
    source, cancel = make_source(spec), threading.Event()
    whole = concatenate(list(source.generate(speech, cancel))).arkit
    arriving = ArrivingSpeech(RATE)
    for piece in pieces_of(speech, cuts, 10.0):
        arriving.add(piece)
    arriving.finish()
    followed = concatenate(list(source.follow(arriving, cancel))).arkit
    again = concatenate(list(source.follow(ArrivingSpeech.of(speech), cancel))).arkit
    assert np.array_equal(followed.weights, again.weights)
    # in eight bits a sum of floats of another length now and then falls on the other side of a whole number
    assert len(followed) == len(whole) and np.abs(followed.weights - whole.weights).max() < 0.02


@pytest.mark.parametrize(("detect", "keys"), [(0.0, [(0.0, np.zeros(10)), (2.0, np.full(10, 0.5))]), (1.0, [])])
def test_a_face_that_follows_feels_what_it_was_told(voice, detect, keys):
    """Keys over time, and what the voice sounds like so far."""
    source, cancel = make_source("a2f:light"), threading.Event()
    source.expression = Expression(keys, detect, blinks=False)
    whole = concatenate(list(source.generate(Speech(voice), cancel))).arkit
    followed = concatenate(list(source.follow(ArrivingSpeech.of(Speech(voice)), cancel))).arkit
    # what is heard is judged after every block, so that it is felt a little earlier here
    assert np.abs(followed.weights - whole.weights).max() < (0.02 if not detect else 0.2)


def test_the_network_is_behind_the_sound_by_its_look_ahead(voice):
    """Frames of a moment are there when so much later sound and one block are."""
    step = RATE // 10
    arriving = Steps([Piece(voice.samples[i : i + step]) for i in range(0, len(voice.samples), step)])
    late = [
        arriving.read - c.arkit.end_s
        for c in make_source("a2f").follow(arriving, threading.Event())
        if not arriving.read > voice.duration_s - 0.1
    ]
    assert max(late) < 0.183 + 0.1 + 0.05
