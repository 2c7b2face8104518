"""``remote:URL``: faces from our server, or from VisemeSync's bridge, as a lip-sync source."""

from __future__ import annotations

import math
import time
import weakref
from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import urlsplit

import numpy as np

from app.core.arriving import ArrivingSpeech
from app.core.errors import ServiceError
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.lipsync.source import CancelToken, frame_count
from app.remote.client.http import ServerReport, bridge_frames
from app.remote.client.known_server import KeptSocket, KnownServer, known_server
from app.remote.client.live_client import RemoteLive
from app.remote.client.outgoing import Outgoing
from app.remote.client.stream_client import StreamClient
from app.remote.link.addresses import KINDS, server_name, server_url, split_token
from app.remote.link.fitting import Fitter
from app.remote.link.keys import KEYS
from app.remote.link.meter import LinkMeter, LinkStatus
from app.remote.link.retiming import Retimer
from app.remote.link.trust import TRUSTED, split_fingerprint
from app.remote.link.waiting import BUSY_GIVE_UP_S, Busy, Unreachable, busy_wait_s, wait_out, waits
from app.remote.protocol.messages import Ready

_T = TypeVar("_T")
#: frames are handed on in pieces of about this long; the first one as soon as it is there
CHUNK_S = 0.5
_FIRST_CHUNK_S = 0.1
#: how often a cancelled work is noticed while no sound comes
_POLL_S = 0.05


class RemoteSource:
    """A server as a source.

    Args:
        url: ``http://host:port``, ``https://...`` or ``host:port``; ``/t/TOKEN`` behind it gives the server's token, and
            ``#sha256=FINGERPRINT`` at the very end the one certificate that is taken.
        fps: frames per second of the animation.
        on_status: called with every change of the link, on the generating thread.
        playhead_s: where playback is, for counting late frames; None counts wall time from the first frames on.
        give_up_s: how long a lost server is waited for before the face goes to rest.

    Attributes:
        kind: of server.
        patient: wait for a server that is lost, or not there yet, until the work is cancelled.
    """

    kind = KINDS["remote"]

    def __init__(
        self,
        url: str,
        fps: float = 60.0,
        on_status: Callable[[LinkStatus], None] | None = None,
        playhead_s: Callable[[], float] | None = None,
        give_up_s: float = 8.0,
    ) -> None:
        plain, self._fingerprint = split_fingerprint(url)
        address, self._token = split_token(plain)
        self.url, self.fps = server_url(address), fps
        self.name = f"remote:{address}"
        self.is_mock = self.patient = self._owns_eyes = False
        self._host = urlsplit(self.url).hostname or ""
        self.label = f"Remote ({self._host})"
        self.give_up_s = give_up_s
        self._meter = LinkMeter(on_status, playhead_s)
        self._server: KnownServer | None = None
        self._kept = KeptSocket()
        weakref.finalize(self, self._kept.drop)

    @property
    def status(self) -> LinkStatus:
        """The link as it is now."""
        return self._meter.status

    def watch(self, on_status: Callable[[LinkStatus], None] | None, playhead_s: Callable[[], float] | None, patient: bool) -> None:
        """Tell somebody about the link from now on.

        Args:
            on_status: as when made.
            playhead_s: as when made.
            patient: see the attribute.
        """
        self._meter.watch(on_status, playhead_s)
        self.patient = patient

    def check(self) -> LinkStatus:
        """Ask the server what it is; call it on a worker thread.

        Raises:
            ServiceError: it cannot be reached, refuses, or is something else.
        """
        self._learn(self._known().ask)
        return self.status

    def close(self) -> None:
        """Close what is kept open between two sentences; the source can be used again."""
        self._kept.drop()
        self._server = None

    def live(self, meter: LinkMeter, on_ready: Callable[[Ready], None]) -> RemoteLive:
        """Listen to a microphone through this server.

        Args:
            meter: is told about the link.
            on_ready: called with what the server says of itself, at every beginning.
        """
        return RemoteLive(self._known(), round(self.fps), meter, on_ready)

    def _key(self) -> str:
        return self._token or KEYS.find(f"remote:{self.url}")

    def _known(self) -> KnownServer:
        """The server, and what is kept of it while this source is there."""
        fingerprint = self._fingerprint or TRUSTED.find(server_name(f"remote:{self.url}"))
        self._server = known_server(self.url, self._key(), fingerprint)
        return self._server

    def _learn(self, ask: Callable[[], ServerReport]) -> ServerReport:
        try:
            report = ask()
        except ServiceError as error:
            self._meter.set(state="lost", healthy=False, message=str(error))
            raise
        self._call(report.source, report.mock)
        self._meter.set(server=report.kind, healthy=True, source=report.source, mock=report.mock, model=report.model, message="")
        self._meter.round_trip(report.round_trip_ms)
        return report

    def _call(self, source: str, mock: bool) -> None:
        """Name what animates; a mock is called so."""
        self.is_mock = mock
        self.label = f"MOCK from {self._host}" if mock else f"{source} ({self._host})"

    def _persist(self, work: Callable[[], _T], cancel: CancelToken) -> _T | None:
        """Do something that needs the server, and have None when cancelled.

        A server that is full is tried again when it says so, half a minute long; a patient source tries again until the server is there,
        or has a place.
        """
        begun_s = time.monotonic()
        for delay_s in waits():
            try:
                return work()
            except Unreachable as error:
                if not self.patient:
                    raise
                self._tell_waiting(error, "it is tried again until it answers.", healthy=False)
                wait_out(delay_s, cancel)
            except Busy as error:
                if not self.patient and time.monotonic() - begun_s + error.retry_after_s > BUSY_GIVE_UP_S:
                    raise
                self._tell_waiting(error, "it is tried again until a place is free.", healthy=True)
                wait_out(busy_wait_s(error.retry_after_s), cancel)
            if cancel.is_set():
                return None
        return None

    def _tell_waiting(self, error: ServiceError, hope: str, healthy: bool) -> None:
        self._meter.set(state="reconnecting", healthy=healthy, message=f"{str(error).partition(';')[0]}; {hope}")

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; phones are not needed.

        Raises:
            ServiceError: the server cannot be reached or refuses. When it is lost on the way and does not come back, the
                face has eased to rest and rests to the end of the clip before this is raised.
        """
        total = frame_count(speech, self.fps)
        if total and not cancel.is_set():
            yield from self._made(Outgoing(speech.audio), lambda: speech, cancel)

    def follow(self, arriving: ArrivingSpeech, cancel: CancelToken) -> Iterator[Animation]:
        """See Follows; sound goes out as it comes. VisemeSync's bridge takes whole sounds only, and gets it when all is there.

        Raises:
            ServiceError: as ``generate``.
        """
        sound = Outgoing(arriving)
        while not len(sound.pcm) and not sound.complete and not cancel.is_set():
            sound.refresh(_POLL_S)
        if sound.frames(self.fps) and not cancel.is_set():
            yield from self._made(sound, arriving.so_far, cancel, _FIRST_CHUNK_S)

    def _made(self, sound: Outgoing, whole: Callable[[], Speech], cancel: CancelToken, chunk_s: float = CHUNK_S) -> Iterator[Animation]:
        """The motion of a sound, in pieces of about ``chunk_s``; ``whole`` gives all of the speech, once it is there."""
        self._meter.begin()
        server = self._known()
        report = self._persist(lambda: self._learn(server.report), cancel)
        if report is None:
            return
        if report.kind != "ours":
            sound.wait(cancel)
            if cancel.is_set():
                return
        made = self._from_stream(server, sound, cancel) if report.kind == "ours" else self._from_bridge(server, whole(), cancel)
        try:
            yield from self._chunks(made, chunk_s, cancel)
        except ServiceError:
            server.forget()
            raise

    def _chunks(self, made: Iterator[np.ndarray], chunk_s: float, cancel: CancelToken) -> Iterator[Animation]:
        """Frames as animations of a useful length."""
        waiting: list[np.ndarray] = []
        first = 0

        def chunk() -> Animation:
            nonlocal first
            weights = np.concatenate(waiting)
            waiting.clear()
            track = BlendshapeTrack(weights, self.fps, first / self.fps)
            first += len(weights)
            return Animation(track, label=self.label, is_mock=self.is_mock, owns_eyes=self._owns_eyes)

        failure: ServiceError | None = None
        try:
            for rows in made:
                if cancel.is_set():
                    return
                waiting.append(rows)
                if sum(map(len, waiting)) >= self.fps * (chunk_s if first else _FIRST_CHUNK_S):
                    yield chunk()
                    if cancel.is_set():
                        return
        except ServiceError as error:
            failure = error
        if sum(map(len, waiting)) and not cancel.is_set():
            yield chunk()
        if failure is not None:
            raise failure
        self._meter.set(state="idle" if cancel.is_set() else "done")

    def _from_stream(self, server: KnownServer, sound: Outgoing, cancel: CancelToken) -> Iterator[np.ndarray]:
        """Frames of our server; after a loss that lasts, rest to the end of the clip and the error."""
        fits = self.fps == round(self.fps) and 10 <= self.fps <= 120
        asked = round(self.fps) if fits else 60
        retimer = Fitter(self.fps, sound.frames(self.fps)) if fits else Retimer(self.fps, sound.frames(self.fps))
        give_up_s = math.inf if self.patient else self.give_up_s
        stream = StreamClient(server, sound, asked, self._meter, give_up_s, kept=self._kept)
        try:
            came = 0
            for rows in stream.frames(cancel):
                if stream.ready is not None:  # newer than the report
                    self._owns_eyes = stream.ready.owns_eyes
                    self._call(stream.ready.label, stream.ready.mock)
                retimer.total = sound.frames(self.fps)
                yield retimer.push(rows, np.arange(came, came + len(rows)) / asked)
                came += len(rows)
        except ServiceError as error:
            sound.wait(cancel)
            retimer.total = sound.frames(self.fps)
            if cancel.is_set():
                return
            lost = retimer.missing
            self._meter.set(state="lost", healthy=False, dropped=lost, message=str(error))
            yield retimer.finish()
            raise
        if not cancel.is_set():
            retimer.total = sound.frames(self.fps)
            yield retimer.finish()

    def _from_bridge(self, server: KnownServer, speech: Speech, cancel: CancelToken) -> Iterator[np.ndarray]:
        """Frames of VisemeSync's bridge; what its mock makes too much is cut, what it lacks is rest."""
        self._meter.set(state="streaming")
        self._owns_eyes, total = False, frame_count(speech, self.fps)
        answer = self._persist(lambda: bridge_frames(server.client, self.url, speech.audio), cancel)
        if answer is None:
            return
        times_s, rows = answer
        self._meter.set(state="streaming", healthy=True, message="")
        if not len(rows):
            raise ServiceError("The bridge server sent no frames for this sound; try another clip or another source.")
        given_fps = (len(times_s) - 1) / (times_s[-1] - times_s[0]) if len(times_s) > 1 else 30.0
        end_s = times_s[-1] + 1 / given_fps
        self._meter.frames_came(0, len(rows), given_fps)
        if abs(end_s - speech.audio.duration_s) > 2 / given_fps + 0.05:
            words = f"The bridge animated {end_s:.1f} s of a clip of {speech.audio.duration_s:.1f} s; the rest of it is cut or at rest."
            self._meter.set(message=words)
        covered = min(total, int(end_s * self.fps + 1e-6))
        retimer = Retimer(self.fps, total)
        self._meter.set(dropped=total - covered if total - covered > 2 else 0)
        yield retimer.push(rows, times_s)
        yield retimer.finish()
