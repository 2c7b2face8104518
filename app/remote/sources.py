"""Offers the remote sources to the registry; the packages that they need are imported when one is made."""

from __future__ import annotations

from app.core.errors import ServiceError
from app.core.installation import how_to_get
from app.core.source_spec import SourceSpec
from app.lipsync.registry import Abilities, SourceChoice, add_choice
from app.lipsync.source import LipSyncSource


def _missing() -> ServiceError:
    return ServiceError(f"Remote sources need further packages; {how_to_get('client', 'remote')}.")


def _remote(argument: str, fps: float) -> LipSyncSource:
    try:
        from app.remote.client.remote_source import RemoteSource
    except ModuleNotFoundError as error:
        raise _missing() from error
    return RemoteSource(argument, fps)


def _nim(argument: str, fps: float) -> LipSyncSource:
    try:
        from app.remote.nim.nim_source import NimSource
    except ModuleNotFoundError as error:
        raise _missing() from error
    return NimSource(argument, fps)


CHOICES = (
    SourceChoice(
        SourceSpec("remote"), "Server", "Our server, or VisemeSync's bridge: write its address.", _remote,
        Abilities(takes="address", is_linked=True, listens_live=True),
    ),
    SourceChoice(
        SourceSpec("nim"), "NVIDIA NIM", "NVIDIA's Audio2Face-3D microservice: write HOST:PORT.", _nim,
        Abilities(takes="address", is_linked=True),
    ),
)  # fmt: skip


def make(spec: str, fps: float = 60.0) -> LipSyncSource:
    """A remote source from its words.

    Args:
        spec: ``remote:URL`` or ``nim:HOST:PORT``.
        fps: frames per second of its animations.

    Raises:
        ServiceError, SourceError: it is no address, or packages are missing.
    """
    wanted = SourceSpec.parse(spec)
    return next(choice for choice in CHOICES if choice.source.kind == wanted.kind).make(wanted.argument, fps)


def register() -> None:
    """Add them; safe to call more than once."""
    for choice in CHOICES:
        add_choice(choice)
