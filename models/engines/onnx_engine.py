"""The networks in onnxruntime on one core of the CPU, without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from models.dimensions import SPAN, STILL_ABOVE, STILL_AT, WIDTH
from models.engines.onnx_graph import Ranges, graph_of, state_shapes
from models.engines.onnx_write import GraphWriter
from models.weights_file import WEIGHTS, WeightsError

#: steps in one call: attention computes a square of them, of which only a band counts
_STEPS = 96
_RANGES = WEIGHTS / "ranges.json"
_FAR = np.float32(-1e9)


def session_of(graph: bytes) -> Any:
    """An onnxruntime session on one thread that does not wait busily."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def shipped_ranges(mode: str) -> Ranges:
    """What goes into the products of the app's own weights, as models.train.ranges measured it."""
    return {name: (float(low), float(high)) for name, (low, high) in json.loads(_RANGES.read_text("utf-8"))[mode].items()}


@lru_cache(maxsize=1)
def eight_bits_are_exact() -> bool:
    """Whether this processor sums products of 8 bits without running over; those before AVX-VNNI add pairs in 16 bits, which do."""
    graph = GraphWriter(20, "check", {"com.microsoft": 1})
    x, one, none = graph.input("x", (1, 64), np.uint8), graph.constant(1.0), graph.constant(0, np.uint8)
    inputs = (x, graph.constant(np.full((64, 32), 127), np.int8), one, one, none)
    graph.nodes("MatMulIntegerToFloat", inputs, ["y"], domain="com.microsoft")
    graph.output("y", (1, 32))
    found = session_of(graph.bytes()).run(None, {"x": np.full((1, 64), 255, np.uint8)})[0]
    return bool((found == 64 * 127 * 255).all())


class OnnxEngine:
    """A network in onnxruntime.

    Args:
        mode: "light" or "quality".
        tensors: its weights.
        ranges: for 8 bits, see ``onnx_graph``; None runs in float32.
        probes: let a memory tell in ``probed`` what went into the products.

    Raises:
        WeightsError: the weights are another network's.
    """

    def __init__(
        self, mode: str, tensors: Mapping[str, np.ndarray], ranges: Ranges | None = None, probes: bool = False
    ) -> None:  # fmt: skip
        self.mode, self.label = mode, "CPU (onnxruntime, 8 bits)" if ranges else "CPU (onnxruntime)"
        try:
            self.session = session_of(graph_of(mode, tensors, ranges, probes))
        except (KeyError, ValueError) as error:
            raise WeightsError(f"The Audio2Face weights of {mode} are of another version; install the app again.") from error
        self.names = [port.name for port in self.session.get_outputs()]

    def memory(self, rows: int) -> OnnxMemory:
        """Begin streams."""
        return OnnxMemory(self, rows)


class OnnxMemory:
    """The past of streams in arrays of fixed size. Made by OnnxEngine.memory.

    Attributes:
        probed: of an engine with probes, the ranges of the last call.
    """

    def __init__(self, engine: OnnxEngine, rows: int) -> None:
        self._engine = engine
        self._shapes = state_shapes(engine.mode)
        self._state = {name: np.zeros((0, *shape), np.float32) for name, shape in self._shapes.items()}
        #: steps that were heard, and the number of the first one in its clip
        self._steps, self._first = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.probed: dict[str, np.ndarray] = {}
        #: the rows of the last call and their past, which lies here until others are called: the same ones mostly come again
        self._held_rows: tuple[int, ...] = ()
        self._held: dict[str, np.ndarray] = {}
        self._gathered: dict[str, np.ndarray] = {}
        self.grow(rows)

    @property
    def bytes_per_row(self) -> int:
        """What a stream's past takes."""
        return 4 * sum(int(np.prod(shape)) for shape in self._shapes.values())

    def grow(self, rows: int) -> None:
        """See Memory."""
        self._put_back()
        more = rows - len(self._steps)
        self._steps, self._first = (np.pad(numbers, (0, more)) for numbers in (self._steps, self._first))
        for name, shape in self._shapes.items():
            self._state[name] = np.concatenate([self._state[name], np.zeros((more, *shape), np.float32)])

    def forget(self, row: int, first_step: int = 0) -> None:
        """See Memory."""
        self._put_back()
        self._steps[row], self._first[row] = 0, first_step
        for past in self._state.values():
            past[row] = 0

    def step(self, mels: np.ndarray, rows: Sequence[int] | None = None) -> np.ndarray:
        """See Memory."""
        at = slice(None) if rows is None else np.asarray(rows)
        state, begun = self._past(rows), self._steps[at]
        first_steps = self._first[at]
        logits = []
        for first in range(0, mels.shape[1], 2 * _STEPS):
            piece = mels[:, first : first + 2 * _STEPS]
            found = self._engine.session.run(None, {"mels": piece, **state, **self._timed(begun, first_steps, piece.shape[1] // 2)})
            outputs = dict(zip(self._engine.names, found, strict=True))
            logits.append(outputs["logits"])
            self.probed = {name: value for name, value in outputs.items() if name.startswith(("low_", "high_"))}
            state = {name: outputs[f"new_{name}"] for name in state}
            begun = begun + piece.shape[1] // 2
        if rows is None:
            self._state = state
        else:
            self._held_rows, self._held = tuple(rows), state
        self._steps[at] = begun
        return np.concatenate(logits, 1) if len(logits) > 1 else logits[0]

    def _past(self, rows: Sequence[int] | None) -> dict[str, np.ndarray]:
        """The past of rows, gathered where it does not lie together yet; memory that is taken anew costs more than what is copied to it."""
        if self._held_rows and rows is not None and self._held_rows == tuple(rows):
            return self._held
        self._put_back()
        if rows is None:
            return self._state
        count = len(rows)
        for name, past in self._state.items():
            if len(self._gathered.get(name, ())) < count:
                self._gathered[name] = np.empty((count, *past.shape[1:]), np.float32)
        return {name: np.take(past, rows, 0, self._gathered[name][:count], mode="clip") for name, past in self._state.items()}

    def _put_back(self) -> None:
        """Let the past of the rows of the last call lie with that of all others."""
        if self._held_rows:
            at = np.asarray(self._held_rows)
            for name, past in self._held.items():
                self._state[name][at] = past
            self._held_rows, self._held = (), {}

    def _timed(self, begun: np.ndarray, first_steps: np.ndarray, count: int) -> dict[str, np.ndarray]:
        """The encoder's positions, by where streams are in their clips, and the keys that they have heard, by how long they have run."""
        if self._engine.mode == "light":
            return {}
        return {"places": positions(begun + first_steps, count), "mask": heard(begun, count)}


def positions(begun: np.ndarray, count: int) -> np.ndarray:
    """(b, count, 384) float32 sinusoids of steps from ``begun`` on; see ``StreamingEncoder``."""
    half = WIDTH // 2
    rates = np.exp(-np.log(10000.0) / (half - 1) * np.arange(half))
    turns = (begun[:, None] + np.arange(count))[..., None] * (rates / (2 * np.pi))
    turns -= np.floor(turns)
    phase = np.where(2 * np.pi / rates > STILL_ABOVE, STILL_AT * rates, turns * (2 * np.pi)).astype(np.float32)
    return np.concatenate([np.sin(phase), np.cos(phase)], -1)


def heard(begun: np.ndarray, count: int) -> np.ndarray:
    """(b, 1, count, SPAN - 1 + count) float32, added before the softmax: 0 for keys in reach that were heard, far below 0 for others."""
    past = SPAN - 1
    key, query = np.arange(past + count), past + np.arange(count)[:, None]
    near = (key <= query) & (key > query - SPAN)
    mask: np.ndarray = np.where(near & (key >= past - begun[:, None, None, None]), np.float32(0), _FAR)
    return mask
