"""What the desktop program remembers between starts: one small JSON file, written beside and renamed."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

#: how many files the menu remembers
MAX_RECENT = 10
APP_FOLDER = "visemesync-preview"


def settings_path() -> Path:
    """Where the settings live for this user."""
    return platformdirs.user_config_path(APP_FOLDER, appauthor=False) / "settings.json"


@dataclass
class Settings:
    """The remembered choices; every field has a default that works on a first start.

    Attributes:
        geometry: Qt's window geometry, base64.
        splitter: widths of preview and curves in logical pixels.
        avatar: path of the avatar last shown, "" for the bundled one.
        voice: id of the voice, "" for the engine's first.
        source: source of slot A as written on the command line.
        line: the text in the line.
        volume: 0 to 1.
        device: name of the audio output, "" for the system's default.
        view: ``auto``, ``gpu`` or ``software``.
        framing: ``portrait``, ``face``, ``bust`` or ``body``.
        life: whether the avatar blinks and breathes.
        emotion: mode, strength, transition and blinks as core.emotion writes them, "" for the defaults.
        life_strengths: strengths of idle life in hundredths: blinks, gaze, head, breathing; empty for the defaults.
        studio: tunings, comparison and panels as ui.studio writes them, "" for the defaults.
        paired: left and right share a lane in the curves.
        collapsed: groups of curves that are folded away.
        recent: files opened, newest first.
        background: name of what lies behind the avatar, "" for the default.
        corrections: rig corrections as JSON by the avatar's path.
        bundles: label by source of the NVIDIA bundles that were used, newest first.
        emotion_bundles: folders of Audio2Emotion whose licence condition was accepted.
        servers: ``mock`` or ``real`` by source of the servers that were used, newest first; never their keys.
    """

    geometry: str = ""
    splitter: list[int] = field(default_factory=list)
    avatar: str = ""
    voice: str = ""
    source: str = ""
    line: str = ""
    volume: float = 1.0
    device: str = ""
    view: str = "auto"
    framing: str = "portrait"
    life: bool = True
    emotion: str = ""
    life_strengths: list[int] = field(default_factory=list)
    studio: str = ""
    paired: bool = True
    collapsed: list[str] = field(default_factory=list)
    recent: list[str] = field(default_factory=list)
    background: str = ""
    corrections: dict[str, str] = field(default_factory=dict)
    servers: dict[str, str] = field(default_factory=dict)
    bundles: dict[str, str] = field(default_factory=dict)
    emotion_bundles: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path | None = None) -> Settings:
        """Read the settings; a missing or damaged file, or a field of another type, falls back to the defaults.

        Args:
            path: the file; None for this user's.
        """
        try:
            stored = json.loads((path or settings_path()).read_text("utf-8"))
        except (OSError, ValueError):
            return cls()
        if not isinstance(stored, dict):
            return cls()
        return cls(**_matching(cls(), stored))

    def save(self, path: Path | None = None) -> None:
        """Write the settings.

        Args:
            path: the file; None for this user's.

        Raises:
            OSError: the folder cannot be written.
        """
        target = path or settings_path()
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        beside.write_text(json.dumps(asdict(self), indent=1), "utf-8")
        beside.replace(target)

    def remember(self, path: Path) -> None:
        """Put a file on top of the recent ones."""
        text = str(path)
        self.recent = [text, *(other for other in self.recent if other != text)][:MAX_RECENT]


def _matching(defaults: Settings, stored: dict[str, Any]) -> dict[str, Any]:
    """The stored fields whose type is the default's."""
    kept: dict[str, Any] = {}
    for each in fields(defaults):
        value = stored.get(each.name)
        default = getattr(defaults, each.name)
        if isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
            kept[each.name] = float(value)
        elif type(value) is type(default) and (not isinstance(value, list) or _plain(each.name, value)):
            kept[each.name] = value
    return kept


def _plain(name: str, value: list[Any]) -> bool:
    """Whether a list holds what the field of that name holds."""
    kind: type = int if name in ("splitter", "life_strengths") else str
    return all(type(item) is kind for item in value)
