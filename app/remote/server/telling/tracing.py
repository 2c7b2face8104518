"""Traces of single voices for OpenTelemetry: what happened to a piece of sound from its arrival until its frames left.

``--trace URL`` or OTEL_EXPORTER_OTLP_ENDPOINT turns it on; off, it costs nothing. A voice is a span; once a second one of its messages is
followed and becomes a span below it, with its waiting, its round in the engine and the sending of its frames below that.
"""

from __future__ import annotations

import os
import time
from typing import Any
from urllib.parse import urlsplit

from app import __version__
from app.core.errors import ServiceError
from app.core.hosts import is_loopback
from app.core.installation import how_to_get
from app.remote.server.logs import note
from app.remote.server.rounds import RoundTimes
from app.remote.server.settings import ServerSettings

#: seconds between two messages of a voice that are followed
EVERY_S = 1.0
#: as OpenTelemetry names it
VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
_PATH = "/v1/traces"
#: what the collector may take when the server stops
_LAST_WORD_MS = 2000


def _at_ns(moment_s: float) -> int:
    """A moment of time.perf_counter as OpenTelemetry counts."""
    return time.time_ns() + round((moment_s - time.perf_counter()) * 1e9)


class VoiceTrace:
    """Spans of one voice; every method is called on the event loop.

    Args:
        tracer: of OpenTelemetry.
        about: attributes of the voice.
    """

    def __init__(self, tracer: Any, about: dict[str, str | int | float | bool]) -> None:
        from opentelemetry.trace import set_span_in_context

        self._tracer = tracer
        self._voice = tracer.start_span("voice", attributes=about)
        self._within = set_span_in_context(self._voice)
        self._next_s = 0.0
        #: when the message that is followed came, and how many samples there were then
        self._came_s, self._samples = 0.0, 0
        self._followed = self._open = False
        self._times: RoundTimes | None = None

    def heard(self, samples: int) -> None:
        """Sound came: so many samples at 16 kHz in all."""
        now_s = time.perf_counter()
        if now_s >= self._next_s and not self._followed:
            self._came_s, self._samples, self._followed, self._times = now_s, samples, True, None
            self._next_s = now_s + EVERY_S

    def animated(self, samples: int, times: RoundTimes | None) -> None:
        """A round heard the voice up to so many samples."""
        if self._followed and self._times is None and samples >= self._samples:
            self._times = times

    def sent(self, frames: int) -> None:
        """Frames are on their way; those of the message that is followed are among them."""
        if not self._followed or self._times is None:
            return
        from opentelemetry.trace import set_span_in_context

        now_s, times, self._followed = time.perf_counter(), self._times, False
        chunk = self._span("chunk", self._within, self._came_s, {"visemesync.samples_heard": self._samples, "visemesync.frames": frames})
        within = set_span_in_context(chunk)
        begun_s, ended_s = times.begun_s, times.begun_s + times.took_s
        self._span("queued", within, self._came_s, {}).end(_at_ns(begun_s))
        self._span("engine round", within, begun_s, {"visemesync.voices": times.voices}).end(_at_ns(ended_s))
        self._span("frames sent", within, ended_s, {"visemesync.frames": frames}).end(_at_ns(now_s))
        chunk.end(_at_ns(now_s))

    def _span(self, name: str, within: Any, begun_s: float, about: dict[str, int]) -> Any:
        return self._tracer.start_span(name, context=within, start_time=_at_ns(begun_s), attributes=about)

    def ended(self, facts: dict[str, str | int | float]) -> None:
        """The voice is gone."""
        self._voice.set_attributes({f"visemesync.{name}": value for name, value in facts.items()})
        self._voice.end()


class Tracing:
    """Sends spans to a collector.

    Args:
        endpoint: whole address of the collector, "" for what OpenTelemetry's variables say.
        instance: this server's name among several, "" when it is alone.

    Raises:
        ServiceError: OpenTelemetry is not installed.
    """

    def __init__(self, endpoint: str, instance: str) -> None:
        try:
            import requests
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ModuleNotFoundError as error:
            raise ServiceError(f"Traces need OpenTelemetry; {how_to_get('OpenTelemetry', 'trace')}.") from error
        session = requests.Session()
        # a proxy of the environment does not know this machine's own collector
        session.trust_env = not is_loopback(urlsplit(endpoint or os.environ.get(VARIABLE, "")).hostname or "")
        about = {"service.name": "visemesync-server", "service.version": __version__}
        resource = Resource.create({**about, **({"service.instance.id": instance} if instance else {})})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint or None, session=session, timeout=_LAST_WORD_MS / 1000)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
        self._tracer = self._provider.get_tracer("visemesync", __version__)

    def voice(self, about: dict[str, str | int | float | bool]) -> VoiceTrace:
        """Begin the trace of a voice."""
        return VoiceTrace(self._tracer, {f"visemesync.{name}": value for name, value in about.items()})

    def stop(self) -> None:
        """Send what is left; blocks for a moment."""
        self._provider.force_flush(_LAST_WORD_MS)
        self._provider.shutdown()


def tracing_for(settings: ServerSettings, instance: str) -> Tracing | None:
    """As the settings say, else as the environment says; None when neither does.

    Args:
        settings: of the server.
        instance: see Tracing.

    Raises:
        ServiceError: the settings want traces, and OpenTelemetry is not installed.
    """
    if not settings.trace and not os.environ.get(VARIABLE):
        return None
    endpoint = settings.trace.rstrip("/")
    if endpoint and not urlsplit(endpoint).path:
        endpoint += _PATH
    try:
        return Tracing(endpoint, instance)
    except ServiceError as error:
        if settings.trace:
            raise
        note("no traces", reason=str(error))  # the variable may be meant for other programs
        return None
