"""Bundles on disk: opened, described, examined. Part of the door to ``models``; torch is loaded on first use."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import SourceError
from app.core.installation import how_to_get_torch
from app.core.native import NativeParameter
from app.lipsync.nvidia_tuning import parameters_of

if TYPE_CHECKING:
    from models.nvidia.checks import BundleFinding
    from models.nvidia.model import NvidiaModel

_loading = threading.Lock()


@lru_cache(maxsize=3)
def _loaded(folder: Path, _changed: float, engine: str, device: str) -> NvidiaModel:
    from models.nvidia.model import open_model

    return open_model(folder, engine, device)


def load_model(folder: Path, engine: str = "auto", device: str = "auto", identity: str | None = None) -> NvidiaModel:
    """A bundle with its network, loaded once per process; call it on a worker thread, it takes seconds.

    Args:
        folder: with ``model.json``.
        engine: ``auto``, ``torch`` or ``onnxruntime``.
        device: ``auto``, ``cpu`` or ``cuda``.
        identity: an actor of a v3.0 bundle; the first when None.

    Raises:
        SourceError: torch is not installed, or anything in the bundle is wrong.
    """
    try:
        from models.nvidia.errors import BundleError
    except ImportError as error:
        raise SourceError(f"Bundles of NVIDIA's need PyTorch; {how_to_get_torch()}.") from error
    try:
        with _loading:
            model = _loaded(folder, index_file(folder).stat().st_mtime, engine, device)
        return model if identity is None else model.as_identity(identity)
    except BundleError as error:
        raise SourceError(str(error)) from error
    except ImportError as error:
        raise SourceError(f"Bundles of NVIDIA's need PyTorch; {how_to_get_torch()}.") from error
    except OSError as error:
        raise SourceError(f"{folder.name!r} cannot be read; choose the folder of an Audio2Face-3D bundle.") from error


def examine_bundle(folder: str | Path) -> list[BundleFinding]:
    """What is in a bundle and what differs from NVIDIA's released ones, for ``doctor --bundle``.

    Raises:
        SourceError: torch is not installed.
    """
    try:
        from models.nvidia.checks import check_bundle

        return check_bundle(folder)
    except ImportError as error:
        raise SourceError(f"Examining a bundle needs PyTorch; {how_to_get_torch()}.") from error


def emotion_licence() -> str:
    """The condition that the user must accept before an Audio2Emotion bundle may listen."""
    try:
        from models.nvidia.audio2emotion import LICENCE_CONDITION
    except ImportError as error:
        raise SourceError(f"Audio2Emotion needs PyTorch; {how_to_get_torch()}.") from error
    return LICENCE_CONDITION


def index_file(folder: Path) -> Path:
    """``model.json`` of a bundle; it may be given itself."""
    return folder if folder.name == "model.json" else folder / "model.json"


@dataclass(frozen=True)
class BundleInfo:
    """What a window needs to know of an opened bundle.

    Attributes:
        spec: the source as written on the command line.
        folder: with ``model.json``.
        label: for pickers and pictures, ``NVIDIA: Mark v2.3 (CPU)``.
        parameters: what can be tuned, with the bundle's own numbers as defaults.
        notes: what was unusual in the files.
    """

    spec: str
    folder: Path
    label: str
    parameters: tuple[NativeParameter, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class EmotionOffer:
    """An Audio2Emotion bundle that was found, before its licence's condition is accepted.

    Attributes:
        folder: of the bundle.
        condition: what the user must agree to, in our words.
        texts: files in the folder that hold the licence.
    """

    folder: Path
    condition: str
    texts: tuple[str, ...]


def emotion_offer(folder: Path) -> EmotionOffer:
    """What to show before an Audio2Emotion bundle may listen; nothing of it is loaded.

    Args:
        folder: with ``model.json``.
    """
    named = sorted(path.name for path in folder.iterdir() if path.stem.lower().startswith(("license", "licence", "notice", "readme")))
    return EmotionOffer(folder, emotion_licence(), tuple(named))


def split_spec(argument: str | Path) -> tuple[Path, str | None]:
    """Folder and identity of ``FOLDER`` or ``FOLDER#NAME``; a folder that is really called so counts as a folder."""
    text = str(argument)
    path, _, identity = text.rpartition("#") if "#" in text and not Path(text).exists() else (text, "", "")
    return Path(path).expanduser(), identity or None


def label_of(model: NvidiaModel) -> str:
    """Actor, version and device, as shown in pickers and on the picture.

    Args:
        model: the loaded bundle.
    """
    bundle = model.bundle
    actor = bundle.actor if len(bundle.identities) == 1 else model.face.name
    version = "" if bundle.version == "unknown" else f" v{bundle.version}"
    device = model.network.name.rpartition("(")[2].rstrip(")")
    return f"NVIDIA: {actor[:1].upper()}{actor[1:]}{version} ({device.upper() if device.islower() else device})"


def bundle_kind_of(folder: Path) -> str:
    """``face``, or ``emotion`` for an Audio2Emotion bundle; only its index is read.

    Raises:
        SourceError: there is no bundle in the folder.
    """
    try:
        from models.nvidia.bundle import bundle_kind, open_index
        from models.nvidia.errors import BundleError
    except ImportError as error:
        raise SourceError(f"Bundles of NVIDIA's need PyTorch; {how_to_get_torch()}.") from error
    if not index_file(folder).is_file():
        raise SourceError(f"There is no model.json in {folder.name!r}; choose the folder of an Audio2Face-3D bundle.")
    try:
        return "emotion" if bundle_kind(open_index(folder)) == "audio2emotion" else "face"
    except BundleError as error:
        raise SourceError(str(error)) from error


def open_bundle(folder: Path) -> tuple[BundleInfo, ...]:
    """Load a bundle and its network; call it on a worker thread, it takes seconds.

    Args:
        folder: with ``model.json``.

    Returns:
        One face per actor; only v3.0 bundles have several, whose source is ``nvidia:FOLDER#NAME``.

    Raises:
        SourceError: see load_model; or the bundle has no blendshapes, without which it cannot move an avatar.
    """
    if not index_file(folder).is_file():
        raise SourceError(f"There is no model.json in {folder.name!r}; choose the folder of an Audio2Face-3D bundle.")
    model = load_model(folder)
    names = [face.name for face in model.bundle.identities]
    faces = [model] if len(names) == 1 else [model.as_identity(name) for name in names]
    made = []
    for face in faces:
        if face.face.skin_rig is None:
            raise SourceError(f"{folder.name!r} has no blendshapes (bs_skin), so it cannot move an avatar; download the whole bundle.")
        spec = f"nvidia:{folder}" if len(names) == 1 else f"nvidia:{folder}#{face.face.name}"
        made.append(BundleInfo(spec, folder, label_of(face), parameters_of(face.face), tuple(face.bundle.notes)))
    return tuple(made)


@contextlib.contextmanager
def as_source_errors() -> Iterator[None]:
    """Turn the package's error into the program's."""
    from models.nvidia.errors import BundleError

    try:
        yield
    except BundleError as error:
        raise SourceError(str(error)) from error
    except ImportError as error:
        raise SourceError(f"Bundles of NVIDIA's need PyTorch; {how_to_get_torch()}.") from error
