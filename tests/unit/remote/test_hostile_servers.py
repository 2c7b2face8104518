"""Answers of strangers: numbers of absurd size, bottomless nesting, endless labels. What comes of them is rest, or one sentence."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from fastapi import FastAPI, Response
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import ServiceError
from app.core.speech import AudioClip, Speech
from app.core.track import BlendshapeTrack, concatenate
from app.remote.client.remote_source import RemoteSource
from app.remote.protocol import plain

HUGE, DEEP = "9" * 400, "[" * 100_000
FRAMES = """{"frames": [
    {"timestamp": 0.0, "blendshapes": {"jawOpen": VALUE, "mouthClose": 0.5}},
    {"timestamp": VALUE, "blendshapes": {"jawOpen": 1}},
    {"timestamp": 5e-324, "blendshapes": {"jawOpen": 1}},
    {"timestamp": 0.5, "blendshapes": {"jawOpen": VALUE, "mouthClose": 0.5}}
]}"""
USELESS = {"deep": DEEP, "half": '{"frames": ' + DEEP, "digits": "9" * 5000, "3": '{"frames": 3}', "bytes": b"\xff\xfe{", "empty": "{}"}


def bridge_of(root: str | bytes, health: str | bytes, frames: str | bytes) -> FastAPI:
    """A server that answers with these texts, whatever they are."""
    app = FastAPI()
    app.get("/")(lambda: Response(root, media_type="application/json"))
    app.get("/health")(lambda: Response(health, media_type="application/json"))
    app.post("/process-sync")(lambda: Response(frames, media_type="application/json"))
    return app


def animated(url: str) -> BlendshapeTrack:
    """Half a second of silence, as a server moves to it."""
    clip = AudioClip(np.zeros(8000, np.float32), 16000)
    return concatenate(list(RemoteSource(url).generate(Speech(clip), threading.Event()))).arkit


@pytest.mark.parametrize(
    "value",
    [HUGE, "-" + HUGE, "NaN", "Infinity", "-Infinity", "1e400", "true", "null", '"0.5"', "[]"],
    ids=lambda value: value if len(value) < 20 else f"{len(value)} digits",
)
def test_values_of_no_use_are_rest_and_times_of_no_use_are_no_frames(start_app, value):
    health = '{"config": {"fps": VALUE, "model": VALUE}}'.replace("VALUE", value)
    track = animated(start_app(bridge_of('{"fps": VALUE}'.replace("VALUE", value), health, FRAMES.replace("VALUE", value))))
    assert not track.column("jawOpen").any() and track.column("mouthClose")[0] == 0.5 and len(track) == 30


@pytest.mark.parametrize("place", range(3), ids=["root", "health", "frames"])
@pytest.mark.parametrize("kind", USELESS)
def test_an_answer_of_no_use_is_one_sentence(start_app, kind, place):
    texts: list[str | bytes] = ['{"fps": 30}', '{"status": "healthy"}', '{"frames": []}']
    texts[place] = USELESS[kind]
    with pytest.raises(ServiceError) as refused:
        animated(start_app(bridge_of(*texts)))
    assert str(refused.value).endswith(".") and len(str(refused.value)) < 500


def test_a_refusal_of_any_length_is_one_sentence(start_app):
    app = FastAPI()
    app.get("/")(lambda: Response('{"detail": "' + "no " * 5000 + '"}', 400))
    with pytest.raises(ServiceError, match="refused with status 400") as refused:
        RemoteSource(start_app(app)).check()
    assert len(str(refused.value)) < 500


def test_labels_of_a_stranger_are_short_and_can_be_shown(start_app):
    health = '{"label": "\\ud800' + "x" * 5000 + '", "config": {"model": ' + HUGE + "}}"
    status = RemoteSource(start_app(bridge_of('{"mode": "real"}', health, "{}"))).check()
    assert len(status.source) == plain.MOST_CHARACTERS and status.source.encode("utf-8") and status.model == ""


@given(st.integers() | st.floats() | st.integers(10**300, 10**400))
def test_a_number_is_a_finite_float_or_none(value):
    seen = plain.number(value)
    assert seen is None or (np.isfinite(seen) and seen == float(value))
    assert seen is not None or not -1.7e308 < value < 1.7e308
