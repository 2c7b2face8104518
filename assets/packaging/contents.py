"""The one list of what goes into a packaged program, and of what must not: read by build.spec, by the check of the folder and by the tests.

Standard library only: it is read by the Python that builds and by the one that is built with.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "visemesync-preview"
PYINSTALLER = "pyinstaller==6.22.3"
#: what every package tells of itself, in its folder of licences
THIRD_PARTY, BILL = "THIRD-PARTY.txt", "sbom.cdx.json"


@dataclass(frozen=True)
class Flavour:
    """A kind of package.

    Attributes:
        name: ``lite`` or ``full``.
        extras: of pyproject.toml that are installed before.
        excludes: modules left out although something imports them.
        metadata: distributions of its own that ``doctor`` names.
        most_mb: the folder may have, in 10^6 bytes.
        most_file_mb: its largest file may have.
    """

    name: str
    extras: tuple[str, ...]
    excludes: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    most_mb: int = 450
    most_file_mb: int = 40


_EXTRAS = ("remote", "azure", "echo", "streaming", "server")
FLAVOURS = {
    "lite": Flavour("lite", _EXTRAS, ("torch", "safetensors", "sympy", "mpmath", "jinja2")),
    "full": Flavour("full", ("a2f", *_EXTRAS), metadata=("torch",), most_mb=1150, most_file_mb=450),
}

#: files and folders of the checkout -> folder of the package: every file lies where it lies in the checkout, since the code looks there
DATA: tuple[str, ...] = (
    "LICENSE",
    "assets/avatar.glb",
    "assets/avatar_man.glb",
    "assets/avatar_stylised.glb",
    "assets/icons",
    "assets/licences",
    "assets/personas",
    "assets/prices.toml",
    "assets/updates.txt",
    "app/remote/fleet/haproxy.cfg",
    "app/render/shaders",
    "app/remote/nim/nim.proto",
    "app/remote/web/*.js",
    "app/remote/web/*.html",
    "app/review/batch/web",
    "app/review/page/web",
    "app/review/study/web",
    "docs/guide.md",
    "models/weights",
)
#: three.js, which review pages hold: packed where npm has put it, else fetched by the program when the first page is written
DATA_IF_THERE: tuple[str, ...] = tuple(
    f"app/remote/web/node_modules/three/{name}" for name in ("build/three.core.js", "build/three.module.js", "LICENSE", "package.json")
)
#: distribution -> what of its data files stays out
PACKAGE_DATA: dict[str, tuple[str, ...]] = {
    "hibari": (),
    "pyrender": ("fonts/*",),
    # the word model of 27 MB: timing uses the phone model and the dictionary
    "pocketsphinx": ("**/en-us.lm.bin",),
}
#: packages whose libraries are loaded by name, which PyInstaller cannot see
PACKAGE_LIBRARIES: tuple[str, ...] = ("azure.cognitiveservices.speech",)
#: sub-modules that are imported by name
WHOLE_PACKAGES: tuple[str, ...] = ("app", "models")
LEFT_OUT_MODULES: tuple[str, ...] = ("models.train", "app.remote.cluster.worker")
HIDDEN: tuple[str, ...] = ("uvicorn.lifespan.on", "uvicorn.protocols.http.h11_impl", "uvicorn.protocols.websockets.websockets_sansio_impl")
HIDDEN_LINUX: tuple[str, ...] = ("OpenGL.platform.egl", "OpenGL.platform.glx")
#: ``doctor`` asks these for their versions
METADATA: tuple[str, ...] = (
    "PySide6-Essentials", "pyqtgraph", "sounddevice", "numpy", "trimesh", "pyrender2", "PyOpenGL", "hibari-tts", "onnxruntime", "av",
    "visemesync-preview", "websockets", "openai", "azure-identity", "azure-cognitiveservices-speech", "azure-ai-voicelive", "aiohttp",
    "keyring",
)  # fmt: skip
#: readline is GPL; the others are never used, or only where the program is developed
EXCLUDES: tuple[str, ...] = (
    "readline", "tkinter", "scipy", "pyglet", "imageio", "matplotlib", "pandas", "IPython", "pytest", "hypothesis", "mypy", "ray", "pxr",
    "numpy.f2py", "pydoc_data", "PIL._avif", "PIL.AvifImagePlugin", "PIL.ImageTk", "PIL._imagingtk", "pip", "setuptools", "wheel",
    "PySide6.QtTest", "PySide6.QtNetwork", "PySide6.QtSvgWidgets", "PySide6.QtSql", "PySide6.QtXml", "PySide6.QtPrintSupport",
    "pyqtgraph.opengl", "grpc_tools", "watchfiles", "lib2to3", "sqlite3", "_sqlite3",
)  # fmt: skip
#: of the folder, with "/" between: what hooks bring and nothing needs
DROPPED: tuple[str, ...] = (
    # pip compiles whatever ends in .py, licences too, and writes the builder's paths into it
    r"(^|/)__pycache__/",
    r"\.dist-info/(direct_url\.json|REQUESTED)$",
    r"PySide6/(Qt/)?translations/",
    r"PySide6/(Qt/)?plugins/(egldeviceintegrations|generic|networkinformation|tls|sqldrivers|printsupport)/",
    r"plugins/platforms/(lib)?q(eglfs|linuxfb|vnc|vkkhrdisplay|minimal|minimalegl|direct2d)\.",
    r"plugins/(platforminputcontexts/(lib)?qtvirtualkeyboardplugin|imageformats/(lib)?qpdf)\.",
    r"OpenGL/DLLS/",
    r"plugins/platformthemes/libqgtk3\.",
    r"plugins/imageformats/(lib)?q(icns|tga|tiff|wbmp|gif)\.",
    r"PySide6/(QtTest|QtNetwork)\.",
    # its mascot, for programs without an icon of their own; what type checkers read
    r"pyqtgraph/(icons/peegee/|.*\.pyi$)",
    # listening for a keyword, which needs a model of one
    r"Microsoft\.CognitiveServices\.Speech\.extension\.kws",
    r"(pillow\.libs/|^)libavif",
    r"torch/(include|share|test)/",
    r"torch/bin/(?!torch_shm_manager)",
    r"torch/lib/.*\.(a|lib)$",
    # libraries of torch's own tests
    r"torch/lib/lib(aoti_custom_ops|backend_with_compiler|jitbackend_test|torchbind_test)\.",
    r"^lib(aoti_custom_ops|backend_with_compiler|jitbackend_test|torchbind_test)\.",
    r"_sounddevice_data/portaudio-binaries/libportaudio(32bit|arm64|64bit-asio|32bit-asio|arm64-asio)",
)
#: the host's own libraries are the host's: a libstdc++ of ours kills Mesa's drivers on newer systems. These few it may lack
KEPT_SYSTEM_LIBRARIES: tuple[str, ...] = (
    "libxcb-*", "libxkbcommon*", "libffi*", "libssl*", "libcrypto*", "libbz2*", "libportaudio*",
)  # fmt: skip

#: what must not be in the folder, whatever brings it: file's name -> why
FORBIDDEN_FILES: dict[str, str] = {
    r"readline.*\.(so|pyd|dll)": "readline is GPL-3",
    r"libreadline": "readline is GPL-3",
    r"libdb-": "Berkeley DB is under Sleepycat's licence, and comes with JACK",
    r"libjack": "JACK is left to the host",
    r"libstdc\+\+\.so": "a libstdc++ of ours keeps newer graphics drivers from loading",
    r"libgcc_s\.so": "it is the host's",
    r"lib(GL|EGL|GLX|OpenGL|asound)\.so": "it is the host's",
    r"(libx264|libx265).*(stub)?$": "",
    r"^ffmpeg(\.exe)?$": "FFmpeg's program is GPL where it holds x264",
    r"_gpl|gpl_only": "it says that it is GPL",
}
#: libraries of these names must be our stubs; the largest that a stub may be, in bytes
STUBBED: tuple[str, ...] = ("libx264", "libx265")
MOST_STUB_BYTES = 40_000
#: symbols that tell x264's and x265's own code
GPL_SYMBOLS: tuple[bytes, ...] = (b"x264_8_frame_push", b"x264_macroblock", b"x265_encoder_open", b"x265_alloc_analysis")


def flavour(name: str) -> Flavour:
    """A flavour by its name.

    Raises:
        SystemExit: there is none of that name.
    """
    if name not in FLAVOURS:
        raise SystemExit(f"There is no flavour {name!r}; choose {' or '.join(FLAVOURS)}.")
    return FLAVOURS[name]


def data_files(root: Path = ROOT) -> list[tuple[Path, str]]:
    """What of the checkout goes in.

    Returns:
        File, and its folder in the package.

    Raises:
        SystemExit: one of them is missing.
    """
    found: list[tuple[Path, str]] = []
    for pattern in DATA:
        files = [each for match in sorted(root.glob(pattern)) for each in ([match] if match.is_file() else sorted(match.rglob("*")))]
        files = [each for each in files if each.is_file() and "__pycache__" not in each.parts]
        if not files:
            raise SystemExit(f"{pattern} is missing from the checkout; the package would not work without it.")
        found += [(each, each.parent.relative_to(root).as_posix()) for each in files]
    there = [root / name for name in DATA_IF_THERE]
    if all(each.is_file() for each in there):
        found += [(root / name, Path(name).parent.as_posix()) for name in DATA_IF_THERE]
    return found


def is_dropped(name: str) -> bool:
    """Whether a file of the folder is left out."""
    return re.search("|".join(DROPPED), name.replace("\\", "/")) is not None


def is_kept_module(name: str) -> bool:
    """Whether a module of ours goes in."""
    return not name.startswith(LEFT_OUT_MODULES)


def why_forbidden(name: str) -> str:
    """Why a file may not be in the folder, by its name alone; "" when it may."""
    base = name.replace("\\", "/").rpartition("/")[2]
    for pattern, why in FORBIDDEN_FILES.items():
        if why and re.search(pattern, base) and not is_stub_name(base):
            return why
    return ""


def is_stub_name(name: str) -> bool:
    """Whether a library is one that a stub of ours stands for."""
    return any(fnmatch.fnmatch(name.lower(), pattern) for stub in STUBBED for pattern in (f"{stub}*.so*", f"{stub}*.dll", f"{stub}*.dylib"))
