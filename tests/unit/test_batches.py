"""The groups of `run.py test`, on a small checkout of their own."""

from __future__ import annotations

import importlib.util
import json
import os
import sys

import pytest

FILES = {
    "tests/gui/test_window.py": "def test_a(): pass\ndef test_b(): pass\n",
    "tests/gui/test_menus.py": "def test_a(): pass\n",
    "tests/unit/audio/test_clips.py": "import pytest\ndef test_a(): pytest.skip('no sound here')\n",
    "tests/unit/audio/test_player.py": "def test_a(): pass\n",
    "tests/property/test_tracks.py": "def test_a(): assert 1 == 2, 'one is not two'\n",
    "tests/e2e/test_cli.py": "import os\ndef test_a(): os._exit(7)\n",
}


@pytest.fixture
def batches(root, tmp_path):
    spec = importlib.util.spec_from_file_location("batches", root / "tests" / "batches.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return module.Batches(tmp_path, tmp_path / "seconds.json")


def test_windows_share_a_process_until_it_is_full_and_folders_are_together(batches, tmp_path):
    groups = batches.groups(quick=False)
    assert groups["tests/unit/audio"] == ["tests/unit/audio/test_clips.py", "tests/unit/audio/test_player.py"]
    assert groups["tests/gui/menus, window"] == ["tests/gui/test_menus.py", "tests/gui/test_window.py"]
    assert groups["tests/e2e/cli"] == ["tests/e2e/test_cli.py"]
    (tmp_path / "tests/gui/test_menus.py").write_text("#" * 60_000)
    files = list(batches.groups(quick=False).values())
    assert ["tests/gui/test_menus.py"] in files and ["tests/gui/test_window.py"] in files
    assert set(batches.groups(quick=True)) == {"tests/unit/audio", "tests/property"}


@pytest.mark.parametrize("memory", ["[1, 2]", '{"tests/property": "long"}', "{", None], ids=repr)
def test_the_longest_of_the_last_run_begins_and_a_damaged_memory_is_none(batches, tmp_path, memory):
    (tmp_path / "seconds.json").write_text('{"tests/property": 90, "tests/gui/menus, window": 80.5}')
    assert list(batches.groups(quick=False))[:2] == ["tests/property", "tests/gui/menus, window"]
    if memory is None:
        (tmp_path / "seconds.json").unlink()
    else:
        (tmp_path / "seconds.json").write_text(memory)
    assert next(iter(batches.groups(quick=False))).startswith(("tests/gui", "tests/e2e"))


@pytest.mark.slow
def test_everything_is_run_and_counted_and_only_what_failed_is_printed(batches, tmp_path, capfd):
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path)]
    plain = {"PYTHONDONTWRITEBYTECODE": "1"}
    status = batches.run(command, [plain | {"PATH": ""}] * 2, quick=False, beside=plain | {"PATH": os.environ["PATH"]})
    said = capfd.readouterr().out
    assert status == 7, "the worst of them"
    assert said.strip().splitlines()[-1] == "4 passed, 2 failed, 1 skipped"
    assert "all of it took " in said
    assert "passed  tests/gui/menus, window: 3 passed, 0 failed, 0 skipped" in said
    assert "FAILED tests/property\n" in said and "FAILED tests/e2e/cli\n" in said and "one is not two" in said
    assert "1 skipped: no sound here" in said and "tests/unit/audio/test_player.py::test_a" in said
    assert json.loads((tmp_path / "seconds.json").read_text()).keys() == batches.groups(quick=False).keys()


@pytest.mark.slow
def test_one_process_takes_no_windows_and_stands_back(batches, tmp_path):
    """The only lane here: what it leaves is not run."""
    for name in FILES:
        (tmp_path / name).write_text("import os\ndef test_a(): assert os.nice(0) >= 5\n")
    said = batches.run([sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path)], [], quick=False, beside=dict(os.environ))
    assert said == 0
    assert json.loads((tmp_path / "seconds.json").read_text()).keys() == {"tests/property", "tests/e2e/cli"}


@pytest.mark.slow
def test_what_needs_the_machine_alone_is_run_again_and_named(batches, tmp_path, capfd):
    """One test passes the second time only, one never."""
    first = "\n".join(
        (
            "import pathlib",
            "def test_a():",
            "    seen = pathlib.Path(__file__).with_suffix('.seen')",
            "    known = seen.exists()",
            "    seen.touch()",
            "    assert known",
        )
    )
    (tmp_path / "tests/gui/test_menus.py").write_text(first)
    (tmp_path / "tests/e2e/test_cli.py").write_text("def test_a(): pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path)]
    assert batches.run(command, [{"PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}] * 2, quick=False) == 1
    said = capfd.readouterr().out
    assert said.strip().splitlines()[-1] == "5 passed, 1 failed, 1 skipped"
    assert "failed beside others, passed alone: tests/gui/test_menus.py::test_a" in said
    assert "FAILED tests/property\n" in said and "FAILED tests/gui" not in said.partition("the 25 slowest")[2]
