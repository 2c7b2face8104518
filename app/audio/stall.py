"""A sound device that stops asking for sound: noticed, and noticed again when it goes on."""

from __future__ import annotations

from collections.abc import Callable

from app.audio.outputs import DeviceOutput

#: a stream that was watched for this long without asking for sound has stalled
STALL_S = 1.5
#: a look counts for at most this much: whoever was away for longer cannot know that the callback had its chance to run meanwhile
_LOOK_S = 0.25
#: a stalled stream goes on once it has asked for this much sound; a single block may be the host's last breath
_AWAKE_S = 0.05


class StallWatch:
    """Adds up how long a stream has been silent while somebody was looking.

    The callback needs the interpreter, as the one who looks does: while a large library is imported neither runs. Such time
    counts for next to nothing, because the callback comes right after the look, late but alive.

    Args:
        time_s: monotonic seconds; tests pass their own.
    """

    def __init__(self, time_s: Callable[[], float]) -> None:
        self._time_s = time_s
        self._report: object = None
        self._looked_s: float | None = None
        self._silent_s = 0.0

    def silent_s(self, report: object) -> float:
        """Seconds without a new report, as far as they were watched.

        Args:
            report: the callback's last one, or anything else that is another after each of its runs.
        """
        now_s = self._time_s()
        before_s, self._looked_s = self._looked_s, now_s
        if report != self._report:
            self._report, self._silent_s = report, 0.0
        elif before_s is not None:
            self._silent_s += min(now_s - before_s, _LOOK_S)
        return self._silent_s


class Resting:
    """A stalled output that is kept for as long as it may still go on by itself.

    Args:
        output: it wants nothing any more.
    """

    def __init__(self, output: DeviceOutput) -> None:
        self.output = output
        report = output.head.published
        self._line = 0 if report is None else report.line

    @property
    def awake(self) -> bool:
        """Whether it asks for sound again; its clock begins anew then, because the time of the stall is not on its line."""
        report = self.output.head.published
        if self.output.gone or report is None or report.line - self._line < _AWAKE_S * self.output.rate:
            return False
        self.output.line_clock.begin_anew()
        return True
