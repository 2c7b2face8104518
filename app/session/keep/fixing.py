"""Fixes of what the check found: looked for off the GUI thread when somebody asks, tried on, and made as edits like those by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.audio.priority import give_way
from app.core.curve_edits import CurveEdit
from app.core.speech import AudioClip, Phone
from app.core.track import Animation
from app.core.tuning import Tuning
from app.review.finding import Finding
from app.review.fixes.bench import Bench, is_same
from app.review.fixes.choosing import REASONS, fix_for
from app.review.fixes.fix import Fix, Unmended
from app.review.fixes.mending import Mended, mended
from app.session.adjust.edits import CurveEdits
from app.session.adjust.tunings import Tunings
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.keep.linting import Linting
from app.session.state import State

_ONE, _ALL = "look for a fix", "fix"


@dataclass(frozen=True, eq=False)
class _Subject:
    """What fixes are for: they are made of this motion and no other."""

    side: str
    raw: Animation
    tuning: Tuning
    edits: tuple[CurveEdit, ...]
    audio: AudioClip | None
    phones: tuple[Phone, ...]
    by_visemes: bool

    def is_now(self, other: _Subject) -> bool:
        """Whether nothing about it has changed."""
        same = self.raw is other.raw and self.audio is other.audio and self.phones == other.phones and self.by_visemes == other.by_visemes
        return same and (self.side, self.tuning, self.edits) == (other.side, other.tuning, other.edits)

    def bench(self) -> Bench:
        """The motion to be mended; takes its time."""
        return Bench.of(self.raw, self.tuning, self.edits, audio=self.audio, phones=self.phones, by_visemes=self.by_visemes)


class Fixing(QObject):
    """What mends the findings of the side on show.

    Args:
        state: whose shown side is mended.
        linting: finds, and knows what of the motion is seen.
        edits: fixes become some of them.
        tunings: the A/V offset is one of them.
        undo: a fix is one step.
        messages: told what fails.
        parent: the session.

    Attributes:
        wanted: the finding whose fix is tried on, or will be when it is known.
        share: how far fixing several is, 0 to 1; below 0 while it is not done.
    """

    #: finding: what mends it is known, or why nothing does
    offered = Signal(object)
    #: how far it is changed, or it is over
    progressed = Signal()
    #: how many findings were mended, how many were not
    ended = Signal(int, int)

    def __init__(
        self, state: State, linting: Linting, *, edits: CurveEdits, tunings: Tunings, undo: QUndoStack, messages: Messages,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.share = -1.0
        self._state, self._linting, self._edits, self._tunings = state, linting, edits, tunings
        self._undo, self._messages = undo, messages
        self._workers = Workers(messages.fail_task, self)
        self._workers.progress_changed.connect(self._progress)
        self._workers.ended.connect(self._over)
        self._subject: _Subject | None = None
        self._bench: Bench | None = None
        self._offers: dict[Finding, Fix | Unmended] = {}
        #: findings that were left, with the reasons; they are found anew after every change
        self._left: tuple[tuple[Finding, Unmended], ...] = ()
        self.wanted: Finding | None = None
        self._tried: tuple[str, Finding] | None = None
        state.sound_changed.connect(self._forget)

    # -- what is known

    def offer(self, finding: Finding) -> Fix | Unmended | None:
        """What mends a finding; None while that is not known: ``ask`` finds it out."""
        if finding.severity != "note" and finding.rule in REASONS:
            return Unmended(REASONS[finding.rule])
        known = self._offers.get(finding) if self._is_now() else None
        return known or next((reason for each, reason in self._left if is_same(each, finding)), None)

    @property
    def busy(self) -> bool:
        """Whether several findings are being mended."""
        return self._workers.running(_ALL)

    # -- what the user does

    def ask(self, finding: Finding) -> None:
        """Find out what mends a finding; ``offered`` tells when that is known, at once where it is."""
        subject = self._present()
        if subject is None or self.offer(finding) is not None:
            self.offered.emit(finding)
            return

        bench = self._bench if self._is_now() else None
        if bench is None:
            self._subject, self._bench, self._offers = subject, None, {}

        def work(job: Job) -> None:
            give_way()
            made = bench or subject.bench()
            job.post(self._known, subject, made, finding, fix_for(finding, made))

        self._workers.start(_ONE, work)

    def try_on(self, finding: Finding | None) -> None:
        """Show what the fix of a finding would do, as soon as it is known; None to show the motion as it is."""
        self.wanted = finding
        if finding is None:
            self._take_off()
            return
        self.ask(finding)

    def apply(self, finding: Finding) -> None:
        """Mend one finding."""
        self._start((finding,), None)

    def apply_all(self, rules: Collection[str] | None = None) -> None:
        """Mend all findings, or those of some kinds."""
        self._start(None, rules)

    def stop(self) -> None:
        """Give up mending; nothing has been changed."""
        self._workers.cancel(_ALL)
        self._set_share(-1.0)

    def close(self) -> None:
        """End the threads."""
        self._workers.close()

    # -- inside

    def _start(self, only: tuple[Finding, ...] | None, rules: Collection[str] | None) -> None:
        subject = self._present()
        if subject is None:
            self._messages.tell("There is no motion on show that could be mended; let it be made first, and leave Bypass.")
            return
        self._take_off()
        bench = self._bench if self._is_now() else None
        known = None if only is None else self.offer(only[0])

        def work(job: Job) -> None:
            give_way()
            if only is not None:
                made = bench or subject.bench()
                fix = known or fix_for(only[0], made)
                done, left = (((only[0], fix),), ()) if isinstance(fix, Fix) else ((), ((only[0], fix),))
                job.post(self._mended, subject, Mended(made, done, left))
            else:
                job.post(self._mended, subject, mended(bench or subject.bench(), rules, job.watch))

        self._workers.start(_ALL, work)
        self._set_share(0.0)

    def _present(self) -> _Subject | None:
        side, speech = self._state.shown_side, self._state.speech
        if side.raw is None or speech is None or self._tunings.bypassed:
            return None
        tuning, by_visemes = self._tunings.of(side.name), self._linting.by_visemes_of(side.name)
        return _Subject(side.name, side.raw, tuning, side.edits, speech.audio, speech.phones, by_visemes)

    def _is_now(self) -> bool:
        present = self._present()
        return self._subject is not None and present is not None and self._subject.is_now(present)

    def _known(self, subject: _Subject, bench: Bench, finding: Finding, made: Fix | Unmended) -> None:
        if self._subject is not subject:
            return
        self._bench, self._offers[finding] = bench, made
        self.offered.emit(finding)
        if self.wanted == finding and isinstance(made, Fix) and self._is_now():
            self._show(subject.side, finding, made)

    def _show(self, side: str, finding: Finding, fix: Fix) -> None:
        self._tried = side, finding
        self._edits.preview(side, fix.edits, fix.offset_ms)

    def _take_off(self) -> None:
        self.wanted = None
        if self._tried is not None:
            self._edits.preview(self._tried[0], None)
            self._tried = None

    def _mended(self, subject: _Subject, made: Mended) -> None:
        present = self._present()
        self._set_share(-1.0)
        self._left = made.left
        if present is None or not subject.is_now(present):
            self._messages.tell("The motion changed while it was mended, so it was left as it is now; press Fix again.")
            return
        if made.fixes:
            self._make(subject, made)
        for finding, _reason in made.left:
            self.offered.emit(finding)
        self.ended.emit(len(made.fixes), len(made.left))

    def _make(self, subject: _Subject, made: Mended) -> None:
        """Put the fixes in force as one step."""
        fixes = [fix for _finding, fix in made.fixes]
        text = f"Fix: {fixes[0].words}" if len(fixes) == 1 else f"{len(fixes)} fixes"
        edits, offset_ms = [edit for fix in fixes for edit in fix.edits], made.offset_ms
        if not offset_ms:
            self._edits.add_all(subject.side, edits, text)
            return
        self._undo.beginMacro(text)
        self._tunings.change(subject.side, replace(subject.tuning, offset_ms=subject.tuning.offset_ms + offset_ms), text)
        if edits:
            self._edits.add_all(subject.side, edits, text)
        self._undo.endMacro()

    def _progress(self, task: str, share: float) -> None:
        if task == _ALL and self.share >= 0 and 0 < share < 1:
            self._set_share(share)

    def _over(self, task: str) -> None:
        """However it ended: nothing is being mended any more."""
        if task == _ALL and self.share >= 0:
            self._set_share(-1.0)

    def _set_share(self, share: float) -> None:
        self.share = share
        self.progressed.emit()

    def _forget(self) -> None:
        """Another sound: nothing that is known is of it."""
        self._subject, self._bench, self._offers, self._left = None, None, {}, ()
        self.wanted = self._tried = None
