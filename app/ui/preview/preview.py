"""The avatar, large, with what must be known about the picture written on it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from app.avatar.rig import AvatarRig
from app.render.camera import Framing, OrbitCamera
from app.render.view import ViewKind, create_view
from app.render.view_gpu import GpuView
from app.render.view_software import SoftwareView
from app.ui.kit import theme
from app.ui.kit.banner import Banner, EmptyPage

KINDS: tuple[ViewKind, ...] = ("auto", "gpu", "software")
#: the stage in the theme's colour, display RGB 0..1
_STAGE = (int(theme.STAGE[1:3], 16) / 255, int(theme.STAGE[3:5], 16) / 255, int(theme.STAGE[5:7], 16) / 255)


class Preview(QFrame):
    """The view and its captions; the view itself is made once the window is up."""

    failed = Signal(str)
    #: milliseconds that the last frame took
    frame_drawn = Signal(float)
    #: a view was made, or another kind of it
    view_changed = Signal()
    #: the camera was put on a framing
    framed = Signal()
    #: the face was clicked on with Ctrl: the place on the screen, and whether Shift was held
    touched = Signal(QPoint, bool)
    #: the empty page's button was pressed
    avatar_wanted = Signal()
    #: the button beside the avatar's name was pressed
    shapes_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(f"Preview {{ background: {theme.STAGE}; }}")
        self.setMinimumSize(320, 160)
        self.camera = OrbitCamera()
        self.framing: Framing = "portrait"
        self.view: GpuView | SoftwareView | None = None
        self.kind: ViewKind = "auto"
        self._rig: AvatarRig | None = None
        self.background = _STAGE
        #: share of the width that side A's picture has
        self.picture_share = 1.0
        self._tags_hidden = self._is_mock = False
        self._said: tuple[str, bool, bool] | None = None
        self._framed: tuple[float, ...] = ()
        self._stack = QVBoxLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self.empty = EmptyPage(self)
        self.empty.asked.connect(self.avatar_wanted)
        self._stack.addWidget(self.empty, 0, Qt.AlignmentFlag.AlignCenter)
        self.tag = QLabel(self)
        self.tag.setAccessibleName("Source of the motion shown")
        self.mock = QLabel("MOCK", self)
        self.mock.setAccessibleName("Mock motion")
        self.mock.setToolTip("This motion is made up: it does not listen to the sound.")
        self.mock.setStyleSheet(
            f"background: {theme.WARNING}; color: {theme.INK}; font-weight: 700; font-size: 15px; padding: 4px 12px; border-radius: 4px;"
        )
        self.caption = QLabel(self)
        self.caption.setAccessibleName("Avatar shown")
        plate = f"background: rgba(15, 17, 19, 215); color: {theme.DIM}; padding: 3px 8px; border-radius: 4px; font-size: 11px;"
        self.tuned = QLabel(self)
        self.tuned.setAccessibleName("Tuning in force")
        for label in (self.tag, self.caption, self.tuned):
            label.setStyleSheet(plate)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.tuned.setStyleSheet(plate.replace(theme.DIM, theme.WARNING))
        self.shapes = QPushButton(self)
        self.shapes.setToolTip("Say by hand what they drive: Shapes…")
        self.shapes.setStyleSheet(plate + f" border: 1px solid {theme.EDGE}; min-height: 0;")
        self.shapes.clicked.connect(self.shapes_wanted)
        for part in (self.tag, self.mock, self.caption, self.tuned, self.shapes):
            part.hide()
        self.banner = Banner(self)
        self.banner.placed.connect(self._place_caption)
        self.empty.show_empty()

    # -- the view

    def make_view(self, kind: ViewKind) -> None:
        """Make the view, or change to another kind.

        Args:
            kind: ``auto``, ``gpu`` or ``software``.
        """
        self.drop_view()
        self.kind = kind
        view = create_view(self, kind)
        view.set_background(self.background)
        view.failed.connect(self.failed)
        view.frame_drawn.connect(self.frame_drawn)
        view.touched.connect(self.touched)
        view.setAccessibleName("Avatar")
        self.view = view
        view.set_camera(self.camera)
        self._stack.insertWidget(0, view, 1)
        view.setVisible(self._rig is not None)
        if self._rig is not None:
            view.set_rig(self._rig)
            self.empty.hide()
        for label in (self.tag, self.mock, self.tuned, self.caption, self.shapes, self.banner):
            label.raise_()
        self.view_changed.emit()

    def set_background(self, color: tuple[float, float, float]) -> None:
        """Change what lies behind the avatar; display RGB, 0 to 1."""
        self.background = color
        if self.view is not None:
            self.view.set_background(color)

    def close_down(self) -> None:
        """Free the view and let the avatar go; the window is closing."""
        self.drop_view()
        self._rig = None

    def drop_view(self) -> None:
        """Free the view and its GL objects."""
        view, self.view = self.view, None
        if view is not None:
            view.close()
            self._stack.removeWidget(view)
            view.deleteLater()

    @property
    def gl_description(self) -> str:
        """Who draws, for the status bar."""
        return "" if self.view is None else self.view.gl_description

    @property
    def has_avatar(self) -> bool:
        """Whether an avatar is on show."""
        return self._rig is not None

    def set_rig(self, rig: AvatarRig, name: str = "") -> None:
        """Show an avatar in the present framing; one that is on show already stays as it is seen.

        Args:
            rig: the avatar.
            name: what to call it; "" for its own name.
        """
        other, self._rig = rig is not self._rig, rig
        if self.view is not None and other:
            self.empty.hide()
            self.view.set_rig(rig)
            self.view.show()
        if other:
            self.frame(self.framing)
        moves = "" if rig.has_arkit else ", visemes only" if rig.has_visemes else ", no face shapes"
        self.caption.setText((name or rig.avatar.name) + moves)
        self.caption.show()
        self._place()

    def frame(self, framing: Framing) -> None:
        """Look straight at the avatar in one of FRAMINGS."""
        self.framing = framing
        if self._rig is not None:
            self.camera.frame(self._rig.avatar, framing, self.picture_share * self.width() / max(self.height(), 1))
            self._framed = self.camera.state
            self.framed.emit()
            self.redraw()

    @property
    def is_framed(self) -> bool:
        """Whether the camera stands where its framing put it: nobody has moved it since."""
        return self.camera.state == self._framed

    def redraw(self, moment: float | None = None) -> None:
        """Ask for a new picture.

        Args:
            moment: of the pose, which the picture carries along; None for the present one.
        """
        if self.view is not None and self._rig is not None:
            self.view.moment = self.view.moment if moment is None else moment
            self.view.redraw()

    @property
    def shown_moment(self) -> float:
        """The moment of the picture on screen."""
        return 0.0 if self.view is None else self.view.shown_moment

    # -- captions

    def set_source(self, label: str, is_mock: bool) -> None:
        """Say who made the motion; "" while nothing moves."""
        said = (label, is_mock, self._tags_hidden)
        if said == self._said:
            return
        self._said = said
        self.tag.setText(label)
        self.tag.setVisible(bool(label) and not is_mock and not self._tags_hidden)
        self.mock.setVisible(is_mock and not self._tags_hidden)
        self._is_mock = is_mock
        self._place()

    def offer_shapes(self, why: str) -> None:
        """Offer the mapping by hand beside the avatar's name; "" for no offer."""
        self.shapes.setText(f"{why}…")
        self.shapes.setAccessibleName(f"{why}: map them by hand")
        self.shapes.setVisible(bool(why))
        self._place()

    def set_tuned(self, words: str) -> None:
        """Say what was done to the motion; "" for nothing."""
        if words != self.tuned.text():
            self.tuned.setText(words)
            self._place()
        self.tuned.setVisible(bool(words) and not self._tags_hidden)

    def hide_tags(self, hidden: bool) -> None:
        """Leave naming the sources to the comparison, or take it back."""
        if hidden != self._tags_hidden:
            self._tags_hidden = hidden
            self.set_source(self.tag.text(), self._is_mock)
            self.set_tuned(self.tuned.text())

    def set_right_margin(self, pixels: int) -> None:
        """Keep room for side B."""
        if self._stack.contentsMargins().right() != pixels:
            self._stack.setContentsMargins(0, 0, pixels, 0)
            self._stack.activate()

    def show_loading(self, name: str) -> None:
        """Say that an avatar is being read, where none is on show yet."""
        if self._rig is None:
            self.empty.show_loading(name)
            self.empty.show()

    def loading_failed(self) -> None:
        """No avatar came."""
        if self._rig is None:
            self.empty.show_empty()

    def _place(self) -> None:
        for label in (self.tag, self.mock, self.caption, self.tuned, self.shapes):
            label.adjustSize()
        self.tag.move(12, 12)
        self.mock.move(12, 12)
        above = self.mock if self._is_mock else self.tag
        self.tuned.move(12, above.y() + above.height() + 6 if not above.isHidden() else 12)
        self._place_caption()
        self.banner.place()

    def _place_caption(self) -> None:
        """In the lower corner, or above the banner."""
        floor = self.banner.y() - 8 if self.banner.isVisible() else self.height() - 12
        self.caption.move(12, floor - self.caption.height())
        self.shapes.move(self.caption.geometry().right() + 9, floor - self.shapes.height())

    # -- Qt's own, last as everywhere

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the captions in their corners."""
        super().resizeEvent(event)
        self._place()
