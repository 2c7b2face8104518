"""The load generator, against real servers: what it counts, what it prints, and that Ctrl+C loses nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx
import numpy as np
import pytest

from app.cli import main
from app.remote.load.figures import ServerFigures, read_figures
from app.remote.load.table import row_of, table_text
from app.remote.load.voice import LoadPlan, LoadVoice, wire_bytes
from app.remote.protocol.messages import Frames
from tests.wires.certificates import self_signed


def test_rows_tell_who_was_let_in_and_what_it_cost(start_server, capsys):
    server = start_server(max_streams=2)
    assert main(["load", server.url, "--voices", "1,3", "--seconds", "0.8", "--fps", "25", "--acks", "--json"]) == 1
    one, three = json.loads(capsys.readouterr().out)["rows"]
    assert one["admitted"] == 1 and one["refused"] == {} and one["capacity"] == 2
    assert three["admitted"] == 2 and three["refused"] == {"busy": 1} and three["broken"] == {}
    assert one["frames"] == 20 and three["frames"] == 40 and one["lost"] == one["doubled"] == three["lost"] == three["doubled"] == 0
    assert 0 <= one["late_ms"]["p50"] <= one["late_ms"]["p99"] <= one["late_ms"]["max"] < 5000 and one["first_ms"]["p50"] > 0
    # 25 messages a second: 640 samples behind heads of 24 and 8 bytes; 25 frames of 52 numbers in as many messages, or in fewer
    assert 33_000 < one["sent_bytes_s"] < 34_500 and 5_200 < one["received_bytes_s"] < 9_000
    assert one["server_memory"] > 1e6 and one["server_cpu"] is not None and 0 < one["own_cpu"] < 1 and one["own_late_ms"] is not None
    assert not one["stopped"]


def test_a_recording_is_said_over_and_over_and_a_token_is_used(start_server, tmp_path, capsys):
    from app.audio.clips import write_wav
    from app.core.speech import AudioClip

    write_wav(tmp_path / "word.wav", AudioClip(np.sin(np.arange(2400) / 5).astype(np.float32) / 2, 8000))
    mine = self_signed(tmp_path)
    server = start_server(token="sesame-open-yourself", certificate=mine)
    address = f"{server.url}/t/sesame-open-yourself#sha256={mine.fingerprint}"
    words = ["load", address, "--seconds", "0.5", "--sound", str(tmp_path / "word.wav")]
    assert main(words) == 0
    head, row = capsys.readouterr().out.strip().splitlines()
    assert head.split()[:3] == ["voices", "admitted", "refused"] and row.split()[:3] == ["1", "1", "0"]
    assert main(["load", f"{server.url}#sha256={mine.fingerprint}"]) == 3
    assert "token" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_one_sentence(capsys):
    assert main(["load", "http://127.0.0.1:9", "--seconds", "0.1"]) == 3
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit):
        main(["load", "http://127.0.0.1:9", "--voices", "1,none"])
    assert "such as 1,8,32" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal there sends Ctrl+C to consoles")
def test_ctrl_c_prints_what_is_known(start_server, eventually, root):
    server = start_server()
    # who runs tests in the background of a shell has them ignore Ctrl+C
    program = "import signal, sys, app.cli as c; signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(c.main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "load", server.url, "--voices", "2", "--seconds", "600", "--json"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            eventually(lambda: httpx.get(server.url + "/health").json()["voices"] == 2, 60.0)
            eventually(lambda: "visemesync_lateness_seconds_count 0.0" not in httpx.get(server.url + "/metrics").text, 20.0)
            process.send_signal(signal.SIGINT)
            out, told = process.communicate(timeout=30)
        finally:
            process.kill()
    (row,) = json.loads(out)["rows"]
    assert row["stopped"] and row["admitted"] == 2 and row["frames"] >= 1 and row["lost"] == 0 and process.returncode == 0
    assert "Stopped before the end" in told
    eventually(lambda: httpx.get(server.url + "/health").json()["voices"] == 0)


def test_lost_and_doubled_frames_are_counted():
    voice = LoadVoice(LoadPlan("http://nowhere", 1, seconds=1.0), 0)
    for first, count in ((0, 3), (2, 2), (6, 1)):
        voice._came(Frames(0, first, first / 30, np.zeros((count, 52), np.float32)), 1.0)
    assert voice.report.doubled == 1 and voice.report.lost == 2 and len(voice.report.late_s) == 5
    assert wire_bytes(b"x" * 125, masked=True) == 131 and wire_bytes(b"x" * 126, masked=False) == 130
    assert wire_bytes("\u00e9" * 40_000, masked=False) == 80_010


def test_figures_of_several_servers_are_added_up():
    text = "".join(
        f'process_cpu_seconds_total{{worker="w{i}"}} 1.5\nprocess_resident_memory_bytes{{worker="w{i}"}} 1e8\n'
        f'visemesync_engine_process_cpu_seconds_total{{worker="w{i}"}} 2\nvisemesync_voices_capacity{{worker="w{i}"}} 40.0\n'
        for i in (1, 2)
    )
    assert read_figures(text) == ServerFigures(7.0, 2e8, 80) and read_figures("# nothing\nother 1\n") == ServerFigures()


def test_an_empty_row_has_no_figures():
    from app.remote.load.crowd import CrowdReport

    row = row_of(CrowdReport(LoadPlan("http://nowhere", 4)), ServerFigures(), ServerFigures())
    assert row.admitted == 0 and table_text([row]).splitlines()[1].split()[:3] == ["4", "0", "0"]
