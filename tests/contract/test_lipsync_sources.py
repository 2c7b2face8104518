"""What every source must do, whatever it is made of. A new source is one more entry in MAKERS."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.audio.clips import read_clip
from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.arriving import ArrivingSpeech, Piece
from app.core.errors import SourceError
from app.core.layers import Layer
from app.core.source_spec import SourceSpec
from app.core.speech import FACIAL_VALUES, AudioClip, FacialFrames, Phone, Speech, VisemeEvent
from app.core.track import BlendshapeTrack, concatenate
from app.core.visemes import azure_events
from app.formats.registry import write_track
from app.lipsync.azure import AzureBlendshapes, AzureVisemes
from app.lipsync.layered import LayeredSource
from app.lipsync.mock import MockSource
from app.lipsync.nvidia import NvidiaSource
from app.lipsync.recorded import RecordedSource
from app.lipsync.registry import make_source, source_choices
from app.lipsync.source import Follows, LipSyncSource
from app.lipsync.visemes import VisemeSource
from app.remote.link.meter import LinkedSource
from app.remote.sources import register as register_remote_sources
from tests.nvidia_bundles.synthetic import write_diffusion, write_regression


def _recorded(fps: float, folder: Path) -> LipSyncSource:
    path = folder / "take.csv"
    weights = np.random.default_rng(1).random((90, len(ARKIT_CHANNELS)), dtype=np.float32)
    write_track(path, BlendshapeTrack(weights, 30.0))
    return RecordedSource(path, fps)


def _layered(fps: float, folder: Path) -> LipSyncSource:
    _recorded(fps, folder)
    layers = [Layer(SourceSpec("file", str(folder / "take.csv")), ("upper",), offset_s=0.1), Layer(SourceSpec("mock"), ("lips",))]
    return LayeredSource(VisemeSource(fps=fps), layers, fps)


def _nvidia(write: Callable[[Path], Path]) -> Callable[[float, Path], LipSyncSource]:
    """A synthetic bundle of NVIDIA's layout, written once."""
    folder: list[Path] = []

    def make(fps: float, _: Path) -> LipSyncSource:
        if not folder:
            folder.append(write(Path(tempfile.mkdtemp(prefix="nvidia-")) / "bundle"))
            atexit.register(shutil.rmtree, folder[0].parent, ignore_errors=True)
        return NvidiaSource(folder[0], fps)

    return make


#: id -> a source at a frame rate, given an empty folder to use
MAKERS: dict[str, Callable[[float, Path], LipSyncSource]] = {
    "visemes": lambda fps, _: VisemeSource(fps=fps),
    "visemes:visemesync": lambda fps, _: VisemeSource("visemesync", fps),
    "visemes:visemesync-early": lambda fps, _: VisemeSource("visemesync-early", fps),
    "azure-visemes": lambda fps, _: AzureVisemes(fps=fps),
    "azure-visemes:visemesync": lambda fps, _: AzureVisemes("visemesync", fps),
    "azure-blendshapes": lambda fps, _: AzureBlendshapes(fps),
    "mock": lambda fps, _: MockSource(fps),
    "file": _recorded,
    "layered": _layered,
    "nvidia regression": _nvidia(write_regression),
    "nvidia diffusion": _nvidia(write_diffusion),
    "a2f": lambda fps, _: make_source("a2f", fps),
    "a2f:light": lambda fps, _: make_source("a2f:light", fps),
}

#: these are reached through a service of conftest.py
REMOTE = ("remote", "remote a2f:light", "remote bridge", "nim")

#: these hear the difference between speech and a hum
LISTENERS = ("a2f", "a2f:light", "remote a2f:light")

#: seconds; 2.5083 s is no whole number of frames at any rate below
LENGTHS = (0.01, 0.5, 1.0, 2.5083, 4.0)


def speech_of(duration_s: float, rate: int = 16000) -> Speech:
    """A hum with phones on it, and with what Azure would send."""
    samples = 0.3 * np.sin(2 * np.pi * 150 * np.arange(round(duration_s * rate)) / rate).astype(np.float32)
    names = ("sil", "HH", "AH0", "L", "OW1", "sil", "M", "AY1", "F", "R", "EH1", "N", "D")
    count = max(int(duration_s / 0.1), 1)
    edges = np.linspace(0.0, duration_s, count + 1)
    phones = tuple(Phone(names[i % len(names)], float(edges[i]), float(edges[i + 1])) for i in range(count))
    events = (VisemeEvent(21, 0.0), *azure_events(phones))
    values = np.random.default_rng(2).uniform(-0.1, 1.1, (max(int(duration_s * 60), 1), FACIAL_VALUES)).astype(np.float32)
    facial = (FacialFrames(values[:40]), FacialFrames(values[50:], 50))
    return Speech(AudioClip(samples.astype(np.float32), rate), "hello my friend", phones, events, (), facial)


@pytest.fixture(params=[*MAKERS, *REMOTE])
def kind(request, services) -> str:
    """Every source in turn."""
    if request.param in REMOTE:
        if request.param not in services:
            pytest.skip("the packages of the clients are not installed")
        register_remote_sources()
    return request.param


@pytest.fixture
def make(kind, services, tmp_path) -> Iterator[Callable[[float], LipSyncSource]]:
    """Builds the source under test at a frame rate; what keeps a connection is closed as the window closes it."""
    made: list[LipSyncSource] = []

    def build(fps: float = 60.0) -> LipSyncSource:
        made.append(make_source(services[kind], fps) if kind in services else MAKERS[kind](fps, tmp_path))
        return made[-1]

    yield build
    for source in made:
        if isinstance(source, LinkedSource):
            source.close()


#: every source at every rate and length; one that is reached through a service at one rate, and at the others for one length: what makes
#: the frames stands behind it and is among the local ones
CASES = [
    (kind, fps, duration_s)
    for kind in (*MAKERS, *REMOTE)
    for fps in (24.0, 30.0, 60.0)
    for duration_s in LENGTHS
    if kind in MAKERS or fps == 60.0 or duration_s == 2.5083
]


@pytest.mark.parametrize(("kind", "fps", "duration_s"), CASES, indirect=["kind"])
def test_chunks_meet_and_end_with_the_audio(make, fps, duration_s):
    chunks = list(make(fps).generate(speech_of(duration_s), threading.Event()))
    assert chunks[0].arkit.start_s == 0
    for before, after in itertools.pairwise(chunks):
        assert after.arkit.start_s == pytest.approx(before.arkit.end_s, abs=1e-6)
    assert abs(chunks[-1].arkit.end_s - duration_s) <= 1 / fps
    assert {chunk.arkit.fps for chunk in chunks} == {fps}
    assert all(len(chunk.arkit) for chunk in chunks)
    assert concatenate(chunks).arkit.end_s == pytest.approx(chunks[-1].arkit.end_s)


def test_weights_are_weights(make):
    chunks = list(make().generate(speech_of(2.5083), threading.Event()))
    assert chunks
    for chunk in chunks:
        assert chunk.arkit.channels == ARKIT_CHANNELS
        assert np.isfinite(chunk.arkit.weights).all()
        assert chunk.arkit.weights.min() >= 0 and chunk.arkit.weights.max() <= 1
        if chunk.visemes is not None:
            assert chunk.visemes.channels == VISEME_CHANNELS
            assert (chunk.visemes.fps, chunk.visemes.start_s, len(chunk.visemes)) == (
                chunk.arkit.fps,
                chunk.arkit.start_s,
                len(chunk.arkit),
            )
            assert chunk.visemes.weights.min() >= 0 and chunk.visemes.weights.max() <= 1


def test_it_moves(make, kind, root):
    speech = speech_of(2.5083)
    source = make()
    if kind in LISTENERS:
        speech = Speech(read_clip(root / "assets" / "eval" / "am_michael.flac"), "", speech.phones)
    track = concatenate(list(source.generate(speech, threading.Event()))).arkit
    assert np.ptp(track.column("jawOpen")) > 0.05


def test_it_says_who_it_is(make):
    source = make()
    chunks = list(source.generate(speech_of(2.5083), threading.Event()))
    assert source.name and source.label
    assert {(c.label, c.is_mock, c.owns_eyes, c.visemes is None) for c in chunks} == {
        (source.label, source.is_mock, chunks[0].owns_eyes, chunks[0].visemes is None)
    }
    assert ("MOCK" in source.label) == source.is_mock


def test_the_same_speech_gives_the_same_motion(make, kind):
    source = make()
    first = concatenate(list(source.generate(speech_of(2.0), threading.Event())))
    again = concatenate(list(source.generate(speech_of(2.0), threading.Event())))
    # a server cuts the sound where it happens to arrive, and a network adds up in another order then: the last bits differ
    rounding = 1e-5 if kind == "remote a2f:light" else 0.0
    assert np.abs(first.arkit.weights - again.arkit.weights).max() <= rounding


def test_no_sound_gives_no_chunk(make):
    silent = Speech(AudioClip(np.zeros(0, np.float32), 16000))
    assert list(make().generate(silent, threading.Event())) == []


def test_cancel_before_the_start_gives_nothing(make):
    cancel = threading.Event()
    cancel.set()
    assert list(make().generate(speech_of(4.0), cancel)) == []


def test_cancel_stops_within_a_chunk(make):
    cancel = threading.Event()
    seen = 0
    for _ in make().generate(speech_of(4.0), cancel):
        seen += 1
        cancel.set()
    assert seen == 1


#: these wait for the end of a speech that is still arriving
WAITERS = ("mock", "file", "layered", "nvidia regression", "nvidia diffusion", "nim")


@pytest.mark.parametrize("fps", [24.0, 60.0])
def test_a_speech_that_arrives_gives_the_frames_of_the_whole(make, kind, fps):
    """In pieces of 100 ms, while it is followed; with timings that come with the first of them."""
    source, speech, cancel = make(fps), speech_of(2.5083, 24000), threading.Event()
    assert isinstance(source, Follows) == (kind not in WAITERS)
    if not isinstance(source, Follows):
        return
    whole = concatenate(list(source.generate(speech, cancel)))
    arriving, chunks = ArrivingSpeech(24000, speech.text), []
    reader = threading.Thread(target=lambda: chunks.extend(source.follow(arriving, cancel)), name="follower")
    reader.start()
    for first in range(0, len(speech.audio.samples), 2400):
        timings = () if first else (speech.phones, speech.visemes, speech.words, speech.facial)
        arriving.add(Piece(speech.audio.samples[first : first + 2400], *timings))
    arriving.finish()
    reader.join(60)
    assert chunks and chunks[0].arkit.start_s == 0 and abs(chunks[-1].arkit.end_s - speech.audio.duration_s) <= 1 / fps
    followed = concatenate(chunks)
    assert len(followed.arkit) == len(whole.arkit) and followed.label == whole.label and followed.is_mock == whole.is_mock
    np.testing.assert_allclose(followed.arkit.weights, whole.arkit.weights, atol=1e-5, rtol=0)


def test_following_ends_when_it_is_cancelled_and_gives_nothing_for_no_sound(make):
    """Also while nothing comes."""
    source = make()
    if isinstance(source, Follows):
        silent, stopped, cancel, chunks = ArrivingSpeech(24000), ArrivingSpeech(24000), threading.Event(), []
        silent.finish()
        assert list(source.follow(silent, cancel)) == []
        reader = threading.Thread(target=lambda: chunks.extend(source.follow(stopped, cancel)), name="follower")
        reader.start()
        cancel.set()
        reader.join(60)
        assert not reader.is_alive() and chunks == []


@pytest.mark.parametrize("profile", ["recommended", "visemesync"])
def test_azure_events_are_enough(profile):
    events = (VisemeEvent(0, 0.0), VisemeEvent(21, 0.3), VisemeEvent(2, 0.4), VisemeEvent(0, 0.6))
    speech = Speech(AudioClip(np.zeros(16000, np.float32), 16000), visemes=events)
    track = concatenate(list(VisemeSource(profile).generate(speech, threading.Event()))).arkit
    assert 0.3 < track.times_s[track.column("jawOpen").argmax()] < 0.75


@pytest.mark.parametrize("profile", ["recommended", "visemesync"])
def test_without_timings_visemes_say_what_is_missing(profile):
    speech = Speech(AudioClip(np.zeros(16000, np.float32), 16000))
    with pytest.raises(SourceError, match="type the text"):
        list(VisemeSource(profile).generate(speech, threading.Event()))


def test_every_choice_can_be_made(tmp_path):
    _recorded(30.0, tmp_path)
    for choice in source_choices():
        argument = str(tmp_path / "take.csv") if choice.spec == "file:" else ""
        if choice.takes_argument and not argument:
            continue
        source = make_source(choice.spec + argument, fps=30.0)
        assert source.name == choice.spec + argument


@pytest.mark.parametrize("spec", ["nonsense", "", "visemes:loud", "file:", "mock:3"])
def test_an_unknown_source_names_what_there_is(spec):
    with pytest.raises(SourceError, match="visemes:visemesync, "):
        make_source(spec)


@pytest.mark.parametrize("fps", [0.0, -1.0, 1e6, float("nan")])
def test_an_impossible_frame_rate_is_refused(fps):
    with pytest.raises(SourceError, match="between 1 and 240"):
        make_source("mock", fps)
