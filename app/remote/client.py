"""``remote:URL``: faces from our server, or from VisemeSync's bridge, as a lip-sync source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import numpy as np

from app.core.errors import ServiceError
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.lipsync.source import CancelToken, frame_count
from app.remote.http import ServerReport, bridge_frames, probe, server_url
from app.remote.link import LinkMeter, LinkStatus
from app.remote.retiming import Retimer
from app.remote.stream_client import StreamClient

#: frames are handed on in pieces of about this long; the first one as soon as it is there
CHUNK_S = 0.5
_FIRST_CHUNK_S = 0.1


class RemoteSource:
    """A server as a source.

    Args:
        url: ``http://host:port``, ``https://...`` or ``host:port``; ``/t/TOKEN`` at its end gives the server's token.
        fps: frames per second of the animation.
        on_status: called with every change of the link, on the generating thread.
        playhead_s: where playback is, for counting late frames; None counts wall time from the first frames on.
        give_up_s: how long a lost server is waited for before the face goes to rest.
    """

    def __init__(
        self,
        url: str,
        fps: float = 60.0,
        on_status: Callable[[LinkStatus], None] | None = None,
        playhead_s: Callable[[], float] | None = None,
        give_up_s: float = 8.0,
    ) -> None:
        self.name, self.url, self.fps = f"remote:{url}", server_url(url), fps
        self.is_mock = False
        self._host = urlsplit(self.url).hostname or ""
        self.label = f"Remote ({self._host})"
        self.give_up_s = give_up_s
        self._meter = LinkMeter(on_status, playhead_s)

    @property
    def status(self) -> LinkStatus:
        """The link as it is now."""
        return self._meter.status

    def check(self) -> LinkStatus:
        """Ask the server what it is; call it on a worker thread.

        Raises:
            ServiceError: it cannot be reached, refuses, or is something else.
        """
        with httpx.Client(timeout=5.0) as client:
            self._learn(client)
        return self.status

    def _learn(self, client: httpx.Client) -> ServerReport:
        try:
            report = probe(client, self.url)
        except ServiceError as error:
            self._meter.set(state="lost", healthy=False, message=str(error))
            raise
        self.is_mock = report.mock
        self.label = f"MOCK from {self._host}" if report.mock else f"{report.source} ({self._host})"
        self._meter.set(server=report.kind, healthy=True, source=report.source, mock=report.mock, model=report.model)
        self._meter.round_trip(report.round_trip_ms)
        return report

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; phones are not needed.

        Raises:
            ServiceError: the server cannot be reached or refuses. When it is lost on the way and does not come back, the
                face has eased to rest and rests to the end of the clip before this is raised.
        """
        total = frame_count(speech, self.fps)
        if not total or cancel.is_set():
            return
        self._meter.begin()
        with httpx.Client(timeout=5.0) as client:
            report = self._learn(client)
            made = self._from_stream(speech, total, cancel) if report.kind == "ours" else self._from_bridge(client, speech, total)
            yield from self._chunks(made, cancel)

    def _chunks(self, made: Iterator[np.ndarray], cancel: CancelToken) -> Iterator[Animation]:
        """Frames as animations of a useful length."""
        waiting: list[np.ndarray] = []
        first = 0

        def chunk() -> Animation:
            nonlocal first
            weights = np.concatenate(waiting)
            waiting.clear()
            track = BlendshapeTrack(np.clip(weights, 0, 1), self.fps, first / self.fps)
            first += len(weights)
            return Animation(track, label=self.label, is_mock=self.is_mock)

        failure: ServiceError | None = None
        try:
            for rows in made:
                if cancel.is_set():
                    return
                waiting.append(rows)
                if sum(map(len, waiting)) >= self.fps * (CHUNK_S if first else _FIRST_CHUNK_S):
                    yield chunk()
                    if cancel.is_set():
                        return
        except ServiceError as error:
            failure = error
        if sum(map(len, waiting)) and not cancel.is_set():
            yield chunk()
        if failure is not None:
            raise failure
        self._meter.set(state="done")

    def _from_stream(self, speech: Speech, total: int, cancel: CancelToken) -> Iterator[np.ndarray]:
        """Frames of our server; after a loss that lasts, rest to the end of the clip and the error."""
        asked = round(self.fps) if self.fps == round(self.fps) and 10 <= self.fps <= 120 else 60
        retimer = Retimer(self.fps, total)
        stream = StreamClient(self.url, speech.audio, asked, self._meter, self.give_up_s)
        try:
            came = 0
            for rows in stream.frames(cancel):
                yield retimer.push(rows, np.arange(came, came + len(rows)) / asked)
                came += len(rows)
        except ServiceError as error:
            lost = retimer.missing
            self._meter.set(state="lost", healthy=False, dropped=lost, message=str(error))
            yield retimer.finish()
            raise
        if not cancel.is_set():
            yield retimer.finish()

    def _from_bridge(self, client: httpx.Client, speech: Speech, total: int) -> Iterator[np.ndarray]:
        """Frames of VisemeSync's bridge; what its mock makes too much is cut, what it lacks is rest."""
        self._meter.set(state="streaming")
        times_s, rows = bridge_frames(client, self.url, speech.audio)
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
