"""Libraries in machine code that the program brings or uses: who made them, their licences, and where their source is. One table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class NativeLibrary:
    """One work.

    Attributes:
        name: as its makers call it.
        files: pattern of its file names, without ``lib`` in front; "" where it is part of another library.
        licence: SPDX expression.
        source: where its source is.
        remark: what else has to be said; "" for nothing.
    """

    name: str
    files: str
    licence: str
    source: str
    remark: str = ""


_GNOME = "https://ftp.gnu.org/gnu"
_VENDORED = "built into PyAV's wheel from the sources that https://github.com/PyAV-Org/pyav-ffmpeg names"
_PILLOW = "built into Pillow's wheel"
_XCB = "https://xcb.freedesktop.org/dist/"
LIBRARIES: tuple[NativeLibrary, ...] = (
    NativeLibrary("Qt", r"Qt6\w+", "LGPL-3.0-only", "https://download.qt.io/official_releases/qt/",
                  "unmodified, as separate files that may be replaced"),
    NativeLibrary("Qt for Python (PySide6, Shiboken)", r"pyside6\S*|shiboken6\S*|Qt\w+\.abi3|Shiboken\S*|Qt\w+\.pyd", "LGPL-3.0-only",
                  "https://download.qt.io/official_releases/QtForPython/", "unmodified, as separate files that may be replaced"),
    NativeLibrary("FFmpeg", r"(av(codec|device|filter|format|util)|sw(scale|resample))-.*", "LGPL-3.0-or-later",
                  "https://ffmpeg.org/releases/ and https://github.com/PyAV-Org/pyav-ffmpeg",
                  "as PyAV's wheel brings it, as separate files that may be replaced; in packages its optional GPL encoders x264 and x265 "
                  "are left out, and libraries of our own without any function bear their names"),
    NativeLibrary("libsndfile", r"sndfile.*", "LGPL-2.1-or-later", "https://github.com/libsndfile/libsndfile",
                  "with FLAC, Ogg, Vorbis, Opus (BSD), LAME and mpg123 (LGPL-2.1-or-later) inside; a separate file that may be replaced"),
    NativeLibrary("libsoxr", "", "LGPL-2.1-or-later", "https://github.com/dofuuz/python-soxr and https://sourceforge.net/projects/soxr/",
                  "inside the extension module of python-soxr, a separate file that may be rebuilt and replaced"),
    NativeLibrary("LAME", r"mp3lame-.*", "LGPL-2.0-or-later", "https://lame.sourceforge.io/", _VENDORED),
    NativeLibrary("GnuTLS", r"gnutls-.*", "LGPL-2.1-or-later", "https://www.gnutls.org/download.html", _VENDORED),
    NativeLibrary("Nettle", r"(nettle|hogweed)-.*", "LGPL-3.0-or-later OR GPL-2.0-or-later", f"{_GNOME}/nettle/", _VENDORED),
    NativeLibrary("GMP", r"gmp-.*", "LGPL-3.0-or-later OR GPL-2.0-or-later", f"{_GNOME}/gmp/", _VENDORED),
    NativeLibrary("libunistring", r"unistring-.*", "LGPL-3.0-or-later OR GPL-2.0-or-later", f"{_GNOME}/libunistring/", _VENDORED),
    NativeLibrary("alsa-lib", r"asound-.*", "LGPL-2.1-or-later", "https://www.alsa-project.org/files/pub/lib/", _VENDORED),
    NativeLibrary("GCC runtime (libgfortran, libquadmath, libgomp)", r"(gfortran|quadmath|winpthread|gcc_s_seh|stdc\+\+)-.*|gomp\b.*",
                  "GPL-3.0-or-later WITH GCC-exception-3.1 AND LGPL-2.1-or-later", f"{_GNOME}/gcc/",
                  "built into NumPy's and torch's wheels"),
    NativeLibrary("stubs for x264 and x265", r"x26[45]-.*", "MIT", "assets/packaging/stubs of this program's source"),
    NativeLibrary("SVT-AV1", r"SvtAv1Enc-.*", "BSD-3-Clause-Clear", "https://gitlab.com/AOMediaCodec/SVT-AV1", _VENDORED),
    NativeLibrary("dav1d", r"dav1d-.*", "BSD-2-Clause", "https://code.videolan.org/videolan/dav1d", _VENDORED),
    NativeLibrary("libvpx", r"vpx-.*", "BSD-3-Clause", "https://chromium.googlesource.com/webm/libvpx", _VENDORED),
    NativeLibrary("Opus", r"opus-.*", "BSD-3-Clause", "https://opus-codec.org/downloads/", _VENDORED),
    NativeLibrary("opencore-amr", r"opencore-amr\w+-.*", "Apache-2.0", "https://sourceforge.net/projects/opencore-amr/", _VENDORED),
    NativeLibrary("Intel VPL", r"vpl-.*", "MIT", "https://github.com/intel/libvpl", _VENDORED),
    NativeLibrary("libdrm", r"drm-.*", "MIT", "https://dri.freedesktop.org/libdrm/", _VENDORED),
    NativeLibrary("libwebp, libsharpyuv", r"(webp(mux|demux)?|sharpyuv)-.*", "BSD-3-Clause",
                  "https://chromium.googlesource.com/webm/libwebp"),
    NativeLibrary("OpenBLAS", r"(scipy_)?openblas\S*", "BSD-3-Clause", "https://github.com/OpenMathLib/OpenBLAS",
                  "built into NumPy's wheel"),
    NativeLibrary("ICU", r"icu(data|i18n|uc)\b.*", "Unicode-3.0", "https://github.com/unicode-org/icu",
                  "in packages for Linux without the data that Qt does not ask for"),
    NativeLibrary("zlib", r"z(lib1)?\b.*", "Zlib", "https://zlib.net/"),
    NativeLibrary("GNU libiconv", r"iconv-.*", "LGPL-2.1-or-later", f"{_GNOME}/libiconv/", _VENDORED),
    NativeLibrary("OpenSSL", r"(crypto|ssl)\b.*", "Apache-2.0", "https://www.openssl.org/source/"),
    NativeLibrary("libffi", r"ffi\b.*", "MIT", "https://github.com/libffi/libffi"),
    NativeLibrary("bzip2", r"bz2\b.*", "bzip2-1.0.6", "https://sourceware.org/bzip2/"),
    NativeLibrary("XZ Utils (liblzma)", r"lzma\b.*", "0BSD", "https://tukaani.org/xz/"),
    NativeLibrary("Zstandard", r"zstd\b.*", "BSD-3-Clause", "https://github.com/facebook/zstd"),
    NativeLibrary("SQLite", r"sqlite3\b.*", "blessing", "https://sqlite.org/"),
    NativeLibrary("XCB, Xau", r"(xcb\b.*|xcb-.*|Xau\b.*)", "MIT", _XCB),
    NativeLibrary("xkbcommon", r"xkbcommon\b.*", "MIT", "https://xkbcommon.org/"),
    NativeLibrary("FreeType", r"freetype\b.*", "FTL", "https://freetype.org/",
                  "portions of this software are copyright the FreeType Project"),
    NativeLibrary("HarfBuzz", r"harfbuzz\b.*", "MIT-Modern-Variant", "https://github.com/harfbuzz/harfbuzz", _PILLOW),
    NativeLibrary("libpng", r"png\d*\b.*", "libpng-2.0", "http://www.libpng.org/", _PILLOW),
    NativeLibrary("libjpeg-turbo", r"jpeg\b.*", "IJG AND BSD-3-Clause", "https://libjpeg-turbo.org/", _PILLOW),
    NativeLibrary("Little CMS", r"lcms2\b.*", "MIT", "https://www.littlecms.com/", _PILLOW),
    NativeLibrary("LibTIFF", r"tiff\b.*", "libtiff", "https://libtiff.gitlab.io/libtiff/", _PILLOW),
    NativeLibrary("OpenJPEG", r"openjp2\b.*", "BSD-2-Clause", "https://github.com/uclouvain/openjpeg", _PILLOW),
    NativeLibrary("Brotli", r"brotli(common|dec|enc)\b.*", "MIT", "https://github.com/google/brotli", _PILLOW),
    NativeLibrary("PortAudio", r"portaudio\S*", "MIT", "http://files.portaudio.com/"),
    NativeLibrary("Python", r"python3\S*", "PSF-2.0", "https://www.python.org/downloads/source/"),
    NativeLibrary("Microsoft Azure Speech SDK", r"(Microsoft\.CognitiveServices\.Speech\.|pal_azure_c_shared).*",
                  "LicenseRef-Microsoft-Speech-SDK", "",
                  "proprietary; its terms: https://aka.ms/csspeech/license"),
    NativeLibrary("PyTorch", r"(torch|c10|shm)(_\w+)?\b.*", "BSD-3-Clause", "https://github.com/pytorch/pytorch"),
    NativeLibrary("NVIDIA CUDA", r"(cu(da|dnn|blas|fft|rand|solver|sparse|pti|file)|nv)\w*",
                  "LicenseRef-NVIDIA-CUDA-EULA", "", "proprietary, from the packages that torch needs"),
    NativeLibrary("libuv", r"uv\b.*", "MIT", "https://github.com/libuv/libuv", "built into torch's wheel for Windows"),
    NativeLibrary("Intel OpenMP", r"iomp\w*\b.*", "LicenseRef-Intel-Simplified-Software-License", "",
                  "redistributable, from torch's wheel for Windows"),
    NativeLibrary("ONNX Runtime", r"onnxruntime\S*", "MIT", "https://github.com/microsoft/onnxruntime"),
    NativeLibrary("Microsoft Visual C++ runtime", r"(msvcp|vc(runtime|omp|amp|corlib)|concrt|ucrtbase|api-ms-win)\S*",
                  "LicenseRef-Microsoft-VC-Redist", "",
                  "redistributable under the terms of Visual Studio"),
    NativeLibrary("Mesa llvmpipe (opengl32sw)", r"opengl32sw\b.*", "MIT",
                  "https://download.qt.io/development_releases/prebuilt/llvmpipe/"),
    NativeLibrary("ANGLE, Direct3D compiler", r"d3dcompiler\S*|EGL|GLESv2", "LicenseRef-Microsoft-Windows-SDK", ""),
)  # fmt: skip
#: those under the LGPL, whose duties the notice fulfils
COPYLEFT = tuple(each for each in LIBRARIES if "LGPL" in each.licence)


def library_of(file: str) -> NativeLibrary | None:
    """The work that a library is, by its file's name; None for one that nobody has entered here.

    Args:
        file: its name, such as ``libavcodec-5e6b81c2.so.62``, with its folders where they are known: Qt's plugins are told by theirs.
    """
    path = file.replace("\\", "/")
    if "PySide6/" in path and "/plugins/" in path:
        return LIBRARIES[0]
    plain = path.rpartition("/")[2].removeprefix("lib")
    return next((each for each in LIBRARIES if each.files and re.match(each.files, plain, re.IGNORECASE)), None)


def libraries_of(files: Iterable[str]) -> tuple[NativeLibrary, ...]:
    """The works in a set of files, in the order of the table, with those that are parts of others."""
    found = {library_of(file) for file in files}
    return tuple(each for each in LIBRARIES if each in found or not each.files)
