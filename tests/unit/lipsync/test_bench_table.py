"""What `python -m app bench lipsync` prints."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX


@pytest.fixture
def bench(root):
    """The benchmark as the command loads it."""
    spec = importlib.util.spec_from_file_location("bench_lipsync", root / "tests" / "bench" / "bench_lipsync.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_the_shared_recordings_the_bundled_clips_are_judged(bench, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "DATA", tmp_path)
    monkeypatch.setattr(bench, "SOURCES", ("visemes", "visemes:visemesync"))
    rows = bench._lips()
    found = {tuple(row["name"].split("; ")): row["value"] for row in rows}
    (group,) = {name[1] for name in found}
    assert "bundled" in group and {name[2] for name in found} == set(bench.SHOWN)
    assert found["visemes", group, "score"] > 90 > found["visemes:visemesync", group, "score"]
    assert found["visemes", group, "lowest"] <= found["visemes", group, "score"]


def test_the_table_has_a_line_for_every_source_and_the_times_follow(bench):
    rows = [{"name": f"{s}; five clips; {key}", "value": 0.5, "unit": ""} for s in ("visemes", "a2f") for key in bench.SHOWN]
    lines = bench.text([*rows, {"name": "mock: first chunk", "value": 0.125, "unit": "ms"}]).splitlines()
    assert len(lines) == 4
    assert lines[0].split()[:2] == ["five", "clips"] and "lowest" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == ["visemes", "a2f", "mock:"]
    assert lines[2].split()[1:] == ["0.500"] * len(bench.SHOWN)


@pytest.mark.shared
def test_a_source_that_moves_as_the_people_do_is_near_them(root):
    """A mouth that follows a person's own lips scores 1; the mirror of it does not."""
    from tests.bench.human_lips import SHOWN, HumanLips

    people = HumanLips(root.parent / "shared")
    people._clips = people._clips[:2]
    gaps = iter([clip["gap"] for clip in people._clips] + [clip["gap"][::-1] for clip in people._clips])

    def follows(speech):
        weights = np.zeros((len(gap := next(gaps)), 52), np.float32)
        weights[:, ARKIT_INDEX["jawOpen"]] = np.maximum(gap, 0)
        assert speech.phones and speech.audio.rate == 16000
        return weights

    near, mirrored = people.measures(follows, 25.0), people.measures(follows, 25.0)
    assert set(near) == set(SHOWN)
    assert near["gap r"] > 0.95 and mirrored["gap r"] < 0.7 and near["lag ms"] == 0
