"""The view for software GL: an offscreen context, read-back, and Qt's painter; also the fallback everywhere else."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QColor, QImage, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.avatar.rig import AvatarRig
from app.core.errors import PreviewError
from app.render.context import GlContext, create_context, current, is_software, renderer_name
from app.render.egl import GL_TURN, EglContext
from app.render.pacing import MOST_STILL_AFTER_MS, ScaleGovernor, StillPace
from app.render.rehearsal import Rehearsal
from app.render.view_context import QtOffscreenContext, paints_the_screen
from app.render.view_events import ViewEvents

if TYPE_CHECKING:
    from app.render.readback import Readback
    from app.render.renderer import Quality

#: the next redraw shows the picture that was begun; where none comes, it is shown after this time
_COLLECT_AFTER_MS = 20
#: a picture that is not there by then is left to the next redraw, and the window goes on
_MOST_WAIT_S = 0.02
#: nor does painting wait longer: one change may be painted several times over
_PAINT_WAIT_S = 0.004
_WARM_UP_EVERY_MS = 16
#: how often one looks whether a strip of the still is there
_STRIP_LOOK_MS = 4


#: how far the light on a ghost is of its tint's colour rather than white
_TINT = 0.85


def tint_of(colour: str) -> QColor:
    """The light on a ghost: its colour, made as bright as light can be, and a little white."""
    pure = QColor(colour)
    brightest = max(pure.redF(), pure.greenF(), pure.blueF(), 1e-3)
    return QColor.fromRgbF(*(1.0 - _TINT + _TINT * part / brightest for part in (pure.redF(), pure.greenF(), pure.blueF())))


class SoftwareView(ViewEvents):
    """Shows a rig by drawing into memory.

    While something moves, the picture is drawn with the light shaders at the largest scale that holds the frame
    budget; as soon as nothing changes any more, one is drawn at full resolution with the studio shaders, and after it a still in short
    strips, antialiased with samples too.

    ``redraw`` only begins a picture, and shows the one that was begun before: the driver's threads draw while this one
    paints curves and time lines. The last one of a movement is shown a moment later. Who asks for the picture at once
    (``grab``, or Qt when something else uncovers it) waits for it.
    """

    def __init__(self, parent: QWidget | None = None, reason: str = "") -> None:
        super().__init__(parent)
        self._begin()
        self._reason = reason
        self._is_released = False
        self._governor = ScaleGovernor()
        self._context: GlContext | None = None
        self._readback: Readback | None = None
        self._drawn: tuple[object, ...] = ()
        self._shown_scale = 1.0
        self._still = self._sharpens = self._sharp = False
        self._name = "not started"
        self._ghost, self._cover = "", 1.0
        self._begun = self._arrived = self._shows = False
        self._begun_moment = self._begun_scale = self._waited_s = 0.0
        self._collect_timer = QTimer(self)
        self._collect_timer.setSingleShot(True)
        self._collect_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._collect_timer.timeout.connect(self._collect_last)
        self._rehearsal: Rehearsal | None = None
        self._pace = StillPace()
        self._still_timer = QTimer(self)
        self._still_timer.setSingleShot(True)
        self._still_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._still_timer.timeout.connect(self._refine)
        self._warm_timer = QTimer(self)
        self._warm_timer.timeout.connect(self._warm_up)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, True)
        self._start_soon()

    @property
    def gl_description(self) -> str:
        """Who draws, how, and at what scale."""
        kind = "software" if is_software(self._name) else "GPU"
        scale = f"read-back at {self._shown_scale:g}x" if self._shown_scale != 1.0 else "read-back"
        return f"{kind}: {self._name}, {scale}" + (f" ({self._reason})" if self._reason else "")

    def set_budget(self, milliseconds: float) -> None:
        """Hold this time per picture by drawing at a smaller scale."""
        self._governor.budget_ms = milliseconds

    def set_calm(self, calm: bool) -> None:
        """Say whether nothing plays: what stands still then is likely to go on doing so, and is drawn sharp sooner."""
        self._pace.calm = calm
        if calm and self._still_timer.isActive() and not self._sharpens:
            self._still_timer.start(min(self._still_timer.remainingTime(), self._pace.wait_ms))

    def set_ghost(self, tint: str, cover: float = 1.0) -> None:
        """Show the avatar as a tinted ghost over what lies below this view, or as it is.

        Args:
            tint: a colour, or "" for the plain picture.
            cover: how much of what lies below is covered, 0 to 1.
        """
        if (tint, cover) != (self._ghost, self._cover):
            self._ghost, self._cover = tint, cover
            self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, not tint)
            self.update()

    @property
    def _behind(self) -> tuple[float, ...]:
        """What a picture starts from: the background, or nothing for a ghost."""
        return (0.0, 0.0, 0.0, 0.0) if self._ghost else self.background

    @property
    def is_still(self) -> bool:
        """Whether the final, refined still is on screen."""
        return self._still and not self._warm_timer.isActive()

    @property
    def is_sharp(self) -> bool:
        """Whether what is on screen has the full size and the still's shading, if perhaps not its samples yet."""
        return self._still or self._sharp

    @property
    def is_warm(self) -> bool:
        """Whether nothing is left to do that was put off after the first picture."""
        return not self._warm_timer.isActive()

    @property
    def scale(self) -> float:
        """Fraction of the full resolution that the picture on screen was drawn at."""
        return self._shown_scale

    def set_rig(self, rig: AvatarRig | None) -> None:
        """Show another avatar, or none."""
        self.rig = rig
        self._end_rehearsal()
        if self._readback is not None:
            self._readback.set_rig(rig)
        self._drawn, self._begun = (), False
        self._warm_timer.start(_WARM_UP_EVERY_MS)
        self.redraw()

    def redraw(self) -> None:
        """Begin a new picture if anything changed, and show the one that was begun before."""
        readback = self._readback
        if readback is None or self.rig is None or self.error or not self.isVisible():
            self.update()
            return
        try:
            if self._key(readback) == self._drawn:
                return
            readback.give_way()
            if readback.ready(_MOST_WAIT_S if time.monotonic() - self._waited_s > _MOST_WAIT_S else 0.0):
                self._collect()
                self._submit(readback)
            else:
                self._waited_s = time.monotonic()  # several changes at once wait once
            self._collect_timer.start(_COLLECT_AFTER_MS)
        except PreviewError as error:
            self.fail(str(error))

    def release(self) -> None:
        """Free the context and everything in it; called on close."""
        self._collect_timer.stop()
        self._begun = False
        self._end_rehearsal()
        self._still_timer.stop()
        self._warm_timer.stop()
        if self._readback is not None and self._context is not None:
            self._readback.release(self._context.release)
        self._readback = self._context = None
        self._is_released = True
        self.rig = None

    def _start_soon(self) -> None:
        """Make the context once nobody else is in GL; the window goes on meanwhile."""
        if self._is_released:
            return
        if not GL_TURN.acquire(timeout=_MOST_WAIT_S):
            QTimer.singleShot(_STRIP_LOOK_MS, self, self._start_soon)
            return
        try:
            self._start()
        except PreviewError as error:
            self.error = str(error)
            QTimer.singleShot(0, self, lambda: self.fail(self.error))
        finally:
            GL_TURN.release()
        if self.rig is not None:
            self.set_rig(self.rig)

    def _start(self) -> None:
        """Make the context."""
        self._context = create_context(shares=True) if sys.platform.startswith("linux") else QtOffscreenContext()
        from app.render.readback import Readback

        with current(self._context):
            self._name = renderer_name()
        self._readback = Readback(
            self._context, "light" if is_software(self._name) else "studio", apart=isinstance(self._context, EglContext)
        )

    def _key(self, readback: Readback) -> tuple[object, ...]:
        """Everything that the picture depends on."""
        return (readback.state, self.camera.state, self._behind, self._device_size(), self._visible_columns())

    def _visible_columns(self) -> tuple[float, float]:
        """First and last share of the width that nothing outside this view hides."""
        seen = self.visibleRegion().boundingRect()
        return (max(seen.left(), 0) / max(self.width(), 1), min(seen.right() + 1, self.width()) / max(self.width(), 1))

    def _device_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def _submit(self, readback: Readback) -> None:
        """Begin a picture."""
        self._begin_picture(readback, self._governor.scale)
        self._still_timer.start(self._pace.begun(time.perf_counter()))

    def _begin_picture(self, readback: Readback, scale: float, quality: Quality | None = None) -> None:
        self._begun_scale, self._begun_moment, self._sharpens = scale, self.moment, quality is not None
        readback.submit(self._device_size(), scale, self.camera, self._behind, self._visible_columns(), quality=quality)
        self._drawn, self._begun, self._still = self._key(readback), True, False

    def _collect(self) -> None:
        """Take the picture that was begun and have it painted."""
        if not self._begun or self._readback is None:
            return
        self._collect_timer.stop()
        x, y, width, height = self._readback.collect()
        self._begun, self._arrived, self._sharp, self._shows = False, not self._sharpens, self._sharpens, True
        self._shown_scale, self.shown_moment = self._begun_scale, self._begun_moment
        rows, columns = self._readback.pixels.shape[:2]
        if self._ghost or (width, height) == (columns, rows):
            self.update()
        elif width and height:
            across, down = self.width() / columns, self.height() / rows
            left, top = int((x - 1) * across), int((rows - y - height - 1) * down)
            self.update(left, top, int((width + 2) * across) + 2, int((height + 2) * down) + 2)
        else:
            self.update(0, 0, 1, 1)

    def _collect_last(self) -> None:
        """No further picture was asked for: show the last one, as soon as it is there."""
        if self._readback is not None and not self._readback.ready(0.0):
            self._collect_timer.start(_STRIP_LOOK_MS)
            return
        try:
            self._collect()
            if self._readback is not None and self.isVisible() and self._key(self._readback) != self._drawn:
                self.redraw()
        except PreviewError as error:
            self.fail(str(error))

    def _rehearse(self) -> None:
        """Have the programs made that are asked for later, where nobody waits for them."""
        if self.rig is not None and isinstance(self._context, EglContext):
            self._rehearsal = Rehearsal(self.rig.avatar)

    def _end_rehearsal(self) -> None:
        if self._rehearsal is not None:
            self._rehearsal.close()
            self._rehearsal = None

    def _refine(self) -> None:
        """Add a strip to the still; show it when it is complete."""
        readback = self._readback
        if readback is None or self._key(readback) != self._drawn or not self.isVisible():
            return
        if self.puts_off:
            self._still_timer.start(MOST_STILL_AFTER_MS)
            return
        if not readback.ready(0.0):
            self._still_timer.start(_STRIP_LOOK_MS)
            return
        try:
            if not self._sharpens:
                self._collect()
                self._begin_picture(readback, 1.0, "studio")
                self._still_timer.start(_STRIP_LOOK_MS)
                return
            self._collect()
            complete = readback.refine(*self._device_size(), self.camera, self._behind)
        except PreviewError as error:
            self.fail(str(error))
            return
        if complete:
            self._still, self._shown_scale = True, 1.0
            self.update()
        else:
            self._still_timer.start(_STRIP_LOOK_MS)

    def _warm_up(self) -> None:
        """Have a few milliseconds spent on what the renderer put off, once a first picture is shown and while nothing plays."""
        readback = self._readback
        if readback is None or self.error:
            self._warm_timer.stop()
        elif self._drawn and not self.puts_off and self._pace.calm:
            try:
                more = readback.warm_up()
            except PreviewError as error:
                more = False
                self.fail(str(error))
            if not more:
                self._warm_timer.stop()
                self._rehearse()
            if self._key(readback) != self._drawn:
                self.redraw()

    def _catch_up(self, readback: Readback, wait_s: float | None) -> None:
        """Have the present picture drawn and collect it, or leave it to later where that would take longer."""
        if self._key(readback) != self._drawn:
            readback.give_way()
        if readback.ready(wait_s):
            self._collect()
            if self._key(readback) == self._drawn:
                return
            self._submit(readback)
            if readback.ready(wait_s):
                self._collect()
                return
        self._collect_timer.start(_STRIP_LOOK_MS)

    def _paint_picture(self, painter: QPainter, readback: Readback) -> None:
        """Put the picture on screen; it lies bottom row first, so the painter looks at it upside down."""
        height, width = readback.pixels.shape[:2]
        if not self._shows:
            painter.fillRect(self.rect(), QColor.fromRgbF(*self.background) if not self._ghost else Qt.GlobalColor.transparent)
            return
        kind = QImage.Format.Format_ARGB32_Premultiplied if self._ghost else QImage.Format.Format_RGB32
        image = QImage(readback.pixels.data, width, height, width * 4, kind)
        if self._ghost:
            image = self._tinted(image)
            painter.setOpacity(self._cover)
        painter.translate(0, self.height())
        painter.scale(1.0, -1.0)
        full = (width, height) == self._device_size()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not full)
        painter.drawImage(QRectF(0, 0, self.width(), self.height()), image)

    def _tinted(self, image: QImage) -> QImage:
        """A copy in the light of the ghost's colour; what is dark stays dark, what is empty stays empty."""
        made = image.copy()
        painter = QPainter(made)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.fillRect(made.rect(), tint_of(self._ghost))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        painter.drawImage(0, 0, image)
        painter.end()
        return made

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw, read back and paint; failures become the error page."""
        painter, readback = QPainter(self), self._readback
        try:
            if self.error or readback is None or self.rig is None:
                self.paint_error(painter)
                return
            if not self._arrived:
                # a picture of the view is no good without the view's; the window goes on with the former one for a moment
                self._catch_up(readback, _PAINT_WAIT_S if paints_the_screen(painter, self) else None)
            drew, self._arrived, began = self._arrived, False, time.perf_counter()
            self._paint_picture(painter, readback)
        except PreviewError as error:
            drew = False
            QTimer.singleShot(0, lambda sentence=str(error): self.fail(sentence))
        finally:
            painter.end()
        if drew and readback is not None:
            elapsed_ms = readback.drawn_ms + 1e3 * (time.perf_counter() - began)
            self._governor.measured(elapsed_ms)
            self.frame_drawn.emit(elapsed_ms)

    def showEvent(self, event: QShowEvent) -> None:
        """Shown again, perhaps in another window: what was drawn before is not relied on."""
        self._drawn = ()
        super().showEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Free GL before the widget goes."""
        self.release()
        super().closeEvent(event)
