"""Benchmarks ask for nothing that is not here, and say in one sentence what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from app.cli import main
from app.commands.bench import FOLDER, catalogue, found


def bench(root, *names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run benchmarks in a process of their own, as a machine that lacks something sees them."""
    keep = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    command = [sys.executable, "-m", "app", "bench", *names]
    return subprocess.run(command, cwd=root, env=keep | environment, capture_output=True, text=True, timeout=100, check=False)


def one_sentence(text: str) -> bool:
    """Whether a person is told something, and no programmer."""
    return text.endswith(".") and "\n" not in text and "Traceback" not in text and len(text) < 200


#: PortAudio on a machine without a single sound device
NO_DEVICE = """
class PortAudioError(Exception):
    pass

class _Default:
    device = {"input": -1, "output": -1}

default = _Default()

def query_hostapis(index=None):
    return ()

def query_devices(device=None, kind=None):
    if kind is None:
        return ()
    raise PortAudioError("Error querying device -1")

class InputStream:
    def __init__(self, **_keys):
        raise PortAudioError("Error querying device -1")

OutputStream = InputStream
"""


@pytest.fixture
def no_sound(tmp_path) -> dict[str, str]:
    """A machine without sound devices, whatever this one has."""
    (tmp_path / "sounddevice.py").write_text(NO_DEVICE)
    return {"PYTHONPATH": str(tmp_path)}


def test_sync_without_sound_devices_says_so(root, no_sound):
    """It needs an input that hears the output."""
    done = bench(root, "sync", "--json", **no_sound)
    said = json.loads(done.stdout)
    assert done.returncode == 1 and said["results"] == {} and "Traceback" not in done.stderr
    assert one_sentence(said["missing"]["sync"]) and "no input device" in said["missing"]["sync"]
    assert f"sync\n{said['missing']['sync']}\n" == bench(root, "sync", **no_sound).stdout


def test_a_window_without_a_display_says_so(root, no_sound):
    """And does not take the other benchmarks with it."""
    if sys.platform != "linux":
        pytest.skip("other systems always have a display")
    done = bench(root, "tuning", "sync", "--json", **no_sound)
    said = json.loads(done.stdout)
    assert done.returncode == 1 and list(said["missing"]) == ["tuning", "sync"]
    assert one_sentence(said["missing"]["tuning"]) and "no display" in said["missing"]["tuning"]


def test_a_package_that_is_not_installed_is_named(root, tmp_path, no_sound):
    """Optional packages belong to some benchmarks only."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['torch'] = None\n")
    done = bench(root, "nvidia", "--json", **no_sound)
    assert "torch" in json.loads(done.stdout)["missing"]["nvidia"]


BENCH = '''"""A benchmark that costs nothing."""

from tests.bench.budgets import Budget

BUDGETS = (Budget("steps", "ms", most=4), Budget("pictures", "fps", least=60))


def run():
    return [
        {"name": "steps", "value": 3.0, "unit": "ms"},
        {"name": "pictures", "value": 30.0, "unit": "fps"},
        {"name": "others", "value": 0.5, "unit": "s"},
    ]
'''


@pytest.fixture
def benchmarks(root, tmp_path, monkeypatch):
    """A folder with one benchmark in the place of tests/bench."""
    folder = tmp_path / "tests" / "bench"
    folder.mkdir(parents=True)
    (folder / "bench_cheap.py").write_text(BENCH)
    (folder / "budgets.py").write_bytes((root / "tests" / "bench" / "budgets.py").read_bytes())
    monkeypatch.setattr("app.commands.bench.FOLDER", folder)
    for name in [name for name in sys.modules if name == "tests" or name.startswith("tests.bench")]:
        monkeypatch.delitem(sys.modules, name)
    yield folder
    for name in [name for name in sys.modules if name.startswith("tests.bench")]:
        del sys.modules[name]


def test_the_list_names_budgets_and_measures_nothing(benchmarks, capsys):
    """As data and as lines."""
    (benchmarks / "bench_cheap.py").write_text(BENCH.replace("return [", "raise AssertionError('measured') or ["))
    assert main(["bench", "--list", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["benchmarks"]
    assert (told["name"], told["about"]) == ("cheap", "A benchmark that costs nothing.")
    assert told["budgets"][0] == {"name": "steps", "unit": "ms", "most": 4, "least": None, "limit": "≤ 4 ms"}
    assert main(["bench", "--list"]) == 0
    assert "pictures: ≥ 60 fps" in capsys.readouterr().out


def test_figures_stand_beside_their_budgets_and_beside_former_ones(benchmarks, tmp_path, capsys):
    """A budget that is not kept is said; what was not measured before has no ratio."""
    before = tmp_path / "before.json"
    before.write_text(json.dumps({"results": {"cheap": [{"name": "steps", "value": 6.0, "unit": "ms"}]}}))
    assert main(["bench", "cheap", "--against", str(before), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row.get("kept") for row in told["results"]["cheap"]] == [True, False, None]
    assert told["against"] == [{"name": "cheap: steps", "unit": "ms", "before": 6.0, "now": 3.0, "ratio": 0.5}]
    assert main(["bench", "--against", str(before)]) == 0
    lines = capsys.readouterr().out
    assert "[≥ 60 fps: NOT KEPT]" in lines and "0.50  cheap: steps (ms)" in lines


def test_figures_of_single_benchmarks_are_put_into_a_file(benchmarks, tmp_path, capsys):
    path = tmp_path / "kept.json"
    path.write_text(
        json.dumps({"results": {"other": [{"name": "a row", "value": 1.0, "unit": "s"}]}, "missing": {"cheap": "It was not there."}})
    )
    assert main(["bench", "cheap", "--into", str(path)]) == 0
    kept = json.loads(path.read_text())
    assert set(kept["results"]) == {"cheap", "other"} and kept["missing"] == {} and set(kept["conditions"]) == {"cheap"}
    assert kept["conditions"]["cheap"]["cores"] == os.cpu_count()
    assert main(["bench", "cheap", "--against", str(path)]) == 0
    path.write_text("[]")
    capsys.readouterr()
    assert main(["bench", "cheap", "--into", str(path)]) == 2 and one_sentence(capsys.readouterr().err.strip())


def test_the_baseline_names_benchmarks_and_budgets_that_there_are():
    kept = json.loads((FOLDER / "baseline.json").read_text(encoding="utf-8"))
    assert kept["results"] and set(kept["results"]) <= set(found()) and set(kept["conditions"]) == set(kept["results"])
    for entry in catalogue(tuple(kept["results"])):
        rows = {row["name"]: row for row in kept["results"][entry["name"]]}
        assert all({"value", "unit"} <= set(row) for row in rows.values())
        for budget in entry["budgets"]:
            assert rows[budget["name"]]["unit"] == budget["unit"], entry["name"]


@pytest.mark.parametrize("said", ["no-such-revision", "broken.json"])
def test_a_baseline_that_is_none_is_one_sentence(benchmarks, tmp_path, monkeypatch, capsys, said):
    """Neither figures nor a revision."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text("[]")
    assert main(["bench", "--against", said]) == 2
    assert one_sentence(capsys.readouterr().err.removeprefix("visemesync-preview: ").strip())
