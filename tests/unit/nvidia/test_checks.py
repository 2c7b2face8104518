"""The examination of a bundle, as the first user of real weights will run it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.nvidia.checks import check_bundle


def by_name(findings) -> dict[str, str]:
    return {finding.name: finding.state for finding in findings}


@pytest.mark.parametrize("name", ["regression", "diffusion", "emotion"])
def test_a_good_bundle_has_no_problem(bundles, name):
    findings = check_bundle(bundles / name)
    assert [f for f in findings if f.state == "problem"] == []
    assert {f.state for f in findings} <= {"ok", "note"}
    assert {"kind", "model.json", "network", "operators"} <= set(by_name(findings))


def test_what_the_notes_ask_for_is_answered(bundles):
    findings = {f.name: f.detail for f in check_bundle(bundles / "regression")}
    assert "12 + tongue 10 + jaw 15 + eyes 4 = 41" in findings["widths"]
    assert "opset 14" in findings["network"] and "Conv 1" in findings["operators"]
    assert findings["tensor input"] == "batch x 1 x 8320"
    assert "tongueOut" in findings["Synthetic poses"]
    assert "relative error" in findings["Synthetic short path"]
    assert "frames/s" in findings["torch voice"] and "differ by" in findings["onnxruntime batch and single"]
    assert {"Synthetic rest", "Synthetic admm 4", "Synthetic admm 20", "engines on silence", "engines on voice"} <= set(findings)


def test_what_is_wrong_is_named_and_the_rest_still_runs(copy):
    folder = copy("regression")
    path = folder / "bs_skin_config.json"
    data = json.loads(path.read_text("utf-8"))
    data["blendshape_params"]["bsSolveSymmetryPoses"][30] = 99
    path.write_text(json.dumps(data), "utf-8")
    with np.load(folder / "model_data.npz") as archive:
        arrays = dict(archive)
    arrays["neutral_jaw"][0, 0] = np.nan
    np.savez(folder / "model_data.npz", **arrays)
    findings = check_bundle(folder)
    states = by_name(findings)
    assert states["bundle"] == "problem" and states["model_data.npz/neutral_jaw"] == "problem" and states["operators"] == "ok"


def test_no_bundle_at_all(tmp_path):
    [finding] = check_bundle(tmp_path)
    assert finding.state == "problem" and "model.json" in finding.detail
