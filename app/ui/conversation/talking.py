"""What the panel of the conversation does, and what it shows of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox

from app.audio.devices import DeviceChoice
from app.conversation.echo.guard import HEADPHONES, Mode
from app.conversation.events import Told
from app.core.errors import PreviewError
from app.formats.track_file import write_beside
from app.session.base.messages import Messages
from app.session.conversation.cast import ROLE_NAMES, Cast, Role
from app.session.conversation.conversation import Conversation
from app.session.live.live import Live
from app.session.pose.life import Life
from app.settings import ConversationSettings
from app.ui.conversation.panel import ConversationPanel

CLEAR = "Clear what was said"
CLEAR_ALL = "Clear, and delete all kept answers"
KEEP = "Keep"
QUESTION = "Forget this conversation? Answers that were kept stay on this computer unless you delete them, too."


class Talking(QObject):
    """Panel and session.

    Args:
        panel: is filled.
        conversation: the session's.
        cast: who can take part.
        live: shares its microphone.
        life: shows the states on the face.
        messages: told what did not work.
        settings: what is remembered.
        opens: opens a project.
        asks_where: asks where the export is written to, None for nowhere.

    Attributes:
        asks: shows a question with answers and returns the chosen one: text, answers.
    """

    def __init__(
        self, panel: ConversationPanel, *, conversation: Conversation, cast: Cast, live: Live, life: Life, messages: Messages,
        settings: ConversationSettings, opens: Callable[[Path], object], asks_where: Callable[[], Path | None],
    ) -> None:  # fmt: skip
        super().__init__(panel)
        self._panel, self._conversation, self._cast = panel, conversation, cast
        self._live, self._life, self._messages, self._settings, self._opens = live, life, messages, settings, opens
        self.asks_where = asks_where
        self.asks: Callable[[str, tuple[str, ...]], str] = self._ask
        self._warned = ""
        #: turn -> its project
        self._kept: dict[int, Path] = {}
        self._connect_panel()
        self._connect_session()

    def _connect_panel(self) -> None:
        panel, conversation = self._panel, self._conversation
        panel.toggled.connect(conversation.toggle)
        panel.talk.said.connect(conversation.say)
        panel.talk.held.connect(conversation.hold)
        panel.talk.hands_free_chosen.connect(conversation.set_hands_free)
        panel.talk.stopped.connect(conversation.interrupt)
        panel.transcript.opened.connect(self.open)
        panel.clear.clicked.connect(self.clear)
        set_up = panel.set_up
        set_up.chosen.connect(self._choose)
        set_up.microphones_wanted.connect(self.list_microphones)
        set_up.microphone_chosen.connect(self._choose_microphone)
        set_up.interruption_chosen.connect(self._set_interruption)
        set_up.echo_chosen.connect(self._set_echo)
        set_up.face_chosen.connect(self._life.show_attention)
        set_up.greeting_chosen.connect(self._set_greeting)
        set_up.keeping_chosen.connect(self._set_keeping)
        set_up.limit_chosen.connect(self._set_limit)
        panel.fold.toggled.connect(self._unfolded)
        panel.export.clicked.connect(self.export)

    def _connect_session(self) -> None:
        conversation, hearing = self._conversation, self._conversation.hearing
        conversation.phase_changed.connect(self.show)
        conversation.changed.connect(self.show)
        conversation.turn_changed.connect(self._show_turn)
        conversation.told.connect(self._panel.transcript.add_note)
        conversation.cleared.connect(self._cleared)
        conversation.kept.kept.connect(self._note_kept)
        hearing.levelled.connect(self._show_level)
        hearing.opened.connect(self.show)
        self._cast.changed.connect(self.show_cast)

    # -- settings

    def restore(self) -> None:
        """Set everything as it was the last time."""
        settings, conversation = self._settings, self._conversation
        for role in ROLE_NAMES:
            self._cast.choose(role, getattr(settings, role))
        conversation.set_hands_free(settings.hands_free)
        conversation.hearing.device = self._live.device
        conversation.hearing.echo = settings.echo
        conversation.kept.keeps, conversation.kept.limit_mb = settings.keep, settings.keep_mb
        self._cast.greets = settings.greet
        self._life.show_attention(settings.face)
        self._set_interruption(settings.interruption)
        self.show()
        self.show_cast()

    def note(self) -> None:
        """Take down how everything is set."""
        settings, conversation = self._settings, self._conversation
        for role in ROLE_NAMES:
            setattr(settings, role, self._cast.chosen(role))
        settings.hands_free, settings.face = conversation.hands_free, self._life.shows_attention
        settings.keep, settings.echo = conversation.kept.keeps, conversation.hearing.echo
        settings.greet, settings.keep_mb = self._cast.greets, conversation.kept.limit_mb

    # -- what the user does

    def hold(self, on: bool) -> None:
        """The key to talk, anywhere in the window."""
        self._panel.talk.show_held(on)
        self._conversation.hold(on)

    def open(self, turn: int) -> None:
        """Open a kept answer for tuning, comparison and review; an answer that is being given stops."""
        path = self._kept.get(turn)
        if path is None or not path.exists():
            self._messages.fail("That answer is not kept any more; answers that are kept have “Open for tuning” below them.")
            return
        self._conversation.interrupt()
        self._conversation.kept.leave_project()
        self._opens(path)

    def clear(self) -> None:
        """Ask, then forget what was said."""
        answer = self.asks(QUESTION, (CLEAR, CLEAR_ALL, KEEP))
        if answer == KEEP:
            return
        if answer == CLEAR_ALL:
            self._conversation.kept.clear()
        self._conversation.clear()

    def export(self) -> None:
        """Write what was said as Markdown, or as JSON where the name ends so."""
        said = self._conversation.minutes.said
        if not said.lines:
            self._messages.tell("Nothing was said yet; there is nothing to export.")
            return
        path = self.asks_where()
        if path is None:
            return
        text = json.dumps(said.to_data(), indent=1, ensure_ascii=False) if path.suffix.lower() == ".json" else said.to_markdown()
        try:
            write_beside(path, text)
        except PreviewError as error:
            self._messages.fail(str(error))
            return
        self._messages.tell(f"Wrote {path.name}.")

    def _unfolded(self, on: bool) -> None:
        if on:
            self._cast.look()
            self.list_microphones()
            self.show_cast()

    def list_microphones(self) -> None:
        """List the microphones there are now."""
        from app.audio.microphone import list_inputs

        devices: list[tuple[str, object]] = [("System default", None), *((each.label, each.choice) for each in list_inputs())]
        self._panel.set_up.show_microphones(devices, self._conversation.hearing.device)

    def _choose(self, role: Role, name: str) -> None:
        self._cast.choose(role, name)
        self._conversation.restart()

    def _choose_microphone(self, device: DeviceChoice | None) -> None:
        self._live.device = device
        self._conversation.set_device(device)

    def _set_interruption(self, name: str) -> None:
        self._settings.interruption = name  # type: ignore[assignment]
        self._conversation.interruption = name
        self._show_switches()

    def _set_echo(self, name: Mode) -> None:
        self._conversation.hearing.echo = name
        self._show_switches()

    def _set_keeping(self, on: bool) -> None:
        self._conversation.kept.keeps = on
        self._show_switches()

    def _set_greeting(self, on: bool) -> None:
        self._cast.greets = on

    def _set_limit(self, megabytes: int) -> None:
        self._conversation.kept.limit_mb = megabytes

    # -- what is shown

    def show(self, *_: object) -> None:
        """Show what happens now."""
        conversation, panel = self._conversation, self._panel
        phase: str = conversation.phase
        if phase == "listening" and not conversation.hearing.passes:
            phase = "waiting"
        panel.sign.show_phase(phase)
        panel.show_on(conversation.on)
        panel.talk.hands_free.setChecked(conversation.hands_free)
        panel.talk.stop.setEnabled(conversation.phase in ("thinking", "speaking"))
        panel.talk.show_listening(conversation.hearing.listening, conversation.hearing.name)
        dialogue = conversation.dialogue
        panel.partner.setText("" if dialogue is None else dialogue.label)
        self._show_switches()

    def show_cast(self) -> None:
        """Show who can take part."""
        for role in ROLE_NAMES:
            self._panel.set_up.show_offers(role, self._cast.offers(role), self._cast.chosen(role))

    def _show_switches(self) -> None:
        conversation = self._conversation
        self._panel.set_up.show_switches(
            conversation.interruption, conversation.hearing.echo, face=self._life.shows_attention, greet=self._cast.greets,
            keep=conversation.kept.keeps, keep_mb=conversation.kept.limit_mb,
        )  # fmt: skip

    def _show_turn(self, number: int) -> None:
        turn = self._conversation.turn(number)
        if turn is not None:
            self._panel.transcript.show_turn(turn, final="final_text" in turn.marks or bool(turn.answered))

    def _show_level(self) -> None:
        now, set_up = self._conversation.hearing.now, self._panel.set_up
        self._panel.talk.level = now.level
        if set_up.isVisible():
            measured = now.figures is not None and now.figures.measured_s > 0
            set_up.leak.show_leak(now.figures.leak_db if now.figures is not None and measured else None)
            set_up.about.setText(now.sentence)
        if now.sentence and now.sentence not in (HEADPHONES, self._warned) and self._conversation.hearing.echo == "guard":
            self._warned = now.sentence
            self._panel.transcript.add_note(Told(now.sentence))

    def _note_kept(self, turn: int, path: Path) -> None:
        self._kept[turn] = path
        card = self._panel.transcript.cards.get(turn)
        if card is not None:
            card.offer_opening()

    def _cleared(self) -> None:
        self._kept.clear()
        self._panel.transcript.clear()

    def _ask(self, question: str, answers: tuple[str, ...]) -> str:
        box = QMessageBox(self._panel.window())
        box.setWindowTitle("Conversation")
        box.setText(question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        buttons = {box.addButton(words, QMessageBox.ButtonRole.AcceptRole): words for words in answers}
        last = list(buttons)[-1]
        box.setDefaultButton(last)
        box.setEscapeButton(last)
        box.exec()
        return buttons.get(box.clickedButton(), answers[-1])  # type: ignore[call-overload,no-any-return]
