"""Layers of the sides: which part of a face comes from another motion than the rest; undone, laid over whatever is made anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.core.layering import layered
from app.core.layers import LIVE, Layer, checked
from app.core.source_spec import KEPT, SourceSpec
from app.core.track import Animation
from app.lipsync.layered import layer_file, layer_title
from app.session.adjust.tunings import Tunings
from app.session.base.messages import Messages
from app.session.base.side import Side
from app.session.base.steps import MERGE_S, Step
from app.session.base.workers import Job, Workers
from app.session.motion.layer_motions import LayerMotions, MotionKey, motion_key
from app.session.state import State

#: animations up to this many frames are laid over before the next picture: two layers over a minute at 60 fps take 3 to 8 ms
WHOLE = 4500
Motions = list[tuple[Layer, Animation]]


class Stage(Protocol):
    """What is done to the motion that a side's source made, before layers, tuning and edits; in the GUI thread, so that it is quick."""

    def over(self, side: Side, motion: Animation) -> Animation:
        """The motion with it; the very same where it does nothing.

        Args:
            side: whose; its ``own`` is what the source made.
            motion: after the stages before this one; frames stay where they are.
        """


class Layers(QObject):
    """The lists of all sides, the lowest layer first.

    Args:
        state: whose sides hold them.
        motions: make what the layers show.
        tunings: act on the layered motion.
        undo: takes the steps.
        messages: told what cannot be done.
        parent: the session.

    Attributes:
        make_again: lets the source of a side make its motion anew; given by who makes it.
        stages: what is done to a source's motion first, in this order; given by who builds the session.
        retimed: what is done to a layer's own motion first; given by who builds the session.
    """

    #: a list, a solo, or how far a layer's motion is
    changed = Signal()

    def __init__(
        self, state: State, motions: LayerMotions, tunings: Tunings, *, undo: QUndoStack, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.make_again: Callable[[str], None] = lambda _name: None
        self.stages: tuple[Stage, ...] = ()
        self.retimed: Callable[[SourceSpec, Animation], Animation] = lambda _source, motion: motion
        self._state, self._motions, self._tunings, self._undo, self._messages = state, motions, tunings, undo, messages
        self._workers = Workers(messages.fail_task, self)
        #: serial of a side -> the layer that is seen alone
        self._solo: dict[int, Layer] = {}
        #: sides whose long motion has to be laid over once more
        self._late: set[str] = set()
        motions.changed.connect(self._motion_grew)
        tunings.changed.connect(self._want)
        state.sides_changed.connect(self._want)
        self._workers.ended.connect(self._lay_again)

    # -- what there is

    def of(self, side: str) -> tuple[Layer, ...]:
        """The layers of a side."""
        return self._state.sides[side].layers

    def solo_of(self, side: str) -> int:
        """The place of the layer that is seen alone, -1 for none."""
        alone = self._solo_layer(self._state.sides[side])
        return -1 if alone is None else next(i for i, each in enumerate(self.of(side)) if each is alone)

    def motion_of(self, side: str, index: int) -> Animation | None:
        """What a layer shows, as its source made it; None before its first frame."""
        return self._motions.of(self._key(side, self.of(side)[index]))

    def fault_of(self, side: str, index: int) -> str:
        """Why a layer shows nothing, in a sentence; "" while nothing is wrong."""
        return self._motions.fault_of(self._key(side, self.of(side)[index]))

    def is_busy(self, side: str, index: int) -> bool:
        """Whether a layer's motion is being made."""
        return self._motions.busy_with(self._key(side, self.of(side)[index]))

    # -- what the user does

    def lay(self, side: str, where: tuple[str, ...], source: SourceSpec) -> None:
        """Let a part of a face come from another source; a layer of the same part takes it over with all its settings.

        Args:
            side: whose face.
            where: regions or shapes.
            source: who makes the layer's motion.
        """
        layers = self.of(side)
        there = next((i for i, layer in enumerate(layers) if layer.where == where), -1)
        if there >= 0:
            self.change(side, there, "", source=source, on=True)
        else:
            made = checked(Layer(source, where))
            self._push(side, (*layers, made), f"Replace the {made.title.lower()}", "")

    def change(self, side: str, index: int, control: str, **fields: object) -> None:
        """Change fields of a layer.

        Args:
            side: whose.
            index: its place in the list.
            control: changes of the same control in quick succession are one step; "" for a step of its own.
            **fields: of Layer.

        Raises:
            LayerError: a number is out of range.
        """
        layers = self.of(side)
        before, changed = layers[index], checked(replace(layers[index], **fields))  # type: ignore[arg-type]
        serial = self._state.sides[side].serial
        if self._solo.get(serial) is before:
            self._solo[serial] = changed
        text = f"Layer of the {changed.title.lower()}"
        self._push(side, (*layers[:index], changed, *layers[index + 1 :]), text, f"{serial} {index} {control}" if control else "")

    def remove(self, side: str, index: int) -> None:
        """Take a layer away: its part of the face goes back to what is below."""
        layers = self.of(side)
        self._push(side, (*layers[:index], *layers[index + 1 :]), "Remove layer", "")

    def move(self, side: str, index: int, to: int) -> None:
        """Put a layer at another height; upper ones cover lower ones."""
        layers = list(self.of(side))
        layers.insert(to, layers.pop(index))
        self._push(side, tuple(layers), "Move layer", "")

    def set_solo(self, side: str, index: int) -> None:
        """See a layer alone while the rest of the face rests, or everything again with -1; not a step."""
        serial = self._state.sides[side].serial
        self._solo.pop(serial, None)
        if 0 <= index < len(self.of(side)):
            self._solo[serial] = self.of(side)[index]
        self.lay_over(side)
        self.changed.emit()

    def try_again(self, side: str, index: int) -> None:
        """Let the source of a layer that gave up begin again."""
        self._motions.try_again(self._key(side, self.of(side)[index]))

    def restore(self, side: str, layers: Iterable[Layer], missing: Collection[Path] = ()) -> None:
        """Put a side's layers in force, as a project does; not a step, and motion that was kept stays.

        Args:
            side: whose.
            layers: the lowest first.
            missing: files that are known not to be there; the user is asked about them elsewhere.
        """
        self._state.put(replace(self._state.sides[side], layers=tuple(layers)))
        for layer in self.of(side):
            path = layer_file(layer.source)
            if path is not None and path in missing:
                self._motions.note_missing(self._key(side, layer), f"{path} is not there; choose another file.")
        self._want()
        self.lay_over(side)
        self.changed.emit()

    # -- what becomes of a motion

    def over(self, side: Side) -> Animation | None:
        """A side's own motion with its layers over it; of one that was kept in a take, that itself, for its layers are in it.

        Args:
            side: brought up to date (``Side.grown``). Of a long motion, what is there of it until a worker has laid the layers over.
        """
        own = self._staged(side)
        if own is None or side.kept or not side.layers:
            return own
        self._want()
        motions, solo = self._laid(side), self._solo_layer(side)
        if not motions and solo is None:
            return self._named(side, own)
        if len(own.arkit) <= WHOLE:
            return self._named(side, layered(own, motions, solo))
        self._lay_long(side.name, own, motions, solo)
        return side.raw or own

    def lay_over(self, name: str) -> None:
        """Lay a side's layers over its motion anew."""
        side = self._state.sides.get(name)
        if side is None or side.own is None:
            return
        raw = self.over(side)
        side = replace(side, raw=raw)
        self._state.put(replace(side, tuned=None if raw is None else self._tunings.applied(side, raw)))

    def close(self) -> None:
        """End the threads."""
        self._workers.close()

    # -- inside

    def _staged(self, side: Side) -> Animation | None:
        """What its source made, after the stages; motion that was kept has been through them."""
        made = side.own
        if made is not None and not side.kept:
            for stage in self.stages:
                made = stage.over(side, made)
        return made

    def _key(self, side: str, layer: Layer) -> MotionKey:
        return motion_key(layer.source, self._tunings.of(side).native)

    def _laid(self, side: Side) -> Motions:
        """Layers that are on and have motion."""
        found = ((layer, self._motions.of(self._key(side.name, layer))) for layer in side.layers if layer.on and layer.source != LIVE)
        return [(layer, self.retimed(layer.source, motion)) for layer, motion in found if motion is not None]

    def _solo_layer(self, side: Side) -> Layer | None:
        alone = self._solo.get(side.serial)
        return next((layer for layer in side.layers if layer is alone), None)

    def _named(self, side: Side, made: Animation) -> Animation:
        """The motion, which says what is live of it; that is laid over when it is shown."""
        live = [layer.title.lower() for layer in side.layers if layer.on and layer.source == LIVE]
        return replace(made, label=f"{', '.join(live)}: {layer_title(LIVE).lower()}; {made.label}") if live else made

    def _lay_long(self, name: str, own: Animation, motions: Motions, solo: Layer | None) -> None:
        if self._workers.running(name):
            self._late.add(name)
            return

        def work(job: Job) -> None:
            job.post(self._long_ready, name, layered(own, motions, solo))

        self._workers.start(name, work)

    def _long_ready(self, name: str, made: Animation) -> None:
        side = self._state.sides.get(name)
        if side is None or side.own is None or side.kept or not side.layers:
            return
        raw = self._named(side, made)
        side = replace(side, raw=raw)
        self._state.put(replace(side, tuned=self._tunings.applied(side, raw)))

    def _lay_again(self, name: str) -> None:
        if name in self._late:
            self._late.discard(name)
            self.lay_over(name)

    def _push(self, side: str, after: tuple[Layer, ...], text: str, control: str) -> None:
        before = self.of(side)
        if after == before:
            return
        if self.is_fixed(self._state.sides[side]):
            self._messages.fail("This motion is as it was kept in the take, and its source is not at hand; choose another source first.")
            return
        control = f"layer {control}" if control else ""
        self._tunings.keep_ghosts(control)
        # the sides may have changed places when the step is taken back
        serial = self._state.sides[side].serial

        def put(layers: tuple[Layer, ...]) -> None:
            self._put(self._state.named(serial) or side, layers)

        self._undo.push(Step(put, before, after, text, control=control, within_s=MERGE_S))

    def is_fixed(self, side: Side) -> bool:
        """Whether a side's motion is as a take kept it, and nobody here can make it anew."""
        return side.kept and side.spec.kind == KEPT

    def _put(self, name: str, layers: tuple[Layer, ...]) -> None:
        side = self._state.sides.get(name)
        if side is None:
            return
        self._state.put(replace(side, layers=layers))
        if side.kept and not self.is_fixed(side):
            self.make_again(name)
        self._want()
        self.lay_over(name)
        self.changed.emit()

    def _want(self) -> None:
        """Motions that no layer wants any more are given up, new ones are begun."""
        sides = [side for side in self._state.sides.values() if not side.kept]
        self._motions.want(self._key(side.name, layer) for side in sides for layer in side.layers if layer.on)

    def _motion_grew(self, key: MotionKey) -> None:
        for name, side in tuple(self._state.sides.items()):
            if any(self._key(name, layer) == key for layer in side.layers):
                self.lay_over(name)
        self.changed.emit()
