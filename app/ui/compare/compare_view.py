"""The other sides on the picture: beside side A, wiped over it or laid over it as a ghost."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from app.core.difference import FULL_MM
from app.render.view import create_view
from app.render.view_gpu import GpuView
from app.render.view_software import SoftwareView
from app.session.compare.comparing import SIDES, Comparing
from app.session.live.live import Live
from app.session.state import State
from app.ui.compare.compare_cameras import SideCameras
from app.ui.kit import theme
from app.ui.kit.sides import SIDE_COLOURS
from app.ui.preview.frame_budget import FrameBudget
from app.ui.preview.preview import Preview
from app.ui.preview.side_label import EDGE_WIDTH, SideLabel, WipeEdge, chip

GAP = 2
#: how much of the ghost covers side A at first
GHOST = 0.5


class CompareView(QObject):
    """Lays the other sides out on the preview.

    Args:
        preview: where side A is.
        budget: is divided among the pictures.
        state: whose sides are shown.
        comparing: how they are laid out.
        live: while it is active, only its face is shown.
        avatars: tells names and files of the avatars that are listed.
        tuned: tells what was done to a side's motion, "" for nothing.

    Attributes:
        cameras: of the sides.
        edge: where the wipe's edge is, as a share of the width.
        ghost: how much of the ghost covers side A, 0 to 1.
        views: side -> its view; hidden ones are kept until the side is given up.
    """

    def __init__(
        self, preview: Preview, budget: FrameBudget, *, state: State, comparing: Comparing, live: Live,
        avatars: Callable[[], list[tuple[str, Path]]] = list, tuned: Callable[[str], str] = lambda _side: "",
    ) -> None:  # fmt: skip
        super().__init__(preview)
        self._avatars, self._tuned = avatars, tuned
        self.edge, self.ghost = 0.5, GHOST
        self.views: dict[str, GpuView | SoftwareView] = {}
        self._preview, self._budget, self._state, self._comparing, self._live = preview, budget, state, comparing, live
        self.cameras = SideCameras(state, comparing, preview)
        self._clips: dict[str, QWidget] = {}
        self._sides: tuple[str, ...] = ()
        self._shown: tuple[object, ...] = ()
        self.labels = {side: SideLabel(side, preview) for side in SIDES}
        self.handle = WipeEdge(preview)
        self.handle.dragged.connect(self.set_edge)
        preview.installEventFilter(self)

    @property
    def active(self) -> bool:
        """Whether another side has a picture of its own."""
        return bool(self._sides)

    def set_edge(self, share: float) -> None:
        """Put the wipe's edge at a share of the width."""
        self.edge = share
        self._place()
        self.redraw()

    def set_ghost(self, share: float) -> None:
        """Let the ghost cover this much of side A, 0 to 1."""
        self.ghost = share
        self._look()
        self.redraw()

    def restore(self, edge: float, ghost: float, linked: bool) -> None:
        """Put remembered choices in force; edge and ghost are shares, 0 to 1."""
        self.set_edge(edge)
        self.set_ghost(ghost)
        self._comparing.set_linked(linked)

    def redraw(self) -> None:
        """Ask for new pictures of the other sides."""
        for side in self._sides:
            self.views[side].redraw()

    def refresh(self, *_: object) -> None:
        """Follow the session: make and drop views, lay out, label."""
        for gone in [side for side in self.views if side not in self._state.sides]:
            self._drop(gone)
            self.cameras.forget(gone)
        self._sides = self._comparing.sides if self._preview.view is not None else ()
        self.cameras.refresh()
        for side in self._sides:
            self._ensure(side)
        for side, clip in self._clips.items():
            clip.setVisible(side in self._sides)
        main = self._preview.view
        self._budget.set_views([] if main is None else [main, *(self.views[side] for side in self._sides)])
        self._place()
        self._look()
        self.label()

    def drop_views(self) -> None:
        """Free all views but side A's."""
        for side in list(self.views):
            self._drop(side)
        self._sides = ()

    # -- views

    def _drop(self, side: str) -> None:
        self._sides = tuple(each for each in self._sides if each != side)
        view, clip = self.views.pop(side), self._clips.pop(side)
        view.close()
        clip.hide()
        clip.deleteLater()

    def _ensure(self, side: str) -> None:
        """A side's view, of the right kind, with its body and camera."""
        # only a picture that lies in memory can be laid over another one; beside A, all are drawn in A's way
        in_memory = self._comparing.layout == "overlay" or isinstance(self._preview.view, SoftwareView)
        if side in self.views and isinstance(self.views[side], SoftwareView) != in_memory:
            self._drop(side)
            self._sides = self._comparing.sides
        if side not in self.views:
            self._make(side, in_memory)
        view, rig, camera = self.views[side], self._comparing.side_rigs.of(side), self.cameras.of(side)
        if view.rig is not rig:
            if view.rig is not None:
                self.cameras.forget(side)
                camera = self.cameras.of(side)
            view.set_rig(rig)
        if view.camera is not camera:
            view.set_camera(camera)

    def _make(self, side: str, in_memory: bool) -> None:
        preview = self._preview
        assert preview.view is not None
        clip = QWidget(preview)
        view = create_view(clip, "software" if in_memory else "gpu")
        view.set_background(preview.view.background)
        view.setAccessibleName(f"Avatar, side {side}")
        view.failed.connect(preview.failed)
        view.touched.connect(preview.touched)
        view.framing_changed.connect(lambda: self._moved(side))
        self.views[side], self._clips[side] = view, clip
        view.show()

    def view_changed(self) -> None:
        """The first view was made anew, perhaps of another kind."""
        self.drop_views()
        view = self._preview.view
        if view is not None:
            view.framing_changed.connect(lambda: self._moved("A"))
        self.refresh()

    def _moved(self, side: str) -> None:
        """A camera was moved on one of the pictures."""
        self.cameras.moved(side)
        self._preview.redraw()
        self.redraw()

    def framed(self) -> None:
        """Side A was framed anew, and so are the others."""
        self.cameras.frame_all()
        self.redraw()

    # -- layout

    def _place(self) -> None:
        """Give each side its room."""
        preview, layout = self._preview, self._comparing.layout
        width, height = preview.width(), preview.height()
        beside = layout == "split" and bool(self._sides)
        columns = 1 + len(self._sides) if beside else 1
        column = (width - GAP * (columns - 1)) // columns
        preview.picture_share = 1.0 / columns
        preview.set_right_margin(width - column if beside else 0)
        wiping = layout == "wipe" and bool(self._sides)
        self.handle.setVisible(wiping and not self._comparing.blinking)
        for i, side in enumerate(self._sides, 1):
            x = i * (column + GAP) if beside else self._wipe_x(width) if wiping else 0
            w = column if beside and i + 1 < columns else width - x
            self._clips[side].setGeometry(x, 0, w, height)
            self.views[side].setGeometry(0 if beside else -x, 0, w if beside else width, height)
            self._clips[side].raise_()
        if wiping:
            self.handle.setGeometry(self._wipe_x(width) - EDGE_WIDTH // 2, 0, EDGE_WIDTH, height)
            self.handle.raise_()
        self._place_labels()
        key = (columns, width, height)
        if key != self._shown:
            reframes = columns != (self._shown[0] if self._shown else 1) or columns > 1
            self._shown = key
            if reframes and preview.is_framed:
                preview.frame(preview.framing)

    def _wipe_x(self, width: int) -> int:
        return 0 if self._comparing.blinking else round(self.edge * width)

    def _look(self) -> None:
        """Backgrounds, and who is a ghost."""
        main = self._preview.view
        for side in self._sides:
            view = self.views[side]
            if main is not None and view.background != main.background:
                view.set_background(main.background)
            if isinstance(view, SoftwareView):
                ghostly = self._comparing.layout == "overlay" and not self._comparing.blinking
                view.set_ghost(SIDE_COLOURS[side] if ghostly else "", self.ghost)

    # -- labels

    def _places(self) -> dict[str, int]:
        """Where the labels of the sides on the picture begin, in pixels from the left."""
        comparing, width = self._comparing, self._preview.width()
        if self._live.active or not comparing.possible:
            return {}
        if not comparing.both:
            return {comparing.pictured_side: 12}
        if comparing.blinking and comparing.layout in ("wipe", "overlay", "difference"):
            return {comparing.pair: 12}
        if comparing.layout == "difference":
            return {"A": 12}
        if comparing.layout == "split":
            column = (width - GAP * len(self._sides)) // (1 + len(self._sides))
            return {side: i * (column + GAP) + 12 for i, side in enumerate(("A", *self._sides))}
        pair = comparing.pair
        return {"A": 12, pair: max(width - self.labels[pair].width() - 12, width // 2 + 12)}

    def label(self) -> None:
        """Write on the picture which side is which, and what was done to it."""
        sides, comparing = self._state.sides, self._comparing
        places = self._places()
        most = self._preview.width() // max(len(places), 1) - 24
        for side, label in self.labels.items():
            if side in places and side in sides:
                label.show_side(sides[side], self._note(side), self._avatar(side), most)
            label.setVisible(side in places)
        self._preview.hide_tags(comparing.possible and not self._live.active)
        self._place_labels()

    def _note(self, side: str) -> str:
        """What else must be known: who is the ghost, what the colours mean."""
        comparing, words = self._comparing, []
        tuned = self._tuned(side)
        if tuned:
            words.append(f"<span style='color:{theme.WARNING}'>{escape(tuned)}</span>")
        if comparing.layout == "overlay" and comparing.both and not comparing.blinking and side != "A":
            words.append("ghost")
        if comparing.layout == "difference" and comparing.both and not comparing.blinking:
            other = self._state.sides[comparing.pair]
            words.append(f"against {chip(other.name)}&nbsp; {escape(other.label or str(other.spec))}: red is {FULL_MM:g} mm or more")
        return ", ".join(words)

    def _avatar(self, side: str) -> str:
        """The name of a side's avatar, where they differ."""
        rigs, path = self._comparing.side_rigs, self._comparing.side_rigs.file_of(side)
        if path is None or not any(rigs.is_own(each) for each in self._comparing.others):
            return ""
        return next((name for name, known in self._avatars() if known == path), path.stem)

    def _place_labels(self) -> None:
        for side, x in self._places().items():
            self.labels[side].move(x, 12)
        for each in (*self.labels.values(), self._preview.banner):
            each.raise_()

    def motion_changed(self, *_: object) -> None:
        """What a side is called may have changed, or which sides have pictures."""
        if self._comparing.sides != self._sides:
            self.refresh()
        else:
            self.label()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lay out anew with the preview."""
        if watched is self._preview and event.type() == QEvent.Type.Resize:
            self._place()
            self.label()
        return super().eventFilter(watched, event)
