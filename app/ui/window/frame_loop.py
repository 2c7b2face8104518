"""The one tick: read the clock, sample, pose, redraw, move the cursors. Nothing else polls."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.session.base.playback import Playback
from app.session.live.live import Live
from app.session.pose.hush import Hush
from app.session.pose.life import Life
from app.session.pose.posing import Posing
from app.session.review.counting import Counting
from app.session.state import State
from app.ui.curves.curves import CurvesPanel
from app.ui.preview.frame_budget import IDLE_HZ, FrameBudget
from app.ui.preview.preview import Preview
from app.ui.timeline.dropped import DroppedFrames
from app.ui.timeline.timeline import Timeline
from app.ui.timeline.transport import Transport

TICK_MS = 16
#: curves of an animation that is still growing are drawn anew at most this often
REDRAW_S = 0.12
#: numbers that change faster than this cannot be read
NUMBERS_S = 0.05
STATUS_S = 0.5
#: dropped frames are ticked on the time line at most this often while it plays
DROPPED_S = 0.25
#: steps per second of idle head and chest motion where the processor draws
SOFTWARE_BODY_HZ = 12.0
#: the picture is drawn for the moment when it will be seen; more than this is a stall, not a latency
MOST_LEAD_S = 0.06
#: share of a new measurement in the running means
BLEND = 0.08


@dataclass
class LoopFigures:
    """What the status bar and the benchmark want to know.

    Attributes:
        fps: pictures per second lately, 0 while standing still.
        offset_ms: time on the picture minus time in the sound, when the picture was finished; running mean.
        longest_ms: longest time between two ticks since the figures were reset.
        tick_ms: longest time that one tick took by itself.
        target_fps: frames per second that are counted.
        dropped: frames of the clip that were passed over while it played.
    """

    fps: float = 0.0
    offset_ms: float = 0.0
    longest_ms: float = 0.0
    tick_ms: float = 0.0
    target_fps: float = 0.0
    dropped: int = 0


class FrameLoop(QObject):
    """Everything on screen is a function of the track and the time read here.

    Args:
        preview: is drawn.
        curves: have a cursor and numbers.
        timeline: has a cursor.
        transport: writes the time.
        budget: is told whether anything plays.
        values_at: (52,) numbers beside the curves at a time in seconds.
        state: has the side on show.
        playback: has the time.
        posing: moves the bodies.
        life: moves the picture although no clip plays.
        live: so does the microphone.
        hush: so does a mouth that closes.
        counting: of the clip's frames.
    """

    #: the first picture of an avatar is on screen
    first_frame_drawn = Signal()
    #: the picture now shows this time, in seconds
    time_shown = Signal(float)
    #: time to write the status
    status_due = Signal()

    def __init__(
        self, preview: Preview, curves: CurvesPanel, timeline: Timeline, transport: Transport, budget: FrameBudget, *,
        values_at: Callable[[float], np.ndarray], state: State, playback: Playback, posing: Posing, life: Life, live: Live,
        hush: Hush, counting: Counting,
    ) -> None:  # fmt: skip
        super().__init__(preview)
        self.figures = LoopFigures()
        self.shown_t = 0.0
        self._announced = False
        self._last_idle = 0.0
        self._preview, self._curves, self._timeline, self._transport = preview, curves, timeline, transport
        self._budget, self._values_at = budget, values_at
        self._state, self._playback, self._posing, self._life, self._live = state, playback, posing, life, live
        self._hush, self._counting, self._dropped = hush, counting, DroppedFrames()
        self._dirty = True
        self._lead_s = 0.0
        self._drawn: deque[float] = deque(maxlen=60)
        self._last_tick = self._last_numbers = self._last_redraw = self._last_status = self._last_dropped = 0.0
        self._untold_dropped = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        preview.frame_drawn.connect(self._frame_drawn)

    def start(self) -> None:
        """Begin to tick."""
        self._last_tick = 0.0
        self._timer.start()

    def stop(self) -> None:
        """Stop ticking."""
        self._timer.stop()

    def moved(self) -> None:
        """The playhead was put elsewhere: nothing was passed over."""
        self._dropped.rest()
        self.mark_dirty()

    def forget_dropped(self) -> None:
        """Another clip, or another way of counting: what was dropped says nothing any more."""
        self._dropped.reset()
        self._show_dropped()

    def mark_dirty(self) -> None:
        """Something other than the time changed."""
        self._dirty = True

    def reset_figures(self) -> None:
        """Begin a new measurement."""
        self.figures = LoopFigures()
        self._last_tick = 0.0
        self._drawn.clear()

    def tick(self) -> None:
        """One step."""
        began = time.perf_counter()
        if self._last_tick:
            self.figures.longest_ms = max(self.figures.longest_ms, 1e3 * (began - self._last_tick))
        self._last_tick = began
        playback, live = self._playback, self._live
        playback.poll()
        self._state.tell_motion()
        playing = playback.playing
        t = min(max(playback.now() + (self._lead_s * playback.speed if playing else 0.0), 0.0), playback.duration_s)
        stirs = self._life.stirs or self._hush.eases
        self._budget.set_calm(not playing and not live.active and not stirs)
        idles = self._life.passes_by_itself and not live.active and began - self._last_idle > 1 / IDLE_HZ
        if self._dirty or t != self.shown_t or idles or live.active or stirs:
            self._last_idle = began
            self._show(t, playing, began)
        if not playing or began - self._last_redraw > REDRAW_S:
            self._last_redraw = began
            self._curves.refresh(smooth=not playing)
        if began - self._last_status > STATUS_S:
            self._last_status = began
            self._count_fps(began)
            self._life.body_hz = SOFTWARE_BODY_HZ if self._preview.gl_description.startswith("software") else None
            self.status_due.emit()
        self.figures.tick_ms = max(self.figures.tick_ms, 1e3 * (time.perf_counter() - began))

    def _show(self, t: float, playing: bool, now_s: float) -> None:
        self._dirty = False
        self.shown_t = t
        self._posing.pose(t)
        self._preview.redraw(t)
        if playing:
            self._timeline.axis.follow(t)
        self._timeline.set_time(t)
        self._curves.set_time(t)
        self.time_shown.emit(t)
        self._note_frame(t, playing)
        if not playing or now_s - self._last_numbers > NUMBERS_S:
            self._last_numbers = now_s
            self._curves.set_values(self._values_at(t))
            self._transport.set_time(t, self._playback.duration_s, self._counting.clip)

    def _note_frame(self, t: float, playing: bool) -> None:
        """Notice frames that are passed over while the clip plays."""
        if playing:
            count = self._counting.clip.count
            self._untold_dropped |= self._dropped.note(count.frame_at(t), self._playback.speed, round(count.nominal / 2))
        else:
            self._dropped.rest()
        if self._untold_dropped and (not playing or time.perf_counter() - self._last_dropped > DROPPED_S):
            self._show_dropped()

    def _show_dropped(self) -> None:
        self._untold_dropped, self._last_dropped = False, time.perf_counter()
        count = self._counting.clip.count
        self.figures.dropped = len(self._dropped.frames)
        self._timeline.set_dropped(tuple(count.time_of(frame) for frame in sorted(self._dropped.frames)))

    def _frame_drawn(self, _elapsed_ms: float) -> None:
        """Measure how far the finished picture is from the sound, and aim ahead by that much next time."""
        now = time.perf_counter()
        if not self._announced and self._preview.has_avatar:
            self._announced = True
            self.first_frame_drawn.emit()
        self._drawn.append(now)
        playback = self._playback
        if not playback.playing:
            return
        late_s = (playback.heard() - self._preview.shown_moment) / playback.speed
        if abs(late_s) < 4 * MOST_LEAD_S:
            self.figures.offset_ms += BLEND * (-1e3 * late_s - self.figures.offset_ms)
            self._lead_s = min(max(self._lead_s + BLEND * late_s, 0.0), MOST_LEAD_S)

    def _count_fps(self, now: float) -> None:
        recent = [moment for moment in self._drawn if now - moment < 1.0]
        self.figures.target_fps = float(self._counting.clip.count.rate)
        self.figures.fps = (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 2 else 0.0
