"""Layers that show the face that comes in from outside while the sound's own motion goes on below; laid over when it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from app.core.face_frame import FaceFrame
from app.core.layering import angles_live, over_live, turned_live
from app.core.layers import LIVE, Layer
from app.core.regions import REGIONS
from app.session.state import State

_EYES, _MOUTH = frozenset(REGIONS["eyes"]), frozenset(REGIONS["lower"])


class IncomingFace(Protocol):
    """A face on its way in, as its listener holds it."""

    @property
    def face(self) -> FaceFrame:
        """What came."""
        ...


class IncomingFaces(Protocol):
    """Who hears faces from outside."""

    @property
    def newest(self) -> IncomingFace | None:
        """The newest one, None before the first."""
        ...

    @property
    def share(self) -> float:
        """How much of it is shown, 0 to 1: less and less of one that is lost."""
        ...


@dataclass(frozen=True, eq=False)
class LiveOver:
    """Live layers with the face that they show.

    Attributes:
        layers: the lowest first.
        face: the newest one.
        share: how much of it is shown, 0 to 1.
    """

    layers: tuple[Layer, ...]
    face: FaceFrame
    share: float

    def laid(self, weights: np.ndarray, angles: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        """(52,) weights and (9,) angles or None with the layers over them."""
        return over_live(weights, self.layers, self.face, self.share), angles_live(angles, self.layers, self.face, self.share)


class LiveLayers:
    """The live layers of the sides; nothing is changed where there are none, or nothing comes.

    Args:
        state: whose sides have layers.

    Attributes:
        incoming: hears the faces; None where nobody does.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self.incoming: IncomingFaces | None = None

    def of(self, side: str) -> tuple[Layer, ...]:
        """The live layers of a side that act now, the lowest first."""
        if self.incoming is None or self.incoming.newest is None:
            return ()
        return tuple(layer for layer in self._state.sides[side].layers if layer.on and layer.source == LIVE)

    @property
    def wanted(self) -> bool:
        """Whether any side has a live layer that is on."""
        return any(layer.on and layer.source == LIVE for side in self._state.sides.values() for layer in side.layers)

    def over(self, side: str) -> LiveOver | None:
        """What lies over a side now, for other threads too; None where nothing does."""
        layers, incoming = self.of(side), self.incoming
        if not layers or incoming is None or incoming.newest is None:
            return None
        return LiveOver(layers, incoming.newest.face, incoming.share)

    def weights(self, side: str, below: np.ndarray) -> np.ndarray:
        """(52,) of a side with its live layers over what is below."""
        over = self.over(side)
        return below if over is None else over_live(below, over.layers, over.face, over.share)

    def turn(self, side: str, below: np.ndarray | None) -> np.ndarray | None:
        """(3,) the head's rotation of a side with its live layers over what is below."""
        over = self.over(side)
        return below if over is None else turned_live(below, over.layers, over.face, over.share)

    def moves_mouth(self, side: str) -> bool:
        """Whether shapes of the mouth are live, so that visemes must not move it."""
        return any(set(layer.channels) & _MOUTH for layer in self.of(side))

    def moves_eyes(self, side: str) -> bool:
        """Whether lids or gaze are live, so that idle life must not move them."""
        return any(set(layer.channels) & _EYES for layer in self.of(side))
