"""The motion that is mended: with its edits and its sound, made again with further edits, judged as a whole or around one place."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from app.core.arkit import MOUTH_CHANNELS
from app.core.curve_edits import CurveEdit
from app.core.regions import REGIONS
from app.core.speech import AudioClip, Phone
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning, tuned_animation
from app.review import causes
from app.review.finding import Finding, in_order
from app.review.fixes.fix import Fix
from app.review.material import Material
from app.review.rules import OF_STRETCHES, OF_WHOLES, judged
from app.review.seen import seen_track

#: of longer motion only a stretch is made and judged for each trial
WHOLE_S = 20.0
#: so much is judged on both sides of what an edit touches: more than a rule looks around
AROUND_S = 1.6
#: what is judged of a whole and cannot be seen in a stretch
_OF_WHOLE = frozenset({"asymmetry", "small", "dead"})
_OF_TIME = frozenset({"percent", "early", "late"})
_OF_TUNING = ("held", "ease_in_ms", "ease_out_ms", "offset_ms")


@dataclass(frozen=True)
class Bench:
    """A motion to be mended.

    Attributes:
        base: as it is before any edit.
        ending: what the tuning does after the edits: film, ends, offset.
        edits: those that are there.
        audio: the sound, or None.
        phones: timed phones of the sound, empty when unknown.
        by_visemes: visemes move the mouth of the avatar that shows it.
        first: material of the motion as it came, which knows all about the sound; None for the motion itself.
        part_of: what is known of the whole motion where this is a stretch of it: how wide it opens, and its quiet frames here.
        made_from: the motion before the last edits, and these, so that the ones before them are not made again; None for all anew.
    """

    base: Animation
    ending: Tuning = field(default_factory=Tuning)
    edits: tuple[CurveEdit, ...] = ()
    audio: AudioClip | None = None
    phones: tuple[Phone, ...] = ()
    by_visemes: bool = False
    first: Material | None = None
    part_of: tuple[float, np.ndarray] | None = None
    made_from: tuple[Animation, tuple[CurveEdit, ...]] | None = None

    @classmethod
    def of(
        cls, raw: Animation, tuning: Tuning, edits: Iterable[CurveEdit] = (), *, audio: AudioClip | None = None,
        phones: Iterable[Phone] = (), by_visemes: bool = False,
    ) -> Bench:  # fmt: skip
        """A motion with its tuning.

        Args:
            raw: as its source made it.
            tuning: the adjustments.
            edits: those that are there.
            audio: the sound, or None.
            phones: timed phones.
            by_visemes: visemes move the mouth of the avatar that shows it.
        """
        plain, phones = Tuning(), tuple(phones)
        before = replace(tuning, **{name: getattr(plain, name) for name in _OF_TUNING})
        ending = replace(plain, **{name: getattr(tuning, name) for name in _OF_TUNING})
        return cls(tuned_animation(raw, before, phones), ending, tuple(edits), audio, phones, by_visemes and raw.visemes is not None)

    # -- what there is

    @cached_property
    def motion(self) -> Animation:
        """As it is with its edits and its tuning."""
        if self.made_from is None:
            return tuned_animation(self.base, self.ending, self.phones, self.edits)
        before, edits = self.made_from
        lanes = [None if lane is None else replace(lane, start_s=lane.start_s - self.moved_s) for lane in (before.arkit, before.visemes)]
        assert lanes[0] is not None
        return tuned_animation(replace(before, arkit=lanes[0], visemes=lanes[1]), self.ending, self.phones, edits)

    @cached_property
    def material(self) -> Material:
        """The motion as it is seen, and its sound."""
        return self._material_of(self.motion)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong with the motion as it is, by time."""
        scale = causes.percent(seen_track(self.motion.arkit, self.motion.visemes if self.by_visemes else None))[1]
        return in_order([*([] if scale is None else [scale]), *judged(self.material)])

    @property
    def moved_s(self) -> float:
        """By how much findings are later than edits: the A/V offset."""
        return self.ending.offset_ms / 1e3

    def shapes(self, names: Sequence[str]) -> tuple[str, ...]:
        """The shapes to edit so that some shapes move otherwise: the whole mouth where visemes move it."""
        if not self.by_visemes or not MOUTH_CHANNELS & set(names):
            return tuple(names)
        return (*REGIONS["lower"], *(name for name in names if name not in REGIONS["lower"]))

    # -- what would be

    def with_fix(self, fix: Fix) -> Bench:
        """The motion after a fix."""
        ending = replace(self.ending, offset_ms=self.ending.offset_ms + fix.offset_ms)
        made_from = None if self._eased or fix.offset_ms else (self.motion, fix.edits)
        return replace(self, ending=ending, edits=(*self.edits, *fix.edits), first=self.first or self.material, made_from=made_from)

    def around(self, finding: Finding, fixes: Sequence[Fix]) -> Bench:
        """The stretch of a long motion in which fixes of a finding act; all of a short or eased one, and for what only a whole shows."""
        arkit = self.base.arkit
        if arkit.duration_s <= WHOLE_S or self._eased or finding.rule in _OF_WHOLE | _OF_TIME:
            return self
        edits = [edit for fix in fixes for edit in fix.edits]
        start_s = min([finding.time_s - self.moved_s, *(edit.start_s for edit in edits)]) - AROUND_S
        end_s = max([finding.time_s + finding.duration_s - self.moved_s, *(edit.end_s for edit in edits)]) + AROUND_S
        within = [edit for edit in self.edits if edit.end_s > start_s and edit.start_s < end_s]
        start_s = min([start_s, *(edit.start_s - edit.reach_s for edit in within)])
        end_s = max([end_s, *(edit.end_s + edit.reach_s for edit in within)])
        first = max(math.floor((start_s - arkit.start_s) * arkit.fps), 0)
        end = min(math.ceil((end_s - arkit.start_s) * arkit.fps) + 1, len(arkit))
        visemes = None if self.base.visemes is None else self.base.visemes.between(first, end)
        known = self.material.wide, self.material.quiet_mouth[first:end]
        base = replace(self.base, arkit=arkit.between(first, end), visemes=visemes)
        return replace(self, base=base, edits=tuple(within), first=self.first or self.material, part_of=known, made_from=None)

    def change(self, fix: Fix) -> float:
        """How much a fix changes what is seen: weights times seconds."""
        after = self.with_fix(fix)
        if fix.offset_ms:
            return abs(fix.offset_ms)
        return float(np.abs(after.material.track.weights - self.material.track.weights).sum()) / self.base.arkit.fps

    def fault_of(self, finding: Finding, fix: Fix) -> str:
        """Why a fix does not do: the rule that finds something afterwards which it did not before; "" where it does.

        Args:
            finding: what is to go.
            fix: what is tried.
        """
        return self.fault_after(finding, self.with_fix(fix))

    def fault_after(self, finding: Finding, after: Bench) -> str:
        """Why another motion does not do; as ``fault_of``.

        Args:
            finding: what is to go.
            after: the same motion otherwise.
        """
        found = after._judged(finding)
        if any(is_same(finding, each) for each in found):
            return finding.rule
        before, now = _counts(self._judged(finding)), _counts(found)
        if now[finding.rule, ""] >= before[finding.rule, ""]:
            return finding.rule
        brought = now - before
        return next((rule for rule, _severity in brought), "")

    def has(self, finding: Finding) -> bool:
        """Whether a finding of the motion, or of what it was before some fixes, is still there."""
        return any(is_same(finding, each) for each in self.around(finding, ())._judged(finding))

    # -- inside

    @property
    def _eased(self) -> bool:
        """Whether something is done after the edits that one frame does to another, or a clip's ends to all."""
        return bool(self.ending.ease_in_ms or self.ending.ease_out_ms or self.ending.held)

    def _judged(self, finding: Finding) -> tuple[Finding, ...]:
        found = self.findings if finding.rule in _OF_TIME else self._of_whole if finding.rule in _OF_WHOLE else self._of_stretch
        return tuple(each for each in found if each.severity != "note")

    @cached_property
    def _of_stretch(self) -> tuple[Finding, ...]:
        return tuple(judged(self.material, OF_STRETCHES))

    @cached_property
    def _of_whole(self) -> tuple[Finding, ...]:
        return (*self._of_stretch, *judged(self.material, OF_WHOLES))

    def _material_of(self, motion: Animation) -> Material:
        track = self._seen(motion)
        if self.first is None:
            return Material(track, self.audio, self.phones, motion.visemes)
        made = self.first.with_motion(track, motion.visemes)
        if self.part_of is not None:
            made.__dict__.update(wide=self.part_of[0], quiet_mouth=self.part_of[1])
        return made

    def _seen(self, motion: Animation) -> BlendshapeTrack:
        track = seen_track(motion.arkit, motion.visemes if self.by_visemes else None)
        return causes.percent(track)[0]


def is_same(one: Finding, other: Finding, apart_s: float = 0.03) -> bool:
    """Whether two findings are of the same fault at the same place."""
    first, second = sorted((one, other), key=lambda finding: finding.time_s)
    shapes = not one.channels or not other.channels or bool(set(one.channels) & set(other.channels))
    return one.rule == other.rule and shapes and second.time_s <= first.time_s + first.duration_s + apart_s


def _counts(found: Iterable[Finding]) -> Counter[tuple[str, str]]:
    """How many findings each rule has, and how many of them are errors."""
    return Counter(key for each in found for key in ((each.rule, ""), *(((each.rule, "error"),) if each.severity == "error" else ())))
