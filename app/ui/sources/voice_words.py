"""Voices in words: in which group of the list one stands, what is said about it, and whether it is what was searched for."""

from __future__ import annotations

from collections.abc import Sequence

from app.speech.engine import Voice

#: of the cloud's voices, how many come first because VisemeSync offers them
FIRST_CLOUD = 14
HERE, FIRST = "On this machine", "Azure: VisemeSync's voices"


def title_of_voice(voice: Voice) -> str:
    """A voice as a picker shows it, with what it lacks."""
    if voice.installed:
        return voice.name
    return f"{voice.name} ({'needs a key' if voice.cloud else 'fetch'})"


def about_voice(voice: Voice) -> str:
    """What is known about a voice, in a line."""
    styles = f"{len(voice.styles)} styles" if len(voice.styles) > 1 else ", ".join(voice.styles)
    lacks = "no mouth shapes" if voice.visemes is False else ""
    missing = "" if voice.installed else "needs a key" if voice.cloud else "to be fetched"
    return ", ".join(part for part in (voice.gender, styles, lacks, missing) if part)


def name_in_group(voice: Voice) -> str:
    """A voice's name under the heading of its group, which tells its language."""
    return voice.name.removesuffix(f", {voice.language_name}") if voice.cloud else voice.name


def grouped(voices: Sequence[Voice]) -> dict[str, list[Voice]]:
    """Voices by group, groups in the order of the voices: those here, VisemeSync's, then each language."""
    groups: dict[str, list[Voice]] = {}
    clouds = 0
    for voice in voices:
        clouds += voice.cloud
        name = HERE if not voice.cloud else FIRST if clouds <= FIRST_CLOUD else f"Azure: {voice.language_name}"
        groups.setdefault(name, []).append(voice)
    return groups


def short_list(voices: Sequence[Voice], current: str) -> tuple[Voice, ...]:
    """What a picker offers without a search: the voices here, VisemeSync's, and the one that is on."""
    clouds = [voice for voice in voices if voice.cloud]
    kept = {voice.id for voice in (*clouds[:FIRST_CLOUD], *(voice for voice in voices if not voice.cloud))}
    return tuple(voice for voice in voices if voice.id in kept or voice.id == current)


def fits(voice: Voice, words: str) -> bool:
    """Whether every word of a search stands in a voice's name, language, gender, styles or roles."""
    text = " ".join((voice.id, voice.name, voice.language, voice.language_name, voice.gender, *voice.styles, *voice.roles)).casefold()
    # "male" is no part of "female" here
    told = set(text.split())
    return all((word in told) if word == "male" else word in text for word in words.casefold().split())
