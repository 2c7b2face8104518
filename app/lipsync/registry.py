"""Sources by what they are called, with what each can do.

A source is carried about as a ``SourceSpec`` (core.source_spec), parsed once. ``abilities_of(source)`` answers what used to be asked of
prefixes: does it feel, does it listen, is there a server behind it, whose parameters has it. ``make_source`` makes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app.core.errors import SourceError
from app.core.native import NVIDIA, VISEMES, VISEMESYNC
from app.core.source_spec import KEPT, SourceSpec
from app.lipsync.a2f import A2FSource
from app.lipsync.azure import AzureBlendshapes, AzureVisemes
from app.lipsync.mock import MockSource
from app.lipsync.nvidia import NvidiaSource
from app.lipsync.recorded import RecordedSource
from app.lipsync.source import LipSyncSource
from app.lipsync.visemes import VisemeSource


@dataclass(frozen=True)
class Abilities:
    """What sources of a kind can do and need, as facts that hold before one is made; the default is a source that can nothing.

    Attributes:
        takes: what has to stand behind the colon: a ``file``, a ``folder``, an ``address``, or "" when nothing has to.
        needs_phones: works from timed phones (or Azure events) rather than from the sound.
        needs_service: what has to have come with the sound, which no file and no other voice has: Azure's ``visemes`` or its
            ``blendshapes``; "" for nothing.
        feels: takes emotions and blinks; its objects are ``HasFeelings``.
        family: whose parameters of its own it has, ``nvidia``, ``visemesync`` or ``visemes`` (core.native), or ""; then
            ``HasOwnParameters``.
        listens_live: can follow a microphone in the window; on this machine then ``ListensLive``.
        is_own_network: the app's network, which is loaded once and shows its device.
        is_linked: a server at the other end of a link, which can be lost and found again.
        is_mock: its motion has nothing to do with the sound.
    """

    takes: Literal["", "file", "folder", "address"] = ""
    needs_phones: bool = False
    needs_service: Literal["", "visemes", "blendshapes"] = ""
    feels: bool = False
    family: str = ""
    listens_live: bool = False
    is_own_network: bool = False
    is_linked: bool = False
    is_mock: bool = False

    @property
    def follows_timings(self) -> bool:
        """Whether its motion is made of words, phones and events, so that it is made anew where these move; else of the sound itself."""
        return self.needs_phones or bool(self.needs_service)


@dataclass(frozen=True)
class SourceChoice:
    """One source, or one kind that takes a file, a folder or an address, for menus and help.

    Attributes:
        source: what is chosen; without an argument when the user has to add one.
        label: as shown in menus.
        about: one sentence.
        make: argument and fps -> the source.
        abilities: what it can do.
    """

    source: SourceSpec
    label: str
    about: str
    make: Callable[[str, float], LipSyncSource]
    abilities: Abilities = field(default_factory=Abilities)

    @property
    def spec(self) -> str:
        """What to write on the command line; a trailing colon asks for an argument."""
        return f"{self.source}:" if self.takes_argument else str(self.source)

    @property
    def takes_argument(self) -> bool:
        """Whether the user has to add a file, a folder or an address."""
        return bool(self.abilities.takes)


def _profile(argument: str, fps: float) -> LipSyncSource:
    return VisemeSource(argument or "recommended", fps)


def _azure_visemes(argument: str, fps: float) -> LipSyncSource:
    return AzureVisemes(argument or "recommended", fps)


def _azure_blendshapes(argument: str, fps: float) -> LipSyncSource:
    return AzureBlendshapes(fps)


def _file(argument: str, fps: float) -> LipSyncSource:
    return RecordedSource(argument, fps)


def _network(argument: str, fps: float) -> LipSyncSource:
    return A2FSource("quality", fps)


def _light_network(argument: str, fps: float) -> LipSyncSource:
    return A2FSource("light", fps)


def _nvidia(argument: str, fps: float) -> LipSyncSource:
    return NvidiaSource(argument, fps)


_NETWORK = Abilities(feels=True, listens_live=True, is_own_network=True)
_VISEMESYNC = Abilities(needs_phones=True, family=VISEMESYNC)
_CHOICES: list[SourceChoice] = [
    SourceChoice(SourceSpec("a2f"), "Audio2Face", "The app's own network: the whole face from any voice.", _network, _NETWORK),
    SourceChoice(
        SourceSpec("a2f", "light"), "Audio2Face (light)", "The small network, for slow machines and many faces.", _light_network, _NETWORK
    ),
    SourceChoice(
        SourceSpec("visemes"), "Visemes (recommended)", "Phone timings, with coarticulation and real lip contacts.", _profile,
        Abilities(needs_phones=True, family=VISEMES),
    ),
    SourceChoice(
        SourceSpec("visemes", "visemesync"), "Visemes (VisemeSync)", "What VisemeSync shows today: its table and its present smoothing.",
        _profile, _VISEMESYNC,
    ),
    SourceChoice(
        SourceSpec("visemes", "visemesync-early"), "Visemes (VisemeSync, early setting)", "VisemeSync's first, quicker smoothing.",
        _profile, _VISEMESYNC,
    ),
    SourceChoice(
        SourceSpec("azure-visemes"), "Azure visemes", "The viseme IDs that Azure sent with its voice, with our coarticulation.",
        _azure_visemes, Abilities(needs_service="visemes", family=VISEMES),
    ),
    SourceChoice(
        SourceSpec("azure-visemes", "visemesync"), "Azure visemes (VisemeSync)",
        "The viseme IDs that Azure sent with its voice, as VisemeSync shows them: its table and its smoothing.",
        _azure_visemes, Abilities(needs_service="visemes", family=VISEMESYNC),
    ),
    SourceChoice(
        SourceSpec("azure-blendshapes"), "Azure blendshapes", "The 52 shapes that Azure sent with its voice, 60 frames a second.",
        _azure_blendshapes, Abilities(needs_service="blendshapes"),
    ),
    SourceChoice(
        SourceSpec("nvidia"), "NVIDIA Audio2Face-3D", "Your download of NVIDIA's weights: choose the bundle's folder.", _nvidia,
        Abilities(takes="folder", feels=True, family=NVIDIA),
    ),
    SourceChoice(
        SourceSpec("file"), "Track file", "A recorded or exported track played against this sound.", _file, Abilities(takes="file")
    ),
    SourceChoice(
        SourceSpec("mock"), "MOCK", "Moves the mouth without listening; for trying things out.", lambda _, fps: MockSource(fps),
        Abilities(is_mock=True),
    ),
]  # fmt: skip


def source_choices() -> tuple[SourceChoice, ...]:
    """What can be chosen here and now, the default first."""
    return tuple(_CHOICES)


def add_choice(choice: SourceChoice) -> None:
    """Let a room above this one offer a source; a second one of the same words is ignored."""
    if all(known.source != choice.source for known in _CHOICES):
        _CHOICES.append(choice)


def _find(source: SourceSpec) -> SourceChoice | None:
    for choice in _CHOICES:
        if choice.takes_argument and choice.source.kind == source.kind and source.argument:
            return choice
        if not choice.takes_argument and choice.source == source:
            return choice
    return None


def choice_of(source: SourceSpec | str) -> SourceChoice | None:
    """The registry's entry of a source, None for one that is not known here.

    Args:
        source: as parsed, or as written on the command line; what is no source at all has no entry either.
    """
    try:
        return _find(SourceSpec.parse(source))
    except SourceError:
        return None


def abilities_of(source: SourceSpec | str) -> Abilities:
    """What a source can do and needs; one that is not known here can do nothing.

    Args:
        source: as parsed, or as written on the command line.
    """
    choice = choice_of(source)
    return Abilities() if choice is None else choice.abilities


def source_needs_phones(source: SourceSpec | str) -> bool:
    """Whether a source works from timed phones; False for an unknown one."""
    return abilities_of(source).needs_phones


def title_of(source: SourceSpec | str) -> str:
    """A source in words, before it has said itself what it is.

    Args:
        source: as parsed, or as written on the command line.
    """
    choice, kept = choice_of(source), str(source).partition(":")
    if kept[0] == KEPT:
        return f"Kept in the take ({title_of(kept[2])})"
    if choice is None or choice.abilities.takes == "address":
        return str(source)
    return f"{choice.label}: {Path(SourceSpec.parse(source).argument).name}" if choice.takes_argument else choice.label


def make_source(source: SourceSpec | str, fps: float = 60.0, in_fps: float | None = None, *, swap_sides: bool = False) -> LipSyncSource:
    """Build a source.

    Args:
        source: as parsed, or its words: ``visemes``, ``visemes:visemesync``, ``file:take.csv`` or ``mock``.
        fps: frames per second of its animations.
        in_fps: frames per second of the file of ``file:``, as the user states them; None finds them in it.
        swap_sides: exchange left and right of jaw and mouth in that file.

    Raises:
        SourceError: an unknown source, or one that this installation does not have.
        TrackError: the file of ``file:`` cannot be read.
    """
    if not 1 <= fps <= 240:
        raise SourceError(f"The frame rate must be between 1 and 240, not {fps:g}.")
    wanted = SourceSpec.parse(source)
    choice = _find(wanted)
    if choice is None:
        known = ", ".join(f"{c.spec}…" if c.takes_argument else c.spec for c in source_choices())
        raise SourceError(f"There is no source {str(wanted)!r} here; available are {known}.")
    if choice.abilities.takes == "file" and (in_fps is not None or swap_sides):
        return RecordedSource(wanted.argument, fps, in_fps, swap_sides=swap_sides)
    return choice.make(wanted.argument, fps)
