"""From timed phones to mouth motion: how neighbouring sounds share jaw, lips and tongue.

Each phone pulls each articulator toward its own target while it lasts; at a boundary the pull passes from one phone to
the next along a smooth ramp whose width and lead belong to that articulator, so the jaw is slower than the lips, lips
round ahead of a rounded sound, and a sound that does not care about its lips leaves them to its neighbours. The idea of
competing dominance is Cohen and Massaro's (1993); that lip contacts, sibilants and lip rounding follow hard rules is
JALI's (Edwards et al. 2016). Contacts are gates on top, because a blend alone never quite closes the lips.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_INDEX, VISEMES
from app.core.smoothing import cosine_step
from app.core.speech import Phone
from app.core.visemes import (
    BILABIALS,
    DIPHTHONG_SPLIT,
    DIPHTHONGS,
    LABIODENTALS,
    ROUNDED,
    SIBILANTS,
    VISEME_RECIPES,
    VOWELS,
    articulation,
    projection_matrix,
)

#: moved by the jaw's timing; everything else follows the lips'
JAW_CHANNELS = ("jawForward", "jawLeft", "jawRight", "jawOpen")
#: lips do not close or part faster than this, nor does the lower lip reach the teeth
_QUICKEST_S, _QUICKEST_TUCK_S = 0.050, 0.100
#: lips that are rounded stay so while they are pressed together, as in "boy"; nothing is rounded from one picture to the next
_PUCKER, _PUCKER_PRESSED = ARKIT_INDEX["mouthPucker"], 0.75
#: a clip begins at rest, and its first sound takes so long to be formed; rounding is slower
_ONSET_S, _ROUND_ONSET_S = 0.1, 0.15
#: lips are pushed forward and drawn back more slowly than they close: their curves are averaged over so many seconds around each moment
_ROUNDING = np.array([ARKIT_INDEX["mouthPucker"], ARKIT_INDEX["mouthFunnel"]])
_ROUNDING_AT_S, _ROUNDING_SHARES = np.array([-0.036, -0.018, 0.0, 0.018, 0.036]), np.array([1.0, 3.0, 4.0, 3.0, 1.0]) / 12.0
#: what is said passes the poses of the table on its way: mouths of 41 recorded sentences widen and narrow less than half as far, and part
#: more where teeth are seen (looked at there)
_SAID = np.ones(len(ARKIT_CHANNELS))
_SHARES = (
    ("mouthPucker", 0.68),
    ("mouthFunnel", 0.55),
    ("mouthStretch", 0.42),
    ("mouthSmile", 0.42),
    ("mouthLower", 1.4),
    ("mouthUpper", 1.4),
)
for _name, _share in _SHARES:
    _SAID[[i for name, i in ARKIT_INDEX.items() if name.startswith(_name)]] = _share
#: rounding lips leave a small opening whatever the jaw does, as the muscle that narrows a mouth also closes it: the share that full
#: rounding takes (Abry and Boe, Speech Communication 5, 1986: height and width shrink together; how much was looked at in those sentences)
_NARROWED, _FULLY_ROUND = 0.55, VISEME_RECIPES["U"]["mouthPucker"]
_OPENING = np.array([i for name, i in ARKIT_INDEX.items() if name.startswith(("jawOpen", "mouthFunnel", "mouthLowerDown", "mouthUpperUp"))])
#: a jaw that drops would draw the corners of the mouth together; people's stay nearly where they are
_STRETCH, _HELD = np.array([i for name, i in ARKIT_INDEX.items() if name.startswith("mouthStretch")]), 0.45
#: lips that are pressed together narrow a little
_PRESSED_PUCKER = 0.12
_JAW = np.array([ARKIT_INDEX[name] for name in JAW_CHANNELS])
_LIPS = np.array([i for name, i in ARKIT_INDEX.items() if name not in JAW_CHANNELS])
_JAW_OPEN = ARKIT_INDEX["jawOpen"]
_MOUTH_CLOSE = ARKIT_INDEX["mouthClose"]


@dataclass(frozen=True)
class Style:
    """Timing and strength of the articulators; the defaults are the recommended profile.

    Attributes:
        lead_s: how much earlier than the sound the lips move; faces lead voices a little.
        jaw_lead_s: the same for the jaw, which is slower, and whose vowels are seen before they are heard.
        contact_lead_s: the same for contacts of lips and teeth.
        jaw_ramp_s: how long the jaw takes from one phone to the next.
        lip_ramp_s: the same for lips (and for viseme weights).
        round_lead_s: how much earlier than the sound a rounded shape begins.
        speak_lead_s: how much earlier than the sound the mouth opens after silence.
        rest_lag_s: how much later than the sound the mouth closes into silence; below 0, earlier.
        rest_ramp_s: length of the ramps into and out of silence.
        short_silence_s: inner pauses shorter than this do not close the mouth.
        sibilant_jaw: largest jawOpen in the middle of s, z, sh, zh, ch, j.
        contact_jaw: largest jawOpen while lips or lip and teeth touch.
        contact_ramp_s: time to close and to open again around a contact.
        teeth_ramp_s: the same for the lower lip at the teeth, which travels farther.
        contact_hold_s: shortest time that a contact is held; at least one frame whatever is said here.
        unstressed: opening of vowels with stress 0 against stressed ones.
        intensity: overall opening.
        overlap: how far neighbouring sounds run into each other, 0-2: a factor of all ramps and leads. 1 is as measured on people, less
            holds every shape longer and changes faster, 0 gives each sound its whole time and jumps to the next.
        recipes: viseme -> ARKit weights.
    """

    lead_s: float = 0.002
    jaw_lead_s: float = 0.022
    contact_lead_s: float = 0.012
    jaw_ramp_s: float = 0.140
    lip_ramp_s: float = 0.120
    round_lead_s: float = 0.030
    speak_lead_s: float = 0.030
    rest_lag_s: float = -0.024
    rest_ramp_s: float = 0.120
    short_silence_s: float = 0.080
    sibilant_jaw: float = 0.06
    contact_jaw: float = 0.06
    contact_ramp_s: float = 0.070
    teeth_ramp_s: float = 0.110
    contact_hold_s: float = 0.030
    unstressed: float = 0.85
    intensity: float = 1.0
    overlap: float = 1.0
    recipes: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: VISEME_RECIPES)


@dataclass(frozen=True)
class _Unit:
    """One stretch with one articulatory target."""

    phone: str
    start_s: float
    end_s: float
    gain: float = 1.0

    @property
    def is_silence(self) -> bool:
        return self.phone == "sil"


@dataclass(frozen=True)
class _Gate:
    """A contact: fully on between two times, with a ramp before and one after."""

    on_s: float
    off_s: float
    closing_s: float
    opening_s: float


def _contiguous(phones: Iterable[Phone], style: Style) -> list[_Unit]:
    """Phones in order without gaps or overlaps, short inner pauses given to the sound before them."""
    units: list[_Unit] = []
    for phone in sorted(phones, key=lambda p: p.start_s):
        name = "sil" if phone.is_silence else phone.base
        start_s = max(phone.start_s, units[-1].end_s if units else 0.0)
        if phone.end_s - start_s <= 1e-4:
            continue
        if units and start_s > units[-1].end_s:
            units.append(_Unit("sil", units[-1].end_s, start_s))
        gain = style.unstressed if phone.symbol[-1:] == "0" else 1.0
        if name == "sil" and units and units[-1].is_silence:
            units[-1] = replace(units[-1], end_s=phone.end_s)
        else:
            units.append(_Unit(name, start_s, phone.end_s, gain))
    kept: list[_Unit] = []
    for i, unit in enumerate(units):
        inner = 0 < i < len(units) - 1
        if unit.is_silence and inner and kept and unit.end_s - unit.start_s < style.short_silence_s:
            kept[-1] = replace(kept[-1], end_s=unit.end_s)
        else:
            kept.append(unit)
    return kept


def _articulated(units: list[_Unit]) -> list[_Unit]:
    """Diphthongs as two vowels, and h as an early, weaker start of the next vowel."""
    split: list[_Unit] = []
    for unit in units:
        if unit.phone in DIPHTHONGS:
            first, second = DIPHTHONGS[unit.phone]
            middle_s = unit.start_s + DIPHTHONG_SPLIT[unit.phone] * (unit.end_s - unit.start_s)
            split += [_Unit(first, unit.start_s, middle_s, unit.gain), _Unit(second, middle_s, unit.end_s, unit.gain)]
        else:
            split.append(unit)
    for i, unit in enumerate(split[:-1]):
        following = split[i + 1]
        if unit.phone == "HH" and following.phone in VOWELS:
            split[i] = replace(unit, phone=following.phone, gain=0.8 * following.gain)
    return split


def _contacts(
    units: list[_Unit],
    names: frozenset[str],
    hold_s: float,
    ramp_s: float,
    *,
    overlap: float,
    lead_s: float = 0.0,
    quickest_s: float = _QUICKEST_S,
) -> list[_Gate]:
    """When the named sounds hold their contact: stops let go before their end (the burst), m keeps it.

    The sound starts when the lips touch, which is a little before they are fully pressed together; beside a short vowel
    they move faster, so that the vowel is still seen. Without overlap the contact is as long as the sound.
    """
    ramp_s, quickest_s, within = ramp_s * overlap, quickest_s * overlap, min(overlap, 1.0)
    lead_s *= within
    gates = []
    for i, unit in enumerate(units):
        if unit.phone not in names:
            continue
        length_s = unit.end_s - unit.start_s
        on_s = unit.start_s + min(0.25 * length_s, 0.025) * within
        off_s = unit.start_s + (1.0 - (0.3 if unit.phone in ("P", "B") else 0.15) * within) * length_s
        missing_s = max(hold_s - (off_s - on_s), 0.0)
        beside = (units[max(i - 1, 0)], units[min(i + 1, len(units) - 1)])
        closing_s, opening_s = (min(ramp_s, max(quickest_s, 0.9 * (u.end_s - u.start_s))) for u in beside)
        gates.append(_Gate(on_s - lead_s - missing_s / 2, off_s - lead_s + missing_s / 2, closing_s, opening_s))
    return gates


def _gate_curve(times_s: np.ndarray, gates: list[_Gate]) -> np.ndarray:
    """(n,) 0-1: the strongest gate at every time."""
    curve = np.zeros(len(times_s))
    for gate in gates:
        if gate.on_s - gate.closing_s < times_s[-1] and gate.off_s + gate.opening_s > times_s[0]:
            closing = cosine_step((times_s - gate.on_s) / gate.closing_s + 1.0)
            opening = cosine_step((times_s - gate.off_s) / gate.opening_s)
            curve = np.maximum(curve, closing * (1.0 - opening))
    return curve


def shape_as_said(arkit: np.ndarray) -> None:
    """Relate opening, rounding and width of a mouth as people's lips do, in place.

    Args:
        arkit: (n, 52) weights of the poses of the table, or of what lies between them.
    """
    narrow = 1.0 - _NARROWED * np.clip(arkit[:, _PUCKER] / _FULLY_ROUND, 0.0, 1.0)
    arkit *= _SAID
    arkit[:, _OPENING] *= narrow[:, None]
    arkit[:, _STRETCH] += _HELD * arkit[:, _JAW_OPEN, None]


#: so many times are worked out at once: each is compared with every unit around them, which for ten minutes at once are gigabytes
_PIECE = 4096


class MouthMotion:
    """The motion of one utterance, as a function of time that can be asked piece by piece.

    Args:
        phones: timed ARPABET phones on the audio's time line.
        style: timing and strength.
        frame_s: the time between frames; contacts are held long enough to be seen at this rate.
        gains: one opening factor per phone, or None (how loud it was said, for instance).
    """

    def __init__(self, phones: Iterable[Phone], style: Style | None = None, frame_s: float = 1 / 60) -> None:
        self.style = style = style or Style()
        units = _articulated(_contiguous(phones, style)) or [_Unit("sil", 0.0, 1.0)]
        if not units[0].is_silence:
            units.insert(0, _Unit("sil", units[0].start_s - 1.0, units[0].start_s))
        if not units[-1].is_silence:
            units.append(_Unit("sil", units[-1].end_s, units[-1].end_s + 1.0))
        self._units = units
        hold_s = max(style.contact_hold_s, 1.05 * frame_s)
        #: never quite 0, which no ramp can be
        self._overlap = overlap = max(style.overlap, 1e-6)
        self._closures = _contacts(units, BILABIALS, hold_s, style.contact_ramp_s, overlap=overlap, lead_s=style.contact_lead_s)
        self._teeth = _contacts(
            units, LABIODENTALS, hold_s, style.teeth_ramp_s, overlap=overlap, lead_s=style.contact_lead_s, quickest_s=_QUICKEST_TUCK_S
        )
        self._sibilants = _contacts(units, SIBILANTS, 0.0, style.contact_ramp_s, overlap=overlap)
        shapes = [articulation(unit.phone) for unit in units]
        gain = np.array([unit.gain if unit.phone in VOWELS else 1.0 for unit in units]) * style.intensity
        strength = np.array([shape.strength for shape in shapes])
        self._jaw_hold = np.array([shape.jaw_hold for shape in shapes])
        self._lip_hold = np.array([shape.lip_hold for shape in shapes])
        self._show_hold = np.array([1.0 if unit.phone in VOWELS or unit.is_silence else 0.85 for unit in units])
        self._visemes = np.zeros((len(units), len(VISEMES)))
        self._visemes[np.arange(len(units)), [VISEME_INDEX[shape.viseme] for shape in shapes]] = np.minimum(strength * gain, 1.0)
        recipes = projection_matrix(style.recipes).astype(np.float64)
        self._targets = self._visemes @ recipes
        self._targets[:, _JAW_OPEN] = np.array([shape.jaw for shape in shapes]) * gain
        self._press, self._tuck = recipes[VISEME_INDEX["PP"]], recipes[VISEME_INDEX["FF"]]
        self._edges = {
            "jaw": self._boundaries(style.jaw_ramp_s, style.jaw_lead_s),
            "lips": self._boundaries(style.lip_ramp_s, style.lead_s, style.round_lead_s),
        }

    def _boundaries(self, ramp_s: float, lead_s: float, round_lead_s: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Centre and width of the ramp from every unit to the next."""
        style, within = self.style, min(self._overlap, 1.0)
        centres, widths = [], []
        for before, after in zip(self._units[:-1], self._units[1:], strict=True):
            centre, width = after.start_s - lead_s * within, ramp_s
            if before.is_silence:
                centre, width = after.start_s - (style.lead_s + style.speak_lead_s) * within, style.rest_ramp_s
            elif after.is_silence:
                centre, width = after.start_s + (style.rest_lag_s - style.lead_s) * within, style.rest_ramp_s
            elif after.phone in ROUNDED and before.phone not in ROUNDED:
                centre -= min(round_lead_s, 0.5 * (before.end_s - before.start_s)) * within
            centres.append(centre)
            widths.append(width * self._overlap)
        return np.maximum.accumulate(np.array(centres)), np.array(widths)

    def _shares(self, times_s: np.ndarray, articulator: str, hold: np.ndarray, span: slice) -> np.ndarray:
        """(n, units in span) share of every unit in the articulator at every time; rows sum to 1."""
        centres, widths = self._edges[articulator]
        begun = np.ones((len(times_s), span.stop - span.start + 1))
        inner = slice(span.start, span.stop - 1)
        begun[:, 1:-1] = cosine_step((times_s[:, None] - centres[inner]) / widths[inner] + 0.5)
        begun[:, -1] = 0.0
        pull = begun[:, :-1] * (1.0 - begun[:, 1:]) * hold[span]
        # summed one after the other, so that units that are far away change no bit
        made: np.ndarray = pull / pull.cumsum(axis=1)[:, -1:]
        return made

    def _span(self, times_s: np.ndarray) -> slice:
        """The units that reach into these times, so that a long text costs the same per frame as a short one."""
        starts = np.array([unit.start_s for unit in self._units])
        first = int(np.searchsorted(starts, times_s[0] - 0.5)) - 2
        last = int(np.searchsorted(starts, times_s[-1] + 0.5)) + 2
        return slice(max(first, 0), min(last, len(self._units)))

    def frames(self, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The motion at some times.

        Args:
            times_s: (n,) increasing seconds on the audio's time line, n >= 1.

        Returns:
            (n, 52) float32 ARKit weights and (n, 15) float32 viseme weights, all in [0, 1]; viseme rows sum to 1.
        """
        if len(times_s) > _PIECE:
            arkit, visemes = zip(*(self.frames(times_s[i : i + _PIECE]) for i in range(0, len(times_s), _PIECE)), strict=True)
            return np.concatenate(arkit), np.concatenate(visemes)
        style, span = self.style, self._span(times_s)
        close = _gate_curve(times_s, self._closures)
        tuck = _gate_curve(times_s, self._teeth) * (1.0 - close)
        hiss = _gate_curve(times_s, self._sibilants)
        arkit = np.zeros((len(times_s), len(ARKIT_CHANNELS)))
        arkit[:, _JAW] = self._shares(times_s, "jaw", self._jaw_hold, span) @ self._targets[span][:, _JAW]
        arkit[:, _LIPS] = self._shares(times_s, "lips", self._lip_hold, span) @ self._targets[span][:, _LIPS]
        beside_s = _ROUNDING_AT_S * min(self._overlap, 1.0)
        around = self._shares((times_s[:, None] + beside_s).ravel(), "lips", self._lip_hold, span) @ self._targets[span][:, _ROUNDING]
        arkit[:, _ROUNDING] = np.einsum("nkc,k->nc", around.reshape(len(times_s), len(_ROUNDING_AT_S), 2), _ROUNDING_SHARES)
        free = 1.0 - close - tuck
        for gate, limit in ((hiss, style.sibilant_jaw), (close + tuck, style.contact_jaw)):
            jaw = arkit[:, _JAW_OPEN]
            arkit[:, _JAW_OPEN] = jaw * (1.0 - gate) + np.minimum(jaw, limit) * gate
        shape_as_said(arkit)
        pucker = arkit[:, _PUCKER] * (free + _PUCKER_PRESSED * close) + _PRESSED_PUCKER * close
        arkit[:, _LIPS] = arkit[:, _LIPS] * free[:, None] + np.outer(close, self._press[_LIPS]) + np.outer(tuck, self._tuck[_LIPS])
        arkit[:, _PUCKER] = pucker
        # mouthClose is defined against jawOpen: equal weights are closed lips over a lowered jaw
        arkit[:, _MOUTH_CLOSE] = close * arkit[:, _JAW_OPEN]
        begun = cosine_step(times_s / _ONSET_S)
        arkit *= begun[:, None]
        arkit[:, _ROUNDING] *= cosine_step(times_s / _ROUND_ONSET_S)[:, None]
        visemes = self._shares(times_s, "lips", self._show_hold, span) @ self._visemes[span] * free[:, None]
        visemes[:, VISEME_INDEX["PP"]] += close
        visemes[:, VISEME_INDEX["FF"]] += tuck
        visemes *= begun[:, None]
        visemes[:, 0] = np.maximum(1.0 - visemes[:, 1:].sum(axis=1), 0.0)
        return np.clip(arkit, 0, 1).astype(np.float32), np.clip(visemes, 0, 1).astype(np.float32)
