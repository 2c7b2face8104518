"""``doctor``: what this machine has, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from app import __version__
from app.commands.pipeline import DEFAULT_AVATAR
from app.core.errors import DeviceError, PreviewError, ServiceError
from app.core.installation import how_to_get_torch, is_packed
from app.core.places import Root, root_folder
from app.startup.screen import has_display
from app.upkeep.scrubbing import without_paths
from app.upkeep.shipped_files import LIST, changed_files

PACKAGES = (
    "PySide6-Essentials",
    "pyqtgraph",
    "sounddevice",
    "numpy",
    "trimesh",
    "pyrender2",
    "PyOpenGL",
    "hibari-tts",
    "onnxruntime",
    "av",
)


@dataclass(frozen=True)
class Diagnosis:
    """One line of the report.

    Attributes:
        name: what was looked at.
        state: ``ok``, ``note`` (works with less) or ``problem``.
        detail: what was found.
        advice: what to do, or "".
    """

    name: str
    state: str
    detail: str
    advice: str = ""


def _mended() -> str:
    """What brings missing parts of the program back."""
    return "install the package again" if is_packed() else "run python3 run.py again, which installs what is missing"


def check_packages() -> Diagnosis:
    """Versions of what the program stands on."""
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    state = "note" if missing else "ok"
    advice = f"missing: {', '.join(missing)}; {_mended()}" if missing else ""
    return Diagnosis("packages", state, ", ".join(found), advice)


def check_files() -> Diagnosis:
    """Whether a package's files are those that were given away."""
    if not is_packed():
        return Diagnosis("files", "ok", "runs from its source")
    changed = changed_files(Path(sys.executable).parent)
    if changed is None:
        return Diagnosis("files", "note", f"there is no {LIST} beside the program", f"To have one, {_mended()}.")
    if changed:
        named = f"{', '.join(changed[:3])}{', ...' if len(changed) > 3 else ''}"
        return Diagnosis("files", "problem", f"{len(changed)} are gone or changed: {named}", f"To mend that, {_mended()}.")
    return Diagnosis("files", "ok", "as they were given away")


def check_display() -> Diagnosis:
    """Whether a window can open."""
    if has_display():
        return Diagnosis("display", "ok", os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or sys.platform)
    return Diagnosis("display", "note", "none", "Start from a desktop session to get the window; every other verb works without.")


def check_gl() -> Diagnosis:
    """Offscreen GL and what draws it."""
    from app.render.platform import prepare_gl

    prepare_gl(None)
    from app.render.offscreen import OffscreenCanvas

    with OffscreenCanvas(16, 16) as canvas:
        name = canvas.gl_renderer
    software = any(word in name.lower() for word in ("llvmpipe", "softpipe", "swiftshader", "software"))
    if software:
        return Diagnosis(
            "GL", "note", name, "This is software GL: the preview scales its picture down while it moves; a GPU driver lifts that."
        )
    return Diagnosis("GL", "ok", name)


def check_audio() -> Diagnosis:
    """Output devices."""
    from app.audio.devices import load_portaudio
    from app.audio.player import list_devices

    try:
        load_portaudio()
    except DeviceError as error:
        return Diagnosis("audio output", "problem", "none", str(error))
    names = [device.name for device in list_devices()]
    if names:
        return Diagnosis("audio output", "ok", ", ".join(names[:6]))
    return Diagnosis(
        "audio output", "note", "none", "Connect a device or start the sound server; until then playback is silent on a wall clock."
    )


def check_films() -> Diagnosis:
    """Who encodes a film's pictures."""
    from app.render.output.encoders import film_encoder

    encoder = film_encoder(1280, 720)
    return Diagnosis("films", "ok" if encoder.format == "H.264" else "note", f"MP4: {encoder.words}")


def check_voices() -> Diagnosis:
    """The embedded voice and the ones that can be fetched."""
    from app.speech.hibari import HibariEngine

    voices = HibariEngine().voices()
    installed = [voice.name for voice in voices if voice.installed]
    others = [voice.name for voice in voices if not voice.installed]
    return Diagnosis("voices", "ok", f"installed: {', '.join(installed)}; on demand: {', '.join(others) or 'none'}")


def check_recognisers() -> Diagnosis:
    """Who understands what is spoken."""
    from app.conversation.recognition.choice import recognisers
    from app.conversation.recognition.moonshine_weights import are_ready
    from app.keys.found import speech_access

    found = [*recognisers(speech_access()).values()]
    state = "set up" if are_ready() else "fetches 55 MB when it is first used"
    return Diagnosis("recognisers", "ok", f"{', '.join(found)} ({state})")


def check_networks() -> Diagnosis:
    """Where Audio2Face would run."""
    from models.engines.device import describe_devices
    from models.engines.engine import has_nvidia_driver

    devices = describe_devices()
    if has_nvidia_driver() and not devices[0].startswith("CUDA"):
        advice = f"There is a driver of NVIDIA's; for networks on the card, which torch runs: {how_to_get_torch()}."
        return Diagnosis("networks", "note", "; ".join(devices), advice)
    return Diagnosis("networks", "ok", "; ".join(devices))


def check_avatar() -> Diagnosis:
    """The bundled avatar."""
    if not DEFAULT_AVATAR.exists():
        advice = _mended() if is_packed() else "Build it with: python assets/build_avatar.py"
        return Diagnosis("default avatar", "problem", "missing", advice)
    return Diagnosis("default avatar", "ok", f"{DEFAULT_AVATAR.name}, {DEFAULT_AVATAR.stat().st_size / 1e6:.1f} MB")


def check_places() -> Diagnosis:
    """Where this user's things are kept, and whether that can be written to."""
    roots: dict[Path, list[str]] = {}
    words: dict[Root, str] = {"config": "settings", "data": "recordings", "state": "sessions, logs, reports", "cache": "caches"}
    for root, name in words.items():
        roots.setdefault(root_folder(root), []).append(name)
    detail = "; ".join(f"{', '.join(names)}: {without_paths(str(folder))}" for folder, names in roots.items())
    for folder in roots:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not os.access(there, os.W_OK):
            return Diagnosis("places", "note", detail, f"{there} cannot be written to, so not everything is remembered; make it yours.")
    return Diagnosis("places", "ok", detail, "")


def check_updates() -> Diagnosis:
    """Whether there is a newer version; only on demand, because it asks the network."""
    from app.upkeep.newer import is_newer, latest

    try:
        published = latest()
    except ServiceError as error:
        return Diagnosis("updates", "note", "not known", str(error))
    if is_newer(published, __version__):
        return Diagnosis("updates", "note", f"{published} was published", "Get it from where you got this one.")
    return Diagnosis("updates", "ok", f"{published} is the latest")


CHECKS: tuple[tuple[str, Callable[[], Diagnosis]], ...] = (
    ("packages", check_packages), ("files", check_files), ("display", check_display), ("GL", check_gl), ("audio output", check_audio),
    ("films", check_films), ("voices", check_voices), ("recognisers", check_recognisers), ("networks", check_networks),
    ("default avatar", check_avatar), ("places", check_places),
)  # fmt: skip


def examine() -> list[Diagnosis]:
    """Run every check; one that fails becomes a problem with its sentence."""
    findings = []
    for name, check in CHECKS:
        try:
            findings.append(check())
        except (PreviewError, ImportError, OSError) as error:
            findings.append(Diagnosis(name, "problem", str(error).splitlines()[0], f"To mend that, {_mended()}."))
    return findings


def examine_bundle(folder: Path) -> list[Diagnosis]:
    """The specification's checks of an Audio2Face-3D bundle.

    Raises:
        SourceError: the folder cannot be examined at all.
    """
    from app.lipsync import nvidia_bundle as nvidia

    return [Diagnosis(found.name, found.state, found.detail, found.advice) for found in nvidia.examine_bundle(folder)]


def run(options: Namespace) -> int:
    """Print the report; exit 1 when something does not work at all."""
    if options.azure or options.live:
        from app.commands.services import azure

        return azure.run(options)
    findings = examine_bundle(options.bundle) if options.bundle else examine()
    if options.updates:
        findings.append(check_updates())
    if options.json:
        about = {"version": __version__, "python": sys.version.split()[0], "platform": platform.platform()}
        print(json.dumps({**about, "findings": [asdict(finding) for finding in findings]}))
    else:
        print(f"VisemeSync Preview {__version__}, Python {sys.version.split()[0]}, {platform.platform()}")
        for finding in findings:
            print(f"{finding.state:<8} {finding.name:<15} {finding.detail}")
            if finding.advice:
                print(f"{'':<24} {finding.advice}")
    return 1 if any(finding.state == "problem" for finding in findings) else 0
