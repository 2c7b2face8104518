"""A phone dragged in a real window: the visemes' closure and the other face's curves go along, and both say how they follow."""

from __future__ import annotations

import numpy as np

from app.core.arkit import ARKIT_INDEX
from app.core.coarticulation import Style
from app.core.timing import changes
from app.core.timing.warped import WORDS
from tests.gui.conftest import SLOW_MS, say

LINE = "My puppy barks."
BY_S = 0.06


def _followed(window) -> bool:
    sides = window.session.state.sides.values()
    parts = len(window.session.state.parts)
    return not window.session.workers.busy and parts > 0 and all(side.parts_done == parts for side in sides)


def test_a_phone_dragged_by_60_ms_takes_both_sides_along(qtbot, window):
    session = window.session
    session.sources.choose("A", "visemes")
    session.comparing.set_source("B", "a2f:light")
    say(qtbot, window, LINE)
    qtbot.waitUntil(lambda: _followed(window), timeout=SLOW_MS)
    session.playback.pause()
    timing = session.timing
    index = next(i for i, phone in enumerate(timing.timed.phones) if phone.base == "P")
    before, was = timing.timed, timing.timed.phones[index]
    raw = {name: side.tuned for name, side in session.state.sides.items()}
    window_s = np.linspace(was.start_s, was.end_s - Style().contact_lead_s, 20)  # the lips part so much earlier than the sound ends
    press, jaw = ARKIT_INDEX["mouthPressLeft"], ARKIT_INDEX["jawOpen"]
    timing.begin("Move P")
    for by_s in (0.02, 0.04, BY_S):
        timing.put(changes.moved(before, "phones", index, by_s))
    timing.end()
    visemes, face = session.state.sides["A"].tuned.arkit, session.state.sides["B"].tuned.arkit
    closed = raw["A"].arkit.sample(window_s)[:, press]
    np.testing.assert_allclose(visemes.sample(window_s + BY_S)[:, press], closed, atol=0.05)
    np.testing.assert_array_equal(face.weights, raw["B"].arkit.sample(timing.warp().back(raw["B"].arkit.times_s)))
    np.testing.assert_allclose(face.sample(window_s + BY_S)[:, jaw], raw["B"].arkit.sample(window_s)[:, jaw], atol=0.02)
    label = window.controls.compare_view.labels["B"]
    qtbot.waitUntil(lambda: WORDS in label.text() or WORDS in label.toolTip(), timeout=SLOW_MS)
    session.undo.undo()
    assert session.timing.timed.phones[index] == was and session.state.sides["B"].tuned.arkit.weights is raw["B"].arkit.weights
