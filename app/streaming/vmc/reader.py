"""VMC to faces."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, canonical_name
from app.core.face_frame import FaceFrame
from app.core.head import ANGLES
from app.streaming.vmc.expressions import expression_name, weights_of
from app.streaming.vmc.head import head_angles, joined
from app.streaming.vmc.osc import OscMessage, messages

#: names of one sender that are looked up once; a sender that makes up more is not believed
_MAX_NAMES = 512
_LARGEST = 100.0
_NO_TURN = (0.0, 0.0, 0.0, 1.0)


class VmcReader:
    """Datagrams of one performer to faces: values are kept until they change, and a face is what stands when they shall count.

    Names are those of the 52 shapes in any spelling; of a sender that knows none of them, the expressions of VRM are taken.
    """

    def __init__(self) -> None:
        self._weights = np.zeros(len(ARKIT_CHANNELS), np.float32)
        self._expressions: dict[str, float] = {}
        self._bones: dict[str, tuple[float, ...]] = {}
        self._meant: dict[str, str | None] = {}
        self._has_shapes, self._time_s, self._count = False, 0.0, 0

    def faces(self, datagram: bytes) -> Iterator[FaceFrame]:
        """The faces that a datagram completes.

        Raises:
            StreamingError: bytes that are no OSC; the reader can go on.
        """
        for message in messages(datagram):
            match message.address:
                case "/VMC/Ext/Blend/Val":
                    self._take_value(message)
                case "/VMC/Ext/Bone/Pos":
                    self._take_bone(message)
                case "/VMC/Ext/T":
                    self._take_time(message)
                case "/VMC/Ext/Blend/Apply":
                    yield self._face()

    def _take_value(self, message: OscMessage) -> None:
        match message.arguments:
            case (str(name), float() | int() as value) if math.isfinite(value) and abs(value) <= _LARGEST:
                meant = self._channel(name)
                if meant is not None:
                    self._weights[ARKIT_INDEX[meant]] = value
                    self._has_shapes = True
                elif (expression := expression_name(name)) is not None:
                    self._expressions[expression] = float(value)

    def _channel(self, name: str) -> str | None:
        if name not in self._meant and len(self._meant) < _MAX_NAMES:
            found = canonical_name(name[:80])
            self._meant[name] = found if found in ARKIT_INDEX else None
        return self._meant.get(name)

    def _take_bone(self, message: OscMessage) -> None:
        match message.arguments:
            case (str("Head" | "Neck" as name), _, _, _, *turn) if len(turn) == 4:
                numbers = tuple(float(part) for part in turn if isinstance(part, float | int) and math.isfinite(part))
                if len(numbers) == 4:
                    self._bones[name] = numbers

    def _take_time(self, message: OscMessage) -> None:
        match message.arguments:
            case (float() | int() as seconds, *_) if math.isfinite(seconds):
                self._time_s = float(seconds)

    def _face(self) -> FaceFrame:
        self._count += 1
        weights = self._weights.copy() if self._has_shapes or not self._expressions else weights_of(self._expressions)
        angles = None
        if self._bones:
            angles = np.zeros(len(ANGLES), np.float32)
            angles[:3] = head_angles(joined(self._bones.get("Neck", _NO_TURN), self._bones.get("Head", _NO_TURN)))
        return FaceFrame(weights, angles, self._time_s, self._count, fps=0.0)
