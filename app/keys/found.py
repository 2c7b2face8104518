"""Which keys there are."""

from __future__ import annotations

import os

from app.keys.access import SpeechAccess


def speech_access() -> SpeechAccess:
    """The way to Azure's Speech service as the environment names it; not ``usable`` when it names none."""
    return SpeechAccess(
        key=_first("SPEECH_KEY", "AZURE_SPEECH_KEY"),
        region=_first("SPEECH_REGION", "AZURE_SPEECH_REGION"),
        endpoint=_first("SPEECH_ENDPOINT", "AZURE_SPEECH_ENDPOINT"),
    )


def _first(*names: str) -> str:
    return next((value for name in names if (value := os.environ.get(name, "").strip())), "")
