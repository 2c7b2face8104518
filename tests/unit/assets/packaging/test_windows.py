"""What a package for Windows gets, as far as that can be looked at elsewhere: nothing of this runs on Windows here."""

from __future__ import annotations

import ast
import shutil
import struct
import subprocess
import zipfile
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from app import __version__
from app.core import places
from assets.packaging import contents, stubs, third_parties
from assets.packaging.windows import facts, icon, installer, notices, packs, portable, starters


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A small folder with the names of a real one."""
    folder = tmp_path_factory.mktemp("dist") / "visemesync-preview-lite"
    for name in (facts.CONSOLE_STARTER, facts.WINDOW_STARTER, "THIRD-PARTY.txt", "_internal/Ünï/日本 $x.txt", "_internal/base_library.zip"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, "utf-8")
    return folder


def test_the_icon_has_every_size_drawn_for_itself(tmp_path):
    """Not only the largest, from which Windows would make blurred small ones."""
    path = icon.write_icon(tmp_path / "program.ico")
    read = Image.open(BytesIO(path.read_bytes()))
    assert read.info["sizes"] == {(size, size) for size in icon.SIZES_PX}
    for size in icon.SIZES_PX:
        read.size = (size, size)
        picture = read.convert("RGBA")
        assert picture.getpixel((0, 0))[3] == 0, "its corners are round"
        red, _, blue, alpha = picture.getpixel((size // 2, int(size * 0.727)))
        assert alpha == 255 and red > 150 > blue, "the lips are in the middle"
    raw = path.read_bytes()
    at = struct.unpack_from("<I", raw, 6 + 16 * (len(icon.SIZES_PX) - 1) + 12)[0]
    assert Image.open(BytesIO(raw[at:])).format == "PNG"


@pytest.mark.parametrize(
    "text, numbers", [("0.2.0", (0, 2, 0, 0)), ("1.10", (1, 10, 0, 0)), ("2.0.1rc3", (2, 0, 1, 0)), ("3.0b1.dev4", (3, 0, 0, 0))]
)
def test_windows_knows_versions_as_four_numbers(text, numbers):
    assert facts.version_numbers(text) == numbers


def test_each_starter_names_itself_and_the_one_version(tmp_path):
    """PyInstaller reads the file as an expression of its own classes."""
    console, window = starters.starter_options(tmp_path)
    assert (console["name"], console["console"]) == (contents.PROGRAM, True)
    assert (window["name"], window["console"]) == (facts.TITLE, False)
    for options in (console, window):
        tree = ast.parse((tmp_path / f"{options['name']}.version.txt").read_text("utf-8"), mode="eval")
        said = {
            each.args[0].value: each.args[1].value
            for each in ast.walk(tree)
            if isinstance(each, ast.Call) and each.func.id == "StringStruct"
        }
        assert said["ProductVersion"] == said["FileVersion"] == __version__
        assert said["OriginalFilename"] == f"{options['name']}.exe" and "\n" not in "".join(said.values())


def test_the_manifest_asks_for_every_screen_long_paths_and_utf_8():
    root = ElementTree.fromstring(starters.MANIFEST.read_text("utf-8"))
    said = {each.tag.rpartition("}")[2]: (each.text or "").strip() for each in root.iter()}
    assert said["dpiAwareness"] == "PerMonitorV2" and said["longPathAware"] == "true" and said["activeCodePage"] == "UTF-8"
    asked = next(each for each in root.iter() if each.tag.endswith("requestedExecutionLevel"))
    assert asked.attrib == {"level": "asInvoker", "uiAccess": "false"}


def test_one_runtime_of_microsofts_lies_at_the_root():
    """The newest; a private one with a hash in its name is another library."""
    found = [
        ("VCRUNTIME140.dll", "python/VCRUNTIME140.dll", "BINARY"),
        ("MSVCP140.dll", "system32/MSVCP140.dll", "BINARY"),
        ("PySide6\\MSVCP140.dll", "side/MSVCP140.dll", "BINARY"),
        ("PySide6\\VCRUNTIME140.dll", "side/VCRUNTIME140.dll", "BINARY"),
        ("onnxruntime\\capi\\msvcp140.dll", "ort/msvcp140.dll", "BINARY"),
        ("shiboken6\\MSVCP140.dll", "shi/MSVCP140.dll", "BINARY"),
        ("numpy.libs\\msvcp140-263139962577ecda4cd9469ca360a746.dll", "np/msvcp140-hash.dll", "BINARY"),
        ("_ssl.pyd", "python/_ssl.pyd", "EXTENSION"),
    ]  # fmt: skip
    kept = {name: path for name, path, _ in starters.with_one_runtime(found)}
    assert kept["MSVCP140.dll"] == "side/MSVCP140.dll" and kept["VCRUNTIME140.dll"] == "side/VCRUNTIME140.dll"
    assert "onnxruntime\\capi\\msvcp140.dll" not in kept and len(kept) == len(found) - 1
    assert {name for name in kept if "numpy" in name or "_ssl" in name or "shi" in name} == {found[5][0], found[6][0], found[7][0]}
    assert starters.with_one_runtime(found[:2]) == found[:2]


#: as the wheels for Windows that the locks name bring them, and Python's own
DLLS = (
    "av.libs/libiconv-2-6ce5f4ff92ada49d6f23a8e413455502.dll", "av.libs/zlib1-79e0c4f9db71cb511398c504b832d395.dll",
    "av.libs/avcodec-62-984de33114b7fa384296817dec999c9d.dll", "av.libs/libx265-efe48a158520a59ef99c0a0b3eb835ae.dll",
    "av.libs/libgcc_s_seh-1-4c0a762e4178b574f72d1ef1f8bb5fc9.dll", "av.libs/libstdc++-6-2d5c346d47ad531ef9f5185db0e8cef3.dll",
    "av.libs/libwinpthread-1-02332fab016bf884a2a7a7b2ece22ffe.dll", "numpy.libs/libscipy_openblas64_-63c857e738469261263c764a36be9436.dll",
    "numpy.libs/msvcp140-a4c2229bdc2a2a630acdc095b4d86008.dll", "onnxruntime/capi/onnxruntime.dll", "PySide6/Qt6Core.dll",
    "PySide6/pyside6.abi3.dll", "PySide6/plugins/platforms/qwindows.dll", "PySide6/opengl32sw.dll", "PySide6/vcomp140.dll",
    "shiboken6/shiboken6.abi3.dll", "MSVCP140_1.dll", "_sounddevice_data/portaudio-binaries/libportaudio64bit.dll",
    "azure/cognitiveservices/speech/Microsoft.CognitiveServices.Speech.core.dll", "libcrypto-3.dll", "libffi-8.dll", "sqlite3.dll",
    "python311.dll", "torch/lib/torch_cpu.dll", "torch/lib/c10.dll", "torch/lib/shm.dll", "torch/lib/uv.dll", "torch/lib/libiomp5md.dll",
    "torch/lib/libiompstubs5md.dll",
)  # fmt: skip


def test_every_library_for_windows_has_its_licence_and_may_be_there():
    """A build would stop at one that has none."""
    assert third_parties.unaccounted(DLLS) == [] == [name for name in DLLS if contents.why_forbidden(name) or contents.is_dropped(name)]


@pytest.mark.parametrize(
    "name, stays",
    [
        ("PySide6\\opengl32sw.dll", True),
        ("PySide6\\plugins\\platforms\\qwindows.dll", True),
        ("PySide6\\plugins\\platforms\\qminimal.dll", False),
        ("PySide6\\plugins\\platforms\\qdirect2d.dll", False),
        ("PySide6\\plugins\\platforminputcontexts\\qtvirtualkeyboardplugin.dll", False),
        ("PySide6\\translations\\qtbase_de.qm", False),
        ("OpenGL\\DLLS\\freeglut64.vc14.dll", False),
        ("_sounddevice_data\\portaudio-binaries\\libportaudio64bit.dll", True),
        ("_sounddevice_data\\portaudio-binaries\\libportaudio64bit-asio.dll", False),
        ("_sounddevice_data\\portaudio-binaries\\libportaudio32bit.dll", False),
        ("_sounddevice_data\\portaudio-binaries\\libportaudioarm64.dll", False),
    ],
)
def test_software_gl_stays_and_other_systems_portaudio_goes(name, stays):
    assert contents.is_dropped(name) is not stays


def test_the_stand_in_for_x265_gets_its_number_where_the_name_has_none(tmp_path):
    """As in PyAV's wheel for Windows: libavcodec asks for x265_api_get_216."""
    name = "libx265-efe48a158520a59ef99c0a0b3eb835ae.dll"
    (tmp_path / name).write_bytes(b"MZ\0x265_api_query\0x265_api_get_216\0")
    assert "-DBUILD=216" in stubs.command_for(name, tmp_path / "out.dll", "win32", tmp_path / name)
    assert "-DBUILD=165" in stubs.command_for("libx264-165-f3a909470ddc2d85.dll", tmp_path / "out.dll", "win32")
    with pytest.raises(SystemExit, match="named in another way"):
        stubs.command_for(name, tmp_path / "out.dll", "win32")
    assert stubs.is_gpl_encoder(name) and contents.is_stub_name(name)


def test_the_page_of_licences_names_microsofts_terms(package, tmp_path):
    """The terms themselves where the package has them."""
    plain = notices.write_notices(package, tmp_path / "notices.txt").read_bytes()
    assert plain.startswith(b"\xef\xbb\xbf") and b"\n" not in plain.replace(b"\r\n", b"")
    assert all(
        word in plain.decode()
        for word in ("MIT License", "https://aka.ms/csspeech/license", "gives no warranty", "LGPL", "THIRD-PARTY.txt")
    )
    terms = package.parent / "other" / "_internal" / "azure_cognitiveservices_speech-1.53.0.dist-info" / "licenses" / "LICENSE.md"
    terms.parent.mkdir(parents=True)
    terms.write_text("\ufeffMICROSOFT SOFTWARE LICENSE TERMS", "utf-8")
    assert "MICROSOFT SOFTWARE LICENSE TERMS" in notices.write_notices(package.parent / "other", tmp_path / "n.txt").read_text("utf-8-sig")


def test_the_uninstaller_takes_only_what_was_installed(package):
    """Never the whole folder: it may be one that the user chose and has other things in."""
    names = installer.file_list(package)
    lines = installer.removed_lines(names)
    assert r'RMDir /r "$INSTDIR\_internal"' in lines and r'Delete "$INSTDIR\THIRD-PARTY.txt"' in lines and len(lines) == 4
    script = installer.SCRIPT.read_text("utf-8")
    assert 'RMDir /r "$INSTDIR"' not in script and script.count("RMDir /r") == 1


def test_a_path_that_windows_cannot_hold_is_told_when_the_installer_is_built(tmp_path, monkeypatch):
    monkeypatch.setattr(installer, "LONGEST_PATH", 20)
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "with a file").write_text("")
    assert installer.file_list(tmp_path)
    (tmp_path / "a folder" / "with another file").write_text("")
    with pytest.raises(SystemExit, match="too many for Windows"):
        installer.file_list(tmp_path)


def test_the_portable_archive_carries_its_mark(package, tmp_path):
    """And is the same each time."""
    first, second = (portable.pack_portable(package, tmp_path / name) for name in ("a.zip", "b.zip"))
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        assert names[0] == "a/portable.txt" and "a/_internal/Ünï/日本 $x.txt" in names and len(names) == 6
        assert archive.read("a/THIRD-PARTY.txt") == b"THIRD-PARTY.txt"
    assert first.read_bytes().replace(b"a/", b"") == second.read_bytes().replace(b"b/", b"")


def test_a_portable_program_keeps_everything_in_its_folder(tmp_path, monkeypatch):
    """Only when it is packed, and only while the mark lies beside it."""
    monkeypatch.setattr("sys.executable", str(tmp_path / facts.CONSOLE_STARTER))
    (tmp_path / places.PORTABLE_MARK).write_text("")
    assert places.PORTABLE_MARK == facts.PORTABLE_MARK and places.portable_folder() is None
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert places.where("settings") == tmp_path / "user" / "config" / "settings.json"
    assert all(tmp_path in path.parents for name in ("voices", "autosave", "notes") for path in places.PLACES[name].paths())
    (tmp_path / places.PORTABLE_MARK).unlink()
    assert tmp_path not in places.where("settings").parents


def test_without_nsis_there_is_no_installer_but_the_archive(package, tmp_path, monkeypatch):
    """Building the installer alone says what to install."""
    for module in (packs, installer):
        monkeypatch.setattr(module, "makensis", lambda: None)
    made = packs.pack_all(package, tmp_path)
    assert [path.name for path in made] == [f"visemesync-preview-lite-{__version__}-windows-portable.zip"]
    assert made[0].name in (package.parent / "SHA256SUMS").read_text()
    with pytest.raises(SystemExit, match="install it"):
        installer.build_installer(package, tmp_path / "setup.exe", tmp_path)


@pytest.fixture(scope="module")
def built(package, tmp_path_factory):
    """The installer of the small folder."""
    if installer.makensis() is None:
        pytest.skip("NSIS is not installed")
    work = tmp_path_factory.mktemp("installer")
    return installer.build_installer(package, work / "program-setup.exe", work / "work")


def test_the_installer_holds_the_folder(built, package):
    """As another program reads it."""
    unpacker = shutil.which("7z")
    if unpacker is None:
        pytest.skip("7-Zip is not installed")
    out = built.parent / "unpacked"
    subprocess.run([unpacker, "x", "-y", f"-o{out}", str(built)], check=True, capture_output=True)
    unpacked = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file() and "$PLUGINSDIR" not in path.parts}
    assert set(unpacked) - {"uninstall.exe"} == {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    for name in ("_internal/Ünï/日本 $x.txt", facts.WINDOW_STARTER):
        assert unpacked[name].read_bytes() == (package / name).read_bytes()


def test_the_same_folder_gives_the_same_installer(built, package):
    again = installer.build_installer(package, built.with_name("again.exe"), built.parent / "again")
    assert again.read_bytes() == built.read_bytes() and built.read_bytes()[:2] == b"MZ"
    assert built.stat().st_size > 100_000
