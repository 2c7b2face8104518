"""Faces to VMC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import StreamingError
from app.core.face_frame import FaceFrame
from app.core.installation import how_to_get
from app.streaming.vmc.expressions import NAMES, OLD_NAMES, VrmExpressions
from app.streaming.vmc.head import bone_rotation
from app.streaming.wires import NameStyle

#: datagrams stay below what one packet of a network carries
MAX_DATAGRAM = 1400
#: where a head sits on its neck, in metres: for receivers that take a bone's place as well as its rotation
_HEAD_PLACE = (0.0, 0.08, 0.0)
#: address and arguments
_Message = tuple[str, tuple[Any, ...]]
_HEADER_BYTES = 16
_SIZE_BYTES = 4


class _Bundle:
    """A datagram made once by python-osc, whose numbers are written anew for every face.

    Args:
        messages: address and arguments of each; their floats are the numbers.

    Attributes:
        count: of the numbers.
    """

    def __init__(self, messages: Sequence[_Message]) -> None:
        from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder

        builder, places, at = OscBundleBuilder(IMMEDIATELY), [], _HEADER_BYTES
        for address, arguments in messages:
            message = _message(address, arguments)
            at += _SIZE_BYTES + len(message.dgram)
            count = sum(isinstance(argument, float) for argument in arguments)
            places += [at - 4 * (count - i) for i in range(count)]  # numbers stand at the end of our messages
            builder.add_content(message)
        self._bytes = np.frombuffer(builder.build().dgram, np.uint8).copy()
        self.count = len(places)
        self._places = (np.array(places, np.intp)[:, None] + np.arange(4)).ravel()

    def filled(self, numbers: np.ndarray) -> bytes:
        """The datagram with these numbers.

        Args:
            numbers: as many as there are floats in the messages.
        """
        self._bytes[self._places] = np.ascontiguousarray(numbers, ">f4").view(np.uint8)
        return self._bytes.tobytes()


class VmcWriter:
    """Faces to bundles: the head's bone, state, time, every shape, and what makes them count, at most 1400 bytes each.

    Args:
        names: ``PascalCase`` or ``camelCase`` for the 52 shapes, ``VRM`` or ``VRM0`` for the expressions of a model without them.
        with_head: the head's rotation is sent where a face has it.

    Raises:
        StreamingError: the package python-osc is missing.
    """

    def __init__(self, names: NameStyle = "PascalCase", with_head: bool = True) -> None:
        self._with_head = with_head
        self._start_s: float | None = None
        self._expressions = VrmExpressions() if names.startswith("VRM") else None
        shown = _names(names)
        state = (("/VMC/Ext/OK", (1,)), ("/VMC/Ext/T", (0.0,)))
        shapes = [("/VMC/Ext/Blend/Val", (name, 0.0)) for name in shown]
        try:
            self._state = _Bundle(state)
            self._bone = _Bundle([("/VMC/Ext/Bone/Pos", ("Head", *([0.0] * 7)))])
            self._face = [_Bundle(part) for part in _parts([*state, *shapes, ("/VMC/Ext/Blend/Apply", ())])]
        except ModuleNotFoundError as error:
            raise StreamingError(f"VMC needs the package python-osc; {how_to_get('python-osc', 'streaming')}.") from error

    def datagrams(self, frame: FaceFrame) -> Sequence[bytes]:
        """The bundles of a face; of one that is held, only state and time.

        Raises:
            StreamingError: values that are not numbers.
        """
        if self._start_s is None or frame.time_s < self._start_s:
            self._start_s = frame.time_s
        time_s = frame.time_s - self._start_s
        if frame.is_held:
            return [self._state.filled(np.array([time_s]))]
        weights = frame.weights if self._expressions is None else self._expressions(frame.weights)
        if not np.isfinite(weights).all() or (frame.angles is not None and not np.isfinite(frame.angles).all()):
            raise StreamingError("A face holds values that are not numbers, so it was not sent; animate the clip again.")
        made = []
        if self._with_head and frame.angles is not None:
            made.append(self._bone.filled(np.array([*_HEAD_PLACE, *bone_rotation(*map(float, frame.angles[:3]))])))
        numbers, at = np.array([time_s, *weights]), 0
        for bundle in self._face:
            made.append(bundle.filled(numbers[at : at + bundle.count]))
            at += bundle.count
        return made


def _names(style: NameStyle) -> tuple[str, ...]:
    match style:
        case "VRM":
            return NAMES
        case "VRM0":
            return OLD_NAMES
        case "camelCase":
            return ARKIT_CHANNELS
    return tuple(name[0].upper() + name[1:] for name in ARKIT_CHANNELS)


def _message(address: str, arguments: tuple[Any, ...]) -> Any:
    from pythonosc.osc_message_builder import OscMessageBuilder

    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument, {float: "f", int: "i", str: "s"}[type(argument)])
    return builder.build()


def _parts(messages: Sequence[_Message]) -> list[list[_Message]]:
    """Messages, in their order, that fit into one datagram each."""
    parts: list[list[_Message]] = [[]]
    size = _HEADER_BYTES
    for address, arguments in messages:
        length = _SIZE_BYTES + len(_message(address, arguments).dgram)
        if size + length > MAX_DATAGRAM:
            parts.append([])
            size = _HEADER_BYTES
        parts[-1].append((address, arguments))
        size += length
    return parts
