"""Where the sound goes, in words."""

from __future__ import annotations

from app.session.base.playback import Playback

_CLOCK_WORDS = {"dac": "device clock", "callback": "estimated clock", "wall": "wall clock"}


def sound_words(playback: Playback) -> tuple[str, str]:
    """Where the sound goes, in words, and why it is silent ("" when it is not)."""
    if playback.player is None:
        return "Sound…", ""
    status = playback.player.status
    if status.silent_reason:
        return playback.sound.words or "No sound", status.silent_reason
    gaps = f", {status.underruns} gaps" if status.underruns else ""
    sync = f", sync {playback.late_s * 1000:+.0f} ms" if playback.late_s else ""
    return f"{status.device}, {_CLOCK_WORDS[status.clock_kind]} {status.latency_s * 1000:.0f} ms{sync}{gaps}", ""
