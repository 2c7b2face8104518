"""Silence at the ends of what a voice said: cut, or put there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.speech import Phone, Speech

#: at the very start, so that Speak answers at once: what is left before the sound rises above what can be heard, and over which it fades in
FIRST_LEAD_S, _FADE_IN_S = 0.015, 0.005
#: the level that can be heard, of full scale (-54 dB), and the longest silence that is looked through for it
_HEARD, _LOOKED_THROUGH_S = 0.002, 0.5


def trimmed(speech: Speech, lead_s: float, tail_s: float) -> Speech:
    """Cut silence at both ends.

    Args:
        speech: with phones from 0 to its end.
        lead_s: silence to leave before the first phone, in seconds.
        tail_s: silence to leave after the last one.

    Returns:
        The speech on its new time line.
    """
    sounding = [phone for phone in speech.phones if not phone.is_silence]
    if not sounding:
        return speech
    rate = speech.audio.rate
    start = round(max(0.0, sounding[0].start_s - lead_s) * rate)
    stop = round(min(speech.audio.duration_s, sounding[-1].end_s + tail_s) * rate)
    return _cut(speech, start, stop)


def heard_at_once(speech: Speech) -> Speech:
    """Let a speech begin just before its first sound; a stop that begins it loses the silence of its closure, not its burst.

    Args:
        speech: with phones from 0 to its end.

    Returns:
        The speech on its new time line; as it was where its beginning holds no sound.
    """
    rate = speech.audio.rate
    heard = np.abs(speech.audio.samples[: round(_LOOKED_THROUGH_S * rate)]) > _HEARD
    start = int(np.argmax(heard)) - round(FIRST_LEAD_S * rate)
    if start <= 0 or not heard.any():
        return speech
    cut = _cut(speech, start, len(speech.audio.samples))
    fade = np.minimum(np.arange(len(cut.audio.samples)) / (_FADE_IN_S * rate), 1.0).astype(np.float32)
    return replace(cut, audio=replace(cut.audio, samples=cut.audio.samples * fade))


def _cut(speech: Speech, start: int, stop: int) -> Speech:
    """The samples from one place to another, with the phones on their time line."""
    rate = speech.audio.rate
    audio = replace(speech.audio, samples=speech.audio.samples[start:stop])
    phones = []
    for phone in speech.phones:
        start_s = max(0.0, phone.start_s - start / rate)
        end_s = min(audio.duration_s, phone.end_s - start / rate)
        if end_s > start_s:
            phones.append(replace(phone, start_s=start_s, end_s=end_s))
    return replace(speech, audio=audio, phones=tuple(phones))


def followed_by_silence(speech: Speech, seconds: float) -> Speech:
    """Put silence behind a speech.

    Args:
        speech: with phones from 0 to its end.
        seconds: how long, 0 or more.
    """
    count = round(seconds * speech.audio.rate)
    if count <= 0:
        return speech
    audio = replace(speech.audio, samples=np.concatenate([speech.audio.samples, np.zeros(count, np.float32)]))
    pause = Phone("sil", speech.audio.duration_s, audio.duration_s)
    if speech.phones and speech.phones[-1].is_silence:
        return replace(speech, audio=audio, phones=(*speech.phones[:-1], replace(speech.phones[-1], end_s=audio.duration_s)))
    return replace(speech, audio=audio, phones=(*speech.phones, pause))
