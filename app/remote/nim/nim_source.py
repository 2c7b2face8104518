"""``nim:HOST:PORT``: NVIDIA's Audio2Face-3D microservice over gRPC as a source (specs: bidirectional ProcessAudioStream)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import grpc  # type: ignore[import-untyped]
import numpy as np

from app.audio.clips import resample
from app.core.arkit import ARKIT_INDEX, canonical_name
from app.core.errors import ServiceError, SourceError
from app.core.hosts import is_loopback
from app.core.speech import AudioClip, Speech
from app.core.track import Animation, BlendshapeTrack
from app.lipsync.source import CancelToken, frame_count
from app.remote.link.addresses import KINDS
from app.remote.link.keys import KEYS
from app.remote.link.meter import LinkMeter, LinkStatus
from app.remote.link.retiming import Retimer
from app.remote.link.waiting import Unreachable, wait_out, waits
from app.remote.nim.nim_messages import messages
from app.remote.protocol.plain import words

METHOD = "/nvidia_ace.services.a2f_controller.v1.A2FControllerService/ProcessAudioStream"
#: limits of the service
MAX_CLIP_S, LOWEST_RATE, HIGHEST_RATE = 300.0, 16_000, 144_000
_FIRST_S, _BLOCK_S = 0.5, 1.0
_CHUNK_S = 0.5
_ERROR = 3
#: frames closer than this to the one before them are the same frame
_LEAST_STEP_S = 1e-4
#: the service ends a silent connection after 30 s; a clip may take as long as it lasts
_IDLE_S = 30.0


#: errors of a connection that is gone, or of nobody there
_PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
_NO_KEY = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
_CHECK_S = 5.0
#: sound that a new connection hears before the first frame that is wanted
CONTEXT_S = 4


@dataclass
class _Came:
    """How far the frames are, over all connections."""

    until_s: float = -1.0
    losses: int = 0
    known_losses: int = 0


@dataclass(frozen=True)
class NimOptions:
    """What the service is asked for.

    Attributes:
        face: face parameters by the service's names (``lowerFaceSmoothing``, ``blinkStrength``, ...).
        multipliers: ARKit channel -> factor of its weight.
        offsets: ARKit channel -> what is added to its weight.
        clamp: let the service limit weights to [0, 1].
        emotion: emotion -> strength from the beginning on.
        emotion_processing: ``emotion_strength``, ``emotion_contrast``, ``live_blend_coef``, ``max_emotions``, ...
        api_key: for hosted services; "" takes the one in app.remote.link.keys.
        function_id: of a hosted service.
        tls: encrypt; None does so on port 443.
        root_certificate, client_key, client_certificate: PEM bytes, for private authorities and mutual TLS.
    """

    face: Mapping[str, float] = field(default_factory=dict)
    multipliers: Mapping[str, float] = field(default_factory=dict)
    offsets: Mapping[str, float] = field(default_factory=dict)
    clamp: bool = True
    emotion: Mapping[str, float] = field(default_factory=dict)
    emotion_processing: Mapping[str, float] = field(default_factory=dict)
    api_key: str = ""
    function_id: str = ""
    tls: bool | None = None
    root_certificate: bytes | None = None
    client_key: bytes | None = None
    client_certificate: bytes | None = None


class NimSource:
    """An Audio2Face-3D microservice as a source.

    Args:
        address: ``HOST:PORT``.
        fps: frames per second of the animation; the service's own rate is converted.
        options: what it is asked for; may be replaced between two runs.

    Raises:
        SourceError: no address.
    """

    is_mock = False
    kind = KINDS["nim"]

    def __init__(self, address: str, fps: float = 60.0, options: NimOptions | None = None) -> None:
        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal() or len(port) > 5 or not 0 < int(port) < 65536:
            raise SourceError(f"{address!r} is not the address of a microservice; write nim:HOST:PORT, usually with port 52000.")
        self.name, self.label, self.fps = f"nim:{address}", f"NVIDIA NIM ({host})", fps
        self._address, self._port = address, int(port)
        self.options = options or NimOptions()
        self.patient = False
        self._meter = LinkMeter()

    @property
    def status(self) -> LinkStatus:
        """The link as it is now."""
        return self._meter.status

    def watch(self, on_status: Callable[[LinkStatus], None] | None, playhead_s: Callable[[], float] | None, patient: bool) -> None:
        """Tell somebody about the link from now on.

        Args:
            on_status: called with every change of the link, on the generating thread.
            playhead_s: where playback is, for counting late frames.
            patient: wait for a service that is lost, or not there yet, until the work is cancelled.
        """
        self._meter.watch(on_status, playhead_s)
        self.patient = patient

    def check(self) -> LinkStatus:
        """See whether the service answers: an empty stream, which it may refuse but must know; call it on a worker thread.

        Raises:
            ServiceError: it does not, or refuses the key, or is another service.
        """
        begun_s = time.perf_counter()
        try:
            with self._channel() as channel:
                for _ in self._call(channel, iter(()), timeout_s=_CHECK_S):
                    break
        except grpc.RpcError as error:
            code = error.code() if hasattr(error, "code") else None
            if code in (*_PASSING, *_NO_KEY, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNIMPLEMENTED):
                refused = self._refused(error)
                self._meter.set(state="lost", healthy=False, message=str(refused))
                raise refused from error
        self._meter.set(server="nim", healthy=True, source="NVIDIA NIM", message="")
        self._meter.round_trip(1000 * (time.perf_counter() - begun_s))
        return self.status

    def close(self) -> None:
        """Every run has a connection of its own, so none is open now."""

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; phones are not needed.

        Raises:
            ServiceError: the service cannot be reached, refuses or breaks off.
        """
        total = frame_count(speech, self.fps)
        if not total or cancel.is_set():
            return
        if speech.audio.duration_s > MAX_CLIP_S:
            raise SourceError(f"The microservice takes at most {MAX_CLIP_S:g} seconds; cut the clip into shorter ones.")
        self._meter.begin()
        self._meter.set(server="nim", source="NVIDIA NIM")
        retimer, waiting, first = Retimer(self.fps, total), [], 0
        for rows in self._rows(speech.audio, retimer, cancel):
            if cancel.is_set():
                return
            waiting.append(rows)
            if retimer.missing == 0 or sum(map(len, waiting)) >= self.fps * _CHUNK_S:
                weights = np.concatenate(waiting)
                waiting.clear()
                if len(weights):
                    yield Animation(BlendshapeTrack(weights, self.fps, first / self.fps), label=self.label, owns_eyes=True)
                first += len(weights)
                if cancel.is_set():
                    return

    def _rows(self, clip: AudioClip, retimer: Retimer, cancel: CancelToken) -> Iterator[np.ndarray]:
        """Frames at the wanted rate, as the service sends them; what was lost with a connection is asked for again."""
        came = _Came()
        for delay_s in waits():
            try:
                yield from self._one_stream(clip, came, retimer, cancel)
                break
            except grpc.RpcError as error:
                refused = self._refused(error)
                self._meter.set(state="reconnecting" if self.patient else "lost", healthy=False, message=str(refused))
                if not self.patient or not isinstance(refused, Unreachable):
                    raise refused from error
                came.losses += 1
                wait_out(delay_s, cancel)
                if cancel.is_set():
                    break
        if not cancel.is_set():
            if retimer.made == 0 and came.until_s < 0:
                raise ServiceError("The microservice sent no frames for this sound; try another clip or another source.")
            yield retimer.finish()
            self._meter.set(state="done")

    def _one_stream(self, clip: AudioClip, came: _Came, retimer: Retimer, cancel: CancelToken) -> Iterator[np.ndarray]:
        """One connection, from a little before the last frame that came."""
        start_s = max(math.floor(came.until_s) - CONTEXT_S, 0)
        rest = replace(clip, samples=clip.samples[round(start_s * clip.rate) :])
        with self._channel() as channel:
            call = self._call(channel, self._requests(rest), _IDLE_S + 2 * rest.duration_s)
            try:
                for rows, times_s in self._read(call, cancel):
                    new = _rising(times_s + start_s, came.until_s)
                    if new.any():
                        self._note(came, times_s[new] + start_s)
                        yield retimer.push(rows[new], times_s[new] + start_s)
            finally:
                call.cancel()

    def _note(self, came: _Came, times_s: np.ndarray) -> None:
        """Count frames that came, and the connection that brought the first of them."""
        again = came.losses > came.known_losses
        came.known_losses, came.until_s = came.losses, float(times_s[-1])
        self._meter.set(state="streaming", healthy=True, message="", reconnects=self.status.reconnects + again)
        fps = len(times_s) / max(times_s[-1] - times_s[0], 1e-3) if len(times_s) > 1 else 30.0
        self._meter.frames_came(round(float(times_s[0]) * fps), len(times_s), fps)

    def _call(self, channel: Any, requests: Iterator[Any], timeout_s: float) -> Any:
        return channel.stream_stream(
            METHOD,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=messages()["AnimationDataStream"].FromString,
        )(requests, metadata=self._metadata(), timeout=timeout_s)

    def _read(self, call: Any, cancel: CancelToken) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        columns: list[int | None] = []
        for message in call:
            if cancel.is_set():
                return
            match message.WhichOneof("stream_part"):
                case "animation_data_stream_header":
                    names = message.animation_data_stream_header.skel_animation_header.blend_shapes
                    columns = [ARKIT_INDEX.get(canonical_name(name) or "") for name in names]
                case "animation_data":
                    frames = message.animation_data.skel_animation.blend_shape_weights
                    if frames:
                        yield _named(frames, columns)
                case "status" if message.status.code == _ERROR:
                    raise ServiceError(f"The microservice failed: {words(message.status.message) or 'it gave no reason'}; try again.")

    def _requests(self, clip: AudioClip) -> Iterator[Any]:
        kinds = messages()
        rate = min(max(clip.rate, LOWEST_RATE), HIGHEST_RATE)
        pcm = np.round(np.clip(resample(clip, rate).samples, -1, 1) * 32767).astype("<i2")
        yield kinds["AudioStream"](audio_stream_header=self._header(rate))
        at = 0
        while at < len(pcm):
            count = int(rate * (_BLOCK_S if at else _FIRST_S))
            part = kinds["AudioWithEmotion"](audio_buffer=pcm[at : at + count].tobytes())
            if not at and self.options.emotion:
                part.emotions.append(kinds["EmotionWithTimeCode"](time_code=0.0, emotion=dict(self.options.emotion)))
            yield kinds["AudioStream"](audio_with_emotion=part)
            at += count
        yield kinds["AudioStream"](end_of_audio=kinds["EndOfAudio"]())

    def _header(self, rate: int) -> Any:
        kinds, options = messages(), self.options
        return kinds["AudioStreamHeader"](
            audio_header=kinds["AudioHeader"](audio_format=0, channel_count=1, samples_per_second=rate, bits_per_sample=16),
            face_params=kinds["FaceParameters"](float_params=dict(options.face)),
            emotion_post_processing_params=kinds["EmotionPostProcessingParameters"](**options.emotion_processing),
            blendshape_params=kinds["BlendShapeParameters"](
                bs_weight_multipliers=_upper(options.multipliers),
                bs_weight_offsets=_upper(options.offsets),
                enable_clamping_bs_weight=options.clamp,
            ),
            emotion_params=kinds["EmotionParameters"](beginning_emotion=dict(options.emotion)),
        )

    @property
    def _tls(self) -> bool:
        return self.options.tls if self.options.tls is not None else self._port == 443

    def _channel(self) -> Any:
        limits = [("grpc.max_receive_message_length", 64 << 20)]
        if is_loopback(self._address.rpartition(":")[0]):  # gRPC itself would ask the proxy of the environment even for this machine
            limits.append(("grpc.enable_http_proxy", 0))
        if not self._tls:
            return grpc.insecure_channel(self._address, limits)
        options = self.options
        secret = grpc.ssl_channel_credentials(options.root_certificate, options.client_key, options.client_certificate)
        return grpc.secure_channel(self._address, secret, limits)

    def _metadata(self) -> list[tuple[str, str]]:
        key = self.options.api_key or KEYS.find(self.name)
        if not self._tls and not self.options.api_key and KEYS.place(self.name) == "environment":
            key = ""  # a key that was not meant for this service in particular does not travel in clear text
        pairs = [("authorization", f"Bearer {key}"), ("function-id", self.options.function_id)]
        return [pair for pair, given in zip(pairs, (key, self.options.function_id), strict=True) if given]

    def _refused(self, error: grpc.RpcError) -> ServiceError:
        code = error.code() if hasattr(error, "code") else None
        if code in _NO_KEY:
            return ServiceError("The microservice refuses this key; give a valid one under Remote server…, or in NVIDIA_API_KEY.")
        if code == grpc.StatusCode.UNIMPLEMENTED:
            return ServiceError(f"{self._address} speaks gRPC, but is no Audio2Face-3D microservice; check the address.")
        if code == grpc.StatusCode.DEADLINE_EXCEEDED:
            return ServiceError("The microservice took too long; check its log, or choose another source.")
        if code in _PASSING:
            return Unreachable(f"The microservice at {self._address} cannot be reached; start it, or choose the source a2f or mock.")
        return ServiceError(f"The microservice broke off ({getattr(code, 'name', 'unknown')}); check its log, or choose another source.")


def _rising(times_s: np.ndarray, after_s: float) -> np.ndarray:
    """(k,) whether a frame lies after all before it, within the longest clip; what a service says besides is no frame of it."""
    given = np.where(np.isfinite(times_s) & (times_s <= MAX_CLIP_S + 1), times_s, -np.inf)
    before = np.maximum.accumulate(np.concatenate([[after_s], given[:-1]]))
    rising: np.ndarray = given > before + _LEAST_STEP_S
    return rising


def _upper(values: Mapping[str, float]) -> dict[str, float]:
    """The service writes channels with a capital: ``JawOpen``."""
    return {name[:1].upper() + name[1:]: float(value) for name, value in values.items()}


def _named(frames: Any, columns: list[int | None]) -> tuple[np.ndarray, np.ndarray]:
    """(k, 52) rows and (k,) times; values go by the header's names, what is no ARKit channel is left out."""
    rows = np.zeros((len(frames), len(ARKIT_INDEX)), np.float32)
    for row, frame in zip(rows, frames, strict=True):
        for column, value in zip(columns, frame.values, strict=False):
            if column is not None and math.isfinite(value):
                row[column] = min(max(value, 0.0), 1.0)
    return rows, np.array([frame.time_code for frame in frames])
