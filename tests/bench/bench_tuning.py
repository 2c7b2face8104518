"""From a slider to the pixel: how long until the face shows a changed tuning, against the time of a plain picture."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from app.core.errors import RenderError

_ROOT = Path(__file__).resolve().parents[2]
_ROUNDS = 30
_WAIT_S = 90.0


def _until(app, condition) -> None:
    """Run the event loop until something is the case."""
    end_s = time.perf_counter() + _WAIT_S
    while not condition():
        app.processEvents()
        if time.perf_counter() > end_s:
            raise TimeoutError("the window did not come to rest")


def _pictures(app, window, *acts) -> list[np.ndarray]:
    """(n,) ms from each action to the end of the first picture drawn after it; the actions take turns, so that load is shared."""
    drawn: list[float] = []
    window.widgets.preview.frame_drawn.connect(lambda _ms: drawn.append(time.perf_counter()))
    taken: list[list[float]] = [[] for _ in acts]
    for i in range(_ROUNDS):
        for act, times in zip(acts, taken, strict=True):
            app.processEvents()
            drawn.clear()
            began = time.perf_counter()
            act(i)
            _until(app, lambda: bool(drawn))
            times.append(1e3 * (drawn[0] - began))
    window.widgets.preview.frame_drawn.disconnect()
    return [np.array(times) for times in taken]


def _lint_ms(track) -> float:
    from app.review.lint import lint

    began = time.perf_counter()
    for _ in range(10):
        lint(track)
    return 100 * (time.perf_counter() - began)


def _drag_ms(session, until, length_s: float) -> np.ndarray:
    """(30,) ms of the GUI thread per step of a drag of one phone in the middle of a line with a side of visemes and one of Audio2Face."""
    from dataclasses import replace

    from app.core.source_spec import SourceSpec
    from app.core.speech import AudioClip, joined
    from app.core.timing import changes
    from app.session.base.opening import make_engine, waveform

    engine = make_engine()
    said = joined(list(engine.synthesize("Maybe my puppy barks.", engine.voices()[0].id)))
    whole = joined([said] * round(length_s / said.audio.duration_s))
    whole = replace(whole, audio=AudioClip(whole.audio.samples, whole.audio.rate, f"{length_s:g} s"))
    session.sources.choose("A", "visemes")
    session.speeches.restore(whole, waveform(whole.audio), ((0.0, whole),), None)
    session.comparing.set_source("B", "visemes:visemesync-early")
    until(lambda: not session.workers.busy and all(side.parts_done == len(session.state.parts) for side in session.state.sides.values()))
    # a network's motion, without its work
    own = session.state.sides["A"].own
    noise = np.random.default_rng(0).random((len(own.arkit), 52), np.float32)
    motion = replace(own, arkit=own.arkit.with_weights(noise), visemes=None, label="net")
    side = replace(session.state.sides["B"], spec=SourceSpec.parse("a2f:light"), source=None, former=motion, own=motion, raw=motion)
    session.state.put(replace(side, tuned=motion))
    timed = session.timing.timed
    index = next(i for i, phone in enumerate(timed.phones) if phone.base == "P" and phone.start_s > length_s / 2)
    session.timing.begin("Move P")
    taken = []
    for by_s in np.linspace(0.001, 0.06, 30):
        made = changes.moved(timed, "phones", index, float(by_s))
        began = time.perf_counter()
        session.timing.put(made)
        session.state.tell_motion()
        taken.append(1e3 * (time.perf_counter() - began))
    session.timing.end()
    return np.array(taken)


def run() -> list[dict]:
    """Measure on the real window, standing still on a frame of the default line.

    Returns:
        Rows {name, value, unit}.

    Raises:
        RenderError: there is no display.
    """
    from app.avatar.liveliness import LivelinessSettings
    from app.core.speech import AudioClip
    from app.desktop import DEFAULT_AVATAR, begin, make_application, make_window
    from app.session.base.opening import waveform
    from app.settings import Settings
    from app.startup.screen import has_display

    if not has_display():
        raise RenderError("There is no display to open the window on; start one, or run this through xvfb-run.")
    app = make_application()
    settings = Settings()
    settings.picture.renderer, settings.picture.life = "software", LivelinessSettings(enabled=False)
    window = make_window(settings)
    window.show()
    begin(window, DEFAULT_AVATAR)
    session = window.session
    session.sources.choose("A", "mock")
    clip = AudioClip(np.zeros(24000 * 8, np.float32), 24000, "eight seconds")
    session.speeches.take(clip, waveform(clip))
    _until(app, lambda: window.widgets.preview.has_avatar and session.state.sides["A"].tuned is not None and not session.workers.busy)
    window.widgets.actions["tools"].trigger()
    window.controls.scrubbing.go_to(2.0)
    panel = window.widgets.tuning
    rows = []
    for key, values in (("intensity", (0.8, 1.2)), ("smoothing_ms lips", (20, 60)), ("attack_ms", (10, 40)), ("gain jawOpen", (0.5, 1.5))):
        row = panel.row(key)
        plain, taken = _pictures(
            app, window,
            lambda i: window.controls.scrubbing.go_to(2.0 + (i % 2) * 0.1),
            lambda i, row=row, values=values: row.number.setValue(values[i % 2]),
        )  # fmt: skip
        row.reset()
        name = f"{row.control.name} to the pixel"
        rows.append({"name": f"{name}, median", "value": float(np.median(taken)), "unit": "ms"})
        rows.append({"name": f"{name}, more than a plain step", "value": float(np.median(taken) - np.median(plain)), "unit": "ms"})
    rows.append({"name": "lint of eight seconds", "value": _lint_ms(session.state.sides["A"].tuned.arkit), "unit": "ms"})
    for length_s in (10.0, 180.0):
        taken = _drag_ms(session, lambda condition: _until(app, condition), length_s)
        rows.append({"name": f"a phone dragged in {length_s:g} s, two sides, median", "value": float(np.median(taken)), "unit": "ms"})
    window.close()
    return rows
