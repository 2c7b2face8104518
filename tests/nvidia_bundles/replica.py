"""A network of the released models' architecture and size with random weights: to measure speed, and to test the engines.

Architecture: NVIDIA's training framework (Apache-2.0), regression "conv_w2v_autocorr"; written from its description.
It animates nothing sensible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.engines.onnx_write import GraphWriter

#: wav2vec2's feature extractor: kernel and stride of its seven layers
EXTRACTOR = ((10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2))
SAMPLES, FRAMES, WINDOW, HOP, LAGS = 8320, 25, 640, 320, 32
AUTOCORRELATION_GAIN = 8.912


@dataclass(frozen=True)
class ReplicaSizes:
    """Widths; the defaults are those of Mark (v2.3). Claire and James (v2.3.1): layers 4, skin 140."""

    layers: int = 1
    skin: int = 272
    tongue: int = 10
    channels: int = 512
    model: int = 768
    heads: int = 12
    feed_forward: int = 3072
    position_kernel: int = 128
    position_groups: int = 16
    hidden: int = 256
    lag_channels: tuple[int, ...] = (72, 108, 162, 243)


#: small enough for a test, with every operator of the large ones
TINY = ReplicaSizes(1, 6, 3, 16, 24, 3, 32, 8, 4, 12, (4, 6, 8, 10))


class _Replica:
    def __init__(self, sizes: ReplicaSizes, seed: int):
        self.sizes, self.graph = sizes, GraphWriter()
        self._rng = np.random.default_rng(seed)

    def weights(self, *shape: int, fan_in: int) -> np.ndarray:
        return self._rng.standard_normal(shape, np.float32) * np.float32(1 / math.sqrt(fan_in))

    def linear(self, x: str, inputs: int, outputs: int) -> str:
        return self.graph.linear(x, self.weights(inputs, outputs, fan_in=inputs), self.weights(outputs, fan_in=100))

    def times(self, x: str, factor: float) -> str:
        return self.graph.node("Mul", x, self.graph.constant(factor))

    def gelu(self, x: str) -> str:
        g = self.graph
        erf = g.node("Erf", g.node("Div", x, g.constant(math.sqrt(2))))
        return self.times(g.node("Mul", x, g.node("Add", erf, g.constant(1.0))), 0.5)

    def relu(self, x: str) -> str:
        return self.times(self.graph.node("Relu", x), math.sqrt(2))

    def norm(self, x: str, width: int) -> str:
        g = self.graph
        centred = g.node("Sub", x, g.node("ReduceMean", x, axes=[-1]))
        variance = g.node("ReduceMean", g.node("Pow", centred, g.constant(2.0)), axes=[-1])
        scaled = g.node("Div", centred, g.node("Sqrt", g.node("Add", variance, g.constant(1e-5))))
        return g.node("Add", g.node("Mul", scaled, g.constant(np.ones(width))), g.constant(np.zeros(width)))

    def convolution(self, x: str, shape: tuple[int, ...], bias: bool = True, **attributes: Any) -> str:
        inputs = [x, self.graph.constant(self.weights(*shape, fan_in=math.prod(shape[1:])))]
        if bias:
            inputs.append(self.graph.constant(self.weights(shape[0], fan_in=100)))
        return self.graph.node("Conv", *inputs, kernel_shape=list(shape[2:]), **attributes)

    def speech_features(self) -> str:
        """wav2vec2: (B, hidden, 25)."""
        g, s = self.graph, self.sizes
        x, channels = "input", 1
        for i, (kernel, stride) in enumerate(EXTRACTOR):
            x = self.convolution(x, (s.channels, channels, kernel), bias=False, strides=[stride])
            if i == 0:
                x = self._group_norm(x)
            x, channels = self.gelu(x), s.channels
        x = self.linear(self.norm(g.node("Transpose", x, perm=[0, 2, 1]), s.channels), s.channels, s.model)
        x = self.norm(g.node("Add", x, self._positions(x)), s.model)
        for _ in range(s.layers):
            x = self._transformer(x)
        x = g.node("Relu", self.linear(x, s.model, s.hidden))
        return g.node("Transpose", x, perm=[0, 2, 1])

    def _group_norm(self, x: str) -> str:
        g, s = self.graph, self.sizes
        flat = g.node("Reshape", x, g.shape(0, s.channels, -1))
        unit = g.node("InstanceNormalization", flat, g.constant(np.ones(s.channels)), g.constant(np.zeros(s.channels)), epsilon=1e-5)
        shaped = g.node("Reshape", unit, g.node("Shape", x))
        return g.node("Mul", shaped, g.constant(np.ones((s.channels, 1))))

    def _positions(self, x: str) -> str:
        g, s = self.graph, self.sizes
        shape, pad = (s.model, s.model // s.position_groups, s.position_kernel), s.position_kernel // 2
        turned = g.node("Transpose", x, perm=[0, 2, 1])
        placed = self.convolution(turned, shape, pads=[pad, pad], group=s.position_groups)
        cut = g.node("Slice", placed, g.shape(0), g.shape(-1), g.shape(2), g.shape(1))
        return g.node("Transpose", self.gelu(cut), perm=[0, 2, 1])

    def _transformer(self, x: str) -> str:
        g, s = self.graph, self.sizes
        each = s.model // s.heads
        q, k, v = (
            g.node("Transpose", g.node("Reshape", self.linear(x, s.model, s.model), g.shape(0, FRAMES, s.heads, each)), perm=perm)
            for perm in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
        )
        scores = g.node("Softmax", g.node("MatMul", self.times(q, each**-0.5), k), axis=-1)
        mixed = g.node("Transpose", g.node("MatMul", scores, v), perm=[0, 2, 1, 3])
        attended = self.linear(g.node("Reshape", mixed, g.shape(0, FRAMES, s.model)), s.model, s.model)
        x = self.norm(g.node("Add", x, attended), s.model)
        wide = self.gelu(self.linear(x, s.model, s.feed_forward))
        return self.norm(g.node("Add", x, self.linear(wide, s.feed_forward, s.model)), s.model)

    def pitch_features(self) -> str:
        """Autocorrelation of 25 windows, then convolutions along the lags: (B, hidden, 25)."""
        g, s = self.graph, self.sizes
        flat = self.times(g.node("Reshape", "input", g.shape(0, SAMPLES)), AUTOCORRELATION_GAIN)
        places = np.arange(FRAMES)[:, None] * HOP + np.arange(WINDOW)
        windows = g.node("Gather", flat, g.constant(places, np.int64), axis=1)
        centred = g.node("Sub", windows, g.node("ReduceMean", windows, axes=[-1]))
        shaped = g.node("Mul", centred, g.constant(np.hanning(WINDOW)))
        lags = []
        for lag in range(LAGS):
            early = g.node("Slice", shaped, g.shape(0), g.shape(WINDOW - lag), g.shape(2))
            late = g.node("Slice", shaped, g.shape(lag), g.shape(WINDOW), g.shape(2))
            lags.append(g.node("ReduceSum", g.node("Mul", early, late), g.shape(2), keepdims=1))
        x = g.node("Unsqueeze", self.times(g.node("Concat", *lags, axis=2), 1 / WINDOW), g.shape(1))
        channels = 1
        for wider in s.lag_channels:
            x = self.relu(self.convolution(x, (wider, channels, 1, 3), strides=[1, 2], pads=[0, 1, 0, 1]))
            channels = wider
        x = self.relu(self.convolution(x, (s.hidden, channels, 1, 2)))
        return g.node("Reshape", x, g.shape(0, s.hidden, FRAMES))

    def emotion(self) -> str:
        """16 implicit values and 8 made of the 10 explicit ones: (B, 24)."""
        g = self.graph
        flat = g.node("Flatten", "emotion", axis=1)
        implicit = g.node("Slice", flat, g.shape(0), g.shape(16), g.shape(1))
        explicit = g.node("Slice", flat, g.shape(16), g.shape(26), g.shape(1))
        weight, bias = g.constant(self.weights(8, 10, fan_in=10)), g.constant(np.zeros(8))
        return g.node("Concat", implicit, g.node("Gemm", explicit, weight, bias, transB=1), axis=1)

    def _with_emotion(self, x: str, emotion: str, frames: int) -> str:
        g = self.graph
        batch = g.node("Gather", g.node("Shape", x), g.constant([0], np.int64), axis=0)
        wanted = g.node("Concat", batch, g.shape(24, frames), axis=0)
        return g.node("Concat", x, g.node("Expand", g.node("Unsqueeze", emotion, g.shape(2)), wanted), axis=1)

    def build(self) -> GraphWriter:
        """The whole network."""
        g, s = self.graph, self.sizes
        g.input("input", ("batch", 1, SAMPLES))
        g.input("emotion", ("batch", 1, 26))
        emotion = self.emotion()
        x, channels = g.node("Concat", self.speech_features(), self.pitch_features(), axis=1), 2 * s.hidden
        for frames in (13, 7, 4, 2):
            x = self.relu(self.convolution(x, (s.hidden, channels, 3), strides=[2], pads=[1, 1]))
            x, channels = self._with_emotion(x, emotion, frames), s.hidden + 24
        x = self.relu(self.linear(g.node("Flatten", x, axis=1), 2 * channels, s.hidden))
        x = g.node("Concat", x, emotion, axis=1)
        width = s.skin + 19
        face = self.linear(self.linear(x, channels, width), width, width)
        tongue = self.linear(self.linear(x, channels, s.tongue), s.tongue, s.tongue)
        skin = g.node("Slice", face, g.shape(0), g.shape(s.skin), g.shape(1))
        rest = g.node("Slice", face, g.shape(s.skin), g.shape(width), g.shape(1))
        g.node("Unsqueeze", g.node("Concat", skin, tongue, rest, axis=1), g.shape(1), out="result")
        g.output("result", ("batch", 1, width + s.tongue))
        return g


def replica_network(sizes: ReplicaSizes | None = None, seed: int = 4) -> GraphWriter:
    """Build the network.

    Args:
        sizes: widths; Mark's when None.
        seed: of the weights.

    Returns:
        A writer; ``write(path)`` makes the file (75 MB for one transformer layer, 158 MB for four).
    """
    return _Replica(sizes or ReplicaSizes(), seed).build()
