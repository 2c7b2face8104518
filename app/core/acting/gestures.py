"""What a face does while it speaks, as data: when, which way, how far."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Nod:
    """A swing of the head and back on an accent.

    Attributes:
        time_s: when it is furthest, in seconds of the sound.
        turn: degrees of pitch (down is positive), yaw and roll (to the own left) there.
        rise_s: how long it takes there.
        fall_s: how long it takes back.
    """

    time_s: float
    turn: tuple[float, float, float]
    rise_s: float
    fall_s: float


@dataclass(frozen=True)
class Hold:
    """A way to hold the head, until the next one.

    Attributes:
        start_s: when the head sets out for it.
        turn: degrees of pitch, yaw and roll.
        lasts_s: how long it is on its way.
    """

    start_s: float
    turn: tuple[float, float, float]
    lasts_s: float


@dataclass(frozen=True)
class Look:
    """Where the eyes go.

    Attributes:
        start_s: when they set out.
        aside: degrees to the own left, as seen from a straight head.
        up: degrees up.
    """

    start_s: float
    aside: float
    up: float


@dataclass(frozen=True)
class Blink:
    """A blink.

    Attributes:
        start_s: when the lids set out.
        depth: 0 to 1, how far they close.
    """

    start_s: float
    depth: float = 1.0


@dataclass(frozen=True)
class Raise:
    """The brows go up and come down again.

    Attributes:
        time_s: when they are up.
        height: 0 to 1, of the inner brows.
    """

    time_s: float
    height: float


@dataclass(frozen=True)
class Breath:
    """A breath in.

    Attributes:
        start_s: when it sets in.
        end_s: when the lungs are full; the mouth is as before by then.
        depth: 0 to 1.
        until_s: when the air is spent.
    """

    start_s: float
    end_s: float
    depth: float
    until_s: float


@dataclass(frozen=True)
class Plan:
    """All that is acted, each kind in order of time.

    Attributes:
        nods: swings on accents.
        holds: ways to hold the head.
        looks: where the eyes go.
        blinks: when the lids close.
        raises: when the brows go up.
        breaths: when it breathes in.
        phases: of the sway of a head at rest, (3, 3) radians as tuples.
    """

    nods: tuple[Nod, ...] = ()
    holds: tuple[Hold, ...] = ()
    looks: tuple[Look, ...] = ()
    blinks: tuple[Blink, ...] = ()
    raises: tuple[Raise, ...] = ()
    breaths: tuple[Breath, ...] = ()
    phases: tuple[tuple[float, ...], ...] = ()
