"""Slots whose motion comes over a wire: what is known of the way, what happens when it is lost, and when it is back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.errors import ServiceError
from app.lipsync.source import LipSyncSource
from app.remote import sources
from app.remote.link.addresses import host_of, is_remote
from app.remote.link.keys import without_key
from app.remote.link.meter import LinkedSource, LinkStatus
from app.session.base.slot import Slot
from app.session.base.workers import Job, Workers
from app.session.link.rest_easing import Resting
from app.session.link.servers import Servers
from app.session.motion.animating import Part

if TYPE_CHECKING:
    from app.session.session import Session

#: an idle server is asked how it is so often; a microservice, which has no cheap question, six times less
BEAT_MS, NIM_BEATS = 5000, 6
#: a loss that is over before this is seen in the panel only
TOLERATED_MS = 500
#: playback of a line waits for this much motion, but not longer than that
AHEAD_S, LONGEST_WAIT_MS = 0.25, 1200
_COUNTS = ("received", "late", "dropped", "reconnects")


class Links(QObject):
    """The links of a session.

    Args:
        session: whose slots may be remote.

    Attributes:
        statuses: the newest by slot, counted over the whole speech; remote slots only.
        resting: eases faces whose motion is missing.
        servers: those that were used.
    """

    #: slot
    changed = Signal(str)
    #: slot, sentence: the server is away, and somebody has to decide
    lost = Signal(str, str)
    #: slot: it is back, or nobody waits for it any more
    found = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        sources.register()
        self.statuses: dict[str, LinkStatus] = {}
        self.resting = Resting(session)
        self.servers = Servers(self)
        self._session = session
        self._raw: dict[str, LinkStatus] = {}
        self._past: dict[str, dict[str, int]] = {}
        self._told: set[str] = set()
        self._away: dict[str, QTimer] = {}
        self._checkers: dict[str, tuple[str, LinkedSource]] = {}
        self._workers = Workers(self)
        self._beats = 0
        self._heart = self._timer(BEAT_MS, self._beat, single=False)
        self._waiting = self._timer(LONGEST_WAIT_MS, self._play_now)
        session.source_changed.connect(self._source_changed)
        session.animation_grew.connect(self._grew)
        session.workers.failed.connect(self._job_failed)
        session.workers.progress_changed.connect(self._progressed)

    def _timer(self, interval_ms: int, call: Callable[[], None], single: bool = True) -> QTimer:
        made = QTimer(self)
        made.setInterval(interval_ms)
        made.setSingleShot(single)
        made.timeout.connect(call)
        return made

    # -- what can be asked

    @staticmethod
    def clean(spec: str) -> str:
        """A source's words as they may be shown and kept: a token in them is used, but taken out."""
        return without_key(spec)

    @property
    def remote_slots(self) -> list[Slot]:
        """Those whose motion comes over a wire."""
        return [slot for slot in self._session.slots.values() if is_remote(slot.spec)]

    def buffer_s(self, slot_name: str) -> float:
        """Seconds of motion at hand beyond what plays now."""
        slot = self._session.slots.get(slot_name)
        made = None if slot is None else slot.raw
        return 0.0 if made is None else max(made.arkit.end_s - self._session.playback.now(), 0.0)

    def away(self, slot_name: str) -> bool:
        """Whether the server of a slot is lost now."""
        return self.statuses.get(slot_name, LinkStatus()).state in ("lost", "reconnecting")

    # -- what the user does

    def keep_trying(self, slot_name: str) -> None:
        """Go on waiting for a lost server; a source that gave up begins again."""
        slot = self._session.slots.get(slot_name)
        if slot is not None and slot.failed:
            slot.restart()
            self._session.motion.animate(slot)

    def check_now(self) -> None:
        """Ask all servers how they are."""
        for slot in self.remote_slots:
            self._check(slot.name, slot.spec)

    def play(self) -> None:
        """Begin to play a line: at once, or as soon as the first motion has come over the wire."""
        slot = self._session.slots[self._session.shown]
        if is_remote(slot.spec):
            self._waiting.start()
        else:
            self._session.playback.play()

    def _play_now(self) -> None:
        self._waiting.stop()
        self._session.playback.play()

    # -- what the sources tell

    def attend(self, job: Job, slot_name: str, source: LipSyncSource, part: Part) -> None:
        """Follow the link of a source that is about to work; called on its thread.

        Args:
            job: in which it works.
            slot_name: for which.
            source: any; one without a link is left alone.
            part: what it is about to animate.
        """
        if isinstance(source, LinkedSource):
            playback = self._session.playback
            source.watch(lambda status: job.post(self.note, slot_name, status), lambda: playback.heard() - part.offset_s, True)

    def note(self, slot_name: str, status: LinkStatus) -> None:
        """Take a new status; counts of earlier parts of the speech are added to it.

        Args:
            slot_name: whose.
            status: counted from the beginning of its part.
        """
        before = self._raw.get(slot_name)
        past = self._past.setdefault(slot_name, dict.fromkeys(_COUNTS, 0))
        if before is not None and status.state == "connecting" and before.state != "connecting":
            for name in _COUNTS:
                past[name] += getattr(before, name)
        self._raw[slot_name] = status
        self.statuses[slot_name] = self._added(slot_name, status, past)
        if status.state == "reconnecting":
            if slot_name not in self._away and slot_name not in self._told:
                self._away[slot_name] = self._timer(TOLERATED_MS, lambda: self._tell(slot_name, ""))
                self._away[slot_name].start()
        elif status.state in ("streaming", "done"):
            self._is_back(slot_name)
        self.changed.emit(slot_name)

    def _added(self, slot_name: str, status: LinkStatus, past: dict[str, int]) -> LinkStatus:
        """A status with the counts of earlier parts, and with what an idle server said where the stream says nothing."""
        known = self.statuses.get(slot_name, LinkStatus())
        timed = status if status.round_trip_ms else known
        status = replace(status, round_trip_ms=timed.round_trip_ms, jitter_ms=timed.jitter_ms)
        status = replace(status, model=status.model or known.model, server=status.server or known.server)
        return replace(status, **{name: past[name] + getattr(status, name) for name in _COUNTS})

    def _tell(self, slot_name: str, sentence: str) -> None:
        """Say that a server is lost, once until it is back."""
        self._forget_timer(slot_name)
        slot = self._session.slots.get(slot_name)
        if slot is None or slot_name in self._told:
            return
        self._told.add(slot_name)
        host, made, live = host_of(slot.spec), slot.raw, self._session.live.active
        what = "was lost" if live else "does not answer" if made is None else f"was lost at {made.arkit.end_s:.1f} s"
        then = "The face rests until it is back." if live else "The sound goes on; the face rests until it is back."
        self.lost.emit(slot_name, sentence or f"The server {host} {what}. {then}")

    def _is_back(self, slot_name: str) -> None:
        self._forget_timer(slot_name)
        if slot_name in self._told:
            self._told.discard(slot_name)
            self.found.emit(slot_name)

    def _forget_timer(self, slot_name: str) -> None:
        timer = self._away.pop(slot_name, None)
        if timer is not None:
            timer.stop()
            timer.deleteLater()

    # -- what the session tells

    def _source_changed(self, slot_name: str, spec: str) -> None:
        """Another source: what was known of the former is forgotten."""
        self._is_back(slot_name)
        if self._waiting.isActive() and slot_name == self._session.shown:
            self._play_now()
        for known in (self.statuses, self._raw, self._past, self._checkers):
            known.pop(slot_name, None)
        if is_remote(spec):
            self.statuses[slot_name] = LinkStatus()
            self._heart.start()
            self._check(slot_name, spec)
        elif not self.remote_slots:
            self._heart.stop()
        self.changed.emit(slot_name)

    def _grew(self, slot_name: str) -> None:
        slot = self._session.slots.get(slot_name)
        if slot is None or not is_remote(slot.spec):
            return
        if slot.raw is None:
            self._past.pop(slot_name, None)
            self._raw.pop(slot_name, None)
            self._told.discard(slot_name)
            if slot_name == self._session.shown:
                self._waiting.stop()
        elif self._waiting.isActive() and slot_name == self._session.shown:
            complete = slot.parts_done >= len(self._session.motion.parts)
            if complete or slot.raw.arkit.end_s >= AHEAD_S:
                self._play_now()

    def _progressed(self, task: str, fraction: float) -> None:
        """Notice that the work was given up: nobody waits for the server any more."""
        for slot in self.remote_slots:
            status = self.statuses.get(slot.name)
            if task != slot.task or fraction < 1.0 or status is None or self._session.workers.running(task):
                continue
            if status.state in ("connecting", "streaming", "reconnecting"):
                lost = status.state == "reconnecting"
                self.statuses[slot.name] = replace(status, state="lost" if lost else "idle")
                self._is_back(slot.name)
                self.changed.emit(slot.name)

    def _job_failed(self, task: str, sentence: str) -> None:
        """A server that refuses: the same question as for one that is lost."""
        for slot in self.remote_slots:
            if task == slot.task:
                slot.failed = True
                self.statuses[slot.name] = replace(
                    self.statuses.get(slot.name, LinkStatus()), state="lost", healthy=False, message=sentence
                )  # fmt: skip
                self.changed.emit(slot.name)
                self._told.discard(slot.name)
                self._tell(slot.name, sentence)

    # -- how an idle server is

    def _beat(self) -> None:
        self._beats += 1
        for slot in self.remote_slots:
            often = not slot.spec.startswith("nim:") or self._beats % NIM_BEATS == 0
            busy = self._session.workers.running(slot.task) or self._session.live.active
            if often and not busy and not self._workers.running(f"link {slot.name}"):
                self._check(slot.name, slot.spec)

    def _check(self, slot_name: str, spec: str) -> None:
        def work(job: Job) -> None:
            known, checker = self._checkers.get(slot_name, ("", None))
            if checker is None or known != spec:
                made = sources.make(spec)
                assert isinstance(made, LinkedSource)
                checker = made
                job.post(self._checkers.__setitem__, slot_name, (spec, checker))
            try:
                job.post(self._checked, slot_name, checker.check())
            except ServiceError as error:
                job.post(self._checked, slot_name, replace(checker.status, message=str(error)))

        self._workers.start(f"link {slot_name}", work)

    def _checked(self, slot_name: str, status: LinkStatus) -> None:
        """Take over what a question in between has told; a stream that began meanwhile knows better."""
        slot, before = self._session.slots.get(slot_name), self.statuses.get(slot_name)
        if slot is None or before is None:
            return
        if self._session.workers.running(slot.task) or self._session.live.active:
            if not before.round_trip_ms:
                self.statuses[slot_name] = replace(before, round_trip_ms=status.round_trip_ms, model=before.model or status.model)
            return
        was_away = before.state in ("lost", "reconnecting")
        state = "lost" if not status.healthy else "idle" if was_away else before.state
        message = status.message if not status.healthy else "" if was_away else before.message
        told = {name: getattr(status, name) for name in ("server", "healthy", "source", "mock", "model", "round_trip_ms", "jitter_ms")}
        self.statuses[slot_name] = replace(before, **told, state=state, message=message)
        self.changed.emit(slot_name)

    def close(self) -> None:
        """End the worker threads."""
        self._heart.stop()
        self._waiting.stop()
        for name in list(self._away):
            self._forget_timer(name)
        self._workers.close()
        self.servers.close()
