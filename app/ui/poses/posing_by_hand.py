"""What is done with the library of poses: from its panel, and from poses that are dropped on the curves or the time line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from app.core.poses import FacePose
from app.core.regions import PARTS
from app.session.adjust.poses import Blend, Poses
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.keep.pose_pictures import PosePictures
from app.session.pose.posing import Posing
from app.session.state import State
from app.ui.curves.curve_editing import CurveEditing
from app.ui.curves.curves import CurvesPanel
from app.ui.poses.panel import PosesPanel
from app.ui.poses.pose_grid import pose_in
from app.ui.timeline.time_axis import TimeAxis

_BY_VISEMES = "The mouth moves by visemes: whole mouths become the nearest ones. For all shapes: View, Rig corrections, Mouth by shapes."
_NOTHING = "This pose says nothing about the chosen part of the face; choose Whole face, or another pose."


class PosingByHand(QObject):
    """Stands between the library, its panel, and the motion on show.

    Args:
        panel: shows the poses.
        curves: know which shapes are picked; poses can be dropped on them.
        editing: knows the marked stretch and the A/V offset.
        state: whose side on show is posed.
        poses: the library.
        pictures: of the poses.
        playback: has the cursor.
        posing: knows the present face.
        messages: told what cannot be done.
        asks_name: asked for a name, with a title and a proposal; None when the user thinks better of it.
        asks_file: asked for a file to read, or to write where it is given a proposal; None as well.
    """

    def __init__(
        self, panel: PosesPanel, curves: CurvesPanel, editing: CurveEditing, *, state: State, poses: Poses, pictures: PosePictures,
        playback: Playback, posing: Posing, messages: Messages, asks_name: Callable[[str, str], str | None],
        asks_file: Callable[[str], Path | None],
    ) -> None:  # fmt: skip
        super().__init__(panel)
        self._panel, self._curves, self._editing, self._state = panel, curves, editing, state
        self._poses, self._pictures, self._playback, self._posing = poses, pictures, playback, posing
        self._messages, self.asks_name, self.asks_file = messages, asks_name, asks_file
        self._targets: dict[QObject, TimeAxis] = {}
        self._seen = False
        panel.grid.picture_of, panel.grid.made_of = pictures.picture, self._made_of
        panel.blended.connect(self.blend)
        panel.save_wanted.connect(self.save)
        panel.renaming.connect(self.rename)
        panel.removed.connect(poses.remove)
        panel.mirror_kept.connect(poses.keep_mirrored)
        panel.import_wanted.connect(self.take_in)
        panel.export_wanted.connect(self.write)
        panel.seen.connect(self._see)
        panel.grid.currentItemChanged.connect(lambda *_: self._show_choice())
        poses.changed.connect(self.show)
        pictures.ready.connect(panel.grid.draw_pictures)
        state.avatar_changed.connect(lambda _: self.show())

    # -- what is shown

    def show(self) -> None:
        """Show the poses there are, while they are seen."""
        if not self._seen:
            return
        self._panel.grid.set_poses(self._poses.all, self._poses.is_stock)
        self._panel.grid.filter(self._panel.search.text())
        self._pictures.want(self._poses.all)
        self._show_choice()
        by_visemes = bool(self._editing.caution_of_visemes(["jawOpen"]))
        self._panel.set_note(_BY_VISEMES if by_visemes else "")

    def _see(self, on: bool) -> None:
        self._seen = on
        if on:
            self.show()
        else:
            self._pictures.want(())

    def _show_choice(self) -> None:
        chosen = self._panel.grid.chosen
        self._panel.show_choice(bool(chosen) and not self._poses.is_stock(chosen))

    # -- what the user does

    def blend(self, name: str) -> None:
        """Blend a pose in at the cursor, or over the marked stretch."""
        pose = self._poses.named(name)
        if pose is not None:
            self.blend_at(self._made_of(pose), self._playback.now())

    def blend_at(self, pose: FacePose, time_s: float) -> None:
        """Blend a pose in.

        Args:
            pose: as it is to be.
            time_s: round which, on the time line on show; within the marked stretch it takes all of that.
        """
        if self._state.shown_side.tuned is None:
            self._messages.tell("Nothing moves yet: speak a line or open a recording first.")
            return
        marked, half_s = self._editing.marked, self._panel.length.value() / 2e3
        inside = marked is not None and marked[0] <= time_s <= marked[1]
        start_s, end_s = marked if marked is not None and inside else (time_s - half_s, time_s + half_s)
        moved_s = self._editing.moved_s
        blend = Blend(start_s - moved_s, end_s - moved_s, self._panel.strength.value)
        if not self._poses.blend(self._state.shown, pose, blend):
            self._messages.tell(_NOTHING)

    def save(self) -> None:
        """Keep the face at the cursor, or the chosen part of it."""
        name = self.asks_name("Save face as a pose", "")
        if name is not None:
            self._poses.save(name, self._posing.weights_at(self._playback.now()), self._channels())

    def rename(self, name: str) -> None:
        """Ask how a pose is to be called."""
        to = self.asks_name("Rename pose", name) if name else None
        if to is not None:
            self._poses.rename(name, to)

    def take_in(self) -> None:
        """Import poses."""
        path = self.asks_file("")
        count = 0 if path is None else self._poses.take_in(path)
        if count:
            self._messages.tell(f"{count} pose{'s' if count > 1 else ''} imported.")

    def write(self, name: str) -> None:
        """Export one pose, or all of the user's own."""
        pose = self._poses.named(name) if name else None
        poses = self._poses.own if pose is None else (pose,)
        if not poses:
            self._messages.tell("There are no poses of your own yet; save a face first.")
            return
        path = self.asks_file(f"{name or 'poses'}.json")
        if path is not None and self._poses.write(path, poses):
            self._messages.tell(f"{path.name} was written.")

    # -- dropping

    def take_drops(self, targets: Iterable[QWidget], axis: TimeAxis) -> None:
        """Let poses be dropped on widgets that show time from their left to their right edge."""
        for target in targets:
            self._targets[target] = axis
            target.setAcceptDrops(True)
            target.installEventFilter(self)

    def _channels(self) -> tuple[str, ...]:
        """The shapes of the chosen part; () for all."""
        part = self._panel.part_key
        return self._curves.picked_shapes if part == "picked" else PARTS.get(part, ())

    def _made_of(self, pose: FacePose) -> FacePose:
        """A pose of the library as it is blended in."""
        made = pose.mirror_image() if self._panel.mirror.isChecked() else pose
        return made.part(self._channels())

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take poses that are dropped, and leave everything else to others."""
        kinds = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)
        if event.type() not in kinds or not isinstance(event, QDropEvent | QDragMoveEvent) or not isinstance(watched, QWidget):
            return False
        axis, pose = self._targets.get(watched), pose_in(event.mimeData())
        if axis is None or pose is None:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.blend_at(pose, axis.start_s + event.position().x() / max(watched.width(), 1) * axis.span_s)
        return True
