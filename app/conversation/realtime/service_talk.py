"""What a service's messages mean: turns, what is said in them, and what is believed after an interruption."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from app.conversation.events import AnswerEnded, AnswerPart, AnswerText, Believed, Event, Reached, Told, UserBegan, UserText
from app.conversation.realtime.answer import Answer
from app.conversation.realtime.faults import BUSY, HARMLESS, Place, unfinished
from app.conversation.realtime.spending import Spent, spent_on
from app.conversation.steps import Message

Fields = Mapping[str, Any]
#: messages that a new session is given of the old one
REMEMBERED = 20


class ServiceTalk:
    """The conversation over all connections. Everything here runs on the dialogue's thread.

    Args:
        place: whom one talks with.
        service: its name in reports of what was spent.
        tell: is given the events.
        spent: is given what an answer used.

    Attributes:
        history: what was said, oldest first; an answer that was interrupted stands there as far as it was heard.
        owed: an answer is to be asked for as soon as that is possible.
        wants_visemes: whether an answer without visemes is worth a word.
        silence_s: of the user, after which the service takes a turn as ended.
        moment: gives ``time.perf_counter`` of a position in the sound that was sent.
        send: takes a message to the service; None while there is no connection.
    """

    def __init__(self, place: Place, service: str, tell: Callable[[Event], None], spent: Callable[[Spent], None]) -> None:
        self._place, self._service, self._tell, self._spent = place, service, tell, spent
        self.history: list[Message] = []
        self.owed = False
        #: the turn for which an answer was asked that has not begun; 0 for none
        self._asked = 0
        self._unwanted = False
        self.wants_visemes = False
        self.silence_s = 0.0
        self.moment: Callable[[float], float] = lambda _position_s: time.perf_counter()
        self.send: Callable[[dict[str, Any]], None] | None = None
        self._turn = 0
        self._answered = 0
        self._answer: Answer | None = None
        self._turn_of: dict[str, int] = {}
        self._said: dict[str, str] = {}
        self._over: set[str] = set()
        self._noticed: set[str] = set()
        self._takes: dict[str, Callable[[Fields], None]] = {
            "input_audio_buffer.speech_started": self._began,
            "input_audio_buffer.speech_stopped": self._stopped,
            "conversation.item.input_audio_transcription.delta": self._partial,
            "conversation.item.input_audio_transcription.completed": self._final,
            "conversation.item.input_audio_transcription.failed": self._not_understood,
            "response.created": self._answering,
            "response.audio_transcript.delta": self._text,
            "response.text.delta": self._text,
            "response.audio.delta": self._sound,
            "response.animation_viseme.delta": self._viseme,
            "response.animation_blendshapes.delta": self._face,
            "response.audio_timestamp.delta": self._word,
            "response.done": self._done,
            "error": self._error,
        }

    @property
    def answering(self) -> bool:
        """Whether the service is busy with an answer."""
        return bool(self._asked) or (self._answer is not None and not self._answer.over)

    # -- from the user

    def say(self, text: str) -> None:
        """A typed turn."""
        self._turn += 1
        now_s = time.perf_counter()
        self._tell(UserText(self._turn, text, True, now_s))
        self._tell(Reached(self._turn, "final_text", now_s))
        self.history.append(Message("user", text))
        if self.send is None:
            self.owed = True
            return
        self.send({"type": "conversation.item.create", "item": _user_item(text)})
        if self.answering:
            self.owed = True
            self._cut()
        else:
            self.ask()

    def ask(self) -> None:
        """Let the service answer; what it has not begun with when the connection goes is asked again by the next one."""
        self.owed, self._asked, self._unwanted = False, self._turn, False
        self._send({"type": "response.create"})

    def interrupt(self, heard_s: float) -> None:
        """Stop the present answer where it was heard; see Dialogue."""
        answer = self._answer
        if self.owed:  # nothing of it was asked for yet
            self.owed, self._answered = False, self._turn
            self._tell(AnswerEnded(self._turn, False))
            return
        if self._asked:
            self._cut()
            return
        if answer is None or answer.believed or answer.all_heard(heard_s):
            return
        answer.believed = True
        if not answer.over:
            self._send({"type": "response.cancel"})
        for cut in () if answer.forgotten else answer.cuts(heard_s):
            at = {"item_id": cut.item_id, "content_index": cut.content_index, "audio_end_ms": cut.audio_end_ms}
            self._send({"type": "conversation.item.truncate", **at})
        text = answer.said_until(heard_s)
        self._finish(answer, complete=False, text=text)
        self._tell(Believed(answer.turn, text, min(heard_s, answer.spoken_s)))

    def disconnected(self) -> None:
        """There is no connection any more."""
        self.send, self.owed, self._asked = None, self.owed or bool(self._asked), 0

    def broke_off(self, sentence: str) -> bool:
        """The connection is gone; what came of the present answer is kept.

        Returns:
            Whether an answer broke off, with which the sentence was told.
        """
        answer = self._answer
        if answer is None:
            return False
        answer.forgotten = True
        if answer.over:
            return False
        answer.over = True
        ended = answer.arriving.ended
        self._finish(answer, complete=False, sentence=sentence)
        return not ended

    def forget(self) -> None:
        """Begin anew: nothing was said."""
        if self._answer is not None and not self._answer.over:
            self._answer.over = True
            self._finish(self._answer, complete=False)
        self.disconnected()
        self._answer, self.owed = None, False
        self.history.clear()

    # -- from the service

    def take(self, message: Fields) -> None:
        """A message of the service, in Voice Live's words; what nobody asked for is left alone."""
        take = self._takes.get(str(message.get("type")))
        if take is not None:
            try:
                take(message)
            except (KeyError, TypeError, ValueError, AttributeError):
                self._notice(f"{self._place.service} sent something that cannot be read; it was left out.")

    def _began(self, message: Fields) -> None:
        self._tell(UserBegan(self.moment(float(message.get("audio_start_ms") or 0.0) / 1e3)))

    def _stopped(self, message: Fields) -> None:
        end_ms = message.get("audio_end_ms")
        end_s = self.moment(max(float(end_ms) / 1e3 - self.silence_s, 0.0)) if end_ms is not None else time.perf_counter()
        self._tell(Reached(self._turn_for(message), "last_word", end_s))

    def _partial(self, message: Fields) -> None:
        item_id = str(message.get("item_id"))
        self._said[item_id] = self._said.get(item_id, "") + str(message.get("delta") or "")
        self._tell(UserText(self._turn_for(message), self._said[item_id], False, time.perf_counter()))

    def _final(self, message: Fields) -> None:
        turn, text, now_s = self._turn_for(message), str(message.get("transcript") or "").strip(), time.perf_counter()
        self._tell(UserText(turn, text, True, now_s, str(message.get("language") or "")))
        self._tell(Reached(turn, "final_text", now_s))
        if text:
            # the text of what was said may come after the answer has begun; it stands before it all the same
            late = self._answered >= turn and self.history and self.history[-1].role == "assistant"
            self.history.insert(len(self.history) - 1 if late else len(self.history), Message("user", text))

    def _not_understood(self, message: Fields) -> None:
        self._tell(UserText(self._turn_for(message), "", True, time.perf_counter()))
        self._notice(f"{self._place.service} could not write down what you said; the answer may know it all the same.")

    def _turn_for(self, message: Fields) -> int:
        """The turn of what the user said in an item."""
        item_id = str(message.get("item_id"))
        if item_id not in self._turn_of:
            self._turn += 1
            self._turn_of[item_id] = self._turn
        return self._turn_of[item_id]

    def _answering(self, message: Fields) -> None:
        self._begin(str(message["response"].get("id")))

    def _begin(self, response_id: str) -> Answer:
        if not self._asked and self._answered >= self._turn:
            self._turn += 1  # the service speaks unasked
        self._answered = self._asked or self._turn
        self._asked = 0
        answer = self._answer = Answer(self._answered, response_id)
        if self._unwanted:
            self._unwanted = False
            self._finish(answer, complete=False)
        return answer

    def _part(self, message: Fields) -> Answer | None:
        """The answer that a message belongs to; None when that is over."""
        response_id, answer = str(message.get("response_id")), self._answer
        if response_id in self._over:
            return None
        if answer is None or answer.response_id != response_id:
            answer = self._begin(response_id)
        return None if answer.arriving.ended else answer

    def _text(self, message: Fields) -> None:
        answer = self._part(message)
        delta = str(message.get("delta") or "")
        if answer is None or not delta:
            return
        if not answer.text:
            self._tell(Reached(answer.turn, "first_token", time.perf_counter()))
        answer.add_text(delta)
        self._tell(AnswerText(answer.turn, delta))

    def _sound(self, message: Fields) -> None:
        answer = self._part(message)
        if answer is None:
            return
        first = not answer.sounded
        answer.add_sound(str(message.get("item_id")), int(message.get("content_index") or 0), str(message["delta"]))
        if first:
            self._tell(Reached(answer.turn, "first_sound", time.perf_counter()))
            self._tell(AnswerPart(answer.turn, answer.arriving))

    def _viseme(self, message: Fields) -> None:
        answer = self._part(message)
        if answer is not None:
            answer.add_viseme(int(message["viseme_id"]), float(message["audio_offset_ms"]))

    def _face(self, message: Fields) -> None:
        answer = self._part(message)
        if answer is not None and not answer.add_face(message["frames"], int(message.get("frame_index") or 0)):
            self._notice(f"The blendshapes of {self._place.service} have an unknown form; they are left out, the visemes stay.")

    def _word(self, message: Fields) -> None:
        answer = self._part(message)
        if answer is not None:
            answer.add_word(str(message["text"]), float(message["audio_offset_ms"]), float(message.get("audio_duration_ms") or 0.0))

    def _done(self, message: Fields) -> None:
        response = message["response"]
        response_id, status = str(response.get("id")), str(response.get("status"))
        self._over.add(response_id)
        answer = self._answer
        if answer is None or answer.response_id != response_id:
            return
        answer.over = True
        self._spent(spent_on(self._service, self._place.model, response.get("usage"), answer.spoken_s))
        sentence = unfinished(self._place, status, response.get("status_details") or {})
        self._finish(answer, complete=status == "completed", sentence=sentence)
        if status == "completed" and answer.sounded:
            self._look_at_lanes(answer)
        if self.owed:
            self.ask()

    def _look_at_lanes(self, answer: Answer) -> None:
        """Say once what an answer's lanes lack."""
        if self.wants_visemes and not answer.visemes:
            self._notice("This voice sends no visemes; the face follows the sound alone.")
        if fps := answer.odd_frame_rate():
            self._notice(f"The blendshapes came at {fps:.0f} frames per second in place of 60; do not judge the timing of their lane.")

    def _error(self, message: Fields) -> None:
        error = message.get("error") or {}
        code = str(error.get("code") or "")
        if code == BUSY:
            self._asked, self.owed = 0, True
            self._cut()
        elif code not in HARMLESS:
            said = self._place.clean(str(error.get("message") or code or "no reason was given"))
            self._tell(Told(f"{self._place.service} reports an error: {said}.", "error"))

    # -- both

    def _cut(self) -> None:
        """Stop an answer for another question; how much of it was heard is not known."""
        self._send({"type": "response.cancel"})
        self._unwanted = bool(self._asked)
        if self._answer is not None and not self._answer.over:
            self._finish(self._answer, complete=False)

    def _finish(self, answer: Answer, *, complete: bool, sentence: str = "", text: str | None = None) -> None:
        """Close an answer, once, and remember it; a later word of what was heard of it takes the place of its text."""
        kept = answer.text if text is None else text
        if not answer.arriving.ended:
            answer.arriving.finish(complete)
            self._tell(AnswerEnded(answer.turn, complete, sentence))
            if kept:
                answer.line = Message("assistant", kept)
                self.history.append(answer.line)
        elif text is not None and answer.line in self.history:
            at = self.history.index(answer.line)
            self.history[at : at + 1] = [Message("assistant", text)] if text else []

    def _send(self, message: dict[str, Any]) -> None:
        if self.send is not None:
            self.send(message)

    def _notice(self, sentence: str) -> None:
        """Say something once in the life of the dialogue."""
        if sentence not in self._noticed:
            self._noticed.add(sentence)
            self._tell(Told(sentence))


def _user_item(text: str) -> dict[str, Any]:
    """A line of the user's as an item of the conversation."""
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def remembered_items(history: list[Message], answer_type: str) -> list[dict[str, Any]]:
    """Items that tell a new session what was said.

    Args:
        history: oldest first; the last ``REMEMBERED`` are taken.
        answer_type: how the service calls a text of its own.
    """
    return [
        _user_item(line.text)
        if line.role == "user"
        else {"type": "message", "role": "assistant", "content": [{"type": answer_type, "text": line.text}]}
        for line in history[-REMEMBERED:]
    ]
