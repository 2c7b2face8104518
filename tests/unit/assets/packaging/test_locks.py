"""The locks hold what pyproject.toml asks, with hashes, wheels for Windows and no trace of where they were made."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from assets.packaging import locking
from assets.packaging.locking import EXTRAS, LOCKS, MINORS, SERVER_ALONE, TABLE, Pin, Target, for_the_cpu, pins_of, table

AGAIN = "pyproject.toml has changed; run: python3 run.py lock"
COVERED = [Target(system, minor) for system in ("linux", "windows") for minor in (11, 13)]


def locked(name: str) -> list[tuple[Requirement, int]]:
    """Requirements of a lock, each with how many hashes it has."""
    text = (LOCKS / f"{name}.txt").read_text("utf-8")
    pairs = re.findall(r"^([^#\s].*?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE)
    assert sum(line and not line.startswith(("#", " ")) for line in text.splitlines()) == len(pairs)
    return [(Requirement(head), hashes.count("sha256:")) for head, hashes in pairs]


def asked(root, extras: tuple[str, ...]) -> list[Requirement]:
    """What the project asks with some extras, those that extras name among them."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    found, waiting, seen = [Requirement(line) for line in project["dependencies"]], list(extras), set()
    while waiting:
        extra = waiting.pop()
        if extra in seen:
            continue
        seen.add(extra)
        for requirement in map(Requirement, project["optional-dependencies"][extra]):
            if requirement.name == project["name"]:
                waiting += requirement.extras
            else:
                found.append(requirement)
    return found


def wanted_of(root, name: str) -> list[Requirement]:
    """What a lock is made for."""
    if name != "server":
        return asked(root, EXTRAS[name])
    lines = SERVER_ALONE.read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("name", [*sorted(EXTRAS), "server"])
def test_every_requirement_is_locked_within_its_range(root, name):
    pins = [pin for pin, count in locked(name) if count]
    for target in COVERED:
        for wanted in wanted_of(root, name):
            if not target.wants(str(wanted.marker or "")):
                continue
            fits = [
                pin for pin in pins if canonicalize_name(pin.name) == canonicalize_name(wanted.name) and target.wants(str(pin.marker or ""))
            ]
            assert len(fits) == 1, f"{wanted.name} on {target}: {AGAIN}"
            version = str(fits[0].specifier).removeprefix("==")
            assert wanted.specifier.contains(version.partition("+")[0], prereleases=True), f"{wanted} got {version}: {AGAIN}"


def test_no_lock_knows_where_it_was_made(root):
    files = [*LOCKS.iterdir(), TABLE]
    assert {path.name for path in files} >= {"desktop.txt", "server.txt", "lite.txt", "full.txt", "build.txt", "windows.json"}
    for path in files:
        text = path.read_text("utf-8")
        assert not re.search(r"https?://|file:|--index|--extra-index|--find-links|/(?:opt|home|root|tmp|work)/", text), path.name


def test_windows_gets_a_wheel_of_everything(root):
    rows = {(row["name"], row["version"]): row for row in json.loads((LOCKS / "windows.json").read_text("utf-8"))}
    for name in (*EXTRAS, "server", "build"):
        for pin, _count in locked(name):
            for target in (Target("windows", minor) for minor in MINORS):
                if target.wants(str(pin.marker or "")):
                    wheel = rows[canonicalize_name(pin.name), str(pin.specifier).removeprefix("==")][f"3.{target.minor}"]
                    assert wheel.endswith(("-any.whl", "-win_amd64.whl")) and target.takes(wheel), wheel
    assert TABLE.read_text("utf-8") == table(list(rows.values()))


def test_the_server_alone_asks_what_its_extra_asks_and_some_of_what_the_program_asks(root):
    """One range for each package, wherever it is named."""
    alone = {requirement.name: requirement for requirement in wanted_of(root, "server")}
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    extra, base = (
        {r.name: r for r in map(Requirement, lines)} for lines in (project["optional-dependencies"]["server"], project["dependencies"])
    )
    assert set(extra) <= set(alone), (
        "a2f-server/requirements.txt lacks something of the extra `server`; add it there, then: python3 run.py lock"
    )
    assert alone == {name: {**base, **extra}[name] for name in alone}
    cuda = (SERVER_ALONE.parent / "requirements-cuda.txt").read_text("utf-8").splitlines()
    assert cuda[1] == "-r requirements.txt" and cuda[2:] == [
        line for extra in ("a2f", "cards") for line in project["optional-dependencies"][extra]
    ]


def test_the_server_alone_has_nothing_of_the_window():
    names = {pin.name.lower() for pin, _count in locked("server")}
    assert not names & {
        "pyside6-essentials",
        "shiboken6",
        "av",
        "pyrender2",
        "pyqtgraph",
        "trimesh",
        "pyopengl",
        "sounddevice",
        "torch",
        "scipy",
    }


def test_lite_has_no_torch_and_full_none_of_cuda():
    names = {name: {pin.name for pin, _count in locked(name)} for name in ("desktop", "lite", "full")}
    assert "torch" not in names["desktop"] | names["lite"] and "torch" in names["full"]
    assert not [name for name in names["full"] if name.startswith(("nvidia", "cuda", "triton"))]


@pytest.mark.parametrize("system", ["linux", "windows"])
def test_full_has_a_torch_for_every_python(system):
    """One wheel a Python; that each target takes its own is held when the lock is made."""
    marker = f"sys_platform == '{'linux' if system == 'linux' else 'win32'}'"
    (count,) = [count for pin, count in locked("full") if pin.name == "torch" and str(pin.marker or "").replace('"', "'") == marker]
    assert count == len(MINORS)


def test_without_pytorchs_index_its_wheels_are_known_and_another_file_of_that_name_is_not_taken(monkeypatch, tmp_path):
    monkeypatch.setattr(locking, "CPU_WHEELS", "http://127.0.0.1:9/whl/cpu")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    known = locking.cpu_torch()
    ((windows, linux),) = [list(for_the_cpu([Pin("torch", "2.13.0", "", {})], known))]
    assert "--extra-index-url" not in locking.install_words("build", "full") and locking.install_words("lite")[-1].endswith("lite.txt")
    assert windows.version == "2.13.0" and linux.version == "2.13.0+cpu" and not linux.lacking()
    (tmp_path / sorted(known)[0]).write_bytes(b"odd")
    with pytest.raises(SystemExit, match="is not the file of that name in PyTorch's index"):
        locking.cpu_torch()


def wheels(*names: str) -> list[dict]:
    """As uv writes them."""
    return [{"url": f"https://files.example/a/{name}", "hashes": {"sha256": f"{i:064x}"}} for i, name in enumerate(names)]


def test_only_wheels_that_a_target_takes_are_kept_and_what_lacks_is_told():
    lock = {"packages": [
        {"name": "one", "version": "1", "marker": "python_full_version >= '3.11' and sys_platform == 'win32'",
         "wheels": wheels("one-1-cp311-cp311-win_amd64.whl", "one-1-cp310-abi3-win32.whl", "one-1-cp311-cp311-macosx_11_0_arm64.whl")},
        {"name": "two", "version": "2", "wheels": wheels("two-2-py3-none-any.whl")},
        {"name": "mac", "version": "2", "marker": "sys_platform == 'darwin'", "wheels": wheels("mac-2-py3-none-any.whl")},
    ]}  # fmt: skip
    one, two = pins_of(lock)
    assert one.marker == "sys_platform == 'win32'" and list(one.wheels) == ["one-1-cp311-cp311-win_amd64.whl"]
    assert [(each.system, each.minor) for each in one.lacking()] == [("windows", 12), ("windows", 13)] and not two.lacking()
    assert one.text() == "one==1 ; sys_platform == 'win32' \\\n    --hash=sha256:" + "0" * 64


def test_torch_for_linux_is_that_for_the_cpu():
    pins = [
        Pin("torch", "2.1", "", {"torch-2.1-cp311-cp311-win_amd64.whl": "a", "torch-2.1-cp311-cp311-manylinux_2_28_x86_64.whl": "b"}),
        Pin("nvidia-cublas", "1", "sys_platform == 'linux'", {}),
    ]
    at_hand = {"torch-2.1+cpu-cp311-cp311-manylinux_2_28_x86_64.whl": "c", "torch-2.0+cpu-cp311-cp311-linux_x86_64.whl": "d"}
    windows, linux = for_the_cpu(pins, at_hand)
    assert (windows.version, list(windows.wheels.values())) == ("2.1", ["a"])
    assert (linux.version, list(linux.wheels.values())) == ("2.1+cpu", ["c"])
