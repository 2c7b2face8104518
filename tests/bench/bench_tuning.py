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
    window.close()
    return rows
