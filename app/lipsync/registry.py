"""Sources by the words of the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import SourceError
from app.lipsync.a2f import A2FSource
from app.lipsync.mock import MockSource
from app.lipsync.nvidia import NvidiaSource
from app.lipsync.recorded import RecordedSource
from app.lipsync.source import LipSyncSource
from app.lipsync.visemes import VisemeSource


@dataclass(frozen=True)
class SourceChoice:
    """One kind of source, for menus and help.

    Attributes:
        spec: what to write on the command line; a trailing colon asks for an argument.
        label: as shown in menus.
        about: one sentence.
        needs_phones: whether it works from timed phones (or Azure events) rather than from the sound.
        make: argument after the colon and fps -> the source.
    """

    spec: str
    label: str
    about: str
    needs_phones: bool
    make: Callable[[str, float], LipSyncSource]

    @property
    def takes_argument(self) -> bool:
        """Whether the user has to add a file or an address."""
        return self.spec.endswith(":")


def _profile(argument: str, fps: float) -> LipSyncSource:
    return VisemeSource(argument or "recommended", fps)


def _file(argument: str, fps: float) -> LipSyncSource:
    return RecordedSource(argument, fps)


def _network(argument: str, fps: float) -> LipSyncSource:
    return A2FSource("quality", fps)


def _light_network(argument: str, fps: float) -> LipSyncSource:
    return A2FSource("light", fps)


def _nvidia(argument: str, fps: float) -> LipSyncSource:
    return NvidiaSource(argument, fps)


_CHOICES: list[SourceChoice] = [
    SourceChoice("a2f", "Audio2Face", "The app's own network: the whole face from any voice.", False, _network),
    SourceChoice("a2f:light", "Audio2Face (light)", "The small network, for slow machines and many faces.", False, _light_network),
    SourceChoice("visemes", "Visemes (recommended)", "Phone timings, with coarticulation and real lip contacts.", True, _profile),
    SourceChoice(
        "visemes:visemesync", "Visemes (VisemeSync)", "What VisemeSync shows today: its table and its present smoothing.", True, _profile
    ),
    SourceChoice(
        "visemes:visemesync-early", "Visemes (VisemeSync, early setting)", "VisemeSync's first, quicker smoothing.", True, _profile
    ),
    SourceChoice("nvidia:", "NVIDIA Audio2Face-3D", "Your download of NVIDIA's weights: choose the bundle's folder.", False, _nvidia),
    SourceChoice("file:", "Track file", "A recorded or exported track played against this sound.", False, _file),
    SourceChoice("mock", "MOCK", "Moves the mouth without listening; for trying things out.", False, lambda _, fps: MockSource(fps)),
]


def source_choices() -> tuple[SourceChoice, ...]:
    """What can be chosen here and now, the default first."""
    return tuple(_CHOICES)


def add_choice(choice: SourceChoice) -> None:
    """Let a room above this one offer a source; a second one of the same words is ignored."""
    if all(known.spec != choice.spec for known in _CHOICES):
        _CHOICES.append(choice)


def _find(spec: str) -> tuple[SourceChoice, str] | None:
    kind, _, argument = spec.partition(":")
    for choice in source_choices():
        if choice.spec == spec and not choice.takes_argument:
            return choice, argument
        if choice.takes_argument and choice.spec == f"{kind}:" and argument:
            return choice, argument
    return None


def source_needs_phones(spec: str) -> bool:
    """Whether a source works from timed phones; False for an unknown one."""
    found = _find(spec)
    return found is not None and found[0].needs_phones


def title_of(spec: str) -> str:
    """A source in words, before it has said itself what it is.

    Args:
        spec: as written on the command line.
    """
    found = _find(spec)
    if found is None:
        return spec
    choice, argument = found
    if not choice.takes_argument:
        return choice.label
    return f"{choice.label}: {Path(argument).name}" if choice.spec in {"nvidia:", "file:"} else spec


def make_source(spec: str, fps: float = 60.0) -> LipSyncSource:
    """Build a source from its words.

    Args:
        spec: for example ``visemes``, ``visemes:visemesync``, ``file:take.csv`` or ``mock``.
        fps: frames per second of its animations.

    Raises:
        SourceError: an unknown source, or one that this installation does not have.
        TrackError: the file of ``file:`` cannot be read.
    """
    spec = spec.strip()
    if not 1 <= fps <= 240:
        raise SourceError(f"The frame rate must be between 1 and 240, not {fps:g}.")
    found = _find(spec)
    if found is None:
        known = ", ".join(f"{c.spec}…" if c.takes_argument else c.spec for c in source_choices())
        raise SourceError(f"There is no source {spec!r} here; available are {known}.")
    choice, argument = found
    return choice.make(argument, fps)
