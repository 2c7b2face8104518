"""Words and phones on the time line of the real window."""

from __future__ import annotations

import numpy as np


def test_the_spectrogram_stands_under_the_lanes_on_demand_and_is_remembered(spoken, shoot, qtbot, open_window):
    timeline, action = spoken.widgets.timeline, spoken.widgets.actions["spectrogram"]
    height = timeline.height()
    action.trigger()
    assert timeline.height() > height + 50
    qtbot.waitUntil(lambda: bool(timeline._spectrogram.pictures))
    picture = shoot(spoken, "spectrogram")
    top = timeline.mapTo(spoken, timeline._spectrogram_box.topLeft().toPoint())
    box = picture[top.y() + 2 : top.y() + 60, top.x() : top.x() + timeline.width() - 40].astype(int)
    assert np.ptp(box.sum(axis=2)) > 250, "quiet is dark, loud is bright"
    spoken.close()
    again = open_window(ready=False)
    assert again.widgets.actions["spectrogram"].isChecked()
    assert again.widgets.timeline.height() == height + 67
