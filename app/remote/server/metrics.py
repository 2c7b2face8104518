"""Figures for Prometheus; every application has its own registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

from app.remote.server.lateness import LatenessTally
from app.remote.server.rounds import RoundReport
from app.remote.server.telling.gpu import GpuFigures

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
#: edges of the classes of lateness, each of them one of the tally's
_LATE_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class _Lateness(Collector):
    """A histogram of what is counted anyway: frame sent minus frame due, early ones as 0."""

    def __init__(self, tally: Callable[[], LatenessTally]) -> None:
        self._tally = tally

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """See Collector."""
        tally = self._tally()
        buckets = [*((str(edge_s), float(tally.below(edge_s))) for edge_s in _LATE_S), ("+Inf", float(tally.count))]
        about = "Frame sent minus frame due: its sound had come, and its time"
        yield HistogramMetricFamily("visemesync_lateness_seconds", about, buckets=buckets, sum_value=tally.sum_s)


class Metrics:
    """What the server counts."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.voices = Gauge("visemesync_voices", "Voices being animated", registry=registry)
        self.capacity = Gauge("visemesync_voices_capacity", "Voices that are offered at present", registry=registry)
        self.engine_up = Gauge("visemesync_engine_up", "1 while the engine runs, 0 while it is started again", registry=registry)
        self.streams = Gauge("visemesync_streams", "Streams known, lost ones included", registry=registry)
        self.connections = Gauge("visemesync_connections", "Open WebSocket connections", registry=registry)
        self.sessions = Gauge("visemesync_sessions", "Sessions of VisemeSync's bridge contract", registry=registry)
        self.frames = Counter("visemesync_frames_sent", "Frames sent", ["route"], registry=registry)
        self.sound = Counter("visemesync_sound_seconds", "Seconds of sound animated", registry=registry)
        self.resumed = Counter("visemesync_streams_resumed", "Streams taken up again", registry=registry)
        self.restarts = Counter("visemesync_engine_restarts", "Engines started again after one died", registry=registry)
        self.refused = Counter("visemesync_refused", "Requests refused", ["reason"], registry=registry)
        self.requests = Counter("visemesync_requests", "HTTP requests answered", ["route", "status"], registry=registry)
        self.batch = Histogram("visemesync_batch_voices", "Voices that shared a call", buckets=_BATCHES, registry=registry)
        self.round = Histogram("visemesync_round_seconds", "Time of a call of the engine", buckets=_SECONDS, registry=registry)
        self.first_frame = Histogram("visemesync_first_frame_seconds", "First sound to first frame", buckets=_SECONDS, registry=registry)

        ProcessCollector(registry=registry)
        registry.register(GpuFigures())

    def watch_lateness(self, tally: Callable[[], LatenessTally]) -> None:
        """Tell how late frames were sent.

        Args:
            tally: of all frames since the start.
        """
        self.registry.register(_Lateness(tally))

    def watch_engine(self, pid: Callable[[], int]) -> None:
        """Tell processor time and memory of an engine that has a process of its own.

        Args:
            pid: number of the process; 0 while there is none, or none of its own.
        """
        ProcessCollector("visemesync_engine", pid, registry=self.registry)

    def round_done(self, report: RoundReport) -> None:
        """Count a round of the engine (any thread)."""
        self.batch.observe(report.voices)
        self.round.observe(report.took_s)
        self.sound.inc(report.sound_s)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
