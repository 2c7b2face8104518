"""The source that the window and the command line use."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import SourceError
from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.lipsync.nvidia import NvidiaSource, runtime_frames
from app.lipsync.nvidia_bundle import emotion_licence, examine_bundle
from models.nvidia.face import FaceOptions
from models.nvidia.model import open_model
from models.nvidia.parameters import BundleTuning, EmotionTuning


def animated(source: NvidiaSource, samples: np.ndarray, rate: int = 16000) -> np.ndarray:
    """The whole track's weights."""
    return concatenate(list(source.generate(Speech(AudioClip(samples, rate)), threading.Event()))).arkit.weights


def test_it_is_the_model_by_name(bundles, noise):
    folder = bundles / "regression"
    options = FaceOptions(blinks=False)
    model = open_model(folder, "onnxruntime", "cpu")
    weights = animated(NvidiaSource(folder, 30.0, engine="onnxruntime", device="cpu", options=options, normalise=False), noise)
    from models.nvidia.names import SKIN_POSES

    expected = model.animate(noise, 30.0, options=options).arkit
    for column, name in enumerate(ARKIT_CHANNELS):
        assert np.allclose(weights[:, column], np.clip(expected[:, SKIN_POSES.index(name)], 0, 1), atol=1e-5)


def test_files_are_as_loud_as_they_are(bundles, noise):
    """NVIDIA's runtime multiplies by the input strength and normalises nothing: half the sound is another face, and a microphone agrees."""
    source = NvidiaSource(bundles / "regression", 30.0)
    assert not source.normalise
    assert not np.allclose(animated(source, noise), animated(source, 0.5 * noise), atol=1e-4)


@pytest.mark.parametrize(("samples", "frames"), [(78_400, 147), (78_401, 148), (78_933, 148), (1, 1), (16_000, 30)])
def test_as_many_frames_as_the_runtime_gives(samples, frames):
    """Every frame whose moment lies before the end: ceil(samples * 30 / 16000), never rounded down."""
    assert runtime_frames(Speech(AudioClip(np.zeros(samples, np.float32), 16_000)), 30.0) == frames


def test_loudness_does_not_matter_when_it_is_normalised(bundles, noise):
    source = NvidiaSource(bundles / "regression", 30.0, normalise=True)
    assert np.allclose(animated(source, noise), animated(source, noise * 0.2), atol=1e-4)
    plain = NvidiaSource(bundles / "regression", 30.0, normalise=False)
    assert np.abs(animated(plain, noise) - animated(plain, noise * 0.2)).max() > 0.05


def test_tuning_again_does_not_run_the_network_again(bundles, noise, monkeypatch):
    source = NvidiaSource(bundles / "regression", 30.0)
    first = animated(source, noise)
    network = source.model().network
    monkeypatch.setattr(network, "run", lambda _: pytest.fail("the network ran again"))
    source.tuning = BundleTuning(face_changes={"lower_face_strength": 0.0, "upper_face_strength": 0.0})
    assert np.abs(animated(source, noise) - first).max() > 0.05


def test_a_processor_runs_the_network_at_30_and_interpolates(bundles, noise):
    folder = bundles / "regression"
    fast = animated(NvidiaSource(folder, 60.0, device="cpu"), noise)
    slow = animated(NvidiaSource(folder, 30.0, device="cpu"), noise)
    assert len(fast) == 120 and np.allclose(fast[::2], slow, atol=1e-6)
    assert np.allclose(fast[1:-2:2], (slow[:-1] + slow[1:]) / 2, atol=1e-6)
    full = animated(NvidiaSource(folder, 60.0, device="cpu", network_fps=60.0), noise)
    assert np.abs(full - fast).max() > 1e-4


def test_identities_and_missing_bundles(bundles, noise, tmp_path):
    folder = bundles / "diffusion"
    james, mark = (NvidiaSource(f"{folder}#{name}", 60.0) for name in ("James", "Mark"))
    assert np.abs(animated(james, noise) - animated(mark, noise)).max() > 0.01
    assert "James" in james.label and james.name.endswith("#James")
    with pytest.raises(SourceError, match="choose from Claire"):
        animated(NvidiaSource(f"{folder}#Anna"), noise)
    with pytest.raises(SourceError, match=r"model\.json"):
        NvidiaSource(tmp_path)
    (tmp_path / "model.json").write_text("{}", "utf-8")
    with pytest.raises(SourceError, match="not that of an Audio2Face-3D bundle"):
        animated(NvidiaSource(tmp_path), noise)


@pytest.mark.parametrize("name, delay_ms", [("regression", 260.0), ("diffusion", 750.0)])
def test_live_sound_gives_the_same_face_later(bundles, noise, name, delay_ms):
    source = NvidiaSource(bundles / name, 60.0, network_fps=60.0, normalise=False)
    live = source.live(16000)
    assert live.delay_ms == pytest.approx(delay_ms)
    frames = [live.push(block) for block in np.split(noise, 20)]
    whole = animated(source, noise)
    got = np.concatenate(frames)
    assert len(got) >= 120 - 60 * delay_ms / 1000 - 1
    assert np.abs(got - whole[: len(got)]).max() < 1e-5


def test_live_sound_at_a_microphones_rate(bundles):
    live = NvidiaSource(bundles / "regression", 60.0).live(48000)
    blocks = [live.push(np.zeros(4800, np.float32)) for _ in range(10)]
    assert sum(map(len, blocks)) > 20 and all(block.shape[1] == 52 for block in blocks)


def test_emotions_are_recognised_only_with_the_licence(bundles, noise):
    source = NvidiaSource(bundles / "regression", 30.0)
    plain = animated(source, noise)
    source.tuning = BundleTuning(emotion=EmotionTuning(recognise=True))
    with pytest.raises(SourceError, match="choose its folder"):
        animated(source, noise)
    source.emotion_bundle = bundles / "emotion"
    with pytest.raises(SourceError, match="licence"):
        animated(source, noise)
    assert "prohibited" in emotion_licence()
    source.emotion_licence_accepted = True
    assert np.abs(animated(source, noise) - plain).max() > 1e-3


def test_the_doctor_gets_findings(bundles):
    assert any(finding.name == "widths" for finding in examine_bundle(bundles / "regression"))
