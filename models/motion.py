"""From the networks' 50 Hz logits to frames: interpolation, gates, articulation, emotion, lids. Works on streams of any chunking."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch

from models import emotion
from models.features import RATE
from models.network import STEP_HZ
from models.rig import PARAMETER_INDEX, PARAMETERS, SMOOTH, weights_from

#: frames are read a quarter of a step (5 ms) early: on held-out voices the networks answer about 7 ms late
LEAD = 4


#: numbers of P B M and of F V among the networks' phones (models.train.phones.PHONES)
_BILABIALS, _LABIODENTALS = (7, 22, 27), (14, 35)


@dataclass(frozen=True)
class Gating:
    """How probabilities become decisions; chosen on held-out synthetic voices (models/train/choose.py), never on the test clips.

    Attributes:
        closure: probability at which lips begin to meet, and at which they meet.
        tuck: the same for the lower lip at the teeth.
        active: the same for speaking; below the first the face rests.
        witness: how much the phones that the network hears count beside its closure and tuck: both must be convinced.
        gain: factors of the eight smooth parameters; a mean of uncertain curves is too flat.
    """

    closure: tuple[float, float] = (0.25, 0.55)
    tuck: tuple[float, float] = (0.25, 0.6)
    active: tuple[float, float] = (0.3, 0.6)
    witness: float = 0.5
    gain: float = 1.1


def probabilities(logits: torch.Tensor, gating: Gating) -> torch.Tensor:
    """What the network believes at every step.

    It says twice whether the lips meet: as a gate, and by the phones it hears. They err on different sounds; the mean of their odds makes
    a fifth fewer false closures at equally many right ones (held-out voices, noisy and coloured).

    Args:
        logits: (b, t, 52) of LightNet or QualityNet.
        gating: how much the phones count.

    Returns:
        (b, t, 12) curves and probabilities, columns as PARAMETERS.
    """
    values = logits[..., : len(PARAMETERS)]
    if gating.witness:
        said = logits[..., len(PARAMETERS) :].softmax(-1)
        heard = torch.stack([sum((said[..., k] for k in group[1:]), said[..., group[0]]) for group in (_BILABIALS, _LABIODENTALS)], -1)
        gates = torch.lerp(values[..., SMOOTH : SMOOTH + 2], heard.logit(1e-4), gating.witness)
        values = torch.cat([values[..., :SMOOTH], gates, values[..., SMOOTH + 2 :]], -1)
    return values.sigmoid()


def _eased(x: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """0 below ``low``, 1 above ``high``, smooth between."""
    part = ((x - low) / (high - low)).clamp(0, 1)
    return part * part * (3 - 2 * part)


def gated(values: torch.Tensor, gating: Gating) -> torch.Tensor:
    """Sharpen the gates and undo the flattening.

    Args:
        values: (..., 12) sigmoids.
        gating: thresholds.

    Returns:
        (..., 12) parameters for rig.weights_from.
    """
    smooth = values[..., :SMOOTH]
    lifted = torch.cat([(smooth[..., :-1] * gating.gain).clamp(0, 1), smooth[..., -1:]], -1)
    limits = (gating.closure, gating.tuck, gating.active)
    gates = [_eased(values[..., SMOOTH + k], *limits[k]) for k in range(3)]
    return torch.cat([lifted, torch.stack(gates, -1)], -1)


class FrameClock:
    """Which frames lie between the steps known so far, in whole numbers so that nothing accumulates; one object per stream.

    Args:
        fps: 60 or 30; any rate works, also 59.94.
    """

    def __init__(self, fps: float) -> None:
        self.rate = Fraction(fps).limit_denominator(1001)
        self.made = 0
        self._first = 0
        # frame f is read at step f * top / unit + 1 / LEAD
        self._top, self._unit, self._lead = LEAD * STEP_HZ * self.rate.denominator, LEAD * self.rate.numerator, self.rate.numerator

    def count(self, samples: int) -> int:
        """How many frames begin before the end of so many samples."""
        return -(-samples * self.rate.numerator // (RATE * self.rate.denominator))

    def take(self, known: int, limit: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """The next frames.

        Args:
            known: steps at hand: those that were not dropped last time, and the new ones.
            limit: the number of frames of the whole stream, once known.

        Returns:
            (m,) numbers of the steps before and after every frame, counted in the steps at hand; (m,) float32 weights of the later ones;
            how many of the steps at hand are not needed again.
        """
        last = self._first + known - 1
        stop = max((last * self._unit - self._lead) // self._top + 1, self.made) if known else self.made
        stop = stop if limit is None else min(stop, limit)
        place = np.arange(self.made, stop) * self._top + self._lead
        low = place // self._unit - self._first
        part = (place % self._unit).astype(np.float32) / np.float32(self._unit)
        keep = max(min((stop * self._top + self._lead) // self._unit, last), self._first)
        drop = keep - self._first
        self.made, self._first = stop, keep
        return low, np.minimum(low + 1, known - 1), part, drop


class StepFrames:
    """Resamples steps to frames and poses the face; one object per stream.

    Args:
        fps: 60 or 30; any rate works, also 59.94.
        gating: thresholds.
    """

    def __init__(self, fps: float, gating: Gating) -> None:
        self.clock, self.gating = FrameClock(fps), gating
        self._steps: torch.Tensor | None = None

    @property
    def made(self) -> int:
        """Frames given so far."""
        return self.clock.made

    def count(self, samples: int) -> int:
        """How many frames begin before the end of so many samples."""
        return self.clock.count(samples)

    def ready(self, steps: torch.Tensor, limit: int | None = None) -> torch.Tensor:
        """Take new steps, give every frame that lies between known steps.

        Args:
            steps: (b, k, 12) sigmoids of the next steps.
            limit: the number of frames of the whole stream, once known.

        Returns:
            (b, m, 12) gated parameters of the next frames.
        """
        known = steps if self._steps is None else torch.cat([self._steps, steps], 1)
        low, high, part, drop = self.clock.take(known.shape[1], limit)
        later = torch.from_numpy(part).to(known)[None, :, None]
        self._steps = known[:, drop:]
        return gated(known[:, torch.from_numpy(low)] * (1 - later) + known[:, torch.from_numpy(high)] * later, self.gating)


def face(parameters: torch.Tensor, feeling: torch.Tensor) -> torch.Tensor:
    """Pose whole faces.

    Args:
        parameters: (b, m, 12) gated.
        feeling: (b, m, 10) or broadcastable emotion strengths.

    Returns:
        (b, m, 52) ARKit weights in [0, 1]; lids only as far as an emotion lowers them.
    """
    closure = parameters[..., PARAMETER_INDEX["closure"]] * parameters[..., PARAMETER_INDEX["active"]]
    return emotion.posed(weights_from(emotion.styled(parameters, feeling)), closure, feeling)


assert PARAMETERS[SMOOTH:] == ("closure", "tuck", "active")
