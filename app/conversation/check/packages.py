"""Whether the SDKs are there, and whether this system can run them."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.metadata
import platform
import sys
from collections.abc import Sequence
from types import MappingProxyType

from app.conversation.check.checked import Checked
from app.core.installation import is_packed

#: package -> what it is for
PACKAGES = MappingProxyType({
    "azure-cognitiveservices-speech": "Azure's voices and recogniser",
    "openai": "chat and Realtime",
    "azure-ai-voicelive": "Voice Live",
    "aiohttp": "Voice Live",
    "azure-identity": "Entra ID",
    "keyring": "keeping keys",
})  # fmt: skip
_PACKED = "Install this program's package again."
#: the Speech SDK's native part is linked against this one
GLIBC = (2, 29)


def check_packages(wanted: Sequence[str] = tuple(PACKAGES)) -> Checked:
    """Look for the packages, and on Linux for the C library and OpenSSL that the Speech SDK needs.

    Args:
        wanted: packages, without which something that is configured does not work.
    """
    versions, missing = {}, []
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    lacking = _lacking_system() if "azure-cognitiveservices-speech" in versions else ""
    if missing:
        words = ", ".join(f"{name} ({PACKAGES[name]})" for name in missing)
        needed = bool(set(missing) & set(wanted))
        return Checked(
            "packages",
            "problem" if needed else "note",
            f"Missing: {words}. {_PACKED if is_packed() else 'Run python3 run.py again: it installs what is missing.'}",
            "packages",
        )
    if lacking:
        return Checked("packages", "problem" if "azure-cognitiveservices-speech" in wanted else "note", lacking, "packages")
    return Checked("packages", "ok", ", ".join(f"{name} {version}" for name, version in versions.items()) + ".")


def _lacking_system() -> str:
    """What the Speech SDK would miss on this system, in one sentence; "" for nothing."""
    if not sys.platform.startswith("linux"):
        return ""
    library, version = platform.libc_ver()
    numbers = tuple(int(each) for each in version.split(".")[:2] if each.isdigit())
    if library == "glibc" and len(numbers) == 2 and numbers < GLIBC:
        return f"This system's glibc is {version}, and Azure's Speech SDK needs 2.29: use a newer system, or the embedded voice."
    if library != "glibc":
        return "Azure's Speech SDK needs glibc, which this system does not have: use another system, or the embedded voice."
    if not _has_openssl():
        return "Azure's Speech SDK finds no OpenSSL 3 for its secure connections: install libssl3 with this system's package manager."
    return ""


def _has_openssl() -> bool:
    """The SDK loads it when it first connects by TLS."""
    for name in ("libssl.so.3", "libssl.so.1.1"):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False
