"""Where playback is, as a value: between two looks at it any thread knows for itself how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.session.base.playback import Playback

#: two looks nearer than this say nothing about whether time passes, in seconds
_TOO_NEAR_S = 0.002


@dataclass(frozen=True)
class MediaPlace:
    """A moment of playback, and how it goes on from there.

    Attributes:
        t_s: media seconds as heard.
        noted_s: when that was, by ``time.perf_counter``.
        speed: media seconds per second, 0 while it stands still.
        start_s: where a loop begins, 0 without one.
        end_s: where it begins again, or where it ends.
        loops: whether it begins again there.
    """

    t_s: float = 0.0
    noted_s: float = 0.0
    speed: float = 0.0
    start_s: float = 0.0
    end_s: float = 0.0
    loops: bool = False

    def at(self, now_s: float) -> float:
        """Media seconds at a moment of ``time.perf_counter``, within the clip."""
        if self.speed == 0.0:
            return self.t_s
        t = self.t_s + (now_s - self.noted_s) * self.speed
        if self.loops and self.start_s <= self.t_s <= self.end_s > self.start_s:
            return self.start_s + (t - self.start_s) % (self.end_s - self.start_s)
        return min(max(t, 0.0), max(self.end_s, self.t_s))


def place_of(playback: Playback, now_s: float, before: MediaPlace | None = None) -> MediaPlace:
    """Where playback is now.

    Args:
        playback: is looked at.
        now_s: ``time.perf_counter`` of this moment.
        before: what the last look gave; sound that was started and is not heard yet stands still.
    """
    t, length_s, loop = playback.now(), playback.duration_s, playback.loop
    speed = playback.speed if playback.playing else 0.0
    loops = playback.looping and not playback.growing
    start_s, end_s = loop if loops and loop is not None else (0.0, length_s)
    place = MediaPlace(t, now_s, speed, start_s, end_s, loops)
    if speed == 0.0 or before is None:
        return place
    if now_s - before.noted_s < _TOO_NEAR_S:
        return replace(place, speed=speed if before.speed else 0.0)
    return place if t != before.t_s else replace(place, speed=0.0)
