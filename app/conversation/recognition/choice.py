"""Which recognisers there are here, and the one that is taken when nobody chose."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal

from app.conversation.recognition.azure import AzureRecogniser
from app.conversation.recognition.embedded import EmbeddedRecogniser, Reader, load
from app.conversation.recognition.utterances import SILENCE_S
from app.conversation.steps import Recogniser
from app.keys.access import SpeechAccess

RecogniserKind = Literal["azure", "embedded"]


def recognisers(access: SpeechAccess) -> dict[RecogniserKind, str]:
    """The kinds that work here with their labels, the preferred one first; asks no network."""
    found: dict[RecogniserKind, str] = {}
    if access.usable:
        found["azure"] = AzureRecogniser.label
    found["embedded"] = EmbeddedRecogniser.label
    return found


def make_recogniser(
    kind: RecogniserKind | None,
    access: SpeechAccess,
    silence_s: float = SILENCE_S,
    hands_free: bool = True,
    *,
    progress: Callable[[float], None] | None = None,
    reader: Callable[[threading.Event], Reader] | None = None,
) -> Recogniser:
    """A recogniser; loads and connects nothing before ``start``.

    Args:
        kind: which; None for the preferred one.
        access: the way to the Speech service.
        silence_s: after which an utterance is over.
        hands_free: whether silence ends an utterance; else only ``end_of_speech`` does (push-to-talk).
        progress: called with the share done, 0-1, while the embedded one fetches its weights for the first time.
        reader: loads the embedded one's network in place of the usual way, on its thread; see ``EmbeddedRecogniser``.
    """
    if (kind or next(iter(recognisers(access)))) == "azure":
        return AzureRecogniser(access, silence_s, hands_free)
    return EmbeddedRecogniser(reader or (lambda cancel: load(progress, cancel)), silence_s, hands_free)
