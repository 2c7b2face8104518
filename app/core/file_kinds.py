"""What a file is, by the ending of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

AVATAR_ENDINGS = (".glb", ".gltf", ".vrm")
AUDIO_ENDINGS = (
    ".wav", ".flac", ".ogg", ".mp3", ".m4a", ".mp4", ".mov", ".webm", ".opus", ".aac", ".oga", ".aif", ".aiff", ".mkv", ".mka", ".m4v",
    ".m4b", ".3gp", ".caf", ".au", ".w64", ".ac3", ".amr", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".flv", ".wmv", ".ogv", ".wma",
    ".wv", ".aifc", ".snd", ".rf64", ".mp2", ".eac3", ".awb", ".gsm", ".g722", ".al", ".ul", ".voc",
)  # fmt: skip
#: projects, and takes, their packed form
PROJECT_ENDINGS = (".vsync", ".vstake")


def kind_of(path: Path) -> Literal["avatar", "audio", "track"]:
    """What a file is, by its ending; whatever else it is called, its content may be a track."""
    ending = path.suffix.lower()
    return "avatar" if ending in AVATAR_ENDINGS else "audio" if ending in AUDIO_ENDINGS else "track"
