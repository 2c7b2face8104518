"""Sound in, raw network frames out: the regression and the diffusion runner, both streaming and offline.

Offline is streaming with everything pushed at once, so that both are the same by construction.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from models.nvidia.emotion import EmotionCurve
from models.nvidia.engines import NetworkEngine
from models.nvidia.errors import BundleError
from models.nvidia.layout import Bundle, DiffusionBundle, RegressionBundle, Widths
from models.nvidia.windows import AudioBuffer, FrameGrid, exact_rate

REGRESSION_INPUTS, REGRESSION_OUTPUT = ("input", "emotion"), "result"
DIFFUSION_INPUTS = ("window", "identity", "emotion", "input_latents", "noise")
DIFFUSION_OUTPUTS = ("prediction", "output_latents")

_MIXED = "the files belong to different bundles, so download the whole bundle again."


@dataclass(frozen=True)
class RawFrames:
    """Consecutive frames as the network gives them.

    Attributes:
        start: number of the first frame.
        skin, tongue, jaw, eyes: (frames, ...) float32; diffusion frames hold only the solver's rows of skin and tongue.
    """

    start: int
    skin: np.ndarray
    tongue: np.ndarray
    jaw: np.ndarray
    eyes: np.ndarray

    def __len__(self) -> int:
        return len(self.skin)

    @property
    def nbytes(self) -> int:
        """Memory that the frames take."""
        return self.skin.nbytes + self.tongue.nbytes + self.jaw.nbytes + self.eyes.nbytes


def check_network(bundle: Bundle, network: NetworkEngine) -> None:
    """Refuse a network that does not belong to its bundle.

    Raises:
        BundleError: other input names, or another output width than the sizes in the bundle say.
    """
    wanted = REGRESSION_INPUTS if bundle.kind == "regression" else DIFFUSION_INPUTS
    if set(network.inputs) != set(wanted):
        raise BundleError(
            f"The network has the inputs {', '.join(network.inputs)} instead of {', '.join(wanted)}; choose the bundle's own network."
        )
    output = REGRESSION_OUTPUT if bundle.kind == "regression" else DIFFUSION_OUTPUTS[0]
    if output not in network.shapes:
        raise BundleError(f"The network has no output {output!r}; choose the bundle's own network.")
    width = (network.shapes[output] or (None,))[-1]
    if isinstance(width, int) and width != bundle.widths.total:
        raise BundleError(f"The network gives {width} values per frame, network_info says {bundle.widths.total}; {_MIXED}")
    for name, size in _input_widths(bundle).items():
        found = (network.shapes.get(name) or (None,))[-1]
        if isinstance(found, int) and found != size:
            raise BundleError(f"The network's {name} is {found} wide, the bundle's files say {size}; {_MIXED}")


def _input_widths(bundle: Bundle) -> dict[str, int]:
    """Size of the last axis of each network input, as the bundle's files say."""
    if isinstance(bundle, RegressionBundle):
        return {"input": bundle.buffer_len, "emotion": len(bundle.implicit) + len(bundle.emotions)}
    sizes = {"window": bundle.buffer_len, "identity": len(bundle.identities), "emotion": len(bundle.emotions)}
    return {**sizes, "input_latents": bundle.latent, "noise": bundle.widths.total}


def _finite(values: np.ndarray) -> np.ndarray:
    if not np.isfinite(values).all():
        raise BundleError("The network gave values that are not numbers; choose the other engine or download the bundle again.")
    return values


def split_regression(values: np.ndarray, widths: Widths, start: int) -> RawFrames:
    """Cut (frames, width) into skin, tongue, jaw and eyes."""
    ends = np.cumsum([widths.skin, widths.tongue, widths.jaw])
    skin, tongue, jaw, eyes = np.split(values, ends, axis=1)
    return RawFrames(start, skin, tongue, jaw, eyes)


class RegressionStream:
    """Versions 2.3: one window per frame, any frame rate, in batches."""

    def __init__(
        self,
        bundle: RegressionBundle,
        network: NetworkEngine,
        fps: float | Fraction,
        emotion: EmotionCurve,
        *,
        gain: float = 1.0,
        batch: int = 32,
    ):
        self.grid = FrameGrid(bundle.samplerate, exact_rate(fps), bundle.buffer_len, bundle.buffer_ofs)
        self._bundle, self._network, self._emotion, self._batch = bundle, network, emotion, batch
        self._audio = AudioBuffer(gain)
        self._next = 0

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        return self.grid.fps

    @property
    def look_ahead_ms(self) -> float:
        """How much sound after a frame's time must be heard before it can be computed."""
        return 1000.0 * (self.grid.length - self.grid.centre) / self.grid.samplerate

    def push(self, samples: np.ndarray) -> None:
        """Add mono samples at the bundle's rate, -1..1."""
        self._audio.append(samples)

    def finish(self) -> None:
        """No more sound will come: the remaining frames see zeros behind the end."""
        self._audio.close()

    def frames(self) -> Iterator[RawFrames]:
        """Compute what can be computed now, batch by batch."""
        received = self._audio.received
        total = self.grid.count(received)
        until = total if self._audio.closed else min(self.grid.ready(received), total)
        while self._next < until:
            first, last = self._next, min(self._next + self._batch, until)
            self._next = last
            yield self._run(first, last)
            self._audio.discard_before(self.grid.start(last))

    def _run(self, first: int, last: int) -> RawFrames:
        numbers = range(first, last)
        windows = np.stack([self._audio.window(self.grid.start(k), self.grid.length) for k in numbers])[:, None]
        times_s = np.array([self.grid.timestamp(k) for k in numbers]) / self.grid.samplerate
        explicit = self._emotion.at(times_s)
        implicit = np.broadcast_to(self._bundle.implicit, (len(windows), len(self._bundle.implicit)))
        emotion = np.concatenate([implicit, explicit], axis=1).astype(np.float32)[:, None]
        result = self._network.run({"input": windows, "emotion": emotion})[REGRESSION_OUTPUT]
        values = result.reshape(len(windows), -1).cpu().numpy()
        if values.shape[1] != self._bundle.widths.total:
            raise BundleError(f"The network gives {values.shape[1]} values per frame, network_info says {self._bundle.widths.total}.")
        return split_regression(_finite(values), self._bundle.widths, first)


class DiffusionStream:
    """Version 3.0: windows strictly one after the other, each handing its recurrent state on; a fixed frame rate.

    Args (of the constructor):
        identity: index into the bundle's identities.
        constant_noise: draw the noise once and reuse it (an option of NVIDIA's service; saves time). Both ways are seeded.
    """

    def __init__(
        self,
        bundle: DiffusionBundle,
        network: NetworkEngine,
        identity: int,
        emotion: EmotionCurve,
        *,
        gain: float = 1.0,
        seed: int = 0,
        constant_noise: bool = True,
    ):
        self._bundle, self._network, self._emotion = bundle, network, emotion
        self._audio = AudioBuffer(gain)
        self._window = 0
        self._constant_noise = constant_noise
        device = network.device
        self._generator = torch.Generator(device).manual_seed(seed)
        self._noise: Tensor | None = None
        self._latents = torch.zeros(bundle.steps, bundle.layers, 1, bundle.latent, device=device)
        self._identity = np.eye(len(bundle.identities), dtype=np.float32)[identity : identity + 1]
        self._columns = _solver_columns(bundle, identity, device)

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        return self._bundle.fps

    @property
    def look_ahead_ms(self) -> float:
        """The longest wait of a window's frames: its first kept one waits for the window's end (0.75 s)."""
        b = self._bundle
        return 1000.0 * (b.buffer_len - b.left * b.buffer_len // b.frames) / b.samplerate

    def push(self, samples: np.ndarray) -> None:
        """Add mono samples at the bundle's rate, -1..1."""
        self._audio.append(samples)

    def finish(self) -> None:
        """No more sound will come."""
        self._audio.close()

    def timestamp(self, window: int, frame: int) -> int:
        """The sample that frame ``frame`` of those kept from a window stands for.

        floor((30 k + f) * 16000 / 60) - 12000 with the released sizes.
        """
        b = self._bundle
        return (b.center * window + frame) * b.buffer_len // b.frames - (b.padding_left - b.left * b.buffer_len // b.frames)

    def first_sample(self, window: int) -> int:
        """Where a window starts; the first ones lie before the sound."""
        return window * self._bundle.stride - self._bundle.padding_left

    def frames(self) -> Iterator[RawFrames]:
        """Run the windows that are complete now."""
        b = self._bundle
        while True:
            start = self.first_sample(self._window)
            first = self._frame_number(self._window)
            total = math.ceil(self._audio.received * self.fps / b.samplerate)
            if self._audio.closed and first >= total:
                return
            if not self._audio.closed and start + b.buffer_len > self._audio.received:
                return
            window = self._window
            self._window += 1
            raw = self._run(window, first)
            skip = max(-first, 0)
            keep = min(len(raw), total - first)
            if keep > skip:
                yield RawFrames(first + skip, raw.skin[skip:keep], raw.tongue[skip:keep], raw.jaw[skip:keep], raw.eyes[skip:keep])
            self._audio.discard_before(self.first_sample(self._window))

    def _frame_number(self, window: int) -> int:
        """The number that the first kept frame of a window has in the track; below 0 while the state warms up."""
        b = self._bundle
        return b.center * window + b.left - b.padding_left * b.frames // b.buffer_len

    def _run(self, window: int, first: int) -> RawFrames:
        b = self._bundle
        samples = self._audio.window(self.first_sample(window), b.buffer_len)[None]
        times_s = (first + np.arange(b.center)) / float(self.fps)
        outputs = self._network.run({
            "window": samples, "identity": self._identity, "emotion": self._emotion.at(np.maximum(times_s, 0.0))[None],
            "input_latents": self._latents, "noise": self._drawn(),
        })  # fmt: skip
        self._latents = outputs["output_latents"].to(self._latents.device)
        kept = outputs["prediction"][0, b.left : b.left + b.center]
        if kept.shape != (b.center, b.widths.total):
            raise BundleError(f"The network's prediction has another size than network_info says; {_MIXED}")
        skin, tongue = (kept.index_select(1, columns).cpu().numpy() for columns in self._columns)
        rest = kept[:, b.widths.skin + b.widths.tongue :].cpu().numpy()
        return RawFrames(first, _finite(skin), _finite(tongue), _finite(rest[:, : b.widths.jaw]), rest[:, b.widths.jaw :])

    def _drawn(self) -> Tensor:
        b = self._bundle
        if self._noise is None or not self._constant_noise:
            shape = (1, b.steps + 1, b.frames, b.widths.total)
            self._noise = torch.randn(shape, generator=self._generator, device=self._network.device)
        return self._noise


def _solver_columns(bundle: DiffusionBundle, identity: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Columns of the prediction that the solver looks at: the masked vertices of skin and tongue."""
    face = bundle.identities[identity]
    columns = []
    for rows, offset in ((face.skin.rows, 0), (face.tongue.rows, bundle.widths.skin)):
        flat = (rows[:, None] * 3 + np.arange(3)).reshape(-1) + offset
        columns.append(torch.from_numpy(flat.astype(np.int64)).to(device))
    return columns[0], columns[1]


Stream = RegressionStream | DiffusionStream
