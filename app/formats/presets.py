"""Tuning presets as files: this program's JSON, and NVIDIA's stylization YAML both ways."""

from __future__ import annotations

import json
import re
from pathlib import Path

from app.core.beside import backup_of
from app.core.errors import PresetError, PreviewError
from app.core.foreign import parsed_json
from app.core.presets import BUILT_IN, document, from_document
from app.core.tuning import Tuning
from app.formats import nvidia_yaml
from app.formats.nvidia_presets import adjustments_of, stylization_of
from app.formats.track_file import write_beside

MAX_BYTES = 4_000_000
YAML_ENDINGS = (".yaml", ".yml")
_UNSAFE = re.compile(r"[^\w .,()+-]")


def read_preset(path: Path) -> tuple[str, Tuning, tuple[str, ...]]:
    """Read a preset file.

    Args:
        path: ``.json`` of this program, or NVIDIA's ``.yaml``.

    Returns:
        Name, tuning, and the names of settings in a YAML file that have no counterpart here.

    Raises:
        PresetError: missing, broken, or not a preset.
    """
    if path.suffix.lower() in YAML_ENDINGS:
        tuning, ignored = adjustments_of(nvidia_yaml.read(path), path.name)
        return path.stem, tuning, ignored
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PresetError(f"{path.name} is too large for a preset; choose a tuning preset.")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PresetError(f"The preset {path.name} cannot be read; check the path.") from error
    try:
        data = parsed_json(text)
    except (ValueError, RecursionError) as error:
        raise PresetError(f"{path.name} is not valid JSON; choose a preset that this program exported.") from error
    try:
        name, tuning = from_document(data)
    except PresetError as error:
        raise PresetError(f"{path.name}: {error}") from error
    return name or path.stem, tuning, ()


def write_preset(path: Path, name: str, tuning: Tuning) -> tuple[str, ...]:
    """Write a preset so that a failure leaves no half-written file.

    Args:
        path: ``.json``, or ``.yaml`` for NVIDIA's tools.
        name: of the preset.
        tuning: what it does.

    Returns:
        Names of settings that a YAML file cannot hold; empty for JSON.

    Raises:
        PresetError: an unknown ending, or a folder that cannot be written to.
    """
    ending = path.suffix.lower()
    if ending not in (".json", *YAML_ENDINGS):
        raise PresetError(f"{path.name} must end in .json, or in .yaml for NVIDIA's tools; choose such a name.")
    lost: tuple[str, ...] = ()
    if ending == ".json":
        text = json.dumps(document(name, tuning), indent=1, ensure_ascii=False) + "\n"
    else:
        file, lost = stylization_of(tuning)
        text = nvidia_yaml.text_of(file)
    try:
        write_beside(path, text, backup_of(path))
    except PreviewError as error:
        raise PresetError(str(error)) from error
    return lost


def file_name(name: str) -> str:
    """A file name for a preset's name.

    Raises:
        PresetError: the name holds nothing that a file can be called.
    """
    plain = _UNSAFE.sub("_", name).strip(" ._")[:80]
    if not plain:
        raise PresetError("The preset needs a name; type one.")
    return f"{plain}.json"


def user_presets(folder: Path) -> dict[str, Path]:
    """The user's presets by name, from their file names, in alphabetical order."""
    found = sorted(folder.glob("*.json"), key=lambda path: path.stem.lower()) if folder.is_dir() else []
    return {path.stem: path for path in found}


def find_preset(text: str, folder: Path) -> Tuning:
    """The tuning that a command line means.

    Args:
        text: a file, the name of one of the user's presets, or the name of one of the program's; case does not matter.
        folder: of the user's presets.

    Raises:
        PresetError: there is no such preset, or it is broken.
    """
    path = Path(text)
    if path.suffix.lower() in (".json", *YAML_ENDINGS):
        return read_preset(path)[1]
    own = {name.lower(): file for name, file in user_presets(folder).items()}
    if text.lower() in own:
        return read_preset(own[text.lower()])[1]
    built_in = {name.lower(): tuning for name, (tuning, _) in BUILT_IN.items()}
    if text.lower() in built_in:
        return built_in[text.lower()]
    known = ", ".join((*BUILT_IN, *user_presets(folder)))
    raise PresetError(f"There is no preset {text!r}; give a .json or .yaml file, or one of: {known}.")
