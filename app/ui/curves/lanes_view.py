"""Names, values and curves of some lanes side by side, scrolled together."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollBar, QWidget

from app.core.track import BlendshapeTrack
from app.ui.curves.channel_list import ChannelList
from app.ui.curves.curves_plot import CurvesPlot
from app.ui.curves.lanes import Row, total_height
from app.ui.timeline.time_axis import TimeAxis


class LanesView(QWidget):
    """A list of lanes; the panel has two, one for all channels and one for the picked ones."""

    hovered = Signal(str)
    picked = Signal(str)
    toggled = Signal(str)
    scrubbed = Signal(float)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names = ChannelList()
        self.plot = CurvesPlot(axis)
        self.bar = QScrollBar(Qt.Orientation.Vertical)
        keeps = self.bar.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(keeps)
        self.rows: list[Row] = []
        self._marks: tuple[Collection[str], Collection[str], Collection[str]] = ((), (), ())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.names)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.bar)
        self.bar.valueChanged.connect(self._place)
        for part in (self.names, self.plot):
            part.hovered.connect(self.hovered)
            part.picked.connect(self.picked)
            part.scrolled.connect(self.scroll_by)
        self.names.toggled.connect(self.toggled)
        self.plot.scrubbed.connect(self.scrubbed)

    def set_rows(
        self, rows: list[Row], missing: Collection[str], picked: Collection[str], collapsed: Collection[str], least_height: int = 0
    ) -> None:
        """Show other lanes, or the same ones marked otherwise; see ChannelList.set_rows.

        Args:
            rows: laid out from 0.
            missing: channels that the avatar lacks.
            picked: chosen channels; the others stand back.
            collapsed: groups that are folded away.
            least_height: can be scrolled as if the lanes were as high as this, logical pixels.
        """
        self.rows = rows
        self._marks = (missing, picked, collapsed)
        beyond = max(round(max(total_height(rows), least_height) - self.height()), 0)
        self.bar.setRange(0, beyond)
        self.bar.setPageStep(self.height())
        self.bar.setVisible(beyond > 0)
        self._place()

    def scroll_by(self, pixels: float) -> None:
        """Move the lanes up by so many pixels."""
        self.bar.setValue(round(self.bar.value() + pixels))

    def set_track(self, track: BlendshapeTrack | None) -> None:
        """Show a track."""
        self.plot.set_track(track)

    def set_time(self, t: float) -> None:
        """Move the cursor to a time in seconds."""
        self.plot.set_time(t)

    def set_values(self, values: np.ndarray) -> None:
        """Write the (52,) weights at the cursor."""
        self.names.set_values(values)

    def set_hovered(self, channel: str) -> None:
        """Light up a lane in both halves."""
        self.names.set_hovered(channel)
        self.plot.set_hovered(channel)

    def _place(self) -> None:
        missing, picked, collapsed = self._marks
        offset = float(self.bar.value())
        self.names.set_rows(self.rows, offset, missing, picked, collapsed)
        lanes = {channel for row in self.rows for channel in row.channels}
        self.plot.set_rows(self.rows, offset, missing, lanes - set(picked) if picked else ())
