"""The streaming protocol ``/v1/stream`` without any socket: messages, their bytes, and what may follow what (docs/server.md).

JSON text controls; sound and frames travel as binary messages with a header of 24 bytes, little endian:
``"VS"``, kind (1 sound, 2 frames), version, sequence (u32), position (u64), time in seconds (f64).
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any, Literal

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.remote.protocol.messages import (
    VERSION,
    Ack,
    Cancel,
    Cancelled,
    Closing,
    Encoding,
    End,
    Ended,
    Failed,
    Frames,
    Message,
    Ping,
    Pong,
    Ready,
    Resume,
    Sound,
    Start,
    WireError,
)  # fmt: skip

#: bytes of the longest message in either direction
MAX_MESSAGE = 1 << 20
MAX_TEXT = MAX_MESSAGE
HEADER = struct.Struct("<2sBBIQd")
_MAGIC, _SOUND, _FRAMES = b"VS", 1, 2
_WIDTH = len(ARKIT_CHANNELS)
_ROW_BYTES = 4 * _WIDTH
#: of 16-bit samples, what makes floats in [-1, 1) of them
_FULL = np.float32(1 / 32768)
SAMPLE_BYTES: dict[str, int] = {"s16le": 2, "f32le": 4}
#: halves of characters: JSON can write them, nothing can show them
_HALVES = re.compile("[\ud800-\udfff]")
MAX_U32, MAX_U53 = (1 << 32) - 1, (1 << 53) - 1


def _bad(text: str) -> WireError:
    return WireError("bad_message", text)


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return check


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_U53:
        raise ValueError("a number of at least 0")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 2000 or _HALVES.search(value):
        raise ValueError("a text of at most 2000 characters")
    return value


def _one_of(*choices: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in choices or not isinstance(value, str):
            raise ValueError(" or ".join(choices))
        return value

    return check


def _strengths(value: Any) -> dict[str, float]:
    wrong = ValueError("names with strengths from 0 to 1")
    if not isinstance(value, dict) or len(value) > 64:
        raise wrong
    try:
        if any(_number(strength) > 1 for strength in value.values()):
            raise wrong
    except ValueError:
        raise wrong from None
    return {_text(name): float(strength) for name, strength in value.items()}


def _names(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > 500:
        raise ValueError("a list of names")
    return [_text(name) for name in value]


def _rows(value: Any) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):
            array = np.asarray(value, np.float32)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"rows of {_WIDTH} numbers") from error
    if array.ndim != 2 or array.shape[1] != _WIDTH or not len(array) or not np.isfinite(array).all():
        raise ValueError(f"rows of {_WIDTH} numbers")
    return np.clip(array, 0, 1, out=array)


_POSITION, _COUNTER = _whole(0, MAX_U53), _whole(0, MAX_U32)
_CHECKS: dict[str, Callable[[Any], Any]] = {
    "rate": _whole(8000, 192_000), "encoding": _one_of("s16le", "f32le"), "fps": _whole(10, 120), "keep": _flag,
    "frames": _one_of("binary", "json"),
    "blinks": _flag, "seed": _COUNTER, "emotion": _strengths, "first_sample": _POSITION, "first_frame": _POSITION, "token": _text,
    "next_frame": _POSITION, "id": _COUNTER, "next_sample": _POSITION, "resumed": _flag, "source": _text, "label": _text, "mock": _flag,
    "look_ahead_ms": _number, "window_s": _number, "resume_s": _number, "owns_eyes": _flag, "version": _whole(1, 1000),
    "channels": _names, "sequence": _COUNTER, "time_s": _number, "weights": _rows, "frame_count": _POSITION, "code": _text,
    "message": _text, "retry_after_s": _number,
}  # fmt: skip
_CONTROLS: dict[str, type] = {
    kind.type: kind for kind in (Start, Resume, Ack, End, Cancel, Ping, Ready, Frames, Ended, Cancelled, Failed, Closing, Pong)
}


def encode(message: Message, frames_as: Literal["binary", "json"] = "binary") -> str | bytes:
    """The bytes or the text of a message.

    Args:
        message: any.
        frames_as: how Frames travel.
    """
    if isinstance(message, Sound):
        return HEADER.pack(_MAGIC, _SOUND, VERSION, message.sequence, message.first_sample, message.time_s) + message.data
    if isinstance(message, Frames):
        if frames_as == "binary":
            head = HEADER.pack(_MAGIC, _FRAMES, VERSION, message.sequence, message.first_frame, message.time_s)
            return head + np.ascontiguousarray(message.weights, "<f4").tobytes()
        rows = np.round(message.weights.astype(float), 5).tolist()
        where = {"sequence": message.sequence, "first_frame": message.first_frame, "time_s": message.time_s}
        return json.dumps({"type": message.type, **where, "weights": rows}, separators=(",", ":"))
    words = asdict(message)
    if isinstance(message, Failed) and not message.retry_after_s:
        del words["retry_after_s"]
    return json.dumps({"type": message.type, **words}, separators=(",", ":"))


def decode(data: str | bytes) -> Message:
    """Read a message.

    Args:
        data: what arrived: text or bytes.

    Raises:
        WireError: ``bad_message`` when it is none of ours; no other error for any input.
    """
    return _decode_text(data) if isinstance(data, str) else _decode_binary(bytes(data))


def _decode_binary(data: bytes) -> Sound | Frames:
    if not HEADER.size < len(data) <= MAX_MESSAGE:
        raise _bad(f"A binary message has {HEADER.size + 1} to {MAX_MESSAGE} bytes, not {len(data)}; send shorter blocks.")
    magic, kind, version, sequence, position, time_s = HEADER.unpack_from(data)
    if magic != _MAGIC or version != VERSION or kind not in (_SOUND, _FRAMES):
        raise _bad("A binary message does not begin with the header of this protocol; see docs/server.md.")
    if not (math.isfinite(time_s) and 0 <= time_s <= MAX_U53 and position <= MAX_U53):
        raise _bad("A binary message has an impossible position or time; count samples and seconds from 0.")
    body = data[HEADER.size :]
    if kind == _SOUND:
        return Sound(sequence, position, time_s, body)
    if len(body) % _ROW_BYTES:
        raise _bad(f"Frames have {_ROW_BYTES} bytes each; the message holds a broken one.")
    weights = np.frombuffer(body, "<f4").reshape(-1, _WIDTH).astype(np.float32)
    if not np.isfinite(weights).all():
        raise _bad("The frames hold values that are not numbers.")
    return Frames(sequence, position, time_s, np.clip(weights, 0, 1, out=weights))


def _not_a_number(name: str) -> float:
    raise ValueError(name)


def _decode_text(text: str) -> Message:
    if len(text) > MAX_TEXT:
        raise _bad(f"A control message has at most {MAX_TEXT} characters; send sound as binary messages.")
    try:
        fields_in = json.loads(text, parse_constant=_not_a_number)
    except (ValueError, RecursionError) as error:
        raise _bad("A control message is not valid JSON; see docs/server.md.") from error
    word = fields_in.get("type") if isinstance(fields_in, dict) else None
    kind = _CONTROLS.get(word) if isinstance(word, str) else None
    if kind is None:
        raise _bad(f'A control message needs a "type" of {", ".join(_CONTROLS)}.')
    values: dict[str, Any] = {}
    for each in fields(kind):
        if each.name in fields_in:
            try:
                values[each.name] = _CHECKS[each.name](fields_in[each.name])
            except ValueError as error:
                raise _bad(f"The field {each.name!r} of a {word!r} message must be {error}.") from error
    try:
        message: Message = kind(**values)
        return message
    except TypeError as error:
        raise _bad(f"A {word!r} message lacks a field; see docs/server.md.") from error


class SoundOrder:
    """The receiving end of sound: every sample once, in order, whatever is sent twice.

    Args:
        start: what the client asked for.
    """

    def __init__(self, start: Start) -> None:
        self._encoding: Encoding = start.encoding
        self.next_sample = start.first_sample
        self._sequence = 0

    def reconnected(self) -> None:
        """A new connection counts its messages from 0 again."""
        self._sequence = 0

    def accept(self, sound: Sound) -> np.ndarray:
        """The samples of a message that are new.

        Returns:
            (k,) float32 in [-1, 1]; k is 0 when all of it was known. What is not a number becomes 0.

        Raises:
            WireError: ``gap`` when samples or messages are missing, ``bad_message`` for a broken sample.
        """
        size = SAMPLE_BYTES[self._encoding]
        if len(sound.data) % size:
            raise _bad(f"A sound message must hold whole samples of {size} bytes ({self._encoding}).")
        if sound.sequence != self._sequence or sound.first_sample > self.next_sample:
            raise WireError("gap", f"Sound is missing: sample {self.next_sample} was expected, {sound.first_sample} came; start again.")
        self._sequence += 1
        raw = np.frombuffer(sound.data, "<i2" if size == 2 else "<f4")
        samples = np.multiply(raw, _FULL, dtype=np.float32) if size == 2 else np.clip(np.nan_to_num(raw.astype(np.float32)), -1, 1)
        new = samples[max(self.next_sample - sound.first_sample, 0) :]
        self.next_sample += len(new)
        return new


class FrameOrder:
    """The receiving end of frames: every frame once, in order.

    Args:
        next_frame: the first frame wanted.
    """

    def __init__(self, next_frame: int = 0) -> None:
        self.next_frame = next_frame
        self.sequence = 0

    def reconnected(self) -> None:
        """A new connection counts its messages from 0 again."""
        self.sequence = 0

    def accept(self, frames: Frames) -> np.ndarray:
        """The (k, 52) frames of a message that are new; k is 0 when all were known.

        Raises:
            WireError: ``gap`` when frames or messages are missing.
        """
        if frames.sequence != self.sequence or frames.first_frame > self.next_frame:
            raise WireError("gap", f"Frames are missing: {self.next_frame} was expected, {frames.first_frame} came; reconnect.")
        self.sequence += 1
        new = frames.weights[max(self.next_frame - frames.first_frame, 0) :]
        self.next_frame += len(new)
        return new
