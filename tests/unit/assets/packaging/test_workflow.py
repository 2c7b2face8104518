"""The workflow that makes packages: it parses, names what exists, and may do no more than it has to. GitHub never ran it here."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess

import pytest
import yaml

from assets.packaging import bill, building
from assets.packaging.contents import FLAVOURS


@pytest.fixture(scope="module")
def workflow(root):
    return yaml.safe_load((root / ".github/workflows/build.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def steps(workflow):
    """Every step of every job."""
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def words_of(steps, start):
    """The command lines that begin with a word, their variables as they stand."""
    text = "\n".join(step.get("run", "") for step in steps).replace("\\\n", " ")
    return [shlex.split(line.strip()) for line in text.splitlines() if line.strip().startswith(start)]


def test_both_systems_build_both_flavours_on_tags_and_by_hand(workflow):
    when = workflow[True]  # YAML 1.1 reads "on" as true
    assert when["push"] == {"tags": ["v*"]} and "workflow_dispatch" in when
    matrix = workflow["jobs"]["package"]["strategy"]["matrix"]
    assert set(matrix["flavour"]) == set(FLAVOURS) and {each.split("-")[0] for each in matrix["system"]} == {"ubuntu", "windows"}
    assert not any(each.endswith("latest") for each in matrix["system"])


def test_only_the_release_may_write(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    assert {name for name, job in workflow["jobs"].items() if job.get("permissions")} == {"release"}
    assert workflow["jobs"]["release"]["permissions"] == {"contents": "write"} and "refs/tags/" in workflow["jobs"]["release"]["if"]
    assert all(job["timeout-minutes"] for job in workflow["jobs"].values())


def test_actions_are_held_by_their_commits(steps, root):
    used = [step["uses"] for step in steps if "uses" in step]
    assert len(used) >= 5 and all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", each) for each in used)
    named = re.findall(r"uses: \S+( # v\d+\.\d+\.\d+)?$", (root / ".github/workflows/build.yml").read_text("utf-8"), re.MULTILINE)
    assert len(named) == len(used) and all(named), "each says which version its commit is"


def test_its_commands_exist(steps, root, monkeypatch, capsys):
    """Their options are read by the parsers of the commands themselves."""
    verbs = [line[2:] for line in words_of(steps, "python run.py")]
    assert [line[0] for line in verbs] == ["build", "sbom"]
    asked = []
    monkeypatch.setattr(building, "build", lambda kind, *_, **__: asked.append(kind.name))
    for name in FLAVOURS:
        assert building.main([re.sub(r"^\$\{\{.*$", name, word) for word in verbs[0][1:]][:1]) == 0
    assert asked == list(FLAVOURS)
    parsed = []
    parse = argparse.ArgumentParser.parse_args
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", lambda self, words: parsed.append(parse(self, words)) or parsed[-1])
    assert bill.main([word.replace("$FOLDER", "nowhere") for word in verbs[1][1:]]) == 2
    assert str(parsed[-1].out).startswith("dist/") and "There are no packages" in capsys.readouterr().err


def test_its_files_exist(workflow, steps, root):
    for step in steps:
        if "working-directory" in step:
            assert (root / step["working-directory"]).is_dir()
    assert [line[0] for line in words_of(steps, ".ci/appimage")] == [".ci/appimage"]
    assert os.name == "nt" or (root / ".ci/appimage").stat().st_mode & 0o111
    code = next(line[2] for line in words_of(steps, "python -c"))
    assert code == "import run; run.install_packages(run.missing_packages(for_tests=True))"
    script = (root / "run.py").read_text("utf-8")
    assert "def install_packages(packages" in script and "def missing_packages(for_tests" in script
    folder = workflow["jobs"]["package"]["env"]["FOLDER"]
    assert [folder.replace("${{ matrix.flavour }}", name) for name in FLAVOURS] == [
        str(building.folder_of(kind).relative_to(root)) for kind in FLAVOURS.values()
    ]


def test_every_kind_of_package_is_kept_and_smoke_tested(steps):
    kept = next(step["with"]["path"].split() for step in steps if step.get("with", {}).get("name", "").startswith("packages-"))
    assert {each.removeprefix("dist/*") for each in kept[:-1]} == {".tar.gz", ".deb", ".AppImage", ".zip", ".exe", ".cdx.json"}
    assert kept[-1] == "dist/SHA256SUMS"
    assert sum("--smoke-test" in step.get("run", "") for step in steps) == 3
    assert any("-size +1950M" in step.get("run", "") for step in steps), "GitHub takes no file over 2 GB"
    assert any("sha256sum --check SHA256SUMS" in step.get("run", "") for step in steps)


def test_nothing_from_outside_is_put_into_a_command(steps):
    """A tag's name may be anything; it goes through the environment."""
    inside = re.findall(r"\$\{\{(.*?)\}\}", "\n".join(step.get("run", "") for step in steps))
    assert {each.strip() for each in inside} <= {"matrix.flavour", "runner.os"}


def test_appimages_tools_are_held_by_checksums(root):
    """And the script is one that bash can read."""
    text = (root / ".ci/appimage").read_text("utf-8")
    assert text.count("fetch ") == len(re.findall(r"^fetch \w+ \"\$releases/\S+\" \\\n  [0-9a-f]{64}$", text, re.MULTILINE)) == 2
    assert "continuous" not in text and subprocess.run(["bash", "-n", ".ci/appimage"], cwd=root, check=False).returncode == 0
