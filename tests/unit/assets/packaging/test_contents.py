"""What goes into a package, and what may not: the list, and the check of a finished folder."""

from __future__ import annotations

import os
import sys
import tarfile
import tomllib
from pathlib import Path

import av
import numpy as np
import pytest

from app.cli import LIVE_VERBS, REVIEW_VERBS, VERBS
from app.commands import doctor
from app.upkeep import shipped_files
from assets.packaging import archive, bill, building, checking, contents, linking, slimming, stubs

NUMPY = next(Path(np.__file__).parent.glob("_core/_multiarray_umath*.so"), None)


def test_the_list_holds_what_the_program_reads_and_nothing_gpl(root):
    files = {(folder + "/" if folder != "." else "") + file.name for file, folder in contents.data_files(root)}
    assert {"LICENSE", "assets/avatar.glb", "models/weights/face_quality.safetensors", "models/weights/ranges.json", "docs/guide.md",
            "app/render/shaders/studio.frag", "app/remote/nim/nim.proto", "app/review/page/web/page.js",
            "assets/icons/visemesync.svg"} <= files  # fmt: skip
    assert not [name for name in files if contents.why_forbidden(name)]
    assert "readline" in contents.EXCLUDES and "torch" in contents.flavour("lite").excludes


def test_what_the_wheel_holds_of_data_is_in_the_package(root):
    """A file that is neither code nor packed is missed only by whoever uses what needs it."""
    wanted = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    packed = {file for file, _ in contents.data_files(root)}
    needless = ("package.json", ".npmrc", "nim.proto.txt")
    for place in (root / name for name in wanted):
        for file in [place] if place.is_file() else place.rglob("*"):
            aside = {"node_modules", "__pycache__", "train"} & set(file.parts) or file.name in needless
            assert aside or file.is_dir() or file.suffix in (".py", ".pyc") or file in packed, file


def test_every_verb_is_in_the_package():
    rooms = {**dict.fromkeys(REVIEW_VERBS, "review."), **dict.fromkeys(LIVE_VERBS, "live.")}
    assert all(contents.is_kept_module(f"app.commands.{rooms.get(verb, '')}{verb}") for verb in VERBS)
    assert contents.is_kept_module("models.engines.onnx_engine") and not contents.is_kept_module("models.train.fit")


@pytest.mark.parametrize(
    "name",
    [
        "readline.cpython-311-x86_64-linux-gnu.so", "libreadline.so.8", "libdb-5.3.so", "libjack.so.0", "libstdc++.so.6", "libGL.so.1",
        "ffmpeg.exe", "libgcc_s.so.1",
    ],
)  # fmt: skip
def test_what_may_not_be_shipped_is_known_by_its_name(name):
    assert contents.why_forbidden(f"_internal/{name}")


def test_stubs_bear_the_numbers_of_the_interfaces_they_stand_for(tmp_path):
    for library, number in (("libx264-d6533a8d.so.165", "165"), ("libx264-165-cb1d6de5.dll", "165"), ("libx265-f5385bb8.so.216", "216")):
        command = stubs.command_for(library, tmp_path / library, "win32" if library.endswith("dll") else "linux")
        assert any(word in (f"-DBUILD={number}", f"/DBUILD={number}") for word in command)
    with pytest.raises(SystemExit, match="named in another way"):
        stubs.command_for("libx264.so", tmp_path / "x")
    assert stubs.is_gpl_encoder("av.libs/libx265-f5385bb8.so.216") and not stubs.is_gpl_encoder("av.libs/libvpx-edb6de90.so.12")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A made-up package that may be given away."""
    made = tmp_path / "visemesync-preview-lite"
    (made / "_internal" / "av.libs").mkdir(parents=True)
    (made / "visemesync-preview").write_text("#!/bin/sh\n")
    (made / "visemesync-preview").chmod(0o755)
    for name in ("libavcodec-5e6b81c2.so.62", "libx264-d6533a8d.so.165", "libx265-f5385bb8.so.216"):
        (made / "_internal" / "av.libs" / name).write_bytes(b"\x7fELF nothing")
    notice = made / "_internal" / "assets" / "licences" / "THIRD-PARTY.txt"
    notice.parent.mkdir(parents=True)
    notice.write_text("FFmpeg Qt LGPL")
    notice.with_name("sbom.cdx.json").write_text('{"components": [{"name": "Qt"}]}')
    (made / "_internal" / "libavcodec-5e6b81c2.so.62").symlink_to("av.libs/libavcodec-5e6b81c2.so.62")
    return made


def test_a_package_as_it_should_be_has_no_faults(folder):
    assert checking.faults(folder, contents.flavour("lite")) == []


@pytest.mark.skipif(os.name == "nt", reason="PyAV's libraries have other names on Windows")
def test_the_encoders_of_pyavs_wheel_are_found_whatever_they_are_called(folder):
    wheel = Path(av.__file__).parent.parent / "av.libs"
    real = next(wheel.glob("libx264*"))
    (folder / "_internal" / "av.libs" / "libx264-d6533a8d.so.165").write_bytes(real.read_bytes())
    (folder / "_internal" / "innocent.so").write_bytes(real.read_bytes())
    faults = "\n".join(checking.faults(folder, contents.flavour("lite")))
    assert "no stub of ours" in faults and "innocent.so holds code of x264" in faults


def test_faults_of_other_kinds_are_told(folder):
    (folder / "_internal" / "libjack.so.0").write_bytes(b"")
    (folder / "_internal" / "big.bin").write_bytes(b"\0" * 41_000_000)
    (folder / "_internal" / "away").symlink_to("/etc/hostname")
    for name in ("libx264-d6533a8d.so.165", "libx265-f5385bb8.so.216"):
        (folder / "_internal" / "av.libs" / name).unlink()
    for name in ("THIRD-PARTY.txt", "sbom.cdx.json"):
        (folder / "_internal" / "assets" / "licences" / name).unlink()
    (folder / "visemesync-preview").unlink()
    faults = "\n".join(checking.faults(folder, contents.flavour("lite")))
    for words in ("libjack", "41.0 MB", "away is a link", "without the stubs", "THIRD-PARTY", "sbom.cdx.json, the list", "no program"):
        assert words in faults


def test_an_archive_is_the_same_every_time(folder):
    first = archive.pack(folder).read_bytes()
    for path in folder.rglob("*"):
        if not path.is_symlink():
            os.utime(path, (1, 1))
    packed = archive.pack(folder)
    assert packed.read_bytes() == first
    with tarfile.open(packed) as opened:
        names = {entry.name: entry for entry in opened.getmembers()}
    assert names["visemesync-preview-lite/visemesync-preview"].mode == 0o755
    assert names["visemesync-preview-lite/_internal/libavcodec-5e6b81c2.so.62"].issym()
    sums = (folder.parent / "SHA256SUMS").read_text().splitlines()
    assert len(sums) == 1 and sums[0].endswith("  visemesync-preview-lite.tar.gz")


def test_every_file_that_is_given_away_is_listed_and_doctor_sees_what_changed(folder, monkeypatch):
    (folder / "share").mkdir()
    (folder / "share" / "elsewhere.desktop").write_text("x")
    listed = archive.list_files(folder).read_text("utf-8").splitlines()
    assert [line[66:] for line in listed] == sorted(line[66:] for line in listed) and len(listed) == 6
    assert archive.list_files(folder).read_text("utf-8").splitlines() == listed, "it does not list itself"
    assert shipped_files.changed_files(folder) == []
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(folder / "visemesync-preview"))
    assert doctor.check_files().state == "ok"
    (folder / "_internal" / "av.libs" / "libx264-d6533a8d.so.165").write_bytes(b"\x7fELF another")
    (folder / "_internal" / "assets" / "licences" / "THIRD-PARTY.txt").unlink()
    found = doctor.check_files()
    assert found.state == "problem" and found.detail.startswith("2 are gone or changed: ") and "libx264" in found.detail
    (folder / "FILES.sha256").write_text("nonsense")
    assert doctor.check_files().state == "note"


def test_what_people_look_for_lies_beside_the_program(folder, capsys):
    building.show_notices(folder)
    assert (folder / "THIRD-PARTY.txt").read_text() == "FFmpeg Qt LGPL" and checking.faults(folder, contents.flavour("lite")) == []
    out = folder.parent / "bill.json"
    assert bill.main([str(folder), "-o", str(out)]) == 0 and "1 components, as the package says" in capsys.readouterr().out
    assert out.read_bytes() == (folder / "sbom.cdx.json").read_bytes()


def test_libraries_that_only_left_out_plugins_needed_go_too():
    binaries = [
        ("PySide6/QtGui.abi3.so", "a", "EXTENSION"),
        ("libQt6Gui.so.6", "b", "BINARY"),
        ("PySide6/Qt/lib/libQt6Gui.so.6", "b", "BINARY"),
        ("libgtk-3.so.0", "c", "BINARY"),
        ("libicudata.so.73", "d", "BINARY"),
    ]
    links = {"a": ["libQt6Gui.so.6"], "b": ["libicudata.so.73"]}
    kept = linking.reachable(binaries, lambda path: links.get(path, []))
    assert [entry[0] for entry in kept] == [entry[0] for entry in binaries if entry[0] != "libgtk-3.so.0"]
    datas = [("libgtk-3.so", "libgtk-3.so.0", "SYMLINK"), ("libQt6Gui.so", "libQt6Gui.so.6", "SYMLINK"), ("LICENSE", "x", "DATA")]
    assert [entry[0] for entry in linking.without_dead_links(datas, kept)] == ["libQt6Gui.so", "LICENSE"]


@pytest.mark.skipif(not sys.platform.startswith("linux") or NUMPY is None, reason="ELF files are Linux's")
def test_a_library_that_the_loader_would_refuse_is_told():
    content = NUMPY.read_bytes()
    assert slimming.is_loadable(content) and not slimming.is_loadable(b"MZ" + content[2:])
    assert not slimming.is_loadable(content[: len(content) // 2])
