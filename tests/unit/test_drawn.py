"""Faces in the manner of drawn film: few mouths, and drawings that are held."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS
from app.core.coarticulation import MouthMotion, Style
from app.core.errors import PresetError
from app.core.lips import lip_opening
from app.core.mouths.charts import CHARTS
from app.core.mouths.drawn import chart_cues, held, redrawn
from app.core.presets import BUILT_IN, tuning_data, tuning_of
from app.core.regions import REGIONS
from app.core.speech import Phone
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning, apply_tuning, tuned_animation
from app.core.tuning_window import tuned_around
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import decode_track, writer_of

LOWER = [ARKIT_INDEX[name] for name in REGIONS["lower"]]
UPPER = [ARKIT_INDEX[name] for name in REGIONS["upper"]]
SPOKEN = "HH AH0 L OW1 M AA1 P S T R IY1 V UW1"


def phones(length_s: float = 0.1) -> tuple[Phone, ...]:
    """Hello, and sounds of all mouths."""
    return tuple(Phone(name, 0.2 + i * length_s, 0.2 + (i + 1) * length_s) for i, name in enumerate(SPOKEN.split()))


@pytest.fixture
def capture(rng) -> BlendshapeTrack:
    """A face that moves by chance."""
    return BlendshapeTrack(np.clip(rng.normal(0.2, 0.1, (130, 52)), 0, 1).astype(np.float32), 60.0)


@pytest.mark.parametrize(("name", "mouths"), [("visemes", 15), ("preston-blair", 10), ("rhubarb-9", 9), ("rhubarb-6", 6), ("anime-5", 6)])
def test_a_chart_leaves_its_few_mouths_and_the_upper_face(capture, name, mouths):
    chart = CHARTS[name]
    assert len({cue.shape for cue in chart_cues(capture, chart, phones())}) <= mouths
    drawn, visemes = redrawn(capture, chart, 0.0, phones())
    np.testing.assert_array_equal(drawn.weights[:, UPPER], capture.weights[:, UPPER])
    inside = drawn.weights[20:90, LOWER]
    stays = (inside[1:] == inside[:-1]).all(axis=1)
    # frames between two jumps hold one mouth, and no mouth is a mixture of others
    assert stays.mean() > 0.6 and len(np.unique(inside[1:][stays].round(4), axis=0)) <= mouths
    assert visemes.channels == VISEME_CHANNELS and len(visemes) == len(capture)


def test_anime_gives_consonants_the_vowel_that_follows(capture):
    spoken = [Phone(name, i * 0.1, i * 0.1 + 0.1) for i, name in enumerate(("S", "T", "UW1", "M", "K", "AA1", "T"))]
    assert [cue.shape for cue in chart_cues(capture.between(0, 42), CHARTS["anime-5"], spoken)] == ["u", "n", "a"]


def test_lips_close_in_every_chart_and_strength(capture):
    for name in CHARTS:
        for overlap in (0.0, 0.5, 1.0):
            drawn = apply_tuning(capture, Tuning(chart=name, overlap=overlap, intensity=1.5), phones())
            m = round((0.2 + 4.5 * 0.1) * 60)
            assert lip_opening(drawn.weights[m]) < 0.02 < lip_opening(drawn.weights[m + 6]), (name, overlap)


@pytest.mark.parametrize("pictures", [1, 2, 3])
def test_a_drawing_is_held_and_no_contact_falls_between_two(pictures):
    t = np.arange(120) / 60
    weights = np.zeros((120, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.4
    closed = [31, 32, 75]
    weights[closed, ARKIT_INDEX["mouthClose"]] = 0.4
    film = held(BlendshapeTrack(weights, 60.0), pictures)
    drawing = np.floor(t * 24 / pictures + 1e-6)
    assert all(len(np.unique(film.weights[drawing == d], axis=0)) == 1 for d in np.unique(drawing))
    shut = film.weights[:, ARKIT_INDEX["mouthClose"]] > 0.3
    assert {drawing[i] for i in closed} == set(drawing[shut])


def test_without_a_style_nothing_changes(capture):
    assert apply_tuning(capture, Tuning(overlap=0.3), phones()) is capture
    assert held(capture, 0) is capture


@pytest.mark.parametrize("known", [True, False])
def test_a_stretch_is_drawn_as_the_whole_is(capture, known):
    tuning = Tuning(chart="rhubarb-9", overlap=0.4, held=2, smoothing_ms={"lips": 10.0})
    raw = Animation(capture)
    spoken = phones() if known else ()
    whole = tuned_animation(raw, tuning, spoken)
    part = tuned_around(raw, whole, tuning, spoken, (0.6, 0.9))
    np.testing.assert_allclose(part.arkit.weights, whole.arkit.weights, atol=1e-6)


def test_overlap_scales_how_fast_a_mouth_moves():
    t = np.arange(130) / 60
    speeds = [np.abs(np.diff(MouthMotion(phones(), Style(overlap=o)).frames(t)[0], axis=0)).max() for o in (0.2, 0.6, 1.0, 2.0)]
    assert speeds == sorted(speeds, reverse=True) and speeds[0] > 2 * speeds[2]


def test_styles_are_kept_in_presets_and_checked():
    for tuning, _ in BUILT_IN.values():
        assert tuning_of(tuning_data(tuning)) == tuning
    for wrong, words in (({"chart": "a"}, "no chart of mouths 'a'"), ({"held": 9}, "held must be"), ({"overlap": 3}, "overlap must be")):
        with pytest.raises(PresetError, match=words):
            tuning_of(wrong)


def test_an_exposure_sheet_has_a_mouth_of_every_chart_for_every_picture(capture):
    path = Path("line.sheet.csv")
    assert writer_of(path).key == "exposure-sheet"
    written = writer_of(path).write(Performance(capture, phones=phones()), WriteOptions())
    rows = list(csv.DictReader(io.StringIO(written.data.decode())))
    assert [int(row["frame"]) for row in rows] == list(range(1, 53)) and set(rows[0]) == {"frame", *CHARTS}
    m = rows[15]  # "M" from 0.6 s on
    assert (m["preston-blair"], m["rhubarb-9"], m["anime-5"], m["visemes"]) == ("MBP", "A", "n", "PP")
    assert {row["rhubarb-6"] for row in rows} <= set("ABCDEF")
    again = writer_of(path).write(decode_track(written.data, path.name).performance, WriteOptions())
    assert [row["visemes"] for row in csv.DictReader(io.StringIO(again.data.decode()))] == [row["visemes"] for row in rows]
