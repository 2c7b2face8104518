"""Which channel of a recording speaks: what its channels hold is looked at before they are mixed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.core.errors import AudioError
from app.core.speech import ClipNote

#: choices by name; numbers from 1 are taken as well
CHANNELS = ("mix", "left", "right")
_WINDOW_S = 0.05
#: left and right that are so alike with opposite signs cancel each other in a mix
_OPPOSITE = -0.5
#: a channel so much quieter than another one, in power, says nothing (-40 dB)
_SILENT = 1e-4
#: who speaks on one channel is heard on the other at least so much quieter (10 dB)
_CROSSTALK = 0.1
#: a subwoofer's channel, whose sound has its weight below this
_SUBWOOFER_HZ = 250.0
_SUBWOOFER_CHANNEL, _CENTRE_CHANNEL = 3, 2


@dataclass(frozen=True)
class Survey:
    """What the channels of a recording hold.

    Attributes:
        levels: (windows, channels) mean squares of 50 ms each.
        likeness: of two channels: 1 equal, 0 unrelated, -1 opposite.
        pitch_hz: of each of more channels, where the weight of its spectrum is.
    """

    levels: np.ndarray
    likeness: float
    pitch_hz: np.ndarray

    @property
    def power(self) -> np.ndarray:
        """Mean square of each channel."""
        made: np.ndarray = self.levels.mean(axis=0)
        return made


def survey(blocks: Iterable[np.ndarray], rate: int, channels: int) -> Survey:
    """Look at all channels of a recording.

    Args:
        blocks: (frames, channels) float32.
        rate: samples per second.
        channels: how many.
    """
    window = max(round(_WINDOW_S * rate), 1)
    levels = []
    products, powers, steps = 0.0, np.zeros(channels), np.zeros(channels)
    for block in blocks:
        size = min(window, len(block))
        whole = block[: len(block) // size * size].reshape(-1, size, channels)
        levels.append(np.einsum("wsc,wsc->wc", whole, whole, dtype=np.float32) / size)
        powers += np.einsum("sc,sc->c", block, block)
        if channels == 2:
            products += float(np.dot(block[:, 0], block[:, 1]))
        else:
            moved = np.diff(block, axis=0)
            steps += np.einsum("sc,sc->c", moved, moved)
    likeness = products / max(float(np.sqrt(powers[0] * powers[-1])), 1e-30)
    pitch_hz = np.arcsin(np.clip(np.sqrt(steps / np.maximum(powers, 1e-30)) / 2, 0, 1)) * rate / np.pi
    return Survey(np.concatenate(levels) if levels else np.zeros((1, channels)), float(likeness), pitch_hz)


def index_of(choice: str, channels: int, name: str) -> int | None:
    """The channel that was asked for; None for the mix.

    Args:
        choice: ``mix``, ``left``, ``right`` or a number from 1.
        channels: how many there are.
        name: of the file.

    Raises:
        AudioError: there is no such channel.
    """
    word = choice.strip().lower()
    if word == "mix":
        return None
    number = {"left": 1, "right": 2}.get(word, int(word) if word.isdecimal() else 0)
    if number < 1:
        raise AudioError(f"“{choice}” is no channel; choose mix, left, right or a number from 1.")
    if channels == 1 and word in CHANNELS:
        return 0  # both sides of a mono recording are the same
    if number > channels:
        have = "one channel" if channels == 1 else f"{channels} channels"
        raise AudioError(f"{name} has {have}, so there is no channel {choice}; choose mix or a number up to {channels}.")
    return number - 1


def choose(found: Survey, purposes: tuple[str, ...], name: str) -> tuple[int | None, tuple[ClipNote, ...]]:
    """Take a channel, or the mix, when the user chose none.

    Args:
        found: what the channels hold.
        purposes: what each channel is for, "" where that is unknown.
        name: of the file.

    Returns:
        The channel's index, None for the mix of all; and what there is to say about it.
    """
    if len(purposes) == 2:
        return _of_two(found, name)
    centre = _centre(found, purposes)
    if centre is None:
        return None, ()
    sentence = (
        f"{name} has {len(purposes)} channels; only the centre one, which carries the speech in a film, moves the mouth,"
        " and a mix of all is the other choice."
    )
    return centre, (ClipNote("centre_channel", sentence, ("mix", str(centre + 1))),)


def _of_two(found: Survey, name: str) -> tuple[int | None, tuple[ClipNote, ...]]:
    power = found.power
    louder = int(power[1] > 1.01 * power[0])
    side, other = ("left", "right")[louder], ("right", "left")[louder]
    if power.max() <= 0:
        return None, ()
    if power.min() < _SILENT * power.max():
        sentence = f"Only the {side} channel of {name} holds sound; it is taken alone, as a mix would halve it."
        return louder, (ClipNote("one_sided", sentence, ("mix", side)),)
    if found.likeness < _OPPOSITE:
        sentence = (
            f"The two channels of {name} cancel each other, as when one leg of a cable is turned around;"
            f" only the {side} one is taken, as a mix would be silent."
        )
        return louder, (ClipNote("antiphase", sentence, (side, other)),)
    if _takes_turns(found.levels):
        sentence = f"{name} has two speakers, one on each channel, and both move the mouth; choose the left or the right channel."
        return None, (ClipNote("two_speakers", sentence, ("left", "right", "mix")),)
    return None, ()


def _takes_turns(levels: np.ndarray) -> bool:
    """Whether mostly one of two channels is active at a time, and each of them for a good while."""
    active = levels.max(axis=1) > 1e-3 * np.percentile(levels.max(axis=1), 95)
    left = active & (levels[:, 1] < _CROSSTALK * levels[:, 0])
    right = active & (levels[:, 0] < _CROSSTALK * levels[:, 1])
    least = max(0.1 * active.sum(), 0.3 / _WINDOW_S)
    return bool(left.sum() >= least and right.sum() >= least and (left | right).sum() > 0.6 * active.sum())


def _centre(found: Survey, purposes: tuple[str, ...]) -> int | None:
    """The centre channel of a film's sound, if this is one and its centre speaks."""
    power = found.power
    if "FC" in purposes:
        centre = purposes.index("FC")
    elif not any(purposes) and len(purposes) in (6, 8) and _is_subwoofer(found):
        centre = _CENTRE_CHANNEL
    else:
        return None
    return centre if power[centre] > _SILENT * power.max() > 0 else None


def _is_subwoofer(found: Survey) -> bool:
    """Whether the fourth channel holds only a rumble, or nothing: then the unnamed channels stand as in a film."""
    silent = found.power[_SUBWOOFER_CHANNEL] <= _SILENT * found.power.max()
    return bool(silent or found.pitch_hz[_SUBWOOFER_CHANNEL] < _SUBWOOFER_HZ)
