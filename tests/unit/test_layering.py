"""Layers of a face: exactly their part, eased at their ends, with lips that close as they did where they come from."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from app.audio.clips import read_clip
from app.core.arkit import ARKIT_INDEX, MOUTH_CHANNELS, VISEME_CHANNELS, VISEME_INDEX
from app.core.errors import LayerError
from app.core.face_frame import FaceFrame
from app.core.head import ANGLES, head_rotations
from app.core.layering import LaidMotion, layered, over_live, turned_live
from app.core.layers import LIVE, Layer, layer_data, layer_of, layer_of_words
from app.core.lips import closure_rate, lip_opening
from app.core.regions import REGIONS
from app.core.side import SideChannels
from app.core.source_spec import SourceSpec
from app.core.speech import Phone, Speech
from app.core.track import Animation, BlendshapeTrack, concatenate
from app.lipsync.layered import LayeredSource, kept_motion
from app.lipsync.registry import make_source

A2F, FILE = SourceSpec("a2f"), SourceSpec("file", "take.csv")
LOWER = [ARKIT_INDEX[name] for name in REGIONS["lower"]]
UPPER = [ARKIT_INDEX[name] for name in REGIONS["upper"]]


def motion(
    seed: int, seconds: float = 3.0, fps: float = 60.0, *, start_s: float = 0.0, visemes: bool = False, label: str = ""
) -> Animation:
    """Slow motion whose left and right differ."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(round(seconds * fps)) / fps + start_s
    speed, phase = rng.uniform(1, 6, 52), rng.uniform(0, 6, 52)
    arkit = BlendshapeTrack(0.3 + 0.3 * np.sin(times_s[:, None] * speed + phase), fps, start_s)
    rows = np.abs(np.sin(times_s[:, None] * speed[:15] + phase[:15])) / 15
    shown = BlendshapeTrack(rows, fps, start_s, VISEME_CHANNELS) if visemes else None
    return Animation(arkit, shown, label=label or f"motion {seed}")


def loose(made: Animation) -> Animation:
    """A motion whose lips never touch, so that nothing is closed."""
    weights = made.arkit.weights.copy()
    weights[:, ARKIT_INDEX["jawOpen"]] = 1.0
    weights[:, ARKIT_INDEX["mouthClose"]] = 0.0
    return replace(made, arkit=made.arkit.with_weights(weights))


def test_a_layer_moves_exactly_its_own_part_of_the_face_on_both_of_its_sides():
    base, other = loose(motion(1)), loose(motion(2))
    made = layered(base, [(Layer(A2F, ("lips",)), other)])
    assert np.array_equal(made.arkit.weights[:, LOWER], other.arkit.weights[:, LOWER])
    assert np.array_equal(made.arkit.weights[:, UPPER], base.arkit.weights[:, UPPER])
    left = layered(base, [(Layer(A2F, ("mouthSmileLeft",)), other)]).arkit
    assert np.array_equal(left.column("mouthSmileLeft"), other.arkit.column("mouthSmileLeft"))
    assert np.array_equal(left.column("mouthSmileRight"), base.arkit.column("mouthSmileRight"))
    assert layered(base, [(Layer(A2F, ("lips",), on=False), other)]) is base


def test_offset_and_gain_and_another_rate_say_what_they_do():
    base, other = loose(motion(1)), loose(motion(2, fps=24.0))
    layer = Layer(A2F, ("brows",), 0.5, offset_s=0.2)
    made, name = layered(base, [(layer, other)]).arkit, "browInnerUp"
    t = 1.5
    assert made.sample(t)[made.index[name]] == pytest.approx(0.5 * other.arkit.sample(t - 0.2)[ARKIT_INDEX[name]], abs=2e-3)
    loud = layered(base, [(replace(layer, gain=2.0), other)]).arkit
    assert loud.weights.max() <= 1.0


@pytest.mark.parametrize("fade_s", [0.05, 0.15, 0.5])
def test_what_is_eased_takes_no_step_larger_than_the_motions_and_the_ease_allow(fade_s):
    base, other = motion(1), motion(2, 1.4)
    layer = Layer(A2F, ("upper",), fade_s=fade_s, span_s=(0.5, 2.5))
    made = layered(base, [(layer, other)]).arkit
    own = max(np.abs(np.diff(each.arkit.weights, axis=0)).max() for each in (base, other))
    apart = np.abs(base.arkit.weights[:84] - other.arkit.weights[:84]).max()
    # the ease's top speed is 15/8 of a straight line's
    assert np.abs(np.diff(made.weights, axis=0)).max() <= own + apart * 1.875 / (fade_s * 60) + 1e-5
    assert np.array_equal(made.weights[:30], base.arkit.weights[:30]), "nothing before its stretch"
    end = made.weights[84:]
    assert np.array_equal(end, base.arkit.weights[84:]), "behind the end of its motion the face is the one below, not at rest"


def test_motion_as_long_as_the_sound_is_not_eased_at_its_ends():
    base = loose(motion(1))
    for short in (0, 1, 2):
        laid = LaidMotion(Layer(A2F), Animation(motion(2).arkit.between(0, 180 - short)), base.arkit)
        assert laid.is_whole
    assert not LaidMotion(Layer(A2F, offset_s=0.3), motion(2), base.arkit).is_whole


def test_lips_stay_closed_over_a_jaw_that_somebody_else_opens():
    base, lips = loose(motion(1)), motion(2)
    shut = lips.arkit.weights.copy()
    shut[60:70] = 0.0
    lips = replace(lips, arkit=lips.arkit.with_weights(shut))
    for where in (("lips",), ("lips-alone",)):
        made = layered(base, [(Layer(A2F, where, gain=1.3), lips)]).arkit.weights
        assert lip_opening(made[60:70]).max() < 0.08, where
        assert np.array_equal(made[:, UPPER], base.arkit.weights[:, UPPER]), "a nose that sneers goes on sneering"
    jaw = layered(lips, [(Layer(A2F, ("jaw",)), base)]).arkit.weights
    assert jaw[65, ARKIT_INDEX["jawOpen"]] == 1.0 and lip_opening(jaw[60:70]).max() < 0.08


def test_visemes_follow_what_moves_the_mouth():
    with_visemes, without = motion(1, visemes=True), motion(2)
    lips = Layer(A2F, ("lips",))
    assert layered(with_visemes, [(lips, without)]).visemes is None, "an avatar with visemes shows the 52 shapes"
    taken = layered(without, [(lips, with_visemes)]).visemes
    assert taken is not None and np.array_equal(taken.weights, with_visemes.visemes.weights)
    assert layered(without, [(replace(lips, span_s=(1.0, 2.0)), with_visemes)]).visemes is None
    both = layered(with_visemes, [(replace(lips, gain=0.5), motion(3, visemes=True))]).visemes
    assert both is not None and np.allclose(both.weights[:, 1:], 0.5 * motion(3, visemes=True).visemes.weights[:, 1:])
    assert both.weights[:, VISEME_INDEX["sil"]].min() > 0.3
    upper = layered(with_visemes, [(Layer(FILE, ("upper",)), without)])
    assert upper.visemes is with_visemes.visemes
    assert layered(with_visemes, [(Layer(FILE, ("jaw",)), without)]).visemes is None


def test_the_head_of_a_take_comes_in_radians_whatever_its_file_has_them_in():
    base, other = motion(1), motion(2)
    degrees = np.zeros((180, 3), np.float32)
    degrees[:, 0] = 20.0
    turned = replace(other, arkit=replace(other.arkit, side=SideChannels(("headYaw", "headPitch", "slate"), degrees)))
    made = layered(base, [(Layer(FILE, ("head",), gain=0.5), turned)])
    assert made.arkit.side is not None and made.arkit.side.names == ("HeadYaw",)
    assert head_rotations(made.arkit)[90, 1] == pytest.approx(-np.radians(10.0))
    assert np.array_equal(made.arkit.weights, base.arkit.weights)
    still = layered(turned, [(Layer(A2F, ("head", "upper")), other)])
    assert head_rotations(still.arkit)[90, 1] == pytest.approx(-np.radians(20.0)), "who has no head leaves it alone"
    assert "turns no head" in still.notes[-1]
    assert set(ANGLES) >= {name for name in still.arkit.side.names if name != "slate"}


def test_who_moves_what_and_whose_the_eyes_are_is_said():
    base, other = replace(motion(1, label="File: take.csv"), owns_eyes=True), motion(2, label="Audio2Face")
    made = layered(base, [(Layer(A2F, ("lips",)), other)])
    assert made.label == "lips and jaw: Audio2Face; rest: take.csv" and made.owns_eyes
    assert not layered(base, [(Layer(A2F, ("eyes",)), other)]).owns_eyes
    assert layered(base, [(Layer(A2F, ("eyes",), span_s=(1, 2)), other)]).owns_eyes
    assert layered(base, [(Layer(A2F, ("upper", "lips")), other)]).label == "upper face, lips and jaw: Audio2Face"
    layers = [(Layer(A2F, ("lips",)), loose(other)), (Layer(FILE, ("upper",)), base)]
    alone = layered(base, layers, layers[0][0])
    assert alone.label == "only lips and jaw: Audio2Face" and not alone.arkit.weights[:, UPPER].any()
    assert np.array_equal(alone.arkit.weights[:, LOWER], loose(other).arkit.weights[:, LOWER])


def test_layers_are_written_and_read():
    layer = layer_of_words("upper+head=file:a,b=1.csv,gain=0.8,offset=-40,fade=200,from=0.5,to=2")
    assert (layer.where, layer.source) == (("upper", "head"), SourceSpec("file", "a,b=1.csv"))
    assert (layer.gain, layer.offset_s, layer.fade_s, layer.span_s) == (0.8, -0.04, 0.2, (0.5, 2.0))
    assert layer_of(json.loads(json.dumps(layer_data(layer)))) == layer
    kept = layer_of({"source": "a2f", "where": ["lips"], "later": 1})
    assert kept == Layer(A2F) and layer_data(kept)["later"] == 1
    assert layer_of_words("mouth_smile_L=live") == Layer(LIVE, ("mouthSmileLeft",))
    for broken in ("lips", "lips=", "=a2f", "ears=a2f", "lips=a2f,gain=3", "lips=a2f,offset=x", "lips=a2f,from=2,to=1", "lips=?"):
        with pytest.raises(LayerError, match=r"\.$"):
            layer_of_words(broken)
    for data in (None, {}, {"source": "a2f", "where": [], "gain": "x"}, {"source": "a2f", "where": ["lips"], "span_s": [1]}):
        with pytest.raises(LayerError, match=r"\.$"):
            layer_of(data)


def spoken(shared, name: str = "Claire_neutral") -> Speech:
    """A real line with its alignment."""
    clip = read_clip(next((shared / "data" / "speech").rglob(f"{name}.wav")))
    rows = json.loads((shared / "data" / "alignments" / f"{name}.json").read_text())
    return Speech(clip, "", tuple(Phone(row["phone"], row["start"], row["end"]) for row in rows))


@pytest.mark.shared
def test_lips_of_the_network_over_a_real_capture_close_as_often_as_by_themselves(shared):
    pytest.importorskip("torch")
    speech = spoken(shared)
    capture = shared / "data" / "captures" / "livelink" / "Happy_Happy.csv"
    lips = concatenate(list(make_source("a2f").generate(speech, threading.Event())))
    made = concatenate(list(LayeredSource(make_source(f"file:{capture}"), [Layer(A2F)], 60.0).generate(speech, threading.Event())))
    assert closure_rate(made.arkit, speech.phones) == closure_rate(lips.arkit, speech.phones)
    take = kept_motion(SourceSpec("file", str(capture)))
    mouth = [ARKIT_INDEX[name] for name in sorted(MOUTH_CHANNELS)]
    rest = [i for i in range(52) if i not in mouth]
    assert np.allclose(made.arkit.weights[:, rest], take.arkit.sample(made.arkit.times_s)[:, rest], atol=1e-6)
    assert made.owns_eyes and made.label == "lips and jaw: Audio2Face; rest: Happy_Happy.csv"
    assert made.arkit.side is not None and made.arkit.side.find("HeadYaw") is not None


def test_a_live_face_drives_its_part_while_the_lips_go_on_and_a_lost_one_gives_back():
    below, came = loose(motion(1)).arkit.weights[30], motion(2).arkit.weights[30]
    angles = np.zeros(9, np.float32)
    angles[0] = 0.2
    face, layers = FaceFrame(came, angles), (Layer(LIVE, ("upper", "head"), gain=0.5),)
    made = over_live(below, layers, face)
    assert np.array_equal(made[LOWER], below[LOWER]) and np.allclose(made[UPPER], 0.5 * came[UPPER], atol=1e-6)
    assert np.array_equal(over_live(below, layers, face, 0.0), below)
    assert turned_live(None, layers, face) == pytest.approx([0.0, -0.1, 0.0])
    assert turned_live(None, (Layer(LIVE, ("brows",)),), face) is None
