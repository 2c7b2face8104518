"""``--acting [SEED]`` of the verbs that make an animation: head, eyes and breath that belong to the line."""

from __future__ import annotations

from argparse import Namespace

from app.core.acting.acted import acted
from app.core.acting.settings import ActingSettings
from app.core.speech import Speech
from app.core.track import Animation


def with_acting(animation: Animation, options: Namespace, speech: Speech) -> Animation:
    """An animation that acts what is said; the very same without the option.

    Args:
        animation: as its source made it.
        options: ``acting`` is read: the seed, or None.
        speech: what is said.
    """
    return animation if options.acting is None else acted(animation, speech, ActingSettings(on=True, seed=options.acting))


def wants_phones(options: Namespace) -> bool:
    """Whether the acting is the better for phones: where a text says what they are, it takes its phrases and accents from them."""
    return options.acting is not None and options.transcript is not None
