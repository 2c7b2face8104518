"""Who speaks in a dialogue table: ``characters.toml`` or ``.json`` beside it gives each a voice, a preset, an avatar and a source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from app.core.errors import ProjectError
from app.core.foreign import parsed_json

#: looked for beside a table, in this order
FILES = ("characters.toml", "characters.json")
MAX_BYTES = 2**20


@dataclass(frozen=True)
class Character:
    """What is known of a speaker; "" leaves it to the command line.

    Attributes:
        name: as the table writes it.
        voice: id of an embedded voice, or ``azure:NAME``.
        preset: of the tuning: a name or a file.
        avatar: a GLB file.
        source: who makes the motion.
        style: of Azure's voices.
        speed: speaking rate as text, 0.5 to 2.
    """

    name: str
    voice: str = ""
    preset: str = ""
    avatar: str = ""
    source: str = ""
    style: str = ""
    speed: str = ""


class Characters:
    """All who speak; upper and lower case are the same.

    Args:
        known: in the order of the file.
        file: where they were read, None where there is no such file: any name is then a speaker.
    """

    def __init__(self, known: Mapping[str, Character] | None = None, file: Path | None = None) -> None:
        self.file = file
        self._known = {name.casefold(): each for name, each in (known or {}).items()}

    @property
    def names(self) -> tuple[str, ...]:
        """As the file writes them."""
        return tuple(each.name for each in self._known.values())

    def of(self, name: str) -> Character:
        """A speaker.

        Raises:
            ProjectError: there is a file, and nobody of this name in it.
        """
        found = self._known.get(name.casefold())
        if found is not None:
            return found
        if name and self.file is not None:
            raise ProjectError(f"There is no character “{name[:60]}” in {self.file.name}; add it there, or choose from {self._list()}.")
        return Character(name)

    def with_presets(self, presets: Mapping[str, str]) -> Characters:
        """With other presets for some speakers.

        Args:
            presets: name of a speaker -> preset.
        """
        known = {each.name: each for each in self._known.values()}
        for name, preset in presets.items():
            present = self._known.get(name.casefold(), Character(name))
            known[present.name] = replace(present, preset=preset)
        return Characters(known, self.file)

    def _list(self) -> str:
        return ", ".join(self.names[:12]) or "nobody"


def find_characters(table: Path) -> Path | None:
    """The file beside a table, None where there is none: ``TABLE.characters.toml`` before ``characters.toml``."""
    own = [table.with_suffix(f".{name}") for name in FILES]
    return next((path for path in (*own, *(table.parent / name for name in FILES)) if path.is_file()), None)


def read_characters(path: Path) -> Characters:
    """Read them.

    Args:
        path: TOML with a section ``[characters.NAME]`` for each, or the same as JSON.

    Raises:
        ProjectError: it cannot be read, or says what nobody knows.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProjectError(f"{path.name} is too large for a list of characters; choose the right file.")
        text = path.read_text("utf-8-sig")
        data = parsed_json(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ProjectError(f"The characters {path.name} cannot be read ({error.strerror}); check the path.") from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path.name} is no valid {path.suffix.lstrip('.').upper()}; mend it, or leave it out.") from error
    section = data.get("characters") if isinstance(data, Mapping) else None
    if not isinstance(section, Mapping):
        raise ProjectError(f"{path.name} has no section “characters”; write [characters.NAME] above the settings of each.")
    return Characters({str(name): _character(str(name), each, path) for name, each in section.items()}, path)


def _character(name: str, data: Any, path: Path) -> Character:
    allowed = [field.name for field in fields(Character) if field.name != "name"]
    if not isinstance(data, Mapping):
        raise ProjectError(f"{path.name}: “{name}” has no settings; write [characters.{name}] and below it {', '.join(allowed)}.")
    for key, value in data.items():
        if key not in allowed:
            raise ProjectError(f"{path.name}: “{name}” has “{key}”, which is no setting of a character; choose from {', '.join(allowed)}.")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ProjectError(f"{path.name}: “{key}” of “{name}” is no text; write it between quotation marks.")
    return Character(name, **{key: str(value) for key, value in data.items()})
