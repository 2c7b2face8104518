"""What is planted is mended by fixes as mild as they can be, and nothing else moves."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS, VISEME_INDEX
from app.core.coarticulation import MouthMotion
from app.core.lips import OPENING
from app.core.speech import Phone
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning
from app.review.finding import Finding, needs_work
from app.review.fixes.bench import Bench
from app.review.fixes.choosing import MENDS, REASONS, fix_for
from app.review.fixes.closing import least_pushes
from app.review.fixes.fix import Fix, Unmended
from app.review.fixes.mending import mended
from app.review.lint import lint
from app.review.thresholds import RULES

FPS = 60.0
WORD = ("M", "AA1", "P", "AE1", "B", "IY1", "S", "AH0", "P", "AO1", "B", "AA1")


def phones_of(words: int) -> tuple[Phone, ...]:
    """So many words with pauses between them, from 0.5 s on."""
    starts_s = [0.5 + 0.09 * i + 0.9 * (i // len(WORD)) for i in range(len(WORD) * words)]
    return tuple(Phone(symbol, t, t + 0.09, "word") for t, symbol in zip(starts_s, WORD * words, strict=True))


PHONES = phones_of(6)
LENGTH_S = PHONES[-1].end_s + 1.2


@pytest.fixture(scope="module")
def good() -> BlendshapeTrack:
    return BlendshapeTrack(MouthMotion(PHONES).frames(np.arange(round(LENGTH_S * FPS)) / FPS)[0], FPS)


def put(weights: np.ndarray, name: str, start_s: float, end_s: float, value) -> tuple[float, float]:
    weights[round(start_s * FPS) : round(end_s * FPS), ARKIT_INDEX[name]] = value
    return start_s, end_s


def hump(seconds: float, top: float) -> np.ndarray:
    n = round(seconds * FPS)
    return top * np.sin(np.pi * np.arange(n) / n) ** 2


def word_s(i: int) -> tuple[float, float]:
    return PHONES[12 * i].start_s, PHONES[12 * i + 11].end_s


def ten_faults(good: BlendshapeTrack) -> tuple[BlendshapeTrack, dict[str, tuple[float, float]]]:
    """A track with a fault of each of ten kinds, and where each is."""
    w, rng = good.weights.copy(), np.random.default_rng(3)
    b = PHONES[4]  # the first word's B, with its lips apart
    at = {"open-lips": put(w, "mouthClose", b.start_s - 0.06, b.end_s + 0.06, 0.0)}
    w[round((b.start_s - 0.06) * FPS) : round((b.end_s + 0.06) * FPS), ARKIT_INDEX["jawOpen"]] += hump(0.21, 0.3)[:13].astype(np.float32)
    pause = word_s(1)[1]
    at["open-in-silence"] = put(w, "jawOpen", pause + 0.25, pause + 0.6, hump(0.35, 0.5))
    at["clipping"] = put(w, "browInnerUp", 0.2, 0.9, np.minimum(hump(0.7, 1.8), 1.0))
    at["over-one"] = put(w, "cheekPuff", *(word_s(2)[0] + np.array([0.1, 0.5])), hump(0.4, 1.3))
    at["negative"] = put(w, "mouthFrownLeft", *(word_s(2)[0] + np.array([0.2, 0.5])), -hump(0.3, 0.2))
    trembling = np.minimum(np.arange(60), np.arange(60)[::-1]) / 100 + rng.normal(0.05, 0.02, 60)
    for side in ("Left", "Right"):
        at["jitter"] = put(w, f"browDown{side}", word_s(3)[0], word_s(3)[0] + 1.0, trembling)
    at["pop"] = put(w, "mouthLeft", word_s(3)[1] + 0.2, word_s(3)[1] + 0.35, 0.35)
    at["close-over-jaw"] = put(w, "mouthClose", word_s(4)[1] + 0.3, word_s(4)[1] + 0.6, hump(0.3, 0.3))
    at["tongue"] = put(w, "tongueOut", word_s(4)[0], word_s(4)[0] + 0.9, hump(0.9, 0.9))
    at["open-at-end"] = put(w, "jawOpen", PHONES[-1].end_s + 0.1, LENGTH_S, 0.5)
    ramp = np.arange(12) / 12
    put(w, "jawOpen", PHONES[-1].end_s + 0.1, PHONES[-1].end_s + 0.3, 0.5 * ramp)
    return good.with_weights(w), at


def test_fix_all_leaves_none_of_ten_faults_and_moves_nothing_else(good):
    track, at = ten_faults(good)
    before = [f for f in lint(track, None, PHONES) if f.severity != "note"]
    assert {f.rule for f in before} == set(at), Counter(f.rule for f in before)
    made = mended(Bench.of(Animation(track), Tuning(), phones=PHONES))
    assert not made.left, made.left
    after = made.bench.motion.arkit
    assert not needs_work(lint(after, None, PHONES))
    touched = np.zeros((len(track), 52), bool)
    for edit in [edit for _finding, fix in made.fixes for edit in fix.edits]:
        columns = [ARKIT_INDEX[name] for name in edit.channels]
        touched[np.ix_((track.times_s > edit.start_s) & (track.times_s < edit.end_s), columns)] = True
        assert any(edit.start_s > a - 0.4 and min(edit.end_s, LENGTH_S) < b + 0.4 for a, b in at.values()), edit
    assert np.abs(after.weights - track.weights)[~touched].max() == 0.0
    assert touched.mean() < 0.05


def test_every_rule_has_a_fix_or_an_honest_reason():
    assert set(MENDS) | set(REASONS) == set(RULES)
    assert not set(MENDS) & set(REASONS)
    for rule in REASONS:
        made = fix_for(Finding(0.0, 1.0, "error", rule, "."), Bench(Animation(BlendshapeTrack(np.zeros((9, 52)), FPS))))
        assert isinstance(made, Unmended) and made.reason.endswith(".")


def test_the_least_push_of_the_fewest_shapes_closes_the_gap():
    weights = np.zeros(52, np.float32)
    for name, value in {
        "jawOpen": 0.3,
        "mouthClose": 0.2,
        "mouthFunnel": 0.4,
        "mouthLowerDownLeft": 0.2,
        "mouthLowerDownRight": 0.2,
    }.items():
        weights[ARKIT_INDEX[name]] = value
    pushes = least_pushes(weights, 0.12)
    assert [len({name.removesuffix("Left").removesuffix("Right") for name in push}) for push in pushes] == [1, 2, 3]
    assert pushes[0] == pytest.approx({"mouthClose": 0.12 / 1.286}, rel=1e-3)
    sizes = []
    for push in pushes:
        assert sum(OPENING[name] * by for name, by in push.items()) == pytest.approx(-0.12)
        sizes.append(sum(by * by for by in push.values()))
        after = {name: weights[ARKIT_INDEX[name]] + by for name, by in push.items()}
        assert all(value >= -1e-6 for value in after.values()) and after.get("mouthClose", 0) <= 0.3
    assert sizes == sorted(sizes, reverse=True)
    # no room for one alone
    assert len(least_pushes(weights, 0.35)[0]) > 1
    assert least_pushes(weights, 2.0) == []


def squinting(w: np.ndarray) -> None:
    put(w, "cheekSquintLeft", 1.0, 4.0, hump(3.0, 0.5))
    put(w, "cheekSquintRight", 1.0, 4.0, hump(3.0, 0.1))


def pulling(w: np.ndarray) -> None:
    put(w, "mouthLeft", 1.0, 2.0, hump(1.0, 0.5))
    put(w, "mouthRight", 1.0, 2.0, hump(1.0, 0.4))


def crossing(w: np.ndarray) -> None:
    for side in ("Left", "Right"):
        put(w, f"eyeLookIn{side}", 1.0, 2.5, hump(1.5, 0.8))
        put(w, f"eyeBlink{side}", 3.0, 6.0, np.minimum(hump(3.0, 8.0), 1.0))


def shut(w: np.ndarray) -> None:
    apart_s = np.abs(np.arange(len(w)) / FPS - (PHONES[1].start_s + PHONES[1].end_s) / 2)
    w *= np.clip((apart_s - 0.08) / 0.08, 0.0, 1.0)[:, None].astype(np.float32)


def mumbled(w: np.ndarray) -> None:
    w *= 0.15


def percents(w: np.ndarray) -> None:
    w *= 100.0


def still_jaw(w: np.ndarray) -> None:
    w[:, [ARKIT_INDEX[name] for name in OPENING]] = 0.0


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (squinting, {"asymmetry"}), (pulling, {"opposites"}), (crossing, {"eyes"}), (shut, {"shut-vowel"}), (mumbled, {"small"}),
        (percents, {"percent"}), (still_jaw, {"dead"}),
    ],
)  # fmt: skip
def test_what_is_planted_goes_and_nothing_comes(good, plant, expected):
    weights = good.weights.copy()
    plant(weights)
    bench = Bench.of(Animation(good.with_weights(weights)), Tuning(), phones=PHONES)
    assert {f.rule for f in bench.findings if f.severity != "note"} == expected
    made = mended(bench)
    assert not made.left, made.left
    assert not needs_work(lint(made.bench.motion.arkit, None, PHONES))
    assert all(fix.words and fix.group and all(edit.why for edit in fix.edits) for _finding, fix in made.fixes)


def test_late_motion_is_shifted_and_not_edited(good):
    made = mended(Bench.of(Animation(replace(good, start_s=0.12)), Tuning(), phones=PHONES))
    assert made.offset_ms == pytest.approx(-120, abs=12)
    assert not made.bench.edits
    assert made.bench.motion.arkit.start_s == pytest.approx(0.0, abs=0.012)


def test_edits_lie_on_the_motions_own_time_line(good):
    """The A/V offset moves what was edited along."""
    weights = good.weights.copy()
    put(weights, "mouthLeft", 1.0, 1.2, 0.35)
    bench = Bench.of(Animation(good.with_weights(weights)), Tuning(offset_ms=30.0), phones=PHONES)
    fix = next(fix for fix in (fix_for(f, bench) for f in bench.findings if f.rule == "pop") if isinstance(fix, Fix))
    (edit,) = fix.edits
    assert edit.start_s < 1.0 < edit.end_s and edit.start_s + edit.end_s == pytest.approx(2.0, abs=0.04)


def test_where_visemes_move_the_mouth_they_are_judged_and_mended(good):
    """Lips that only the visemes open: shapes are fine, and the fix reaches what is seen."""
    visemes = MouthMotion(PHONES).frames(good.times_s)[1].copy()
    b = PHONES[4]
    within = (good.times_s > b.start_s - 0.05) & (good.times_s < b.end_s + 0.05)
    visemes[within] = 0.0
    visemes[within, VISEME_INDEX["aa"]] = 0.8
    motion = Animation(good, BlendshapeTrack(visemes, FPS, 0.0, VISEME_CHANNELS))
    by_shapes = Bench.of(motion, Tuning(), phones=PHONES)
    assert "open-lips" not in {f.rule for f in by_shapes.findings}
    bench = Bench.of(motion, Tuning(), phones=PHONES, by_visemes=True)
    assert "open-lips" in {f.rule for f in bench.findings}
    made = mended(bench)
    assert not made.left, made.left
    after = made.bench.motion
    assert not needs_work(lint(after.arkit, None, PHONES, after.visemes, by_visemes=True))
    outside = (good.times_s < b.start_s - 0.4) | (good.times_s > b.end_s + 0.4)
    assert np.array_equal(after.visemes.weights[outside], visemes[outside])


def test_a_long_clip_is_judged_around_the_fault_and_mended_as_a_short_one(good):
    phones = phones_of(13)
    long = BlendshapeTrack(MouthMotion(phones).frames(np.arange(round((phones[-1].end_s + 1) * FPS)) / FPS)[0], FPS)
    weights = long.weights.copy()
    put(weights, "mouthLeft", 12.0, 12.2, 0.35)
    bench = Bench.of(Animation(long.with_weights(weights)), Tuning(), phones=phones)
    pop = next(f for f in bench.findings if f.rule == "pop")
    tried = [Fix((), "")]
    assert len(bench.around(pop, tried).base.arkit) < 0.3 * len(long)
    assert not mended(bench).left
