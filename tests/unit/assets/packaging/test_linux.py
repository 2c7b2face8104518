"""What a Linux desktop and Debian are told about the packed program, and how two builds are compared."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import time
from xml.etree import ElementTree

import pytest
from PIL import Image

from app import __version__
from app.cli import VERBS, build_parser
from app.ui.start.application import APP_ID
from assets.packaging.comparing import contents, differences
from assets.packaging.linux import debian, desktop_files, host, icons, manual, screens, without
from assets.packaging.linux.deb_archive import write_deb


def test_the_menu_entry_is_found_by_the_window_and_opens_our_files(root):
    entry = dict(line.split("=", 1) for line in desktop_files.desktop_entry().splitlines() if "=" in line)
    assert entry["Icon"] == APP_ID == entry["StartupWMClass"] and entry["Exec"] == "visemesync-preview %F"
    assert set(entry["MimeType"].strip(";").split(";")) == {*desktop_files.OWN_KINDS, "model/gltf-binary"}
    mime = ElementTree.fromstring(desktop_files.mime_package())
    globs = {each.attrib["pattern"] for each in mime.iter() if each.tag.endswith("}glob")}
    assert globs == {"*.vsync", "*.vstake"}
    about = ElementTree.fromstring(desktop_files.metainfo(0))
    assert about.findtext("launchable") == f"{APP_ID}.desktop"
    release = about.find("releases/release")
    assert release is not None and release.attrib == {"version": __version__, "date": "1970-01-01"}


def test_the_manual_names_every_verb():
    verbs = manual.verbs_of(build_parser())
    page = manual.manual_page(verbs, 0)
    assert set(verbs) == set(VERBS) and all(f".B {verb}\n" in page for verb in VERBS) and ".SH FILES" in page


def test_icons_come_in_all_sizes_and_are_not_blank(tmp_path, qapp):
    made = icons.write_icons(tmp_path)
    for size, path in zip(icons.SIZES_PX, made, strict=False):
        with Image.open(path) as picture:
            assert picture.size == (size, size) and picture.mode == "RGBA"
            assert picture.getpixel((0, 0))[3] == 0 and picture.getextrema()[3][1] == 255
    assert made[-1].suffix == ".svg"


def test_every_library_that_is_left_to_the_system_is_in_a_package_of_it():
    needs = host.HostNeeds({"libc.so.6": ("a",), "libGL.so.1": ("b",), "libasound.so.2": ("c",)}, (2, 35), "a", (3, 4, 29))
    entries = host.depends(host.HostNeeds({**needs.libraries, "libstdc++.so.6": ("d",)}, (2, 35), "a", (3, 4, 29)))
    assert entries[0] == "libc6 (>= 2.35)" and "libstdc++6 (>= 11)" in entries and "libasound2 | libasound2t64" in entries
    with pytest.raises(SystemExit, match=r"libodd\.so\.1"):
        host.depends(host.HostNeeds({"libodd.so.1": ("e",)}, (2, 35), "a", (0,)))


def test_a_name_and_a_time_that_do_not_depend_on_who_builds(tmp_path):
    root, out = tmp_path / "root", tmp_path / "a.deb"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text("Package: a\nVersion: 1\nArchitecture: all\nMaintainer: b\nDescription: c\n")
    program = root / "opt" / "program"
    program.parent.mkdir()
    program.write_text("odd")
    program.chmod(0o700)
    program.with_name("link").symlink_to("program")
    write_deb(root, out, 86_400)
    first = out.read_bytes()
    program.touch()
    write_deb(root, out, 86_400)
    assert first == out.read_bytes() and first.startswith(b"!<arch>\ndebian-binary   86400 ")
    if shutil.which("dpkg-deb"):
        told = subprocess.run(["dpkg-deb", "-c", str(out)], capture_output=True, text=True, check=True).stdout
        assert "-rwxr-xr-x root/root" in told and "./opt/link -> program" in told and "1970-01-02" in told
    assert debian.package_of(tmp_path, "lite").name.startswith(f"visemesync-preview_{__version__}_")
    assert debian.package_of(tmp_path, "full").name.startswith("visemesync-preview-full_")


def test_a_picture_of_an_x_display_has_its_colours(tmp_path, monkeypatch):
    width, height = 3, 2
    header = [100, 7, 2, 24, width, height, 0, 0, 32, 0, 32, 32, 4 * width, 4, 0, 0, 0, 8, 0, 1, width, height, 0, 0, 0]
    pixels = bytes([10, 20, 30, 0]) * (width * height)
    dump = struct.pack(">25I", *header) + bytes(12) + pixels
    picture = Image.open(io.BytesIO(screens.png_of_xwd(dump)))
    assert picture.size == (width, height) and picture.getpixel((2, 1)) == (30, 20, 10)
    (tmp_path / "pixels").write_bytes(dump[:-4] + bytes(4))
    monkeypatch.setattr(time, "sleep", lambda _seconds: (tmp_path / "pixels").write_bytes(dump))  # the window goes on meanwhile
    screens.Screen(":0", tmp_path / "pixels").save_when_still(tmp_path / "still.png")
    assert Image.open(tmp_path / "still.png").getpixel((2, 1)) == (30, 20, 10)


@pytest.mark.parametrize(
    ("status", "err", "good"),
    [
        (3, "The library libGL.so.1 for OpenGL is missing; install it.\n", True),
        (1, "Traceback (most recent call last):\nImportError: libGL.so.1\n", False),
        (3, "ALSA lib conf.c: nothing\nThe library libGL.so.1 is missing.\n", True),
        (3, "The library libGL.so.1 is missing.\nand more\n", False),
        (0, "", False),
    ],
)
def test_what_is_missing_is_one_sentence(status, err, good):
    case = next(each for each in without.CASES if each.what == "libGL")
    assert without.judge(case, status, "", err)[0] is good


def test_two_builds_differ_in_what_is_said_only(tmp_path):
    for name, text in (("one", "a"), ("two", "b")):
        folder = tmp_path / name / "x.dist-info"
        folder.mkdir(parents=True)
        (folder / "RECORD").write_text(text)
        (folder / "METADATA").write_text("same")
        (folder / "link").symlink_to("METADATA")
    (tmp_path / "two" / "new").write_text("")
    found = differences(contents(tmp_path / "one"), contents(tmp_path / "two"))
    assert [(each.name, bool(each.reason)) for each in found] == [("new", False), ("x.dist-info/RECORD", True)]
