"""Lets the slots' sources work through the parts of the speech, each in its own job."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.core.emotion import EmotionTimeline
from app.core.speech import Speech
from app.core.track import Animation
from app.lipsync.source import LipSyncSource
from app.session.base.slot import Slot
from app.session.base.workers import Job
from app.session.motion.animating import Order, Part, Receivers, animate, feels

if TYPE_CHECKING:
    from app.session.session import Session


#: what is made first when parameters change: so much before and after the cursor, in seconds
BEHIND_S, AHEAD_S = 0.3, 1.2


class Motion(QObject):
    """What is to be animated, and how far the slots are.

    Args:
        session: whose slots are served.

    Attributes:
        parts: start in seconds and speech of each part: one sentence after the other, or a whole recording.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.parts: list[tuple[float, Speech]] = []
        self._session = session
        session.workers.crashed.connect(self._job_crashed)
        session.workers.ended.connect(self._job_ended)
        session.emotion.settled.connect(self.remake)

    def animate(self, slot: Slot, look_ahead: bool = False) -> None:
        """Start on the slot's next part, unless it is at work, has caught up or has failed.

        Args:
            slot: whose.
            look_ahead: first show what is around the cursor, where that is quick.
        """
        session = self._session
        if slot.failed or session.workers.running(slot.task) or slot.parts_done >= len(self.parts):
            return
        part = Part(slot.parts_done, *self.parts[slot.parts_done])
        maker, emotion = slot.source or slot.spec, session.emotion
        slot.native = session.natives.of(slot.name)
        order = Order(part, emotion.settings, slot.native, emotion.listener, self._looked_at() if look_ahead else None)
        calls = (self._attend, self._source_ready, self._part_felt, self._glimpsed, self._chunk_ready, self._part_ready)
        then = Receivers(*(partial(call, slot) for call in calls))
        session.workers.start(slot.task, lambda job: animate(job, maker, order, then))

    def _looked_at(self) -> tuple[Part, tuple[float, float]] | None:
        """The part at the cursor, and a stretch of it that is or will soon be seen."""
        now = self._session.playback.now()
        found = [Part(i, *each) for i, each in enumerate(self.parts) if each[0] <= now + AHEAD_S]
        return (found[-1], (now - BEHIND_S - found[-1].offset_s, now + AHEAD_S - found[-1].offset_s)) if found else None

    def animate_all(self) -> None:
        """Let every slot work on what it has not done yet."""
        for slot in self._session.slots.values():
            self.animate(slot)

    def clear(self) -> None:
        """Forget what was made of the speech, and what is being made."""
        for slot in self._session.slots.values():
            self._session.workers.cancel(slot.task)
            slot.clear()
            self._session.animation_grew.emit(slot.name)

    def remake(self) -> None:
        """Animate anew what feels something else now; the former motion is shown until the new one is there."""
        for slot in self._session.slots.values():
            if feels(slot.spec):
                self.retune(slot)

    def retune(self, slot: Slot) -> None:
        """Animate a slot anew with its source's present parameters; what is around the cursor first."""
        self._session.workers.cancel(slot.task)
        slot.restart()
        self.animate(slot, look_ahead=True)

    def _attend(self, slot: Slot, job: Job, source: LipSyncSource, part: Part) -> None:
        self._session.links.attend(job, slot.name, source, part)

    def _source_ready(self, slot: Slot, source: LipSyncSource) -> None:
        slot.source = source

    def _part_felt(self, slot: Slot, part: Part, line: EmotionTimeline) -> None:
        if slot.name == self._session.shown or not feels(self._session.slots[self._session.shown].spec):
            self._session.emotion.add_estimate(part.offset_s, line)

    def _glimpsed(self, slot: Slot, part: Part, stretch: Animation) -> None:
        slot.patch(part.offset_s, stretch)
        self._show(slot)

    def _chunk_ready(self, slot: Slot, part: Part, chunk: Animation) -> None:
        slot.growing.append(part.offset_s, chunk)
        self._show(slot)

    def _part_ready(self, slot: Slot, part: Part) -> None:
        slot.growing.finish_part(part.offset_s, part.speech.audio.duration_s)
        slot.parts_done += 1
        if slot.parts_done == len(self.parts):
            slot.former = None
        self._show(slot)

    def _show(self, slot: Slot) -> None:
        slot.grow()
        slot.tuned = None if slot.raw is None else self._session.tuned(slot.name, slot.raw)
        self._session.animation_grew.emit(slot.name)
        self._session.natives.shown(slot.name)

    def _job_crashed(self, task: str) -> None:
        for slot in self._session.slots.values():
            slot.failed = slot.failed or task == slot.task

    def _job_ended(self, task: str) -> None:
        for slot in self._session.slots.values():
            if task == slot.task:
                self.animate(slot)
