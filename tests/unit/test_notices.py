"""The notice of third parties: every work with its licence, and what the LGPL asks for."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from app.notices import collecting
from app.notices.native import LIBRARIES, library_of
from assets.packaging.third_parties import distributions_of, unaccounted


@pytest.fixture(scope="module")
def text() -> str:
    return collecting.third_party()


def test_every_package_that_is_needed_has_its_licence_in_the_notice(text):
    names = collecting.installed()
    assert {"numpy", "PySide6_Essentials", "av", "soxr", "trimesh", "aiohttp", "hibari-tts"} <= set(names)
    assert not {"pytest", "ray", "visemesync-preview"} & set(names)
    head = text[: text.index("\nTexts\n")]
    assert all(f"\n{name} " in head for name in names)
    assert "see its text" not in head.replace("pyglet", "", 1) or head.count("see its text") <= 1


def test_what_the_lgpl_asks_for_is_said(text):
    for word in ("Qt 6.", "FFmpeg 8", "libsndfile 1", "libsoxr 0", "you may replace", "take it apart", "https://ffmpeg.org/releases/",
                 "https://download.qt.io/official_releases/qt/", "GNU LESSER GENERAL PUBLIC LICENSE\n                       Version 2.1",
                 "GNU LESSER GENERAL PUBLIC LICENSE\n                       Version 3", "https://aka.ms/csspeech/license"):  # fmt: skip
        assert word in text, word


def test_every_library_of_pyav_is_accounted_for():
    wheel = Path(av.__file__).parent.parent / "av.libs"
    if not wheel.is_dir():
        pytest.skip("this PyAV brings no libraries of its own")
    names = [f"av.libs/{path.name}" for path in wheel.iterdir()]
    assert names and unaccounted(names) == [] and unaccounted([*names, "libmystery-1.so.4"]) == ["libmystery-1.so.4"]
    assert distributions_of(["av.video.frame", "PySide6/QtGui.abi3.so", "app.cli"]) == ["av", "PySide6_Essentials"]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "Qt"),
        ("Qt6Core.dll", "Qt"),
        ("avcodec-62-0f1e2d3c.dll", "FFmpeg"),
        ("libxcb-glx.so.0", "XCB, Xau"),
        ("MSVCP140.dll", "Microsoft Visual C++ runtime"),
        ("libcudnn.so.9", "NVIDIA CUDA"),
        ("libtorch_cpu.so", "PyTorch"),
        ("libgomp.so.1", "GCC runtime (libgfortran, libquadmath, libgomp)"),
        ("libportaudio64bit.dll", "PortAudio"),
        ("libcrypto-3.dll", "OpenSSL"),
    ],
)
def test_libraries_are_known_by_their_files(file, name):
    found = library_of(file)
    assert found is not None and found.name == name


def test_a_package_shows_the_notice_that_was_made_for_it(monkeypatch, tmp_path):
    monkeypatch.setattr(collecting, "NOTICE", tmp_path / "THIRD-PARTY.txt")
    (tmp_path / "THIRD-PARTY.txt").write_text("as packed\n")
    assert collecting.notice() == "as packed\n"
    assert len({each.name for each in LIBRARIES}) == len(LIBRARIES)
