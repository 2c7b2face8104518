"""From what is said to what is acted: one seed acts one sound in one way, and chance in a phrase hangs on that phrase alone."""

from __future__ import annotations

import itertools

import numpy as np

from app.core.acting.accents import accents_of
from app.core.acting.breath import breaths_of
from app.core.acting.eyes import SWAY_PERIODS
from app.core.acting.gaze import blinks_of, looks_at_rest, looks_in
from app.core.acting.gestures import Hold, Look, Nod, Plan, Raise
from app.core.acting.head import holds_of, nods_on, raises_on
from app.core.acting.phrases import phrases_of
from app.core.acting.settings import ActingSettings
from app.core.acting.voice import AROUND_S, RATE, HeardVoice, hear
from app.core.speech import AudioClip, Speech


def heard_around(clip: AudioClip, span_s: tuple[float, float]) -> HeardVoice:
    """The voice in a stretch that is wanted first of a long sound, and so far around it that its phrases are whole."""
    return hear(clip, (max(span_s[0] - AROUND_S, 0.0), min(span_s[1] + AROUND_S, clip.duration_s)))


def planned(speech: Speech, settings: ActingSettings, voice: HeardVoice) -> Plan:
    """What a face does with a speech.

    Args:
        speech: the sound, and its phones and text where they are known.
        settings: the seed; strengths count when the plan is carried out, but for the rate of the blinks.
        voice: what was heard of all of the sound, or of a stretch, of which alone the plan is then.
    """
    whole = (voice.start_s, voice.start_s + len(voice) / RATE)
    phrases = phrases_of(speech, voice)
    seed = settings.seed
    nods: list[Nod] = []
    holds: list[Hold] = []
    raises: list[Raise] = []
    looks: list[Look] = [Look(whole[0] - 1.0, 0.0, 0.0)]
    said_s = whole[0] - 1.0
    for phrase, following in itertools.zip_longest(phrases, phrases[1:]):
        chances = [np.random.default_rng([seed, stream, max(round(1e3 * phrase.start_s), 0)]) for stream in range(5)]
        accents = accents_of(phrase, speech.phones, voice)
        nods += nods_on(accents, chances[0])
        raises += raises_on(accents, phrase, chances[1])
        holds += holds_of(phrase, None if following is None else following.start_s, chances[2])
        looks += looks_at_rest(said_s, phrase.start_s, chances[3])
        looks += looks_in(phrase, chances[4])
        said_s = phrase.end_s
    looks += looks_at_rest(said_s, whole[1], np.random.default_rng([seed, 9]))
    looks.sort(key=lambda look: look.start_s)
    blinks = blinks_of(phrases, looks, whole, seed, settings.eyes) if settings.eyes > 0 else []
    breaths = breaths_of(phrases, not speech.phones and not speech.words, seed)
    phases = np.random.default_rng([seed, 10]).uniform(0, 2 * np.pi, (3, len(SWAY_PERIODS)))
    return Plan(
        tuple(nods), tuple(sorted(holds, key=lambda hold: hold.start_s)), tuple(looks), tuple(blinks), tuple(raises), tuple(breaths),
        tuple(tuple(row) for row in phases.tolist()),
    )  # fmt: skip
