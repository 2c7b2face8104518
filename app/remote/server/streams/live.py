"""Streams of ``/v1/stream`` that outlive their connection."""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import soxr

from app.remote.protocol.messages import Ended, Frames, Ready, Sound, Start, WireError
from app.remote.protocol.wire import SAMPLE_BYTES, SoundOrder, decode
from app.remote.server.metrics import Metrics
from app.remote.server.settings import ServerSettings
from app.remote.server.streams.account import StreamAccount
from app.remote.server.streams.kept_frames import KeptFrames
from app.remote.server.telling.tracing import Tracing
from app.remote.server.voices.animators import RATE, STEP, Outcome, VoiceOptions
from app.remote.server.voices.engine import Engine, Seat

#: frames that were sent and not acknowledged are kept this long, in seconds of animation
KEPT_S = 120.0
#: a lost stream that has heard nothing is kept so long
NOTHING_SAID_S = 2.0
#: most frames of one message
_MESSAGE_FRAMES = 256


def _emotion(strengths: dict[str, float]) -> np.ndarray | None:
    """(10,) strengths.

    Raises:
        WireError: ``bad_option`` for an unknown emotion.
    """
    from models.feelings import emotion_vector

    try:
        return emotion_vector(strengths) if strengths else None
    except ValueError as error:
        raise WireError("bad_option", f"The stream was refused: {error}.") from error


def whole_step(sample: int, rate: int) -> tuple[int, int]:
    """Where a stream begins to hear, so that the network's steps and the resampler's phase are those of the whole clip.

    Args:
        sample: the first one that will be sent.
        rate: samples per second.

    Returns:
        The last step of the network that begins with a sample, of those that begin not after this one; samples between the two.
    """
    period = rate // math.gcd(rate, RATE // STEP)
    begin = sample // period * period
    return begin * (RATE // STEP) // rate, sample - begin


class LiveStream:
    """One stream: its voice, the frames that a client may still ask for, and who is connected.

    Args:
        start: what the client asked for.
        engine: animates.
        settings: limits.
        metrics: figures.
        client: address of who asked.
        tracing: follows the voice; None for no traces.

    Raises:
        WireError: ``bad_option`` or ``busy``.
    """

    def __init__(
        self, start: Start, engine: Engine, settings: ServerSettings, metrics: Metrics, *, client: str = "", tracing: Tracing | None = None
    ) -> None:
        offset, odd = divmod(start.first_sample * start.fps, start.rate)
        if odd or start.first_frame < offset:
            raise WireError("bad_option", "first_sample must begin a frame, and first_frame must not lie before it; start again.")
        # where several servers stand behind one address, a token begins with this one's name, so that who resumes finds it
        self.start, self.client = start, client
        self.token = (f"{settings.worker}-" if settings.worker else "") + secrets.token_urlsafe(18)
        self._engine, self._settings, self._metrics = engine, settings, metrics
        self.order = SoundOrder(start)
        step, late = whole_step(start.first_sample, start.rate)
        options = VoiceOptions(start.fps, start.blinks, start.seed, _emotion(start.emotion), step, offset, traced=tracing is not None)
        self._seat: Seat = engine.open(options)
        self._convert = soxr.ResampleStream(start.rate, RATE, 1, "float32", "HQ") if start.rate != RATE else None
        if late:
            self._push(np.zeros(late, np.float32))
        self._kept = KeptFrames(offset)
        self.sent = max(start.first_frame, offset)
        #: there may be something to send; room may have come for more sound
        self.changed, self.moved = asyncio.Event(), asyncio.Event()
        #: sends what there is in the turn in which it was made, or says that somebody else has to
        self.say: Callable[[], bool] | None = None
        self.sound_ended = self.done = self.closed = self.told_end = False
        self.failure: WireError | None = None
        self.connection = 0
        self.carrier: asyncio.Task[None] | None = None
        self._begun_s: float | None = None
        self.lost_since_s: float | None = None
        self.account = StreamAccount(start, engine, client, tracing)
        self._seat.on_round = self.account.on_round if tracing is not None else None
        self._count_sent = metrics.frames.labels("stream").inc
        self._seat.on_outcome = self._came

    def _came(self, outcome: Outcome) -> None:
        """Keep what the voice made, and send it; frames before the first one wanted only warmed it up."""
        if len(outcome.frames):
            if self._begun_s is not None:
                self._metrics.first_frame.observe(time.perf_counter() - self._begun_s)
                self._begun_s = None
            self._kept.append(outcome.frames)
            self._kept.forget(min(self._kept.end - int(KEPT_S * self.start.fps), self.sent))
        if outcome.error:
            self.failure = WireError(outcome.code, outcome.error)
        if outcome.done or outcome.error:
            self._seat.close()
            self.done = True
            self._wake()
        elif self.say is None or not self.say():
            self.changed.set()

    def _wake(self) -> None:
        self.changed.set()
        self.moved.set()

    def acknowledge(self, next_frame: int) -> None:
        """Forget the frames that have arrived."""
        self._kept.forget(min(next_frame, self.sent))

    def ready(self, resumed: bool) -> Ready:
        """The answer to start and resume."""
        animator = self._engine.animator
        return Ready(
            token=self.token, next_sample=self.order.next_sample, resumed=resumed, source=animator.name, label=animator.label,
            mock=animator.is_mock, fps=self.start.fps, look_ahead_ms=round(animator.look_ahead_ms, 3), window_s=self._settings.window_s,
            resume_s=self._settings.resume_s, owns_eyes=animator.owns_eyes and self.start.blinks,
        )  # fmt: skip

    async def attach(self) -> int:
        """A new connection takes over; an older one is stopped first, so that only one of them hears and sends."""
        self.connection += 1
        number = self.connection
        if self.carrier is not None and not self.carrier.done():
            self.carrier.cancel()
            await asyncio.gather(self.carrier, return_exceptions=True)
        self.order.reconnected()
        self.account.back()
        self.lost_since_s = None
        return number

    def detach(self, connection: int) -> None:
        """A connection is gone."""
        if connection == self.connection:
            self.lost_since_s = time.monotonic()

    def rewind(self, next_frame: int) -> None:
        """Send again from a frame on.

        Raises:
            WireError: ``gap`` when it is no longer kept or was never made.
        """
        if not self._kept.first <= next_frame <= max(self._kept.end, self.start.first_frame):
            raise WireError("gap", f"Frame {next_frame} cannot be sent again; start a new stream.")
        self.sent, self.told_end = next_frame, False

    @property
    def nothing_said(self) -> bool:
        """Whether no sound has come yet, so that nothing would be lost with the stream."""
        return self.order.next_sample == self.start.first_sample

    @property
    def ahead_s(self) -> float:
        """Seconds of sound that came in beyond the frames that went out."""
        return self.order.next_sample / self.start.rate - self.sent / self.start.fps

    async def hear(self, sound: Sound) -> None:
        """Take a message of sound; waits while the client is too far ahead of its frames.

        Raises:
            WireError: ``gap``, ``bad_message``, ``too_long``, or ``bad_message`` after the end.
        """
        # before anything is counted: a connection that is replaced while it waits here has taken nothing
        await self._seat.room()
        self._take(sound)

    def hear_at_once(self, data: bytes) -> bool:
        """Take a message of sound in the turn in which it came.

        Args:
            data: as it came.

        Returns:
            Whether it was; if not, nothing has happened, and ``hear`` waits for room or says what is wrong.
        """
        if self.sound_ended or self.done or self.closed or not self.has_room:
            return False
        try:
            sound = decode(data)
            if not isinstance(sound, Sound) or self._too_long(len(sound.data) // SAMPLE_BYTES[self.start.encoding]):
                return False
            self._take(sound)
        except WireError:
            return False
        return True

    @property
    def has_room(self) -> bool:
        """Whether sound is taken without waiting for frames to be made and to be sent."""
        return self._seat.has_room and self.ahead_s <= 2 * self._settings.window_s

    def _too_long(self, more: int = 0) -> bool:
        return (self.order.next_sample + more - self.start.first_sample) / self.start.rate > self._settings.max_clip_s

    def _take(self, sound: Sound) -> None:
        if self.sound_ended:
            raise WireError("bad_message", "Sound came after the end; start a new stream.")
        samples = self.order.accept(sound)
        if self._too_long():
            raise WireError("too_long", f"A stream has at most {self._settings.max_clip_s:g} seconds; start a new one.")
        if self._begun_s is None and self._kept.end == self.start.first_sample * self.start.fps // self.start.rate:
            self._begun_s = time.perf_counter()
        self._push(samples)
        self.account.heard(self.order.next_sample, self._seat.pushed)

    def _push(self, samples: np.ndarray) -> None:
        self._seat.push(self._convert.resample_chunk(samples) if self._convert is not None else samples)

    def finish(self) -> None:
        """No more sound comes."""
        if not self.sound_ended:
            self.sound_ended = True
            self.account.finished()
            if self._convert is not None:
                self._seat.push(self._convert.resample_chunk(np.zeros(0, np.float32), last=True))
            self._seat.finish()

    def frames_to_send(self, sequence: int) -> Frames | None:
        """The frames to send next, None while there are none."""
        part = self._kept.after(self.sent, _MESSAGE_FRAMES)
        return None if part is None else Frames(sequence, self.sent, self.sent / self.start.fps, part)

    def next_message(self, sequence: int) -> Frames | Ended | None:
        """What to send next, None while there is nothing.

        Raises:
            WireError: ``engine`` when the voice failed.
        """
        frames = self.frames_to_send(sequence)
        if frames is not None:
            return frames
        if self.failure is not None:
            raise self.failure
        return Ended(self._kept.end) if self.done else None

    def was_sent(self, frames: Frames, took_s: float) -> None:
        """Frames are on their way.

        Args:
            frames: consecutive ones.
            took_s: how long the client's side kept them from being sent.
        """
        self.sent = frames.first_frame + len(frames.weights)
        self.account.sent(frames, took_s)
        self._count_sent(len(frames.weights))
        self.moved.set()

    def close(self) -> None:
        """Forget everything."""
        self.closed = True
        self._seat.close()
        self._wake()


class LiveStreams:
    """The streams of a server, by token.

    Args:
        settings: limits.
        metrics: figures.
    """

    def __init__(self, settings: ServerSettings, metrics: Metrics) -> None:
        self._settings, self._metrics = settings, metrics
        #: follows the voices; None for no traces
        self.tracing: Tracing | None = None
        self._by_token: dict[str, LiveStream] = {}

    def __len__(self) -> int:
        return len(self._by_token)

    def open(self, start: Start, engine: Engine, client: str = "") -> LiveStream:
        """Begin a stream; see LiveStream. Where all places are taken, a stream that was lost makes way for one that is here."""
        try:
            stream = LiveStream(start, engine, self._settings, self._metrics, client=client, tracing=self.tracing)
        except WireError as error:
            if error.code != "busy" or not self.make_way():
                raise
            stream = LiveStream(start, engine, self._settings, self._metrics, client=client, tracing=self.tracing)
        self._by_token[stream.token] = stream
        return stream

    def make_way(self) -> bool:
        """Drop the oldest lost stream of the client that has lost most; whether there was any."""
        lost = [each for each in self._by_token.values() if each.lost_since_s is not None]
        if not lost:
            return False
        by_client = Counter(each.client for each in lost)
        self.forget(min(lost, key=lambda each: (-by_client[each.client], each.lost_since_s or 0.0)), "lost")
        return True

    def find(self, token: str) -> LiveStream:
        """A stream that was running before.

        Raises:
            WireError: ``unknown_token``.
        """
        stream = self._by_token.get(token)
        if stream is None or stream.closed or (stream.failure is not None and stream.failure.code == "closing"):
            raise WireError("unknown_token", "This stream is not known here; start a new one where the last frame was.")
        self._metrics.resumed.inc()
        return stream

    def forget(self, stream: LiveStream, reason: str) -> None:
        """Drop a stream, for a reason that the log gets to know (see StreamAccount.ended)."""
        stream.account.ended(reason)
        stream.close()
        self._by_token.pop(stream.token, None)

    def sweep(self) -> None:
        """Drop streams that were lost for too long."""
        now_s = time.monotonic()
        for stream in list(self._by_token.values()):
            kept_s = min(NOTHING_SAID_S, self._settings.resume_s) if stream.nothing_said else self._settings.resume_s
            if stream.lost_since_s is not None and now_s - stream.lost_since_s > kept_s:
                self.forget(stream, "lost")

    async def running(self) -> list[LiveStream]:
        """Streams that somebody is connected to and that are not at their end."""
        return [s for s in self._by_token.values() if s.lost_since_s is None and not s.closed]

    def close(self) -> None:
        """Forget all streams."""
        for stream in list(self._by_token.values()):
            self.forget(stream, "stopped")
