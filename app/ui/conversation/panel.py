"""The panel of the conversation, from top to foot: who and how, what was said, how one talks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.session.conversation.costs import Costs
from app.ui.conversation.cost_line import CostButton
from app.ui.conversation.setup import SetUp
from app.ui.conversation.state_sign import StateSign
from app.ui.conversation.talk_bar import TalkBar
from app.ui.conversation.transcript import Transcript
from app.ui.kit import theme
from app.ui.kit.buttons import plain_button
from app.ui.kit.elided import ElidedLabel

#: of the unfolded set-up; more of it is scrolled
SET_UP_PX = 330


class ConversationPanel(QFrame):
    """Widgets in their places; what they do is said in ``Talking``.

    Args:
        costs: of the month.
    """

    #: begin or end
    toggled = Signal(bool)

    def __init__(self, costs: Costs) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._on = False
        self.sign = StateSign()
        self.start = QPushButton("Start")
        self.start.setObjectName("primary")
        self.start.setAccessibleName("Start the conversation")
        self.start.clicked.connect(lambda: self.toggled.emit(not self._on))
        self.partner = ElidedLabel()
        self.partner.setObjectName("caption")
        self.partner.setAccessibleName("Who takes part")
        self.fold = QToolButton()
        self.fold.setText("Set-up")
        self.fold.setCheckable(True)
        self.fold.setToolTip("Persona, recogniser, model, voice, microphone")
        self.fold.setAccessibleName("Set-up of the conversation")
        self.set_up = SetUp()
        self.set_up_area = QScrollArea()
        self.set_up_area.setWidget(self.set_up)
        self.set_up_area.setWidgetResizable(True)
        self.set_up_area.setFrameShape(QFrame.Shape.NoFrame)
        self.set_up_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.set_up_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.set_up_area.setStyleSheet(f"QScrollArea, QScrollArea > QWidget > QWidget {{ background: {theme.PANEL}; }}")
        self.fold.toggled.connect(self.unfold)
        self.transcript = Transcript()
        self.talk = TalkBar()
        self.clear = plain_button("Clear…", "Forget what was said; asks first")
        self.clear.setAccessibleName("Clear the conversation")
        self.export = plain_button("Export…", "Write what was said as Markdown or JSON")
        self.export.setAccessibleName("Export the conversation")
        self.cost = CostButton(costs)
        self._lay_out()
        self.unfold(False)
        self.setMinimumWidth(300)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 4)
        head.setSpacing(8)
        head.addWidget(self.sign)
        head.addStretch(1)
        head.addWidget(self.fold)
        head.addWidget(self.start)
        who = QHBoxLayout()
        who.setContentsMargins(12, 0, 12, 4)
        who.addWidget(self.partner)
        who.addStretch(1)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 0, 12, 8)
        foot.setSpacing(8)
        foot.addWidget(self.cost)
        foot.addStretch(1)
        foot.addWidget(self.export)
        foot.addWidget(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(who)
        column.addWidget(self.set_up_area)
        column.addWidget(_rule())
        column.addWidget(self.transcript, 1)
        column.addWidget(_rule())
        column.addWidget(self.talk)
        column.addLayout(foot)

    def unfold(self, on: bool) -> None:
        """Show the set-up, or the transcript alone."""
        self.fold.setChecked(on)
        self.set_up_area.setVisible(on)
        self.set_up_area.setMaximumHeight(min(self.set_up.sizeHint().height(), SET_UP_PX))

    def show_on(self, on: bool) -> None:
        """The conversation began or ended."""
        self._on = on
        self.start.setText("End" if on else "Start")
        self.start.setAccessibleName("End the conversation" if on else "Start the conversation")
        self.start.setToolTip("Close the microphone and let everybody go" if on else "Open the microphone, and talk")
        self.talk.stop.setEnabled(on)


def _rule() -> QWidget:
    made = QFrame()
    made.setObjectName("rule")
    return made
