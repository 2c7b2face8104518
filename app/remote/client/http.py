"""The HTTP side of the clients: what kind of server answers, and VisemeSync's upload."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import numpy as np
import soundfile

from app.core.arkit import ARKIT_INDEX, canonical_name
from app.core.errors import ServiceError
from app.core.speech import AudioClip
from app.remote.client.reaching import why_not
from app.remote.client.refusals import refusal, stranger
from app.remote.protocol.plain import number, parsed, words

#: frames of a bridge that are read at most
_MOST_FRAMES = 500_000
#: what lies later, or closer to the frame before it, is no frame of a face
_LATEST_S, _LEAST_STEP_S = 1e6, 1e-3
#: what VisemeSync's bridge says of itself, and other servers do not
_OF_A_BRIDGE = {"mode", "fps", "a2f_available"}


@dataclass(frozen=True)
class ServerReport:
    """What a server says about itself.

    Attributes:
        kind: ``ours`` or ``bridge``.
        mock: whether its motion ignores the sound.
        source: what animates, in its words.
        model: as reported.
        round_trip_ms: of the health request.
    """

    kind: Literal["ours", "bridge"]
    mock: bool
    source: str
    model: str
    round_trip_ms: float


def _mapping(answer: httpx.Response) -> Mapping[str, Any]:
    value = parsed(answer.content)
    if not isinstance(value, dict):
        raise stranger(str(answer.url))
    return value


def check_answer(answer: httpx.Response) -> httpx.Response:
    """Let a good answer through.

    Raises:
        ServiceError: the server refuses; the sentence is its own where it sent one.
        Busy: all its places are taken.
    """
    if answer.is_success:
        return answer
    value = parsed(answer.content)
    detail = words(value.get("detail")) if isinstance(value, dict) else ""
    had_token = "authorization" in answer.request.headers
    raise refusal(str(answer.url), answer.status_code, header=answer.headers.get, detail=detail, had_token=had_token)


def probe(client: httpx.Client, url: str) -> ServerReport:
    """Ask a server what it is.

    Args:
        client: to ask with.
        url: of the server.

    Raises:
        ServiceError: it cannot be reached, refuses, or is something else.
    """
    try:
        status = _mapping(check_answer(_twice(lambda: client.get(f"{url}/"))))
        begun_s = time.perf_counter()  # the connection is there already: this measures the way and nothing else
        health = _mapping(check_answer(client.get(f"{url}/health")))
        trip_ms = 1000 * (time.perf_counter() - begun_s)
        ours = client.get(f"{url}/v1/health/ready").is_success and "label" in health
        if not ours and not _OF_A_BRIDGE & set(status):
            raise stranger(url)
    except httpx.HTTPError as error:
        raise why_not(url, error) from error
    except httpx.InvalidURL as error:
        raise ServiceError(f"{url!r} is not a server address; write remote:http://HOST:PORT.") from error
    config = health.get("config")
    config = config if isinstance(config, dict) else {}
    mock = status.get("mode") != "real"
    label = words(health.get("label")) or ("mock" if mock else "Audio2Face bridge")
    return ServerReport("ours" if ours else "bridge", mock, label, words(config.get("model")), trip_ms)


def _twice(request: Callable[[], httpx.Response]) -> httpx.Response:
    """Ask; a connection that was kept may be closed at the other end at this very moment, and then a new one is used."""
    try:
        return request()
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
        return request()


def bridge_frames(client: httpx.Client, url: str, clip: AudioClip) -> tuple[np.ndarray, np.ndarray]:
    """Have VisemeSync's bridge animate a clip.

    Args:
        client: to ask with.
        url: of the bridge.
        clip: any sound.

    Returns:
        (n,) times in seconds, rising, and (n, 52) weights in [0, 1]; n may be 0.

    Raises:
        ServiceError: it cannot be reached, refuses, or sends something else.
        Busy: all its places are taken.
    """
    file = io.BytesIO()
    soundfile.write(file, clip.samples, clip.rate, format="WAV", subtype="PCM_16")
    try:
        files = {"audio": ("speech.wav", file.getvalue(), "audio/wav")}
        timeout = httpx.Timeout(10.0, read=60 + 3 * clip.duration_s)
        answer = _twice(lambda: client.post(f"{url}/process-sync", files=files, timeout=timeout))
    except httpx.HTTPError as error:
        raise why_not(url, error) from error
    frames = _mapping(check_answer(answer)).get("frames")
    if not isinstance(frames, list) or len(frames) > _MOST_FRAMES:
        raise ServiceError("The bridge server sent no list of frames; update it or choose another source.")
    return _read_frames(frames)


def _read_frames(frames: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Frames by name; what is no frame, no number or no ARKit channel is left out."""
    columns = {name: ARKIT_INDEX.get(canonical_name(name) or "") for name in _names_of(frames)}
    times_s: list[float] = []
    rows: list[np.ndarray] = []
    for frame in frames:
        weights, time_s = (frame.get("blendshapes"), number(frame.get("timestamp"))) if isinstance(frame, dict) else (None, None)
        if not isinstance(weights, dict) or time_s is None or not 0 <= time_s < _LATEST_S:
            continue
        if times_s and time_s < times_s[-1] + _LEAST_STEP_S:
            continue
        row = np.zeros(len(ARKIT_INDEX), np.float32)
        for name, value in weights.items():
            column = columns.get(name)
            if column is not None:
                row[column] = min(max(number(value) or 0.0, 0.0), 1.0)
        times_s.append(time_s)
        rows.append(row)
    return np.array(times_s), np.array(rows, np.float32).reshape(-1, len(ARKIT_INDEX))


def _names_of(frames: list[Any]) -> set[str]:
    found: set[str] = set()
    for frame in frames:
        weights = frame.get("blendshapes") if isinstance(frame, dict) else None
        if isinstance(weights, dict):
            found.update(weights)
    return found
