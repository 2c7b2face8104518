"""``nim:HOST:PORT`` against a local gRPC server that speaks the same service."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import grpc
import numpy as np
import pytest

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.errors import ServiceError, SourceError
from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.lipsync.registry import make_source
from app.remote.nim.nim_messages import messages
from app.remote.nim.nim_source import NimOptions, NimSource
from app.remote.sources import register

#: the order and spelling of a service: reversed, capital first, with tongue shapes that ARKit does not have
NAMES = ["TongueRollUp", *(name[0].upper() + name[1:] for name in reversed(ARKIT_CHANNELS))]


class Service:
    """Answers every second of sound with 30 frames whose jaw is the time in them."""

    def __init__(self) -> None:
        self.headers: list = []
        self.metadata: dict[str, str] = {}
        self.sound = b""
        self.emotions: list = []
        self.refusal: tuple[grpc.StatusCode, str] | None = None
        self.status = 0

    def process(self, requests, context) -> Iterator:
        """ProcessAudioStream."""
        kinds = messages()
        reply = kinds["AnimationDataStream"]
        self.metadata = dict(context.invocation_metadata())
        if self.refusal:
            context.abort(*self.refusal)
        rate, made, ended = 0, 0, False
        for request in requests:
            part = request.WhichOneof("stream_part")
            if part == "audio_stream_header":
                self.headers.append(request.audio_stream_header)
                rate = request.audio_stream_header.audio_header.samples_per_second
                names = kinds["SkelAnimationHeader"](blend_shapes=NAMES)
                yield reply(animation_data_stream_header=kinds["AnimationDataStreamHeader"](skel_animation_header=names))
                yield reply(status=kinds["Status"](code=1, message="in between"))
            elif part == "audio_with_emotion":
                self.sound += request.audio_with_emotion.audio_buffer
                self.emotions += list(request.audio_with_emotion.emotions)
                until = int(len(self.sound) / 2 / rate * 30)
                yield reply(animation_data=kinds["AnimationData"](skel_animation=self._frames(made, until)))
                made = until
            else:
                ended = True
        assert ended
        yield reply(event=kinds["Event"](event_type=0))
        yield reply(status=kinds["Status"](code=self.status, message="the end"))

    @staticmethod
    def _frames(first: int, end: int):
        kinds = messages()
        jaw = NAMES.index("JawOpen")
        frames = []
        for i in range(first, end):
            values = np.zeros(len(NAMES))
            values[0], values[jaw] = 0.9, i / 300
            frames.append(kinds["FloatArrayWithTimeCode"](time_code=i / 30, values=values))
        return kinds["SkelAnimation"](blend_shape_weights=frames)


@pytest.fixture
def service(serve_microservice) -> Iterator[tuple[Service, str]]:
    """A running service and its address."""
    one = Service()

    def process(requests, context) -> Iterator:
        yield from one.process(requests, context)

    with serve_microservice(process) as address:
        yield one, address


def speech(duration_s: float, rate: int = 22050) -> Speech:
    """Some sound."""
    n = round(duration_s * rate)
    return Speech(AudioClip((0.5 * np.sin(np.arange(n) / 20)).astype(np.float32), rate))


def whole(source: NimSource, said: Speech):
    """All chunks joined."""
    return concatenate(list(source.generate(said, threading.Event())))


def test_sound_goes_out_and_frames_come_back_by_name(service):
    one, address = service
    animation = whole(NimSource(address, 60.0), speech(2.5))
    assert len(animation.arkit) == 150 and not animation.is_mock
    jaw = animation.arkit.column("jawOpen")
    assert np.allclose(jaw[:148], np.arange(148) / 600, atol=1e-6)
    others = np.delete(animation.arkit.weights, ARKIT_INDEX["jawOpen"], axis=1)
    assert not others.any()
    header = one.headers[0].audio_header
    assert (header.samples_per_second, header.channel_count, header.bits_per_sample) == (22050, 1, 16)
    assert len(one.sound) == 2 * round(2.5 * 22050)
    assert one.headers[0].blendshape_params.enable_clamping_bs_weight is True


def test_parameters_reach_the_service(service):
    one, address = service
    options = NimOptions(
        face={"lowerFaceSmoothing": 0.25}, multipliers={"jawOpen": 1.5}, offsets={"mouthClose": 0.1}, clamp=False, emotion={"joy": 0.5},
        emotion_processing={"emotion_strength": 0.75, "max_emotions": 2}, api_key="secret", function_id="f-1",
    )  # fmt: skip
    whole(NimSource(address, 30.0, options), speech(1.0, 8000))
    header = one.headers[0]
    assert header.audio_header.samples_per_second == 16000
    assert dict(header.face_params.float_params) == {"lowerFaceSmoothing": 0.25}
    assert dict(header.blendshape_params.bs_weight_multipliers) == {"JawOpen": 1.5}
    assert header.blendshape_params.bs_weight_offsets["MouthClose"] == pytest.approx(0.1)
    assert header.blendshape_params.HasField("enable_clamping_bs_weight") and not header.blendshape_params.enable_clamping_bs_weight
    processing = header.emotion_post_processing_params
    assert processing.emotion_strength == 0.75 and processing.max_emotions == 2 and not processing.HasField("emotion_contrast")
    assert [(e.time_code, dict(e.emotion)) for e in one.emotions] == [(0.0, {"joy": 0.5})]
    assert one.metadata["authorization"] == "Bearer secret" and one.metadata["function-id"] == "f-1"


def test_the_bytes_are_those_of_the_documented_messages():
    kinds = messages()
    header = kinds["AudioHeader"](channel_count=1, samples_per_second=16000, bits_per_sample=16)
    assert header.SerializeToString() == bytes([0x10, 1, 0x18, 0x80, 0x7D, 0x20, 16])
    stream = kinds["AudioStream"](audio_with_emotion=kinds["AudioWithEmotion"](audio_buffer=b"\1\2"))
    assert stream.SerializeToString() == bytes([0x12, 4, 0x0A, 2, 1, 2])
    assert kinds["AudioStream"](end_of_audio=kinds["EndOfAudio"]()).SerializeToString() == bytes([0x1A, 0])
    params = kinds["BlendShapeParameters"](bs_weight_multipliers={"A": 1.0}, enable_clamping_bs_weight=False)
    assert params.SerializeToString() == bytes([0x0A, 8, 0x0A, 1, 65, 0x15, 0, 0, 0x80, 0x3F, 0x18, 0])
    reply = kinds["AnimationDataStream"].FromString(bytes([0x22, 4, 0x08, 3, 0x12, 0]))
    assert reply.WhichOneof("stream_part") == "status" and reply.status.code == 3


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda s: setattr(s, "refusal", (grpc.StatusCode.UNAUTHENTICATED, "no")), "refuses this key"),
        (lambda s: setattr(s, "refusal", (grpc.StatusCode.RESOURCE_EXHAUSTED, "full")), "RESOURCE_EXHAUSTED"),
        (lambda s: setattr(s, "status", 3), "failed: the end"),
    ],
    ids=["key", "full", "status"],
)
def test_refusals_are_one_sentence(service, prepare: Callable, words):
    one, address = service
    prepare(one)
    with pytest.raises(ServiceError, match=words):
        whole(NimSource(address), speech(0.5))


def test_what_cannot_work_is_said_before(service):
    with pytest.raises(ServiceError, match="cannot be reached"):
        whole(NimSource("127.0.0.1:9"), speech(0.5))
    with pytest.raises(SourceError, match="at most 300 seconds"):
        whole(NimSource(service[1]), speech(301.0, 16000))
    register()
    for spec in ("nim:nowhere", "nim::52000", "nim:host:port"):
        with pytest.raises(SourceError, match="nim:HOST:PORT"):
            make_source(spec)
    assert make_source("nim:localhost:52000").name == "nim:localhost:52000"


def test_a_proxy_is_never_on_the_way_to_this_machine(service, monkeypatch):
    for name, value in (("http_proxy", "http://127.0.0.1:9"), ("grpc_proxy", "http://127.0.0.1:9"), ("no_proxy", ""), ("NO_PROXY", "")):
        monkeypatch.setenv(name, value)
    assert len(whole(NimSource(service[1]), speech(0.5)).arkit) == 30


def test_cancel_stops(service):
    cancel = threading.Event()
    chunks = NimSource(service[1]).generate(speech(20.0), cancel)
    next(chunks)
    cancel.set()
    assert list(chunks) == []


def test_a_lost_service_is_taken_up_where_it_was(service):
    """A patient source asks again, from a little before the last frame; every frame is there once."""
    one, address = service
    at_once, losses = one.process, []

    def breaking(requests, context) -> Iterator:
        one.sound, count = b"", 0
        for message in at_once(requests, context):
            yield message
            count += message.WhichOneof("stream_part") == "animation_data"
            if len(losses) < 2 and count == 6:
                losses.append(count)
                context.abort(grpc.StatusCode.UNAVAILABLE, "gone")

    one.process = breaking
    seen = []
    source = NimSource(address, 30.0)
    source.watch(seen.append, lambda: 0.0, True)
    with_jaw = whole(source, speech(20.0)).arkit
    assert len(losses) == 2 and source.status.reconnects == 2 and source.status.state == "done"
    assert "reconnecting" in {status.state for status in seen} and len(with_jaw) == 600
    assert (with_jaw.column("jawOpen")[:598] > 0).sum() >= 590


def test_an_impatient_source_gives_up_at_once(service):
    one, address = service
    one.refusal = (grpc.StatusCode.UNAVAILABLE, "gone")
    source = NimSource(address)
    with pytest.raises(ServiceError, match="cannot be reached"):
        whole(source, speech(0.5))
    assert source.status.state == "lost"


def test_a_key_of_the_environment_does_not_travel_in_clear_text(service, monkeypatch):
    one, address = service
    monkeypatch.setenv("NVIDIA_API_KEY", "secret")
    whole(NimSource(address), speech(0.5))
    assert "authorization" not in one.metadata


@pytest.mark.parametrize("odd_s", [np.inf, -np.inf, np.nan, 1e300, -1e300, 0.0])
def test_impossible_times_are_no_frames(serve_microservice, odd_s):
    kinds = messages()
    jaw = NAMES.index("JawOpen")

    def frame(time_s: float, value: float):
        values = np.zeros(len(NAMES))
        values[jaw] = value
        return kinds["FloatArrayWithTimeCode"](time_code=time_s, values=values)

    def behave(requests, context) -> Iterator:
        reply = kinds["AnimationDataStream"]
        names = kinds["SkelAnimationHeader"](blend_shapes=NAMES)
        yield reply(animation_data_stream_header=kinds["AnimationDataStreamHeader"](skel_animation_header=names))
        for _ in requests:
            continue
        frames = [frame(i / 30, 0.5) for i in range(15)]
        frames[7:7] = [frame(odd_s, np.inf), frame(odd_s, 3e38)]
        frames.append(frame(odd_s, 1.0))
        yield reply(animation_data=kinds["AnimationData"](skel_animation=kinds["SkelAnimation"](blend_shape_weights=frames)))

    with serve_microservice(behave) as address:
        track = concatenate(list(NimSource(address).generate(speech(0.5), threading.Event()))).arkit
    assert len(track) == 30 and (track.column("jawOpen")[:28] == 0.5).all()
