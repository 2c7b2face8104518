"""NVIDIA's parameters as keys of a tuning, kept network output, and Audio2Emotion as a listener."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.errors import PresetError, SourceError
from app.core.native import checked_native, of_family
from app.core.presets import document, from_document
from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.core.tuning import Tuning
from app.lipsync.audio2emotion import heard_timeline, open_listener
from app.lipsync.nvidia import NvidiaSource
from app.lipsync.nvidia_bundle import bundle_kind_of, emotion_offer, open_bundle
from app.lipsync.nvidia_stylization import read_stylization, write_stylization
from app.lipsync.nvidia_tuning import default_sets, nvidia_tuning, parameters_of
from app.lipsync.registry import abilities_of
from app.lipsync.source import Expression
from models.nvidia.parameters import FACE_PARAMETERS, preset


def speech_of(samples: np.ndarray) -> Speech:
    """A speech without phones."""
    return Speech(AudioClip(samples, 16000))


def weights_of(source: NvidiaSource, samples: np.ndarray) -> np.ndarray:
    """The whole track."""
    return concatenate(list(source.generate(speech_of(samples), threading.Event()))).arkit.weights


@pytest.fixture
def parameters(regression):
    """Everything that can be tuned of the synthetic bundle."""
    return parameters_of(regression.face)


def test_every_parameter_has_nvidias_name_range_and_the_bundles_default(regression, parameters):
    by_key = {each.key: each for each in parameters}
    assert len(by_key) == len(parameters)
    for name, of in FACE_PARAMETERS.items():
        each = by_key[f"nvidia/face/{name}"]
        assert each.name == of.camel and each.default == getattr(regression.face.face, name)
        assert each.low == of.low and of.high in {each.high, np.inf}
        assert f"SDK {of.sdk:g}" in each.about
    shapes = regression.face.skin_rig.names + regression.face.tongue_rig.names
    assert all(f"nvidia/{kind}/{shape}" in by_key for kind in ("multiplier", "offset") for shape in shapes)


def test_keys_become_the_runtimes_tuning():
    native = {
        "nvidia/face/skin_strength": 0.5, "nvidia/skin/l2": 2.0, "nvidia/multiplier/jawOpen": 1.5, "nvidia/offset/jawOpen": -0.1,
        "nvidia/active/tongueOut": 1.0, "nvidia/clamp/weights": 1.0, "nvidia/emotion/max_emotions": 5.0, "nvidia/beginning/joy": 0.4,
        "nvidia/cancel/jawLeft": 3.0,
    }  # fmt: skip
    tuning = nvidia_tuning({**native, "visemesync/motion/intensity": 1.0})
    assert tuning.face_changes == {"skin_strength": 0.5} and tuning.blendshapes.active == {"tongueOut": True}
    assert tuning.emotion.max_emotions == 5 and tuning.blendshapes.clamp and tuning.emotion.beginning == {"joy": 0.4}
    shapes = tuning.blendshapes
    assert (shapes.multipliers, shapes.offsets, shapes.cancel, shapes.skin) == (
        {"jawOpen": 1.5}, {"jawOpen": -0.1}, {"jawLeft": 3}, {"l2": 2.0},
    )  # fmt: skip


@pytest.mark.parametrize(
    "key, value, said",
    [
        ("nvidia/face/skin_strength", 3.0, "between 0 and 2"),
        ("nvidia/face/charm", 1.0, "no face parameter 'charm'"),
        ("nvidia/skin/l9", 1.0, "no solver parameter"),
        ("nvidia/emotion/anger", 1.0, "no emotion parameter"),
        ("nvidia/nose/length", 1.0, "no group"),
    ],
)
def test_unknown_names_and_values_out_of_range_are_refused(key, value, said):
    with pytest.raises(PresetError, match=said):
        nvidia_tuning({key: value})


@pytest.mark.parametrize("native", [{"nvidia/x": 1.0}, {"maya/face/x": 1.0}, {"nvidia/face/x": True}, {"nvidia/face/x": float("nan")}, []])
def test_presets_refuse_keys_of_another_form(native):
    with pytest.raises(PresetError):
        checked_native(native)


def test_a_preset_holds_them_and_they_change_nothing_by_themselves():
    tuning = Tuning(native={"nvidia/face/skin_strength": 0.5, "visemesync/motion/smoothing": 0.2})
    assert from_document(document("x", tuning))[1] == tuning and tuning.is_neutral
    assert of_family(tuning.native, abilities_of("nvidia:/some/folder").family) == {"nvidia/face/skin_strength": 0.5}
    assert (
        abilities_of("visemes:visemesync-early").family == "visemesync"
        and abilities_of("visemes").family == "visemes"
        and not abilities_of("a2f").family
    )


def test_stylization_files_keep_every_number(parameters, tmp_path):
    native = {"nvidia/face/eyeballs_strength": 0.3, "nvidia/multiplier/tongueWide": 0.2, "nvidia/beginning/fear": 0.5}
    path = tmp_path / "s.yaml"
    assert write_stylization(path, Tuning(native=native), parameters) == ()
    assert read_stylization(path, parameters) == (native, ())
    assert "lip_close_offset: -0.03" in path.read_text("utf-8")
    lost = write_stylization(path, Tuning(native={**native, "nvidia/skin/l1": 0.1}, intensity=0.5), parameters)
    assert lost == ("this program's own adjustments", "the solver's numbers")
    path.write_text("a2f:\n  face_params: {skin_strength: 7}\n", "utf-8")
    with pytest.raises(PresetError, match="between 0 and 2"):
        read_stylization(path, parameters)
    write_stylization(path, Tuning(), parameters)
    assert path.read_text("utf-8").count("JawOpen") == 2


def test_the_three_sets_of_defaults(regression, parameters):
    sets = default_sets(parameters)
    for (title, native), name in zip(sets.items(), ("bundle", "sdk", "nim"), strict=True):
        assert nvidia_tuning(native).face_parameters(regression.face.face) == preset(name, regression.face.face), title
    assert sets["NVIDIA: as in the bundle"] == {} and sets["NVIDIA: as in the SDK"]["nvidia/face/skin_strength"] == 1.0


def test_a_glimpse_needs_the_networks_output_and_is_what_will_be(bundles, noise):
    samples = np.tile(noise, 2) * np.float32(0.9)
    source = NvidiaSource(bundles / "regression", 60.0)
    assert source.glimpse(speech_of(samples), (2.0, 2.5)) is None
    weights_of(source, samples)
    source.set_native({"nvidia/face/lower_face_strength": 0.7, "nvidia/face/lower_face_smoothing": 0.05})
    stretch = source.glimpse(speech_of(samples), (2.0, 2.5)).arkit
    whole = weights_of(source, samples)
    assert stretch.start_s == 2.0 and len(stretch) == 31
    assert np.abs(whole[120:151] - stretch.weights).max() < 1e-3
    end = source.glimpse(speech_of(samples), (3.9, 9.0)).arkit
    assert np.abs(whole[234:240] - end.weights).max() < 1e-3 and source.glimpse(speech_of(samples), (5.0, 6.0)) is None


def test_a_cancelled_run_goes_on_where_it_was_and_two_sources_share_it(bundles, noise, monkeypatch):
    samples = noise * np.float32(0.7)
    one, other = (NvidiaSource(bundles / "regression", 30.0) for _ in range(2))
    network, calls = one.model().network, []
    run = network.run
    monkeypatch.setattr(network, "run", lambda inputs: (calls.append(1), run(inputs))[1])

    class AfterTwo:
        """Asks to stop once the network has run twice."""

        def is_set(self) -> bool:
            return len(calls) >= 2

    list(one.generate(speech_of(samples), AfterTwo()))
    assert len(calls) == 2
    first = weights_of(one, samples)
    needed = len(calls)
    assert np.array_equal(weights_of(other, samples), first) and len(calls) == needed == -(-len(first) // 8)


def test_emotions_and_blinks_of_the_expression_move_the_face(bundles, noise):
    samples = np.tile(noise, 5)
    source = NvidiaSource(bundles / "regression", 30.0)
    plain = weights_of(source, samples)
    source.expression = Expression([(0.0, np.zeros(10, np.float32))], blinks=True)
    assert np.array_equal(weights_of(source, samples), plain)
    joy = np.eye(10, dtype=np.float32)[6]
    source.expression = Expression([(0.0, joy * 0), (1.0, joy)], blinks=True)
    moved = np.abs(weights_of(source, samples) - plain).max(axis=1)
    assert moved[0] < 1e-6 and moved[35:].max() > 1e-3
    source.expression = Expression(blinks=False)
    lids = ARKIT_INDEX["eyeBlinkLeft"]
    assert weights_of(source, samples)[:, lids].max() < plain[:, lids].max() - 0.1


def test_bundles_say_what_they_are(bundles, tmp_path):
    (one,) = open_bundle(bundles / "regression")
    assert one.label == "NVIDIA: Synthetic v2.3.1 (CPU)" and one.spec == f"nvidia:{bundles / 'regression'}"
    assert [each.spec.rpartition("#")[2] for each in open_bundle(bundles / "diffusion")] == ["Claire", "James", "Mark"]
    assert bundle_kind_of(bundles / "emotion") == "emotion" and bundle_kind_of(bundles / "diffusion") == "face"
    with pytest.raises(SourceError, match=r"model\.json"):
        bundle_kind_of(tmp_path)
    with pytest.raises(SourceError, match=r"model\.json"):
        open_bundle(tmp_path)


def test_audio2emotion_listens_only_after_consent(bundles, noise, copy):
    folder = bundles / "emotion"
    with pytest.raises(SourceError, match="accepted first"):
        open_listener(folder, accepted=False)
    with pytest.raises(SourceError, match="not an Audio2Emotion bundle"):
        open_listener(bundles / "regression", accepted=True)
    own = copy("emotion")
    assert emotion_offer(own).texts == () and "prohibited" in emotion_offer(own).condition
    (own / "LICENSE.txt").write_text("made up", "utf-8")
    assert emotion_offer(own).texts == ("LICENSE.txt",)


def test_its_keys_follow_its_curve_and_its_parameters_do_not_listen_again(bundles, noise, monkeypatch):
    folder, clip = bundles / "emotion", AudioClip(np.concatenate([noise, noise * np.float32(0.01)]), 16000)
    line = heard_timeline(folder, clip, {}, threading.Event())
    from models.nvidia.audio2emotion import load_audio2emotion, recognised_emotion

    model = load_audio2emotion(folder, accept_licence=True)
    from models.nvidia.parameters import EmotionTuning

    curve = recognised_emotion(model, clip.samples, tuning=EmotionTuning())
    times = np.arange(0.4, 3.9, 0.1)
    assert np.abs(line.at(times) - curve.at(times)).max() < 0.05 and line.at(times).max() > 0.02
    network = open_listener(folder, accepted=True).network
    monkeypatch.setattr(network, "_network", None)
    stronger = heard_timeline(folder, clip, {"nvidia/emotion/emotion_strength": 1.0}, threading.Event())
    assert stronger.at(times).max() > 1.3 * line.at(times).max()
