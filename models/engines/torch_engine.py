"""The networks in torch: on CUDA, and on the CPU for training and for comparison."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from models.checkpoint import load_network
from models.network import LightNet, QualityNet, State
from models.weights_file import WEIGHTS

#: mel frames after which every past is full
_LONG = 256


def has_cuda() -> bool:
    """Whether torch can use a card."""
    return torch.cuda.is_available()


class TorchNet:
    """A network in torch.

    Args:
        network: in evaluation mode.
        device: to run on.
    """

    def __init__(self, network: LightNet | QualityNet, device: torch.device) -> None:
        self.network, self.device, self.mode = network.to(device), device, network.mode
        self.network.temporal.fuse()
        self.label = f"CUDA {torch.cuda.get_device_name(device)}" if device.type == "cuda" else "CPU (torch)"

    @classmethod
    def load(cls, mode: str, device: str, folder: Path = WEIGHTS) -> TorchNet:
        """The app's own weights on a torch device.

        Raises:
            WeightsError: they are missing or damaged.
            RuntimeError: there is no such device.
        """
        return cls(load_network(mode, folder), torch.device(device))

    def memory(self, rows: int) -> TorchMemory:
        """Begin streams."""
        return TorchMemory(self, rows)


class TorchMemory:
    """The past of streams in the rows of shared tensors. Made by TorchNet.memory."""

    @torch.inference_mode()
    def __init__(self, net: TorchNet, rows: int) -> None:
        self._net = net
        state: State = {}
        net.network(torch.zeros(1, _LONG, 80, device=net.device), state)
        self._shapes = {key: tuple(value.shape[1:]) for key, value in state.items() if key != "steps"}
        self._state: State = {key: torch.zeros(0, *shape, device=net.device) for key, shape in self._shapes.items()}
        #: steps that were heard, and the number of the first one in its clip
        self._steps = torch.zeros(0, dtype=torch.int64, device=net.device)
        self._first = torch.zeros(0, dtype=torch.int64, device=net.device)
        self.grow(rows)

    @property
    def bytes_per_row(self) -> int:
        """What a stream's past takes."""
        return 4 * sum(int(np.prod(shape)) for shape in self._shapes.values())

    @torch.inference_mode()
    def grow(self, rows: int) -> None:
        """See Memory."""

        def longer(value: torch.Tensor) -> torch.Tensor:
            return torch.cat([value, value.new_zeros(rows - len(value), *value.shape[1:])])

        self._state = {key: longer(value) for key, value in self._state.items()}
        self._steps, self._first = longer(self._steps), longer(self._first)

    @torch.inference_mode()
    def forget(self, row: int, first_step: int = 0) -> None:
        """See Memory."""
        for value in (*self._state.values(), self._steps):
            value[row] = 0
        self._first[row] = first_step

    @torch.inference_mode()
    def step(self, mels: np.ndarray, rows: Sequence[int] | None = None) -> np.ndarray:
        """See Memory."""
        at = torch.arange(len(self._steps)) if rows is None else torch.tensor(rows)
        at = at.to(self._net.device)
        state = {key: value[at] for key, value in self._state.items()}
        state["seen"] = self._steps[at]
        state["steps"] = self._steps[at] + self._first[at]
        logits: torch.Tensor = self._net.network(torch.from_numpy(mels).to(self._net.device), state)
        for key, value in self._state.items():
            value[at] = state[key]
        self._steps[at] += mels.shape[1] // 2
        return logits.cpu().numpy()
