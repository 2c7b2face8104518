"""From the networks' 50 Hz logits to frames: gates, gestures, articulation, emotion. Works on streams of any chunking."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from models import emotion
from models.dimensions import STEP_HZ
from models.features import RATE
from models.kinematics import AHEAD, BEHIND, ONSET_S, Slack, onset, shares
from models.rig import PARAMETER_INDEX, PARAMETERS, SMOOTH, weights_from

#: frames are read half a step (10 ms) early: on held-out voices the networks answer about 7 ms late, and slack takes its time
LEAD = 2

#: how steeply the smooth curves follow their logits: a little sharper than the networks' own sigmoids, which hedge between neighbours
_SHARPNESS = 1.15
#: the jaw's sigmoid is full from a logit of 4; it goes on growing by so much per logit, from about the second one on
_GROWTH, _GROWS_FROM = 0.1, 2.0
#: what parts the lips, and has slack
PARTING = [PARAMETER_INDEX[name] for name in ("jaw", "funnel", "lower", "upper")]
#: what lets the face leave its rest
BEGINNING = [PARAMETER_INDEX[name] for name in ("accent", "active")]

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
        slack: by how much the smooth parameters that part the lips may waver unseen; the more, the less sure of itself a network is.
    """

    closure: tuple[float, float] = (0.25, 0.55)
    tuck: tuple[float, float] = (0.25, 0.6)
    active: tuple[float, float] = (0.3, 0.6)
    witness: float = 0.5
    gain: float = 1.1
    slack: float = 0.03


def probabilities(logits: np.ndarray, gating: Gating) -> np.ndarray:
    """What the network believes at every step.

    It says twice whether the lips meet: as a gate, and by the phones it hears. They err on different sounds; the mean of their odds makes
    a fifth fewer false closures at equally many right ones (held-out voices, noisy and coloured).

    Args:
        logits: (b, t, 52) of LightNet or QualityNet.
        gating: how much the phones count.

    Returns:
        (b, t, 12) curves, of which the jaw's may pass 1, and probabilities; columns as PARAMETERS.
    """
    values = logits[..., : len(PARAMETERS)]
    gates = values[..., SMOOTH:]
    if gating.witness:
        said = logits[..., len(PARAMETERS) :]
        odds = np.exp(said - said.max(-1, keepdims=True))
        said = odds / odds.sum(-1, keepdims=True)
        groups = [said[..., list(group)].sum(-1) for group in (_BILABIALS, _LABIODENTALS)]
        phones = np.clip(np.stack(groups, -1), np.float32(1e-4), np.float32(1 - 1e-4))
        lips = gates[..., :2]
        lips = lips + np.float32(gating.witness) * (np.log(phones / (1 - phones)) - lips)
        gates = np.concatenate([lips, gates[..., 2:]], -1)
    accent = values[..., SMOOTH - 1 : SMOOTH]
    sharp = np.float32(_SHARPNESS)
    jaw = _sigmoid(values[..., :1] * sharp) + np.float32(_GROWTH) * np.logaddexp(values[..., :1] - np.float32(_GROWS_FROM), np.float32(0))
    curves = _sigmoid(values[..., 1 : SMOOTH - 1] * sharp)
    return np.concatenate([jaw, curves, _sigmoid(np.concatenate([accent, gates], -1))], -1)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """The logistic function, by the tangent so that nothing overflows."""
    made: np.ndarray = np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * x))
    return made


def _eased(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, smooth between."""
    part = np.minimum(np.maximum((x - np.float32(low)) / np.float32(high - low), np.float32(0)), np.float32(1))
    eased: np.ndarray = part * part * (3 - 2 * part)
    return eased


def decided(values: np.ndarray, gating: Gating) -> np.ndarray:
    """Sharpen the gates and undo the flattening.

    Args:
        values: (..., 12) from ``probabilities``.
        gating: thresholds.

    Returns:
        (..., 12) what is wanted of the lips at every step; ``StepFrames`` makes movements of it.
    """
    smooth = values[..., :SMOOTH]
    limits = (gating.closure, gating.tuck, gating.active)
    gates = [_eased(values[..., SMOOTH + k], *limits[k]) for k in range(3)]
    return np.concatenate([smooth[..., :-1] * np.float32(gating.gain), smooth[..., -1:], np.stack(gates, -1)], -1)


class FrameClock:
    """Which frames lie between the steps known so far, in whole numbers so that nothing accumulates; one object per stream.

    Args:
        fps: 60 or 30; any rate works, also 59.94.
        first_step: number in its clip of the first step.
        first_frame: number in its clip of the first frame wanted, which does not lie before that step.
    """

    def __init__(self, fps: float, first_step: int = 0, first_frame: int = 0) -> None:
        self.rate = Fraction(fps).limit_denominator(1001)
        self.made, self._begun = first_frame, first_step * (RATE // STEP_HZ)
        self._first = first_step - BEHIND
        # frame f is read at step f * top / unit + 1 / LEAD
        self._top, self._unit, self._lead = LEAD * STEP_HZ * self.rate.denominator, LEAD * self.rate.numerator, self.rate.numerator

    @property
    def ratio(self) -> tuple[int, int, int]:
        """``top``, ``unit`` and ``lead``: frame f is read at step (f * top + lead) / unit."""
        return self._top, self._unit, self._lead

    def count(self, samples: int) -> int:
        """How many frames of the clip begin before the end of so many samples from the first step on."""
        return -(-(self._begun + samples) * self.rate.numerator // (RATE * self.rate.denominator))

    def take(self, known: int, limit: int | None = None) -> tuple[np.ndarray, np.ndarray, int]:
        """The next frames.

        Args:
            known: steps at hand: those that were not dropped last time, and the new ones; the very first one is the rest before the sound.
            limit: the number of frames of the whole stream, once known.

        Returns:
            (m,) numbers of the step BEHIND the one before every frame, counted in the steps at hand; (m,) places of the frames between
            the steps before and after them, 0 to below 1; how many of the steps at hand are not needed again.
        """
        last = self._first + known - 1
        stop = max(((last - AHEAD + 1) * self._unit - self._lead - 1) // self._top + 1, self.made)
        stop = stop if limit is None else min(stop, limit)
        place = np.arange(self.made, stop) * self._top + self._lead
        first = place // self._unit - BEHIND - self._first
        keep = max(min((stop * self._top + self._lead) // self._unit - BEHIND, last), self._first)
        drop = keep - self._first
        self.made, self._first = stop, keep
        return first, place % self._unit / self._unit, drop


class StepFrames:
    """Makes movements of what is wanted at the steps, and reads them at the frames; one object per stream, or per batch of streams.

    Args:
        fps: 60 or 30; any rate works, also 59.94.
        slack: see Gating.
        first_step: see FrameClock.
        first_frame: see FrameClock.
    """

    def __init__(self, fps: float, slack: float, first_step: int = 0, first_frame: int = 0) -> None:
        self.clock = FrameClock(fps, first_step, first_frame)
        self._fps, self._slack = fps, Slack(slack)
        self._steps: np.ndarray | None = None

    @property
    def made(self) -> int:
        """Number of the next frame."""
        return self.clock.made

    def count(self, samples: int) -> int:
        """See FrameClock.count."""
        return self.clock.count(samples)

    def ready(self, steps: np.ndarray, limit: int | None = None) -> np.ndarray:
        """Take new steps, give every frame that lies between known steps.

        Args:
            steps: (b, k, 12) float32 of the next steps, from ``decided``.
            limit: the number of frames of the whole stream, once known.

        Returns:
            (b, m, 12) float32 parameters of the next frames, for ``face``.
        """
        held = steps.copy()
        held[..., PARTING] = self._slack.follow(steps[..., PARTING])
        before = np.zeros((len(steps), BEHIND, len(PARAMETERS)), steps.dtype) if self._steps is None else self._steps
        known = np.concatenate([before, held], 1)
        made = self.clock.made
        first, part, drop = self.clock.take(known.shape[1], limit)
        self._steps = known[:, drop:]
        around = known[:, first[:, None] + np.arange(BEHIND + 1 + AHEAD)]
        curves, gestures = shares(part)
        smooth = np.einsum("bmsc,ms->bmc", around[..., :SMOOTH], curves)
        gates = np.einsum("bmsc,ms->bmc", around[..., SMOOTH:], gestures)
        out = np.concatenate([smooth, gates], -1)
        if made < ONSET_S * self._fps:
            out[..., BEGINNING] *= onset(made, len(part), self._fps)[:, None]
        return out


def face(parameters: np.ndarray, feeling: np.ndarray) -> np.ndarray:
    """Pose whole faces.

    Args:
        parameters: (b, m, 12) of ``StepFrames``.
        feeling: (b, m, 10) or broadcastable emotion strengths.

    Returns:
        (b, m, 52) ARKit weights in [0, 1]; lids only as far as an emotion lowers them.
    """
    closure = parameters[..., PARAMETER_INDEX["closure"]] * parameters[..., PARAMETER_INDEX["active"]]
    return emotion.posed(weights_from(emotion.styled(parameters, feeling)), closure, feeling)


assert PARAMETERS[SMOOTH:] == ("closure", "tuck", "active")
