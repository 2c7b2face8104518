"""The embedded voice: how soon it is heard and how fast it is.

The figure that counts is taken in the whole window as it is: from the moment at which its button calls for the voice to the moment at
which the first sample of speech that can be heard leaves the sound device. The player's clock says when; ``bench sync`` compares it with
what is heard.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from app.audio.player import Player
from app.core.errors import DeviceError
from app.core.speech import AudioClip, joined
from app.speech.align import align
from app.speech.greeting import GREETING
from app.speech.hibari import HibariEngine
from tests.bench.budgets import Budget

ROOT = Path(__file__).resolve().parents[2]
#: lines that begin with a vowel, a stop, a hiss, a breath, and one that is cut
LINES = (
    GREETING, "Peter picked a peck of pickled peppers.", "She sells sea shells, and the sun shines.", "It was a quiet morning by the sea.",
    "In the beginning of the long and winding story there was a small village by the sea, where nobody ever locked a door.",
)  # fmt: skip
ROUNDS = 3
#: what counts as heard, of full scale
AUDIBLE = 0.02
BUDGETS = (Budget("Speak pressed to first audible speech, median", "ms", most=120.0),)
LONG = (
    "In the beginning of the long and winding story there was a small village by the sea, where nobody ever locked a door, "
    "and everyone knew the baker by name. He was a quiet man. Every morning at four he lit the oven, and by six the whole street "
    "smelled of bread."
)


def onset_of(clip: AudioClip) -> float:
    """Seconds from a clip's start to its first sample that can be heard."""
    return float(np.argmax(np.abs(clip.samples) > AUDIBLE)) / clip.rate


def time_to_sound(engine: HibariEngine, text: str) -> float:
    """Milliseconds from asking for speech until its first sound is heard, through an open device.

    Raises:
        DeviceError: there is no sound device.
    """
    player = Player()
    if reason := player.open().silent_reason:
        raise DeviceError(reason)
    start = time.perf_counter()
    first = next(iter(engine.synthesize(text, "heart")))
    player.load(first.audio, streaming=True)
    player.play()
    onset_s = onset_of(first.audio)
    while player.clock.now() < onset_s:
        time.sleep(0.001)
    heard_ms = (time.perf_counter() - start) * 1e3
    player.close()
    return heard_ms


def child() -> None:
    """Run the program as it is, press Speak for every line in turn, and print the milliseconds to its first audible speech as JSON."""
    from app.startup.collector import rest_collector

    rest_collector()
    from PySide6.QtCore import QTimer

    from app.desktop import DEFAULT_AVATAR, begin, make_application, make_window
    from app.settings import Settings

    app = make_application()
    window = make_window(Settings())
    window.show()
    session, heard_ms, waiting = window.session, [], {"voice", "sound", "picture"}
    lines = [*LINES] * ROUNDS

    def arrived(what: str) -> None:
        waiting.discard(what)
        if not waiting:
            QTimer.singleShot(2000, press)

    def press() -> None:
        pressed_s = time.perf_counter()
        window.controls.speaking.say(lines[len(heard_ms)])
        QTimer.singleShot(700, lambda: ask(pressed_s))

    def ask(pressed_s: float) -> None:
        now_s, media_s = time.perf_counter(), session.playback.heard()
        heard_ms.append((now_s - pressed_s - media_s + onset_of(session.state.speech.audio)) * 1e3)
        session.playback.pause()
        QTimer.singleShot(1000, press if len(heard_ms) < len(lines) else window.close)

    window.controls.loop.first_frame_drawn.connect(lambda: arrived("picture"))
    session.voices.voices_changed.connect(lambda: arrived("voice"))
    session.playback.player_opened.connect(lambda: arrived("sound"))
    QTimer.singleShot(0, lambda: begin(window, DEFAULT_AVATAR))
    app.exec()
    print(json.dumps(heard_ms))


def pressed() -> list[dict]:
    """Rows of the whole window, from the pressing of Speak on."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": folder}
        command = [sys.executable, str(Path(__file__).resolve())]
        done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    heard_ms = json.loads(done.stdout.strip().splitlines()[-1])
    figures = {"median": np.median(heard_ms), "slowest": np.max(heard_ms)}
    return [{"name": f"Speak pressed to first audible speech, {n}", "value": float(v), "unit": "ms"} for n, v in figures.items()]


def run() -> list[dict]:
    """Rows of the benchmark."""
    rows = pressed()
    start = time.perf_counter()
    engine = HibariEngine()
    engine.warm_up()
    rows.append({"name": "voice warm-up", "value": (time.perf_counter() - start) * 1e3, "unit": "ms"})
    for name, text in (("greeting", GREETING), ("long first sentence", LONG)):
        ready = []
        for _ in range(5):
            start = time.perf_counter()
            first = next(iter(engine.synthesize(text, "heart")))
            ready.append((time.perf_counter() - start) * 1e3)
        onset = onset_of(first.audio) * 1e3
        rows.append({"name": f"first part ready, {name}", "value": float(np.median(ready)), "unit": "ms"})
        try:
            heard = [time_to_sound(engine, text) for _ in range(5)]
            rows.append({"name": f"first sound heard, {name}", "value": float(np.median(heard)), "unit": "ms"})
        except DeviceError as error:
            rows.append({"name": f"first sound heard, {name}", "value": float("nan"), "unit": f"ms ({error})"})
        rows.append({"name": f"silence before its first sound, {name}", "value": onset, "unit": "ms"})
    start = time.perf_counter()
    speech = joined(list(engine.synthesize(LONG, "heart")))
    rows.append({"name": "synthesis", "value": (time.perf_counter() - start) / speech.audio.duration_s, "unit": "s per s of speech"})
    start = time.perf_counter()
    align(speech.audio, LONG)
    rows.append({"name": "alignment", "value": (time.perf_counter() - start) / speech.audio.duration_s, "unit": "s per s of speech"})
    return rows


if __name__ == "__main__":
    child()
