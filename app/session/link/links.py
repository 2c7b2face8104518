"""Sides whose motion comes over a wire: what is known of the way, what happens when it is lost, and when it is back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.errors import ServiceError
from app.core.source_spec import SourceSpec
from app.lipsync.registry import abilities_of, make_source
from app.lipsync.source import LipSyncSource
from app.remote import sources
from app.remote.link.addresses import host_of, kind_of
from app.remote.link.meter import LinkedSource, LinkStatus
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.side import Side
from app.session.base.workers import Job, Workers
from app.session.link.servers import Servers
from app.session.state import State

#: whether an idle server is to be asked how it is, is looked at so often; its kind says how often it is asked at most
BEAT_MS = 5000
#: a loss that is over before this is seen in the panel only
TOLERATED_MS = 500
#: playback of a line waits for this much motion, but not longer than that
AHEAD_S, LONGEST_WAIT_MS = 0.25, 1200
#: the same of a line that arrives piece by piece, which is followed on this machine
FOLLOWING_AHEAD_S = 0.15
_COUNTS = ("received", "late", "dropped", "reconnects")


class Links(QObject):
    """The links of a session.

    Args:
        state: whose sides may be remote.
        workers: run the sources.
        playback: waits for the first motion.
        messages: told what fails.
        parent: the session.

    Attributes:
        statuses: the newest by side, counted over the whole speech; remote sides only.
        servers: those that were used.
    """

    #: side
    changed = Signal(str)
    #: side, sentence: the server is away, and somebody has to decide
    lost = Signal(str, str)
    #: side: it is back, or nobody waits for it any more
    found = Signal(str)

    def __init__(self, state: State, workers: Workers, playback: Playback, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        sources.register()
        self.statuses: dict[str, LinkStatus] = {}
        self.servers = Servers(self)
        self._state, self._jobs, self._playback = state, workers, playback
        self._live = False
        self._raw: dict[str, LinkStatus] = {}
        self._past: dict[str, dict[str, int]] = {}
        self._told: set[str] = set()
        self._away: dict[str, QTimer] = {}
        self._checkers: dict[str, tuple[SourceSpec, LinkedSource]] = {}
        self._workers = Workers(messages.fail_task, self)
        #: linked sources that have worked for a side
        self._in_use: dict[str, LinkedSource] = {}
        #: when idle servers were asked last, in monotonic seconds
        self._asked_s: dict[str, float] = {}
        self._leavers = 0
        self._heart = self._timer(BEAT_MS, self._beat, single=False)
        self._waiting = self._timer(LONGEST_WAIT_MS, self._play_now)
        state.source_changed.connect(self._source_changed)
        state.sides_changed.connect(self._sides_changed)
        state.sound_changed.connect(self._sound_changed)
        state.motion_changed.connect(self._motion_changed)
        state.shown_changed.connect(self._motion_changed)
        workers.failed.connect(self._job_failed)
        workers.progress_changed.connect(self._progressed)

    def _timer(self, interval_ms: int, call: Callable[[], None], single: bool = True) -> QTimer:
        made = QTimer(self)
        made.setInterval(interval_ms)
        made.setSingleShot(single)
        made.timeout.connect(call)
        return made

    # -- what can be asked

    @property
    def remote_sides(self) -> list[Side]:
        """Those whose motion comes over a wire."""
        return [side for side in self._state.sides.values() if side.abilities.is_linked]

    def buffer_s(self, name: str) -> float:
        """Seconds of motion at hand beyond what plays now."""
        side = self._state.sides.get(name)
        made = None if side is None else side.raw
        return 0.0 if made is None else max(made.arkit.end_s - self._playback.now(), 0.0)

    def away(self, name: str) -> bool:
        """Whether the server of a side is lost now."""
        return self.statuses.get(name, LinkStatus()).state in ("lost", "reconnecting")

    # -- what the user does

    def check_now(self) -> None:
        """Ask all servers how they are."""
        for side in self.remote_sides:
            self._check(side.name, side.spec)

    def play(self) -> None:
        """Begin to play a line: at once, or as soon as the first motion has come over the wire."""
        self._waiting.start()
        self._motion_changed(self._state.shown)

    def set_live(self, live: bool) -> None:
        """Whether the microphone moves the face: its stream tells how the server is."""
        self._live = live

    def _play_now(self) -> None:
        self._waiting.stop()
        self._playback.play()

    # -- what the sources tell

    def watcher(self, side: Side, part_number: int, offset_s: float) -> Callable[[Job, LipSyncSource], None]:
        """What follows the link of a source that is about to work.

        Args:
            side: for which it works.
            part_number: how many parts come before the one that it animates.
            offset_s: where that starts in the speech.

        Returns:
            Called on the source's thread with its job and the source; one without a link is left alone.
        """
        name, clock = side.name, self._playback.heard_clock
        if part_number == 0 and side.raw is None:
            self._forget_counts(name)

        def watch(job: Job, source: LipSyncSource) -> None:
            if isinstance(source, LinkedSource):
                job.post(self._took_up, name, source)
                source.watch(lambda status: job.post(self.note, name, status), lambda: clock.now() - offset_s, True)

        return watch

    def _took_up(self, name: str, source: LinkedSource) -> None:
        before = self._in_use.get(name)
        self._in_use[name] = source
        if before is not source:
            self._let_go(before)

    def _let_go(self, source: LinkedSource | None) -> None:
        """Close what a source that nobody wants any more keeps open, off the GUI thread: a lost server may not say good-bye."""
        if source is not None:
            self._leavers += 1
            self._workers.start(f"leave {self._leavers}", lambda _job: source.close())

    def note(self, name: str, status: LinkStatus) -> None:
        """Take a new status; counts of earlier parts of the speech are added to it.

        Args:
            name: whose.
            status: counted from the beginning of its part.
        """
        before = self._raw.get(name)
        past = self._past.setdefault(name, dict.fromkeys(_COUNTS, 0))
        if before is not None and status.state == "connecting" and before.state != "connecting":
            for count in _COUNTS:
                past[count] += getattr(before, count)
        self._raw[name] = status
        self.statuses[name] = self._added(name, status, past)
        if status.state == "reconnecting":
            if name not in self._away and name not in self._told:
                self._away[name] = self._timer(TOLERATED_MS, lambda: self._tell(name, ""))
                self._away[name].start()
        elif status.state in ("streaming", "done"):
            self._is_back(name)
        self.changed.emit(name)

    def _added(self, name: str, status: LinkStatus, past: dict[str, int]) -> LinkStatus:
        """A status with the counts of earlier parts, and with what an idle server said where the stream says nothing."""
        known = self.statuses.get(name, LinkStatus())
        timed = status if status.round_trip_ms else known
        status = replace(status, round_trip_ms=timed.round_trip_ms, jitter_ms=timed.jitter_ms)
        status = replace(status, model=status.model or known.model, server=status.server or known.server)
        return replace(status, **{count: past[count] + getattr(status, count) for count in _COUNTS})

    def _tell(self, name: str, sentence: str) -> None:
        """Say that a server is lost, once until it is back."""
        self._forget_timer(name)
        side = self._state.sides.get(name)
        if side is None or name in self._told:
            return
        self._told.add(name)
        host, made, live = host_of(str(side.spec)), side.raw, self._live
        what = "was lost" if live else "does not answer" if made is None else f"was lost at {made.arkit.end_s:.1f} s"
        then = "The face rests until it is back." if live else "The sound goes on; the face rests until it is back."
        self.lost.emit(name, sentence or f"The server {host} {what}. {then}")

    def _is_back(self, name: str) -> None:
        self._forget_timer(name)
        if name in self._told:
            self._told.discard(name)
            self.found.emit(name)

    def _forget_timer(self, name: str) -> None:
        timer = self._away.pop(name, None)
        if timer is not None:
            timer.stop()
            timer.deleteLater()

    # -- what the session tells

    def _source_changed(self, name: str, spec: SourceSpec) -> None:
        """Another source: what was known of the former is forgotten."""
        self._is_back(name)
        if self._waiting.isActive() and name == self._state.shown:
            self._play_now()
        self._forget(name)
        if abilities_of(spec).is_linked:
            self.statuses[name] = LinkStatus()
            self._heart.start()
            self._check(name, spec)
        elif not self.remote_sides:
            self._heart.stop()
        self.changed.emit(name)

    def _sides_changed(self) -> None:
        """A side that is gone leaves nothing behind."""
        for name in [name for name in {*self.statuses, *self._in_use} if name not in self._state.sides]:
            self._is_back(name)
            self._forget(name)
        if not self.remote_sides:
            self._heart.stop()

    def _forget(self, name: str) -> None:
        checker = self._checkers.pop(name, None)
        self._let_go(self._in_use.pop(name, None))
        self._let_go(None if checker is None else checker[1])
        for known in (self.statuses, self._raw, self._past, self._asked_s):
            known.pop(name, None)

    def _sound_changed(self) -> None:
        self._waiting.stop()
        for side in self.remote_sides:
            self._forget_counts(side.name)
            self._told.discard(side.name)

    def _forget_counts(self, name: str) -> None:
        self._past.pop(name, None)
        self._raw.pop(name, None)

    def _motion_changed(self, _side: str) -> None:
        """A line that waits for motion plays as soon as the side on show has enough of it, or does not come late for the sound."""
        if not self._waiting.isActive():
            return
        side, state = self._state.shown_side, self._state
        ahead_s = AHEAD_S if side.abilities.is_linked else FOLLOWING_AHEAD_S
        enough = side.raw is not None and (side.parts_done >= len(state.parts) or side.raw.arkit.end_s >= ahead_s)
        if enough or side.failed or not (side.abilities.is_linked or state.arrived):
            self._play_now()

    def _progressed(self, task: str, fraction: float) -> None:
        """Notice that the work was given up: nobody waits for the server any more."""
        for side in self.remote_sides:
            status = self.statuses.get(side.name)
            if task != side.task or fraction < 1.0 or status is None or self._jobs.running(task):
                continue
            if status.state in ("connecting", "streaming", "reconnecting"):
                lost = status.state == "reconnecting"
                self.statuses[side.name] = replace(status, state="lost" if lost else "idle")
                self._is_back(side.name)
                self.changed.emit(side.name)

    def _job_failed(self, task: str, sentence: str) -> None:
        """A server that refuses: the same question as for one that is lost."""
        for side in self.remote_sides:
            if task == side.task:
                self._state.put(replace(side, failed=True))
                self.statuses[side.name] = replace(
                    self.statuses.get(side.name, LinkStatus()), state="lost", healthy=False, message=sentence
                )  # fmt: skip
                self.changed.emit(side.name)
                self._told.discard(side.name)
                self._tell(side.name, sentence)

    # -- how an idle server is

    def _beat(self) -> None:
        for side in self.remote_sides:
            kind = kind_of(str(side.spec))
            # half a beat of grace: timers are a little early or late
            due = kind is None or time.monotonic() - self._asked_s.get(side.name, 0.0) > kind.beat_s - BEAT_MS / 2e3
            busy = self._jobs.running(side.task) or self._live
            if due and not busy and not self._workers.running(f"link {side.name}"):
                self._check(side.name, side.spec)

    def _check(self, name: str, spec: SourceSpec) -> None:
        self._asked_s[name] = time.monotonic()
        known, checker = self._checkers.get(name, (None, None))
        at_hand = checker if known == spec else None

        def work(job: Job) -> None:
            asked = at_hand
            if asked is None:
                made = make_source(spec)
                assert isinstance(made, LinkedSource)
                asked = made
                job.post(self._checkers.__setitem__, name, (spec, asked))
            try:
                job.post(self._checked, name, asked.check())
            except ServiceError as error:
                job.post(self._checked, name, replace(asked.status, message=str(error)))

        self._workers.start(f"link {name}", work)

    def _checked(self, name: str, status: LinkStatus) -> None:
        """Take over what a question in between has told; a stream that began meanwhile knows better."""
        side, before = self._state.sides.get(name), self.statuses.get(name)
        if side is None or before is None:
            return
        if self._jobs.running(side.task) or self._live:
            if not before.round_trip_ms:
                self.statuses[name] = replace(before, round_trip_ms=status.round_trip_ms, model=before.model or status.model)
            return
        was_away = before.state in ("lost", "reconnecting")
        state = "lost" if not status.healthy else "idle" if was_away else before.state
        message = status.message if not status.healthy else "" if was_away else before.message
        told = {each: getattr(status, each) for each in ("server", "healthy", "source", "mock", "model", "round_trip_ms", "jitter_ms")}
        self.statuses[name] = replace(before, **told, state=state, message=message)
        self.changed.emit(name)

    def close(self) -> None:
        """End the worker threads."""
        self._heart.stop()
        self._waiting.stop()
        for name in list(self._away):
            self._forget_timer(name)
        self._workers.close()
        self.servers.close()
