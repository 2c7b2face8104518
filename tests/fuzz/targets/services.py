"""What services, other windows and packages of models say: events of voices, tokens, fleets, networks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.conversation.realtime.answer import _rows
from app.core.errors import PreviewError
from app.remote.server.settings import read_tokens
from app.speech.azure.utterance import facial_frames
from models.nvidia.errors import BundleError
from models.nvidia.onnx_file import read_onnx
from tests.fuzz import mutating
from tests.fuzz.mutating import Mutator
from tests.fuzz.target import Place, Target

_VALUES: tuple[Mutator, ...] = (mutating.values,) * 5 + (mutating.text,)


def targets() -> Iterator[Target]:
    """All of them."""
    yield Target("azure-faces", ".json", _azure, _azure_events, _VALUES, ())
    yield Target("realtime-faces", ".json", _realtime, _realtime_rows, _VALUES, ())
    yield Target("server-tokens", ".txt", lambda place: read_tokens(place.file), _tokens, (mutating.text, mutating.plain), (PreviewError,))
    yield Target("onnx", ".onnx", lambda place: read_onnx(place.file), _networks, (mutating.plain,), (BundleError,))


def _azure(place: Place) -> None:
    frames = facial_frames(place.data.decode("utf-8", "replace"))
    assert frames is None or np.isfinite(frames.values).all()


def _azure_events(folder: Path) -> Iterator[bytes]:
    yield json.dumps({"FrameIndex": 6, "BlendShapes": [[0.5] * 55] * 3}).encode()


def _realtime(place: Place) -> None:
    try:
        frames = json.loads(place.data)
    except (ValueError, RecursionError):
        frames = place.data.decode("utf-8", "replace")
    for each in (frames, json.dumps(frames) if place.data[:1] in b"[{" and len(place.data) < 20_000 else ""):
        rows = _rows(each)
        assert rows is None or np.isfinite(rows).all()


def _realtime_rows(folder: Path) -> Iterator[bytes]:
    yield json.dumps({"BlendShapes": [[0.5] * 55] * 3}).encode()
    yield json.dumps([[0.5] * 52] * 3).encode()


def _tokens(folder: Path) -> Iterator[bytes]:
    yield b"# ours\n0123456789abcdef0123456789abcdef\n\nffffffffffffffffffffffff\n"


def _networks(folder: Path) -> Iterator[bytes]:
    from models.engines.onnx_write import GraphWriter

    graph = GraphWriter()
    graph.input("x", (1, 4))
    part = graph.node("Slice", "x", graph.shape(0), graph.shape(2), graph.shape(1))
    graph.node("Concat", part, graph.constant(np.ones((1, 2))), axis=1, out="y")
    graph.output("y", (1, 4))
    yield graph.bytes()
