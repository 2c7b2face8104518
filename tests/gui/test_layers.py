"""Stages and overlays of the curves."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.presets import BUILT_IN
from app.core.tuning import Tuning, tuning_stages


@pytest.fixture
def tuned(spoken):
    spoken.widgets.tuning.edit(Tuning(intensity=0.5, smoothing_ms={"lips": 30.0}), "Softer")
    spoken.controls.loop.tick()
    return spoken


def shown(window) -> np.ndarray:
    return window.widgets.curves.all.plot._track.weights


@pytest.mark.parametrize("stage", ["raw", "gain", "smooth", "tuned"])
def test_every_stage_can_be_looked_at(tuned, stage):
    tuned.widgets.layers.stages[stage].trigger()
    slot = tuned.session.state.sides["A"]
    wanted = tuning_stages(slot.raw.arkit, tuned.session.tunings.of("A"), tuned.session.state.speech.phones)[stage]
    assert np.array_equal(shown(tuned), wanted.weights)
    tuned.widgets.tuning.edit(BUILT_IN["Broader"][0], "Broader")
    tuned.controls.loop.tick()
    again = tuning_stages(slot.raw.arkit, tuned.session.tunings.of("A"), tuned.session.state.speech.phones)[stage]
    assert np.array_equal(shown(tuned), again.weights)


def test_overlays_change_the_picture_and_the_ghost_is_the_former_take(tuned, shoot):
    layers, plot = tuned.widgets.layers, tuned.widgets.curves.all.plot
    tuned.widgets.curves.pick(["jawOpen", "mouthPucker"])
    tuned.controls.loop.tick()
    plain = shoot(tuned, "curves_plain")
    layers.layers["raw"].trigger()
    layers.layers["ghost"].trigger()
    assert [o.name for o in plot._overlays] == ["Last take", "Raw"]
    assert np.array_equal(plot._overlays[0].track.weights, tuned.session.state.sides["A"].raw.arkit.weights)
    tuned.controls.loop.tick()
    assert (shoot(tuned, "curves_overlays") != plain).any()


def test_a_against_b_is_shaded(tuned, qtbot, shoot):
    tuned.session.comparing.set_source("B", "visemes:visemesync")
    qtbot.waitUntil(lambda: not tuned.session.workers.busy and tuned.session.state.sides["B"].tuned is not None, timeout=60_000)
    tuned.widgets.curves.pick(["jawOpen", "mouthPucker", "mouthClose"])
    tuned.controls.loop.tick()
    overlay = tuned.widgets.curves.large.plot._overlays[0]
    assert (overlay.name, overlay.shaded) == ("Side B", True)
    shoot(tuned, "curves_a_b")
