"""Any bytes of a glTF file end in a track or in one sentence."""

from __future__ import annotations

import json
from copy import deepcopy

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.avatar.container import split_container
from app.core.errors import TrackError
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import decode_track
from app.formats.scenes.gltf.copy import GlbCopy
from app.formats.scenes.gltf.vrma_writing import write
from tests.gltf.faces import animate, small_face


def _whole() -> bytes:
    glb = small_face({"Teeth": ["jawOpen"], "Head": ["jawOpen", "mouthSmile_L", "x"]}, LeftEye={}, head={"children": [0]})
    keys = np.arange(5) / 60
    animate(glb, 0, "weights", keys, np.linspace(0, 1, 5)[:, None])
    animate(glb, 1, "weights", keys, np.zeros((15, 3)), mode="CUBICSPLINE")
    animate(glb, 2, "rotation", keys, np.tile([0, 0, 0, 1], (5, 1)))
    return glb.to_bytes()


GLB = _whole()
VRMA = write(Performance(BlendshapeTrack(np.linspace(0, 1, 156).reshape(3, 52), 30.0)), WriteOptions(max_error=0.01)).data
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 9),
    st.sampled_from([2**31, 2**62, 1e300, -1.0, 0.5, "", "LINEAR", "weights", [], {}, [0], [[]]]),
)


def read(data: bytes) -> None:
    """A track with finite numbers, or one sentence."""
    try:
        file = decode_track(data, "face.glb")
    except TrackError as error:
        sentence = str(error)
        assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 400
    else:
        assert np.isfinite(file.track.weights).all() and 0 < file.track.fps <= 1000 and file.told


@given(st.sampled_from([GLB, VRMA]), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=4), st.integers(0, 400))
def test_changed_bytes(whole, changes, cut):
    data = bytearray(whole)
    for place, value in changes:
        data[place % len(data)] = value
    read(bytes(data[: len(data) - (cut if cut > 200 else 0)]))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_changed_words(data):
    """Something of the JSON becomes something else."""
    root, blob = split_container(data.draw(st.sampled_from([GLB, VRMA])))
    root = json.loads(json.dumps(root))
    for _ in range(data.draw(st.integers(1, 3))):
        place = root
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.integers(0, 3)) == 0:
                if data.draw(st.booleans()):
                    place[key] = deepcopy(data.draw(VALUES))  # what is drawn from a list is the list's own
                elif isinstance(place, dict):
                    del place[key]
                break
            place = place[key]
    buffers = root.get("buffers")
    usable = isinstance(buffers, list) and buffers and isinstance(buffers[0], dict)
    if isinstance(root, dict) and usable:
        read(GlbCopy(root, blob or b"").to_bytes())
