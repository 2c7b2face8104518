"""A/V sync: a click track through the real player, heard again from the sink's monitor, and an hour on a made-up device.

A display of 60 frames per second reads the player's clock. The A/V error is what a picture shows minus what is heard at that moment, in
media time. The picture nearest to a click is compared with it as well: of 60 pictures a second half lie more than 4.2 ms away from
any moment, however true the clock is. All times are on PortAudio's time line.
"""

from __future__ import annotations

import time

import numpy as np

from app.audio.devices import load_portaudio
from app.audio.player import Player
from app.core.errors import DeviceError
from app.core.speech import AudioClip
from tests.bench.budgets import Budget
from tests.bench.fake_hour import hour

FPS = 60.0
RATE = 24000
#: 30.3 pictures: clicks that lie a whole number of pictures apart would all meet the same phase, and the figure would be that phase
SPACING_S = 0.505
#: a tenth of a millisecond is what the jitter of a made-up device leaves of two means over a minute
BUDGETS = (Budget("A/V error p95", "ms", most=4.0), Budget("drift over an hour of fake time", "ms", most=0.1))
NO_INPUT = "There is no input device to hear the sound again with; make the output's monitor (or a microphone beside it) the default input."
NOT_HEARD = "The default input does not hear the output; make the output's monitor the default input."


def click_track(seconds: float) -> AudioClip:
    """A 2 ms burst every SPACING_S."""
    samples = np.zeros(int(seconds * RATE), np.float32)
    burst = (0.9 * np.hanning(49)).astype(np.float32)
    for at in np.arange(SPACING_S, seconds - SPACING_S, SPACING_S):
        start = round(at * RATE) - 24
        samples[start : start + 49] = burst
    return AudioClip(samples, RATE, "clicks")


def heard_clicks(blocks: list[tuple[float, np.ndarray]], rate: int) -> np.ndarray:
    """Stream times of the recorded clicks' peaks.

    Args:
        blocks: (time of its first sample, samples) in order.
        rate: samples per second.

    Returns:
        (n,) seconds.
    """
    if not blocks:
        return np.zeros(0)
    firsts = np.cumsum([0, *(len(samples) for _, samples in blocks)])[:-1] / rate
    begun = np.array([at for at, _ in blocks]) - firsts
    # its samples come evenly, while the times of its blocks alternate by some milliseconds: a second before and after tells
    reach = max(int(len(begun) / max(firsts[-1], 1.0)), 1)
    line = np.array([np.median(begun[max(k - reach, 0) : k + reach + 1]) for k in range(len(begun))])
    times = np.concatenate([at + np.arange(len(samples)) / rate for at, (_, samples) in zip(line + firsts, blocks, strict=True)])
    level = np.abs(np.concatenate([samples for _, samples in blocks]))
    found, i = [], 0
    loud = np.flatnonzero(level > 0.4)
    while i < len(loud):
        last = np.searchsorted(loud, loud[i] + rate // 10) - 1
        peak = loud[i] + int(np.argmax(level[loud[i] : loud[last] + 1]))
        found.append(times[peak])
        i = last + 1
    return np.array(found)


def sync_offsets(seconds: float, on_start=lambda: None) -> tuple[np.ndarray, np.ndarray]:
    """Play clicks and compare what is shown with what is heard.

    Args:
        seconds: how long.
        on_start: called once sound runs.

    Returns:
        (offsets in s of the showing frame against the sound, > 0 means the picture is late;
        clock error in s at the moment each click is heard).

    Raises:
        DeviceError: there is no output, no input, or the input does not hear the output.
    """
    sounddevice = load_portaudio()
    blocks: list[tuple[float, np.ndarray]] = []

    def listen(data, _n, times, _status):
        blocks.append((times.inputBufferAdcTime, data[:, 0].copy()))

    ticks = []
    try:
        monitor = sounddevice.InputStream(samplerate=48000, channels=1, dtype="float32", latency=0.05, callback=listen)
    except (sounddevice.PortAudioError, ValueError) as error:
        raise DeviceError(NO_INPUT) from error
    player = Player()
    try:
        with monitor as stream:
            player.load(click_track(seconds))
            player.play()
            if player.status.silent_reason:
                raise DeviceError(player.status.silent_reason)
            on_start()
            next_s = stream.time
            while player.playing:
                next_s += 1 / FPS
                time.sleep(max(0.0, next_s - stream.time))
                before = stream.time
                ticks.append((before, player.clock.now()))
            time.sleep(0.2)
    finally:
        player.close()
    return _compared(heard_clicks(blocks, 48000), np.array(ticks))


def _compared(heard: np.ndarray, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offsets and clock errors as sync_offsets gives them, from when clicks were heard and (n, 2) times and media times of pictures."""
    if not len(heard):
        raise DeviceError(NOT_HEARD)
    wanted = SPACING_S * np.arange(1, len(heard) + 1)
    nearest = [int(np.argmin(np.abs(shown[:, 1] - media))) for media in wanted]
    offsets = shown[nearest, 0] - heard
    errors = np.interp(heard, shown[:, 0], shown[:, 1]) - wanted
    return offsets, errors


def run() -> list[dict]:
    """Rows of the benchmark: A/V error over 60 s, and drift over an hour of made-up time.

    Raises:
        DeviceError: see sync_offsets.
    """
    offsets, errors = sync_offsets(60.0)
    absolute, nearest, made_up = np.abs(errors) * 1e3, np.abs(offsets) * 1e3, hour()
    figures = {
        "A/V error p50": np.percentile(absolute, 50),
        "A/V error p95": np.percentile(absolute, 95),
        "A/V error, mean": errors.mean() * 1e3,
        "A/V error, spread": errors.std() * 1e3,
        "nearest picture to a click p50": np.percentile(nearest, 50),
        "nearest picture to a click p95": np.percentile(nearest, 95),
        "drift over an hour of fake time": abs(made_up.drift_ms),
        "A/V error p95 over an hour of fake time": made_up.p95_ms,
    }
    return [{"name": name, "value": float(value), "unit": "ms"} for name, value in figures.items()]
