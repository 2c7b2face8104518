"""Whom one talks with: personas that come with the program, and those that the user made, each a small text file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from app.core.beside import backup_of, write_whole
from app.core.errors import PersonaError
from app.core.places import where
from app.core.shipped import shipped

BUNDLED = shipped("assets/personas")
#: no persona that a person writes is longer
MOST_BYTES = 65_536
MOST_PERSONAS = 200
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_VOICE = re.compile(r"[A-Za-z0-9_-]{0,40}")
_AZURE_VOICE = re.compile(r"([a-z]{2,3}(-[A-Za-z0-9]+)+(:[A-Za-z0-9]+)?)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
#: how Windows calls its devices
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")


@dataclass(frozen=True)
class Persona:
    """Somebody to talk with.

    Attributes:
        id: its file's name without the ending: small letters, digits and hyphens.
        title: as shown, 1 to 40 characters.
        system_prompt: who it is, up to 8000 characters.
        greeting: its first words, up to 500 characters; "" for none.
        embedded_voice: of the embedded engine; "" for its first.
        azure_voice: of Azure's; "" for VisemeSync's first.
        language: BCP 47 tag that it is spoken to in.
        temperature: how lively it answers, 0 to 2; None for the model's own.
        own: whether the user made it.
    """

    id: str
    title: str
    system_prompt: str
    greeting: str = ""
    embedded_voice: str = ""
    azure_voice: str = ""
    language: str = "en-US"
    temperature: float | None = None
    own: bool = False

    def checked(self) -> Persona:
        """This persona, when all of it is as it must be.

        Raises:
            PersonaError: one sentence says what is not.
        """
        temperature = self.temperature
        for fine, sentence in (
            (_ID.fullmatch(self.id) and not _DEVICES.fullmatch(self.id), "has a short name of small letters, digits and hyphens"),
            (1 <= len(self.title.strip()) <= 40 and self.title.isprintable(), "needs a title of 1 to 40 characters"),
            (1 <= len(self.system_prompt.strip()) <= 8000, "needs a system prompt of at most 8000 characters"),
            (len(self.greeting) <= 500, "has a greeting of at most 500 characters"),
            (_VOICE.fullmatch(self.embedded_voice), "names its embedded voice by its id, like heart"),
            (_AZURE_VOICE.fullmatch(self.azure_voice), "names its Azure voice in full, like en-US-AvaMultilingualNeural"),
            (_LANGUAGE.fullmatch(self.language), "has a language like en-US"),
            (temperature is None or 0.0 <= temperature <= 2.0, "has a temperature from 0 to 2, or none"),
        ):
            if not fine:
                raise PersonaError(f"A persona {sentence}; change that and keep it again.")
        return self


#: what a file may hold, and of which type
_FIELDS: dict[str, tuple[type, ...]] = {
    each.name: (int, float) if each.name == "temperature" else (str,) for each in fields(Persona) if each.name not in ("id", "own")
}


class Personas:
    """All personas of this user; a user's own takes the place of a bundled one of the same id.

    Args:
        folder: of the user's own; None for the usual one.
        bundled: folder of those that come with the program; None for the usual one.

    Attributes:
        problems: one sentence for each file that could not be read.
    """

    def __init__(self, folder: Path | None = None, bundled: Path | None = None) -> None:
        self.folder = folder or where("personas")
        self._bundled = bundled or BUNDLED
        self.problems: tuple[str, ...] = ()

    def all(self) -> tuple[Persona, ...]:
        """The bundled ones first, ``friend`` before all; files that cannot be read are left out and told in ``problems``."""
        found: dict[str, Persona] = {}
        problems: list[str] = []
        for folder, own in ((self._bundled, False), (self.folder, True)):
            for path in sorted(folder.glob("*.toml"))[:MOST_PERSONAS]:
                try:
                    found[path.stem] = self._read(path, own)
                except PersonaError as error:
                    problems.append(str(error))
        self.problems = tuple(problems)
        return tuple(sorted(found.values(), key=lambda persona: (persona.id != "friend", persona.own, persona.id)))

    def get(self, persona_id: str) -> Persona:
        """One of them, also by its title.

        Raises:
            PersonaError: there is no such persona.
        """
        every = self.all()
        wanted = persona_id.strip().casefold()
        for persona in every:
            if wanted in (persona.id, persona.title.casefold()):
                return persona
        raise PersonaError(f"There is no such persona; choose one of {', '.join(persona.id for persona in every)}.")

    def keep(self, persona: Persona) -> Persona:
        """Write a persona of the user's own.

        Returns:
            It, as one of the user's own.

        Raises:
            PersonaError: something about it is wrong, or the folder cannot be written.
        """
        path = self._path(persona.checked().id)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, _toml(persona), backup_of(path))
        except OSError:
            raise PersonaError(f"The persona cannot be written to {self.folder}; free some space, or make this folder writable.") from None
        return self._read(path, own=True)

    def remove(self, persona_id: str) -> None:
        """Delete a persona of the user's own; a bundled one of its name comes back.

        Raises:
            PersonaError: there is no such persona of the user's own, or it cannot be deleted.
        """
        try:
            self._path(persona_id).unlink()
        except OSError:
            raise PersonaError("Only personas of your own can be deleted, from a folder that can be written; choose one of them.") from None

    def _path(self, persona_id: str) -> Path:
        if not _ID.fullmatch(persona_id) or _DEVICES.fullmatch(persona_id):
            raise PersonaError("A persona has a short name of small letters, digits and hyphens; give it one.")
        return self.folder / f"{persona_id}.toml"

    @staticmethod
    def _read(path: Path, own: bool) -> Persona:
        """Read a file of a folder; one that leads out of the folder is none."""
        try:
            real = path.resolve()
            if real.parent != path.parent.resolve() or not real.is_file() or real.stat().st_size > MOST_BYTES:
                raise PersonaError(f"The persona {path.name} is no short text file of its folder; put one there, or delete it.")
            data: dict[str, Any] = tomllib.loads(real.read_text("utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            where = re.search(r"at line \d+", str(error)) if isinstance(error, tomllib.TOMLDecodeError) else None
            raise PersonaError(f"The persona {path.name} cannot be read{f' {where[0]}' if where else ''}; mend it, or delete it.") from None
        unfit = [name for name, value in data.items() if not isinstance(value, _FIELDS.get(name, ())) or isinstance(value, bool)]
        missing = [name for name in ("title", "system_prompt") if name not in data]
        if unfit or missing:
            raise PersonaError(f"The persona {path.name} has no usable {(unfit + missing)[0][:40]}; write it as in the bundled ones.")
        try:
            return Persona(id=path.stem, own=own, **{**data, "system_prompt": data["system_prompt"].strip()}).checked()
        except PersonaError as error:
            raise PersonaError(f"The persona {path.name} cannot be used: {str(error)[0].lower()}{str(error)[1:]}") from None


def _toml(persona: Persona) -> str:
    lines = []
    for name in _FIELDS:
        value = getattr(persona, name)
        if value is not None:
            lines.append(f"{name} = {_quoted(value) if isinstance(value, str) else repr(float(value))}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """As TOML's string, over several lines where the text has several, so that it can be edited by hand."""
    several = "\n" in text.strip()
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r\n", "\n")
    kept = "\n\t" if several else ""
    escaped = "".join(c if c in kept or (ord(c) >= 0x20 and ord(c) != 0x7F) else f"\\u{ord(c):04x}" for c in escaped)
    return f'"""\n{escaped}"""' if several else f'"{escaped}"'
