"""``converse``: the conversation without a window: spoken or typed questions in, answers as folders out."""

from __future__ import annotations

import json
import queue
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from app.audio.clips import read_clip, resample
from app.commands.pipeline import source_or_default
from app.commands.progress import Progress
from app.commands.services.answers import write_answer, write_conversation
from app.commands.services.metered import metered
from app.conversation.chat.personas import Persona, Personas
from app.conversation.choice import Partners, Ways, make_dialogue
from app.conversation.dialogue import HEARING_RATE, Dialogue
from app.conversation.events import AnswerEnded, AnswerText, Event, Told, UserText
from app.conversation.recognition.embedded import load
from app.conversation.recognition.moonshine import Moonshine
from app.conversation.recognition.moonshine_weights import are_ready
from app.conversation.turns import Turn, Turns, waterfall
from app.core.cancel import CancelToken
from app.core.errors import AudioError, ServiceError
from app.core.source_spec import SourceSpec
from app.lipsync.registry import make_source

#: sound is fed in blocks of so many seconds, as a microphone gives them
_BLOCK_S = 0.02
#: silence around a recording: what comes before the first word, and what shows that the last one was said
_LEAD_S, _TAIL_S = 0.2, 0.3
#: nothing at all within this time is a dialogue that died
_PATIENCE_S = 120.0
_SILENT = "The conversation has fallen silent; check the network, and run doctor --azure to see which service does not answer."


class Question(NamedTuple):
    """What is put in.

    Attributes:
        kind: ``in`` for a recording, ``text`` for words.
        value: the file's name, or the words.
    """

    kind: Literal["in", "text"]
    value: str


def run(options: Namespace) -> int:
    """Ask every question and keep every answer.

    Returns:
        0, or 3 when an answer broke off; why was said on standard error.
    """
    questions = [Question(*each) for each in options.questions]
    clips = {each.value: resample(read_clip(Path(each.value)), HEARING_RATE).samples for each in questions if each.kind == "in"}
    source = source_or_default(options.source)
    make_source(source)  # what is wrong with it is said before anybody speaks
    persona = Personas().get(options.persona)
    partners = Partners(
        ears=options.ears if clips else "none",
        answering=options.answering,
        voice_id=options.voice or "",
        language=options.language,
        speed=options.speed,
        hands_free=False,
        parts_ahead=None,
    )
    progress = Progress(options.progress)
    kept = _Kept(options.out, source, progress, persona)

    def reader(cancel: CancelToken) -> Moonshine:
        return load(None if are_ready() else partial(progress, "recogniser"), cancel)

    with metered() as count:
        dialogue = make_dialogue(partners, persona, Ways.found(), count=count, reader=reader)
        talk = _Talk(dialogue, quiet=options.json)
        try:
            dialogue.start(talk.told)
            print(f"{persona.title}: {dialogue.label}", file=sys.stderr)
            for question in questions or _typed():
                samples = clips.get(question.value) if question.kind == "in" else None
                kept.add(talk.ask(question, samples, options.fast))
        finally:
            dialogue.close()
    kept.finish(dialogue)
    if options.json:
        print(json.dumps(kept.report(dialogue)))
    return 0 if all(turn.complete for turn in kept.turns) else ServiceError.exit_code


def _typed() -> Iterator[Question]:
    """One turn for every line of standard input."""
    if sys.stdin.isatty():
        print("Type a line and press Enter; an empty line ends the conversation.", file=sys.stderr)
    for line in sys.stdin:
        if not line.strip():
            return
        yield Question("text", line.strip())


class _Talk:
    """Asks one question after the other and waits for the answers.

    Args:
        dialogue: who answers.
        quiet: whether the lines are kept from standard output.
    """

    def __init__(self, dialogue: Dialogue, quiet: bool) -> None:
        self._dialogue, self._quiet = dialogue, quiet
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._turns = Turns()
        self.told = self._events.put

    def ask(self, question: Question, samples: np.ndarray | None, fast: bool) -> Turn:
        """Ask, and wait until nothing more comes.

        Raises:
            AudioError: no word was understood.
            ServiceError: the dialogue ended, or fell silent.
        """
        asked = len(self._turns.turns)
        if samples is None:
            self._dialogue.say(question.value)
        else:
            self._feed(samples, fast)
        while True:
            try:
                event = self._events.get(timeout=_PATIENCE_S)
            except queue.Empty:
                raise ServiceError(_SILENT) from None
            turn = self._turns.take(event)
            self._show(event)
            if isinstance(event, Told) and event.kind == "ended":
                raise ServiceError(event.sentence)
            if isinstance(event, UserText) and event.final and not event.text:
                raise AudioError(f"No word was understood in {Path(question.value).name}; record it louder, or type the question.")
            if isinstance(event, AnswerEnded) and turn is not None and turn.number > asked:
                return turn

    def _feed(self, samples: np.ndarray, fast: bool) -> None:
        """Let a recording be heard, in its own time or as fast as it is taken."""
        lead, tail = (np.zeros(round(seconds * HEARING_RATE), np.float32) for seconds in (_LEAD_S, _TAIL_S))
        whole, step = np.concatenate([lead, samples, tail]), round(_BLOCK_S * HEARING_RATE)
        start_s = time.perf_counter()
        for at in range(0, len(whole), step):
            if not fast:
                time.sleep(max(0.0, start_s + (at + step) / HEARING_RATE - time.perf_counter()))
            self._dialogue.hear(whole[at : at + step])
        self._dialogue.end_of_speech()

    def _show(self, event: Event) -> None:
        match event:
            case Told(sentence=sentence):
                print(sentence, file=sys.stderr)
            case UserText(text=text, final=True) if text and not self._quiet:
                print(f"You: {text}\nAvatar: ", end="", flush=True)
            case AnswerText(delta=delta) if not self._quiet:
                print(delta, end="", flush=True)
            case AnswerEnded() if not self._quiet:
                print(flush=True)


class _Kept:
    """The turns, and the folder that they are written to.

    Args:
        out: the folder, None to keep nothing.
        source: who animates the answers.
        progress: told how far that is.
        persona: who answers.
    """

    def __init__(self, out: Path | None, source: SourceSpec, progress: Progress, persona: Persona) -> None:
        self._out, self._source, self._progress, self._persona = out, source, progress, persona
        self.turns: list[Turn] = []
        self._folders: list[Path | None] = []

    def add(self, turn: Turn) -> None:
        """Keep a turn; its answer goes into a folder of its own."""
        folder = None
        if self._out is not None and turn.parts:
            folder = self._out / f"{len(self.turns) + 1:02d}"
            write_answer(folder, turn, self._source, self._progress)
        self.turns.append(turn)
        self._folders.append(folder)

    def finish(self, dialogue: Dialogue) -> None:
        """Write the whole conversation beside the answers."""
        if self._out is not None:
            write_conversation(self._out, self.report(dialogue), self._persona.title)

    def report(self, dialogue: Dialogue) -> dict[str, Any]:
        """What the verb's JSON says."""
        return {
            "persona": self._persona.id, "dialogue": dialogue.label, "stand_in": dialogue.is_stand_in,
            "out": None if self._out is None else str(self._out),
            "turns": [
                {
                    "asked": turn.asked, "language": turn.language, "answered": turn.answered, "complete": turn.complete,
                    "sentence": turn.sentence, "duration_s": sum(part.duration_s for part in turn.parts),
                    "waits_s": {wait.stage: round(wait.duration_s, 4) for wait in waterfall(turn)},
                    "folder": None if folder is None else folder.name,
                }
                for turn, folder in zip(self.turns, self._folders, strict=True)
            ],
        }  # fmt: skip
