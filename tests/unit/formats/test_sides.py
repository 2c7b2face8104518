"""Left and right of jaw and mouth: swapped takes are told with their numbers, real ones and our own are not."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.coarticulation import MouthMotion
from app.core.speech import Phone
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import decode_track, dialect_of, read_track_file
from app.formats.track_file import SIDES_SWAPPED, with_jaw_and_mouth_sides_swapped
from app.formats.tracks.sides import side_evidence

CAPTURES = ("Angry_MySlate_164_iPhone_cal", "Fearful_MySlate_161_iPhone_cal", "Happy_Happy", "Sad_MySlate_167_iPhone_cal")


def crooked(n: int = 240, towards: str = "Right") -> BlendshapeTrack:
    """A mouth that goes left while the corner of a side smiles and stretches, as phones see it on the right."""
    weights = np.zeros((n, 52), np.float32)
    swing = (0.3 + 0.3 * np.sin(np.arange(n) / 9)).astype(np.float32)
    for name in ("mouthLeft", "jawLeft", f"mouthSmile{towards}", f"mouthStretch{towards}"):
        weights[:, ARKIT_INDEX[name]] = swing
    return BlendshapeTrack(weights, 60.0)


def read_back(track: BlendshapeTrack, key: str = "livelink"):
    writer = dialect_of(key).write
    assert writer is not None
    return decode_track(writer(Performance(track), WriteOptions()).data, "take")


def test_a_swapped_take_is_told_with_its_numbers():
    file = read_back(crooked(towards="Left"))
    assert file.maybe_swapped and "r = 1.00" in file.swap_evidence and "mouthSmileLeft" in file.notes[-1]
    repaired = file.with_sides_swapped()
    assert not repaired.maybe_swapped and repaired.notes[-1] == SIDES_SWAPPED
    assert np.array_equal(repaired.track.column("jawRight"), file.track.column("jawLeft"))


@pytest.mark.parametrize("track", [crooked(), crooked(60, "Left"), BlendshapeTrack(np.zeros((300, 52), np.float32), 60.0)])
def test_a_right_short_or_still_take_is_not(track):
    assert not read_back(track).maybe_swapped


def test_one_of_the_two_that_goes_the_usual_way_is_enough_for_silence():
    weights = crooked(towards="Left").weights.copy()
    left, right = ARKIT_INDEX["jawLeft"], ARKIT_INDEX["jawRight"]
    weights[:, [left, right]] = weights[:, [right, left]]
    evidence = side_evidence(BlendshapeTrack(weights, 60.0))
    assert evidence.mouth is not None and evidence.mouth > 0.9 and not evidence.is_swapped and not evidence.is_right


@pytest.mark.shared
@pytest.mark.parametrize("name", CAPTURES)
def test_captures_are_right_and_told_when_their_columns_are_exchanged(shared, name):
    path = shared / "data" / "captures" / "livelink" / f"{name}.csv"
    file = read_track_file(path)
    assert not file.maybe_swapped and side_evidence(file.track).is_right
    exchanged = path.read_bytes()
    for shape in (b"Jaw", b"Mouth"):
        exchanged = exchanged.replace(shape + b"Right,", b"?,", 1).replace(shape + b"Left,", shape + b"Right,", 1)
        exchanged = exchanged.replace(b"?,", shape + b"Left,", 1)
    told = decode_track(exchanged, "exchanged.csv")
    assert told.maybe_swapped and "look swapped" in told.notes[-1] and "r = 0." in told.notes[-1]
    assert np.array_equal(told.with_sides_swapped().track.weights, file.track.weights)


@pytest.mark.shared
def test_neurosyncs_output_is_told_with_what_its_motion_says(shared):
    file = read_track_file(shared / "data" / "captures" / "neurosync_generated" / "30c1e660.shapes.csv")
    assert file.maybe_swapped and "r = 0.81" in file.swap_evidence and "as they stand" in file.swap_evidence
    swapped = with_jaw_and_mouth_sides_swapped(file.track)
    assert side_evidence(swapped).is_swapped


def test_our_own_motion_and_our_own_neurosync_files_are_not_doubted():
    phones = tuple(Phone(symbol, i * 0.1, i * 0.1 + 0.1) for i, symbol in enumerate(("HH", "AH0", "L", "OW1", "M", "AY1") * 8))
    weights, _ = MouthMotion(phones, frame_s=1 / 60).frames(np.arange(288) / 60)
    own = BlendshapeTrack(weights, 60.0)
    assert own.column("jawOpen").max() > 0.2 and not read_back(own).maybe_swapped
    assert not any(read_back(track, "neurosync").maybe_swapped for track in (own, crooked()))
