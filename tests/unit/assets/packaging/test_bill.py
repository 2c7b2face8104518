"""The bill of materials lists what lies in a folder, and says the same of the same packages."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from app import __version__
from assets.packaging.bill import bill, write_bill

HERE = Path(sysconfig.get_path("purelib"))


@pytest.fixture(scope="module")
def made() -> dict:
    return bill([HERE], without=("pip",))


def test_every_package_has_a_name_a_version_and_an_address(made):
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    names = {each["name"]: each for each in made["components"]}
    assert {"numpy", "onnxruntime", "av"} <= set(names) and "pip" not in names and "visemesync-preview" not in names
    assert all(each["purl"].startswith("pkg:pypi/") and each["version"] for each in made["components"])
    assert names["onnxruntime"]["licenses"] and made["metadata"]["component"]["version"] == __version__


def test_dependencies_name_only_what_is_listed(made):
    listed = {each["bom-ref"] for each in made["components"]}
    needs = {each["ref"]: set(each["dependsOn"]) for each in made["dependencies"]}
    assert needs.pop("visemesync-preview") == listed == set(needs)
    assert all(each <= listed for each in needs.values())
    sound = next(ref for ref in listed if ref.startswith("pkg:pypi/sounddevice@"))
    assert any(ref.startswith("pkg:pypi/cffi@") for ref in needs[sound])


def test_the_same_packages_give_the_same_bytes_and_others_another_number(tmp_path, made):
    files = [tmp_path / name for name in ("a.json", "b.json")]
    extra = {"type": "library", "bom-ref": "portaudio", "name": "PortAudio", "version": "19.7"}
    assert write_bill(files[0], [HERE]) == write_bill(files[1], [HERE]) == len(made["components"]) + 1
    assert [each["name"] for each in bill([HERE], only=["numpy", "AV"])["components"]] == ["av", "numpy"]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert bill([HERE], beside=[extra])["serialNumber"] != json.loads(files[0].read_text())["serialNumber"]


def test_the_command_writes_a_file_and_says_what_is_wrong(root, tmp_path):
    command = [sys.executable, str(root / "run.py"), "sbom", str(tmp_path), "-o", str(tmp_path / "out.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "There are no packages in" in done.stderr
