"""Files of settings of former versions: their plain values in the form of today's."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

from app.audio.devices import DeviceChoice
from app.core.foreign import is_number

#: field of the first version -> where it is today
_MOVED = MappingProxyType({
    "geometry": "window.geometry", "splitter": "window.widths", "paired": "window.paired", "collapsed": "window.folded",
    "avatar": "picture.avatar", "view": "picture.renderer", "framing": "picture.framing", "background": "picture.background",
    "life": "picture.life.enabled", "corrections": "picture.corrections",
    "volume": "sound.volume", "device": "sound.output",
    "source": "sources.chosen", "bundles": "sources.bundles", "emotion_bundles": "sources.listeners", "servers": "sources.servers",
    "emotion": "emotion", "voice": "voice", "line": "line", "recent": "recent",
})  # fmt: skip
_STUDIO_MOVED = MappingProxyType({
    "late_ms": "sound.late_ms", "scrub_sound": "sound.scrub_sound", "tools": "window.tools", "compare": "compare", "tunings": "tunings",
})  # fmt: skip
_LIFE_PARTS = ("blinks", "gaze", "head", "breathing")


def of_today(data: Any) -> Any:
    """Plain values of any version in the form of today's."""
    if not isinstance(data, dict):
        return data
    if "version" in data:
        return {key: value for key, value in data.items() if key != "version"}
    made: dict[str, Any] = {}
    studio = _parsed(data.get("studio", ""))
    for old, moved in ((data, _MOVED), (studio if isinstance(studio, dict) else {}, _STUDIO_MOVED)):
        for name, place in moved.items():
            if name in old:
                _put(made, place, old[name])
    if not isinstance(studio, dict):
        made["tunings"] = studio
    strengths = data.get("life_strengths")
    if isinstance(strengths, list) and len(strengths) == len(_LIFE_PARTS):
        for part, hundredths in zip(_LIFE_PARTS, strengths, strict=True):
            _put(made, f"picture.life.{part}", hundredths / 100 if is_number(hundredths) else hundredths)
    _open_texts(made)
    known = {*_MOVED, "studio", "life_strengths"}
    return {**{key: value for key, value in data.items() if key not in known}, **made}


def _open_texts(made: dict[str, Any]) -> None:
    """Put values in the place of the texts that held them, and drop what stood for a default."""
    window, picture, sound = made.get("window", {}), made.get("picture", {}), made.get("sound", {})
    if window.get("widths") == []:
        del window["widths"]
    if sound.get("output") == "":
        del sound["output"]
    if "emotion" in made:
        made["emotion"] = _parsed(made["emotion"])
    if isinstance(picture.get("corrections"), dict):
        picture["corrections"] = {path: _parsed(text) for path, text in picture["corrections"].items()}
    if "tunings" in made:
        tunings = made["tunings"] = _parsed(made["tunings"])
        if isinstance(tunings, dict) and "slots" in tunings:
            tunings["by_side"] = tunings.pop("slots")


def _parsed(text: Any) -> Any:
    """The values that a text holds, an empty object for no text; what is no such text stays as it is and will not fit."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return text


def _put(made: dict[str, Any], place: str, value: Any) -> None:
    *groups, name = place.split(".")
    for group in groups:
        made = made.setdefault(group, {})
    made[name] = value


def device_of(data: Any) -> DeviceChoice:
    """Read a device, also one of the first version, which knew its name alone."""
    device = DeviceChoice.remembered(data)
    if device is None:
        raise ValueError("no sound device")
    return device
