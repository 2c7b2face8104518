"""A conversation: what the user says goes to a dialogue, what it answers is heard and seen, and every turn is written down."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.avatar.attention import Mode
from app.conversation.dialogue import Dialogue
from app.conversation.events import AnswerEnded, AnswerPart, Believed, Event, Reached, Stage, Told, UserBegan, UserText
from app.conversation.turns import Turn
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.workers import Job, Workers
from app.session.conversation.answers import Answers
from app.session.conversation.hearing import Hearing
from app.session.conversation.minutes import Minutes
from app.session.conversation.opened import Opened, close_all
from app.session.conversation.recording import Recording
from app.session.live.live import Live
from app.session.pose.life import Life

Phase = Literal["off", "connecting", "listening", "hearing", "thinking", "speaking"]
#: what the face shows in a phase
_FACES: Mapping[Phase, Mode] = {
    "off": "", "connecting": "", "listening": "listening", "hearing": "listening", "thinking": "thinking", "speaking": "speaking",
}  # fmt: skip
#: somebody who began to speak and said no word that was understood is not waited for any longer
PATIENCE_MS = 6000
#: a listener does not nod more often than this
NODS_EVERY_S = 2.2


class Conversation(QObject):
    """Starts and stops a dialogue off the GUI thread, and everything that it tells happens in the GUI thread.

    Args:
        hearing: the microphone.
        answers: play what is answered.
        recording: writes it down.
        playback: has the clock.
        live: gives way.
        life: the face listens, thinks and speaks.
        messages: told what fails while nobody is talked with.
        parent: the session.

    Attributes:
        maker: gives the call, for a worker thread, that makes the dialogue to talk with or raises a PreviewError with one sentence.
        dialogue: who is talked with, None while nobody is.
        phase: what happens now.
        hands_free: the dialogue hears everything; otherwise only while ``hold`` is on.
        interruption: how easily the user's voice stops the answer: ``off``, ``calm``, ``normal`` or ``quick``.
        minutes: all that was said.
    """

    #: another phase
    phase_changed = Signal(str)
    #: number of a turn: it is new, or more is known of it
    turn_changed = Signal(int)
    #: a Told: one sentence for the transcript
    told = Signal(object)
    #: everything that was said is forgotten
    cleared = Signal()
    #: who is talked with, or how
    changed = Signal()
    #: private road from the dialogue's threads: number of the dialogue, event
    _arrived = Signal(int, object)

    def __init__(
        self, *, hearing: Hearing, answers: Answers, recording: Recording, playback: Playback, live: Live, life: Life,
        messages: Messages, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.hearing, self.answers, self.recording, self.kept = hearing, answers, recording, recording.kept
        self._playback, self._live, self._life, self._messages = playback, live, life, messages
        recording.turn_of, recording.note = self.turn, self._note
        self.maker: Callable[[], Callable[[], Dialogue]] | None = None
        self.minutes = Minutes()
        self.dialogue: Dialogue | None = None
        self.phase: Phase = "off"
        self.hands_free, self.interruption = True, "normal"
        self._serial = 0
        self._held = False
        self._pending_line = ""
        self._opened = Opened()
        self._nodded_s = -NODS_EVERY_S
        self._workers = Workers(lambda _task, sentence: self._fail(sentence), self)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._give_up_waiting)
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)
        hearing.failed.connect(self._cannot_hear)
        hearing.paused.connect(self._nod)
        hearing.judged.connect(self._judge)
        answers.began.connect(lambda _turn: self._enter("speaking"))
        answers.ended.connect(self._answer_ended)
        live.toggled.connect(lambda on: self.stop() if on else None)

    # -- what there is

    @property
    def on(self) -> bool:
        """Whether somebody is talked with, or is about to be."""
        return self.phase != "off"

    @property
    def held(self) -> bool:
        """Whether the key to talk is down."""
        return self._held

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns in order."""
        return self.minutes.turns

    @property
    def is_first(self) -> bool:
        """Whether nothing was said yet, and no typed line waits to be."""
        return not self.turns and not self._pending_line

    def turn(self, number: int) -> Turn | None:
        """One of them."""
        return self.minutes.turn(number)

    # -- what the user does

    def start(self) -> None:
        """Talk from now on; who cannot be reached ends in a sentence."""
        if self.on or self.maker is None:
            return
        makes = self.maker()
        self._live.stop()
        self._serial += 1
        self.minutes.begin()
        serial, opened = self._serial, self._opened.present
        self._life.converse(True, self._playback.now())
        self.kept.begin()
        self._enter("connecting")

        def work(job: Job) -> None:
            dialogue = makes()
            opened.append(dialogue)
            if job.cancel.is_set():
                close_all(opened)
                return
            dialogue.start(partial(self._arrived.emit, serial))
            job.post(self._connected, dialogue)

        self._workers.start("dialogue", work)

    def stop(self) -> None:
        """Talk no more; what was said stays."""
        if not self.on:
            return
        self._serial += 1
        self._patience.stop()
        self._silence()
        self.hearing.stop()
        self._workers.cancel("dialogue")
        self.dialogue = None
        self._pending_line = ""
        ended = self._opened.leave()
        self._workers.start(f"end of dialogue {self._serial}", lambda _job: close_all(ended))
        self._life.converse(False, 0.0)
        self._enter("off")

    def toggle(self, on: bool) -> None:
        """Begin or end."""
        (self.start if on else self.stop)()

    def say(self, text: str) -> None:
        """Say a typed line; it stops an answer that is being given, and begins the conversation where there is none."""
        text = text.strip()
        if not text:
            return
        if self.dialogue is None:
            self._pending_line = text
            self.start()
            return
        self.interrupt()
        self.dialogue.say(text)

    def hold(self, on: bool) -> None:
        """The key to talk went down, which stops an answer, or was let go, which ends what is said."""
        if on == self._held:
            return
        self._held = on
        if on and self.dialogue is None:
            self.start()
        elif on:
            self.interrupt()
        self._let_through()
        if not on and self.dialogue is not None and not self.hands_free:
            self.dialogue.end_of_speech()
        self.changed.emit()

    def set_hands_free(self, on: bool) -> None:
        """Hear everything, or only what is said while the key is held; a recogniser is told at its beginning who ends what is said."""
        if on == self.hands_free:
            return
        self.hands_free = on
        self._let_through()
        self.restart()
        self.changed.emit()

    def interrupt(self) -> bool:
        """Stop the answer: silence, a mouth that closes, and a model that believes it said what was heard.

        Returns:
            Whether there was anything to stop.
        """
        if self.phase not in ("thinking", "speaking") or self.dialogue is None:
            return False
        self.dialogue.interrupt(self._silence())
        self._enter("listening")
        return True

    def tell(self, sentence: str) -> None:
        """A sentence for who talks, while somebody is talked with."""
        if self.on:
            self._tell(Told(sentence))

    def clear(self) -> None:
        """Forget what was said, here and in the dialogue; kept answers stay."""
        self.interrupt()
        if self.dialogue is not None:
            self.dialogue.clear()
        self.minutes.clear()
        self.cleared.emit()

    def restart(self) -> None:
        """Talk with whoever ``makes`` makes now; nothing happens while nobody is talked with."""
        if self.on:
            self.stop()
            self.start()

    def set_device(self, device: object) -> None:
        """Listen with another microphone from now on."""
        self.hearing.device = device  # type: ignore[assignment]
        if self.hearing.listening and self.dialogue is not None:
            self._listen(self.dialogue)
        self.changed.emit()

    def close(self) -> None:
        """End the dialogue and all threads."""
        self._serial += 1
        self._patience.stop()
        self.answers.stop()
        self.hearing.close()
        self._workers.close()
        self._opened.close()
        self.dialogue = None
        self.kept.close()

    # -- what the dialogue tells

    def _connected(self, dialogue: Dialogue) -> None:
        self.dialogue, self.recording.partner = dialogue, dialogue.label
        self._enter("listening")
        self._let_through()
        self._listen(dialogue)
        line, self._pending_line = self._pending_line, ""
        if line:
            self.say(line)
        self.changed.emit()

    def _take(self, serial: int, event: Event) -> None:
        if serial != self._serial:
            return
        event = self.minutes.numbered(event)
        turn = self.minutes.take(event)
        if isinstance(event, UserBegan):
            self._user_began()
        elif isinstance(event, UserText):
            self._user_said(event)
        elif isinstance(event, AnswerPart):
            self._play(event)
        elif isinstance(event, AnswerEnded):
            self._no_more(event)
        elif isinstance(event, Believed) and event.turn == self.answers.loaded:
            self.recording.keep()
        elif isinstance(event, Told):
            self._tell(event)
        if turn is not None:
            self.turn_changed.emit(turn.number)

    def _judge(self, verdict: str) -> None:
        """The guard noticed somebody who speaks over the answer, or that it was nothing."""
        if self.interruption == "off":
            return
        if verdict == "yield" or (verdict == "pause" and self.interruption == "quick"):
            self.interrupt()
        elif verdict == "pause":
            self.answers.hold()
        else:
            self.answers.go_on()

    def _user_began(self) -> None:
        # a guard before the dialogue's ears judges by itself who speaks over an answer
        if self.interruption != "off" and not (self.hearing.now.mode and self.answers.sounds):
            self.interrupt()
        if self.phase == "listening":
            self._enter("hearing")
            self._patience.start()

    def _user_said(self, event: UserText) -> None:
        if event.final:
            self._patience.stop()
            self._note(event.turn, "final_text", event.at_s)
            if self.phase in ("listening", "hearing"):
                self._enter("thinking")
        elif self.phase in ("listening", "hearing"):
            self._enter("hearing")
            self._patience.start()

    def _give_up_waiting(self) -> None:
        if self.phase == "hearing":
            self._enter("listening")

    def _play(self, event: AnswerPart) -> None:
        turn = self.turn(event.turn)
        if turn is None or turn.believed is not None or (turn.ended and not turn.complete):
            return
        if not self.answers.on or event.turn != self.answers.turn:
            self.kept.leave_project()
        self._note(event.turn, "first_sound", time.perf_counter())
        self.answers.add(event.turn, event.arriving)

    def _no_more(self, event: AnswerEnded) -> None:
        self.answers.finish(event.turn)
        if event.sentence:
            self._tell(Told(event.sentence, "error"))
        if not self.answers.on and self.phase in ("thinking", "speaking"):
            self._enter("listening")

    def _tell(self, told: Told) -> None:
        self.minutes.add_note(told)
        self.told.emit(told)
        if told.kind == "ended":
            self.stop()

    def _fail(self, sentence: str) -> None:
        """The dialogue could not be made, or let go."""
        if self.on:
            self._tell(Told(sentence, "ended"))
        else:
            self._messages.fail(sentence)

    def _cannot_hear(self, sentence: str) -> None:
        """Without a microphone one can still type."""
        if self.on:
            self._tell(Told(f"{sentence} Until then you can type.", "notice"))
        else:
            self._messages.fail(sentence)

    # -- what is heard

    def _answer_ended(self, _turn: int) -> None:
        self.recording.keep()
        if self.phase == "speaking":
            self._enter("listening")

    def _nod(self) -> None:
        now_s = time.monotonic()
        if self.phase == "hearing" and now_s - self._nodded_s >= NODS_EVERY_S:
            self._nodded_s = now_s
            self._life.nod()

    # -- inside

    def _note(self, turn: int, stage: Stage, at_s: float) -> None:
        if self.minutes.take(Reached(turn, stage, at_s)) is not None:
            self.turn_changed.emit(turn)

    def _silence(self) -> float:
        """Stop what is played, and keep it as far as it was heard; gives the seconds that were."""
        if not self.answers.on:
            return 0.0
        heard_s = self.answers.stop()
        if self.answers.loaded == self.answers.turn:
            self.recording.keep()
        return heard_s

    def _listen(self, dialogue: Dialogue) -> None:
        self.hearing.start(dialogue.hear, guarded=dialogue.hears_echo)

    def _let_through(self) -> None:
        self.hearing.let_through(self.hands_free or self._held)

    def _enter(self, phase: Phase) -> None:
        if phase != self.phase:
            self.phase, self.hearing.speaking = phase, phase == "speaking"
            self._life.attend(_FACES[phase])
            self.phase_changed.emit(phase)
