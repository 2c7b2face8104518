"""The player through PortAudio and a real-time sink: what the clock says is heard, is heard then."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from app.audio.microphone import Microphone
from app.audio.outputs import reopened, revived
from app.audio.player import Player, PlayerStatus, list_devices
from app.core.speech import AudioClip

pytestmark = [pytest.mark.audio, pytest.mark.slow, pytest.mark.usefixtures("audio_sink")]
RATE = 24000
FRAME_S = 1 / 60


@pytest.fixture(scope="module")
def bench_sync(root):
    spec = importlib.util.spec_from_file_location("bench_sync", root / "tests" / "bench" / "bench_sync.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wait_for(what: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until something holds, as real time passes in the sound device."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        pause.wait(0.002)


@pytest.fixture
def player():
    player = Player()
    player.load(AudioClip(np.zeros(3 * RATE, np.float32), RATE))
    yield player
    player.close()


def test_the_frame_that_shows_a_click_is_heard_with_it(bench_sync):
    """The clicks are heard again through the sink's monitor, whose times are independent of the player."""
    offsets, errors = bench_sync.sync_offsets(8.0)
    assert len(offsets) == 14
    assert np.percentile(np.abs(offsets), 95) < FRAME_S
    assert np.abs(errors).max() < FRAME_S


def test_status_names_the_device(player, audio_sink):
    status = player.open()
    assert status.device == audio_sink
    assert status.silent_reason == "" and status.clock_kind == "dac"
    assert 0.0 < status.latency_s < 0.5
    assert any(device.is_default and device.name == audio_sink for device in list_devices())


def test_time_runs_from_the_first_sample_heard(player):
    start = time.monotonic()
    player.play()
    shown = player.clock.now()
    assert shown <= max(0.0, time.monotonic() - start - 0.01), "nothing is heard before the device has asked for it"
    wait_for(lambda: player.clock.now() > 0)
    assert time.monotonic() - start - player.clock.now() < 0.3
    wait_for(lambda: player.clock.now() > 0.5)
    player.pause()
    here = player.clock.now()
    player.play()
    wait_for(lambda: player.clock.now() > here + 0.1)
    assert player.status.underruns == 0


def test_seek_loop_and_rate_while_playing(player):
    player.play()
    wait_for(lambda: player.clock.now() > 0.2)
    player.seek(1.0)
    assert player.clock.now() == pytest.approx(1.0, abs=1e-6)
    wait_for(lambda: player.clock.now() > 1.1)
    before = player.clock.now()
    player.set_rate(0.5)
    assert player.clock.now() == pytest.approx(before, abs=0.02)
    wait_for(lambda: player.clock.now() > 1.2)
    player.set_loop(1.1, 1.25)
    seen = []
    wait_for(lambda: seen.append(player.clock.now()) or (len(seen) > 2 and seen[-1] < seen[-2] - 0.1))
    assert min(seen) >= 1.0
    assert max(seen) < 1.27
    assert player.status.underruns == 0


def test_another_device_takes_over_where_it_was(player):
    player.play()
    wait_for(lambda: player.clock.now() > 0.3)
    here = player.clock.now()
    status = player.set_device("no such device")
    assert "no such device" in status.silent_reason and status.clock_kind == "wall"
    assert player.clock.now() == pytest.approx(here, abs=0.1)
    wait_for(lambda: player.clock.now() > here + 0.2)
    assert player.set_device(None).clock_kind == "dac"
    here = player.clock.now()
    wait_for(lambda: player.clock.now() > here + 0.1)
    assert player.playing


def test_devices_are_looked_for_while_it_plays(player, audio_sink):
    """On a worker: the player's thread only lets go and takes over, and time goes on meanwhile."""
    player.play()
    wait_for(lambda: player.clock.now() > 0.3)
    here, made = player.clock.now(), []
    old = player.release()
    worker = threading.Thread(target=lambda: made.append(reopened(old, None, look_again=True)))
    worker.start()
    wait_for(lambda: player.clock.now() > here + 0.1)
    worker.join()
    status = player.take_over(made[0], None)
    assert status.device == audio_sink and status.clock_kind == "dac" and status.silent_reason == ""
    here = player.clock.now()
    wait_for(lambda: player.clock.now() > here + 0.2)
    assert player.playing
    assert any(device.name == audio_sink for device in player.rescan_devices())
    assert player.playing and player.status.device == audio_sink


def test_an_open_microphone_is_not_taken_away(player, audio_sink):
    """Looking for devices while something listens leaves everything as it is."""
    with Microphone() as microphone:
        player.play()
        player.rescan_devices()
        heard = []
        wait_for(lambda: heard.append(len(microphone.read_new())) or sum(heard) > 1600)
        assert player.playing and player.status.device == audio_sink


@pytest.mark.parametrize(("stop", "least_s", "most_s"), [("hush", -0.04, 0.05), ("pause", 0.05, 0.2)])
def test_who_is_hushed_is_silent_at_once_and_speaks_again(player, stop, least_s, most_s):
    """Heard again through the sink's monitor; a pause plays on what the device was given already."""
    tone = (0.5 * np.sin(np.arange(3 * RATE) * 0.1)).astype(np.float32)
    player.load(AudioClip(tone, RATE))
    player.play()
    heard = []
    with Microphone() as microphone:
        wait_for(lambda: player.clock.now() > 0.3 and microphone.read_new().size != 0)
        getattr(player, stop)()
        still_s = player.clock.now()
        wait_for(lambda: heard.append(microphone.read_new()) or sum(map(len, heard)) > 0.3 * microphone.rate)
    loud = np.flatnonzero(np.abs(np.concatenate(heard)) > 0.05)
    silent_after_s = (loud[-1] + 1) / microphone.rate if len(loud) else 0.0
    assert least_s < silent_after_s < most_s and not player.playing and player.clock.now() == still_s
    kind = player.status.clock_kind
    player.play()
    wait_for(lambda: player.clock.now() > still_s + 0.2)
    assert player.playing and player.status.clock_kind == kind and player.status.silent_reason == ""


def test_a_device_is_chosen_by_name_and_host_api(player, audio_sink):
    """As the menu offers it."""
    device = next(device for device in list_devices() if device.name == audio_sink)
    assert player.set_device(device.choice).device == audio_sink


def test_a_lost_device_turns_into_silence(tmp_path, monkeypatch):
    program = shutil.which("pulseaudio")
    if program is None:
        pytest.skip("pulseaudio is not installed")
    (tmp_path / "pulse").mkdir(mode=0o700)
    keys = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}
    command = [
        program,
        "-n",
        "--exit-idle-time=-1",
        "--daemonize=no",
        "-L",
        "module-null-sink rate=48000",
        "-L",
        "module-native-protocol-unix",
    ]
    server = subprocess.Popen(command, env=keys, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    socket = tmp_path / "pulse" / "native"
    player = Player()
    try:
        wait_for(socket.exists)
        monkeypatch.setenv("PULSE_SERVER", f"unix:{socket}")
        player.load(AudioClip(np.zeros(60 * RATE, np.float32), RATE))
        player.play()
        assert player.status.silent_reason == ""
        wait_for(lambda: player.clock.now() > 0.3)
        server.kill()
        server.wait()
        wait_for(lambda: player.status.clock_kind == "wall")
        assert "went away" in player.status.silent_reason
        here = player.clock.now()
        wait_for(lambda: player.clock.now() > here + 0.2)
        assert player.playing
    finally:
        server.kill()
        server.wait()
        player.close()


@pytest.fixture
def suspend(audio_sink):
    """``suspend(on)``: the sink takes no sound, as when a headset reconnects or a server hangs; it is woken at the end."""
    program = shutil.which("pactl")
    if program is None:
        pytest.skip("pactl is not installed")

    def do(on: bool) -> None:
        subprocess.run([program, "suspend-sink", "@DEFAULT_SINK@", str(int(on))], check=True)

    yield do
    do(False)


def test_a_stalled_sink_is_taken_up_again_and_time_never_jumps(player, suspend, audio_sink):
    player.load(AudioClip(np.zeros(60 * RATE, np.float32), RATE))
    player.play()
    seen: list[tuple[float, float]] = []

    def look() -> PlayerStatus:
        assert player.playing
        seen.append((time.monotonic(), player.clock.now()))
        return player.status

    wait_for(lambda: look() and player.clock.now() > 0.5)
    suspend(True)
    wait_for(lambda: look().clock_kind == "wall", 10.0)
    status, here = look(), player.clock.now()
    assert status.awaited == audio_sink and "stalled" in status.silent_reason
    wait_for(lambda: look() and player.clock.now() > here + 1.0)
    suspend(False)
    wait_for(lambda: look().clock_kind == "dac", 10.0)
    here = player.clock.now()
    wait_for(lambda: look() and player.clock.now() > here + 0.5)
    (wall_s, media_s) = np.array(seen).T
    assert np.diff(media_s).min() >= 0
    assert (np.diff(media_s) - np.diff(wall_s)).max() < 0.06, "it may stand for a moment, but never runs ahead"


def test_a_suspended_sink_is_not_back_however_well_it_opens(suspend, audio_sink):
    """It fills its buffer and then asks for nothing."""
    suspend(True)
    assert revived(None, None).name == ""
    suspend(False)
    output = revived(None, None)
    assert output.name == audio_sink
    output.close()


def test_while_a_large_library_is_imported_no_device_is_lost(player, audio_sink):
    """An import may hold the interpreter for seconds: then nobody runs, neither the callback nor the one who looks."""
    player.load(AudioClip(np.zeros(60 * RATE, np.float32), RATE))
    player.play()
    wait_for(lambda: player.clock.now() > 0.3)
    ctypes.PyDLL(None).usleep(2_500_000)
    assert player.playing and player.status.device == audio_sink and player.status.silent_reason == ""
    here = player.clock.now()
    wait_for(lambda: player.playing and player.clock.now() > here + 0.3)
    assert player.status.device == audio_sink
