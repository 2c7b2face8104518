"""One voice of a load: speaks in real time, and notes when its frames come."""

from __future__ import annotations

import asyncio
import contextlib
import math
from dataclasses import dataclass, field

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from app.remote.client.known_server import known_server
from app.remote.client.opening import new_session
from app.remote.protocol.messages import Ack, Cancel, End, Ended, Failed, Frames, Message, Ready, Sound, Start, WireError
from app.remote.protocol.wire import MAX_MESSAGE, decode, encode

RATE = 16000
#: sound is heard in steps of 20 ms: a frame can wait this much longer than the network's look-ahead says
STEP_EXTRA_S = 0.0075
#: frames are acknowledged so many at a time, where they are
_ACK_FRAMES = 30
#: what a server may take to let a voice in, and to send the last frames after the end of its sound
_OPEN_S, _REST_S = 20.0, 30.0
#: a frame of WebSocket has 2 bytes and more before it, a client's 4 more
_SHORT, _MIDDLE, _MASK = 125, 65_535, 4


@dataclass(frozen=True)
class LoadPlan:
    """What every voice does.

    Attributes:
        url: of the server, ``http`` or ``https``.
        token: of the server, "" for none.
        fingerprint: of the one certificate that is taken, "" for what authorities vouch for.
        voices: at once.
        seconds: that each speaks.
        fps: frames per second to ask for; a block of sound lasts as long as a frame.
        acks: acknowledge the frames that came.
        pcm: (n,) int16 samples at 16 kHz, said over and over; empty for a hum.
    """

    url: str
    voices: int
    seconds: float = 10.0
    fps: int = 30
    token: str = ""
    fingerprint: str = ""
    acks: bool = False
    pcm: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int16))


@dataclass
class VoiceReport:
    """What one voice saw.

    Attributes:
        refusal: the server's code, or "" for a voice that was let in.
        first_s: from its first block to its first frame; nan when none came.
        look_ahead_s: of the network, part of ``first_s``.
        late_s: of every frame, against the moment at which the sound that it needs had been spoken.
        lost: frames that never came.
        doubled: frames that came again.
        sent: bytes of WebSocket to the server, and ``received`` from it.
        broken: why it ended early, "" when it did not.
        own_late_s: how late this side itself was with every block.
    """

    refusal: str = ""
    first_s: float = math.nan
    look_ahead_s: float = 0.0
    late_s: list[float] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    sent: int = 0
    received: int = 0
    broken: str = ""
    own_late_s: list[float] = field(default_factory=list)


def hum(duration_s: float) -> np.ndarray:
    """(n,) int16 samples at 16 kHz of something voice-like."""
    t = np.arange(round(duration_s * RATE)) / RATE
    tone = np.sin(2 * np.pi * 140 * t) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    return (8000 * tone).astype(np.int16)


def wire_bytes(data: str | bytes, masked: bool) -> int:
    """Bytes that a message takes as one frame of WebSocket."""
    size = len(data.encode()) if isinstance(data, str) else len(data)
    longer = 0 if size <= _SHORT else 2 if size <= _MIDDLE else 8
    return 2 + longer + (_MASK if masked else 0) + size


class LoadVoice:
    """Speaks once.

    Args:
        plan: what it does.
        number: among the voices, which begin over one second.
    """

    def __init__(self, plan: LoadPlan, number: int) -> None:
        self._server = known_server(plan.url, plan.token, plan.fingerprint)
        self._plan, self._delay_s = plan, number / plan.voices
        self._block = RATE // plan.fps
        self._total = round(plan.seconds * RATE)
        self._next_frame = 0
        self._begun_s = 0.0
        self.report = VoiceReport()

    async def run(self) -> VoiceReport:
        """Speak to the end; whatever happens stands in the report."""
        report = self.report
        try:
            await asyncio.sleep(self._delay_s)
            async with self._opened() as socket:
                await self._spoken_to(socket)
        except WireError as error:
            if report.late_s:
                report.broken = error.code
            else:
                report.refusal = error.code
        except InvalidStatus as error:
            report.refusal = str(error.response.status_code)
        except ConnectionClosed as error:
            report.broken = f"closed {error.rcvd.code if error.rcvd else 1006}"
        except (OSError, InvalidHandshake, EOFError):
            report.refusal = "unreachable"
        except asyncio.CancelledError:
            report.broken = "stopped"
        self._count_missing()
        return report

    def _opened(self) -> connect:
        server = self._server
        headers = {"x-session-id": new_session()} | ({"Authorization": f"Bearer {server.key}"} if server.key else {})
        return connect(
            f"ws{server.url.removeprefix('http')}/v1/stream", compression=None, max_size=MAX_MESSAGE, proxy=server.proxy, ssl=server.tls,
            ping_interval=None, open_timeout=_OPEN_S, close_timeout=1, additional_headers=headers,
        )  # fmt: skip

    async def _spoken_to(self, socket: ClientConnection) -> None:
        await self._say(socket, Start(RATE, "s16le", self._plan.fps))
        ready = self._heard(await asyncio.wait_for(socket.recv(), _OPEN_S))
        if isinstance(ready, Failed):
            raise WireError(ready.code, ready.message)
        if not isinstance(ready, Ready):
            raise WireError("bad_message", "The server did not answer as this protocol does; check the address.")
        self.report.look_ahead_s = ready.look_ahead_ms / 1000
        self._begun_s = asyncio.get_running_loop().time()
        speaking = asyncio.create_task(self._speak(socket))
        try:
            async with asyncio.timeout(self._plan.seconds + _REST_S):
                await self._listen(socket)
        except TimeoutError:
            self.report.broken = "no end"
        except asyncio.CancelledError:
            with contextlib.suppress(ConnectionClosed):  # so that the server's place is free at once
                await self._say(socket, Cancel())
            raise
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)

    async def _listen(self, socket: ClientConnection) -> None:
        loop = asyncio.get_running_loop()
        acked = 0
        while True:
            message = self._heard(await socket.recv())
            now_s = loop.time() - self._begun_s
            if isinstance(message, Frames):
                self._came(message, now_s)
                if self._plan.acks and self._next_frame - acked >= _ACK_FRAMES:
                    acked = self._next_frame
                    await self._say(socket, Ack(acked))
            elif isinstance(message, Ended):
                self.report.lost += max(message.frame_count - self._next_frame, 0)
                return
            elif isinstance(message, Failed):
                raise WireError(message.code, message.message)

    def _came(self, frames: Frames, now_s: float) -> None:
        report, end = self.report, frames.first_frame + len(frames.weights)
        if math.isnan(report.first_s):
            report.first_s = now_s - self._block / RATE
        report.doubled += max(min(self._next_frame, end) - frames.first_frame, 0)
        report.lost += max(frames.first_frame - self._next_frame, 0)
        report.late_s += [now_s - self._spoken_s(frame) for frame in range(max(frames.first_frame, self._next_frame), end)]
        self._next_frame = max(self._next_frame, end)

    def _spoken_s(self, frame: int) -> float:
        """When the block with the last sample that a frame needs has been spoken."""
        needed = (frame / self._plan.fps + self.report.look_ahead_s + STEP_EXTRA_S) * RATE
        return min(-(-int(needed) // self._block) * self._block, self._total) / RATE

    async def _speak(self, socket: ClientConnection) -> None:
        loop = asyncio.get_running_loop()
        pcm = self._plan.pcm if len(self._plan.pcm) else hum(min(self._plan.seconds, 2.0))
        for sequence, at in enumerate(range(0, self._total, self._block)):
            count = min(self._block, self._total - at)
            data = np.take(pcm, np.arange(at, at + count), mode="wrap").astype("<i2").tobytes()
            due_s = self._begun_s + (at + count) / RATE
            await asyncio.sleep(max(due_s - loop.time(), 0))
            self.report.own_late_s.append(loop.time() - due_s)
            with contextlib.suppress(ConnectionClosed):  # the reader says why
                await self._say(socket, Sound(sequence, at, at / RATE, data))
        with contextlib.suppress(ConnectionClosed):
            await self._say(socket, End())

    def _count_missing(self) -> None:
        """Frames of a voice that broke off: those whose sound had been spoken long enough before."""
        if self.report.broken and self.report.broken != "stopped" and not self.report.refusal:
            self.report.lost += max(round(self._plan.seconds * self._plan.fps) - self._next_frame, 0)

    async def _say(self, socket: ClientConnection, message: Message) -> None:
        data = encode(message)
        await socket.send(data)
        self.report.sent += wire_bytes(data, masked=True)

    def _heard(self, data: str | bytes) -> Message:
        self.report.received += wire_bytes(data, masked=False)
        return decode(data)
