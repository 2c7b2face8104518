"""The embedded voice: hibari (a distilled Kokoro, Apache-2.0), with the times of its phones."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.core.cancel import CancelToken
from app.core.errors import SpeechError
from app.core.marks.placing import times_of
from app.core.places import where
from app.core.speech import AudioClip, Speech, words_of_phones
from app.speech.downloads import fetch
from app.speech.emphasis import with_emphasis
from app.speech.ends import followed_by_silence, heard_at_once, trimmed
from app.speech.engine import Voice
from app.speech.lexicon.pronouncing import make_pronouncer
from app.speech.phones import TimedSymbol, timed_phones
from app.speech.text import Sentence, prepare

#: graph tensor with the duration of every token, and what one step of it is worth
DURATIONS_TENSOR = "/Clip_output_0"
SAMPLES_PER_STEP = 600
#: the network was trained on at most 510 tokens; hibari's own limit is 400
_MAX_SYMBOLS = 400
_CLAUSE_MARKS = ",;:—"
_GENDERS = {"male": "man", "female": "woman"}
SLOWEST, FASTEST = 0.5, 2.0
#: the network puts 0.27 s of silence before and 0.35 s after whatever it says; that much is left inside a sentence that was cut
CLAUSE_LEAD_S, CLAUSE_TAIL_S = 0.06, 0.12
#: the least silence left behind a clause that a short pause follows
_LEAST_TAIL_S = 0.03


class HibariEngine:
    """English speech from the hibari package; voice ``heart`` is in it, others are fetched on demand.

    Methods may be called from any one worker thread at a time; ``voices`` from everywhere.

    Args:
        seed: of the noise part of the sound; equal seeds give equal samples.
        folder: where fetched voices are kept; None for the user's cache folder.
        base_url: where voices are fetched from; None for the address the package names.
    """

    def __init__(self, seed: int = 0, folder: Path | None = None, base_url: str | None = None) -> None:
        self._seed = seed
        self._folder = folder
        self._base_url = base_url
        self._sessions: dict[str, Any] = {}
        self._g2p: dict[bool, Any] = {}
        self._loading = threading.Lock()

    def voices(self) -> tuple[Voice, ...]:
        """All voices, ``heart`` first; asks no network."""
        found = []
        for name, entry in _registry().items():
            label = f"{name.capitalize()} ({entry['accent']} {_GENDERS[entry['gender']]})"
            found.append(Voice(name, label, entry["language"], entry["gender"], self._path(name).is_file()))
        return tuple(sorted(found, key=lambda voice: (voice.id != "heart", voice.id)))

    def warm_up(self) -> None:
        """Load the default voice and say a word, so that the first real sentence comes at once."""
        for _ in self.synthesize("Warm up, please.", "heart"):
            pass

    def notes(self, text: str, voice_id: str = "heart") -> tuple[str, ...]:
        """What will be left out of a text, one sentence or none."""
        note = prepare(text).note
        return (note,) if note else ()

    def synthesize(self, text: str, voice_id: str = "heart", speed: float = 1.0, cancel: CancelToken | None = None) -> Iterator[Speech]:
        """Speak a text, sentence by sentence; see TtsEngine.

        Args:
            text: any text.
            voice_id: a voice that is installed.
            speed: 0.5-2, limited to that.
            cancel: asked between sentences.

        Yields:
            24 kHz speech with phones from 0 to its end.

        Raises:
            SpeechError: nothing can be spoken, or the voice is unknown or not installed.
        """
        sentences = prepare(text).sentences
        session = self._session(voice_id)
        g2p = self._pronouncer(_registry()[voice_id]["british"])
        index = 0
        for sentence in sentences:
            pieces = _pieces(_symbols(g2p, sentence.spoken))
            said = self._spoken(session, pieces, speed, self._seed + index, cancel)
            for k, whole in enumerate(_emphasised(list(said), sentence) if sentence.emphasis else said):
                if cancel is not None and cancel.is_set():
                    return
                caption = sentence.written if len(pieces) == 1 else _caption(pieces[k])
                starts_clause = index == 0 or k > 0 or sentence.continues
                ends_clause = k + 1 < len(pieces) or sentence.goes_on
                lead_s, tail_s = CLAUSE_LEAD_S if starts_clause else np.inf, CLAUSE_TAIL_S if ends_clause else np.inf
                pause_s = sentence.pause_s if k + 1 == len(pieces) else 0.0
                if ends_clause and pause_s:
                    # what is left around the cut is part of the pause
                    tail_s = min(tail_s, max(pause_s - CLAUSE_LEAD_S, _LEAST_TAIL_S))
                    pause_s = max(pause_s - CLAUSE_LEAD_S - tail_s, 0.0)
                said_now = trimmed(_named(whole, caption), lead_s, tail_s)
                yield followed_by_silence(heard_at_once(said_now) if index == 0 else said_now, pause_s)
                index += 1

    def _spoken(
        self, session: Any, pieces: list[list[tuple[str, str]]], speed: float, seed: int, cancel: CancelToken | None
    ) -> Iterator[Speech]:
        """The pieces of a sentence, until nobody wants more of them."""
        for k, symbols in enumerate(pieces):
            if cancel is not None and cancel.is_set():
                return
            yield self._say(session, symbols, speed, seed + k)

    def pronounce(self, text: str, british: bool = False) -> list[tuple[str, str]]:
        """Words and their pronunciation.

        Args:
            text: one sentence.
            british: which accent.

        Returns:
            (word, misaki symbols) in order; words without sound are left out.
        """
        words: list[tuple[str, str]] = []
        for token in _tokens(self._pronouncer(british), text):
            symbols = token.phonemes or ""
            if any(char.isalpha() for char in symbols):
                words.append((token.text, symbols))
        return words

    def install(self, voice_id: str, progress: Callable[[float], None] | None = None, cancel: CancelToken | None = None) -> None:
        """Fetch a voice into the cache folder; nothing happens when it is there.

        Args:
            voice_id: one of ``voices()``.
            progress: called with the share done, 0-1.
            cancel: asked while fetching.

        Raises:
            SpeechError: unknown voice.
            ServiceError: it cannot be fetched.
            Cancelled: ``cancel`` was set.
        """
        path = self._path(voice_id)
        if path.is_file():
            return
        entry = _registry()[voice_id]
        if self._base_url is None:
            from app.speech.lexicon.library import voices

            self._base_url = str(voices.BASE_URL)
        fetch(
            self._base_url + entry["file"],
            path,
            entry["sha256"],
            int(entry["bytes"]),
            f"the voice {voice_id}",
            progress=progress,
            cancel=cancel,
        )

    def _path(self, voice_id: str) -> Path:
        from app.speech.lexicon.library import voices

        entry = _registry().get(voice_id)
        if entry is None:
            raise SpeechError(f"There is no voice “{voice_id}”; choose one of {', '.join(_registry())}.")
        if entry.get("bundled"):
            made: Path = Path(voices.ASSETS) / entry["file"]
            return made
        if self._folder is None:
            self._folder = where("voices")
        made = self._folder / entry["file"]
        return made

    def _session(self, voice_id: str) -> Any:
        path = self._path(voice_id)
        if not path.is_file():
            raise SpeechError(f"The voice “{voice_id}” is not installed; install it while online, or choose the voice “heart”.")
        with self._loading:
            if voice_id not in self._sessions:
                self._sessions[voice_id] = _open_model(path, voice_id)
            return self._sessions[voice_id]

    def _pronouncer(self, british: bool) -> Any:
        with self._loading:
            if british not in self._g2p:
                self._g2p[british] = make_pronouncer(british)
            return self._g2p[british]

    def _say(self, session: Any, symbols: list[tuple[str, str]], speed: float, seed: int) -> Speech:
        from app.speech.lexicon.library import SAMPLE_RATE, dsp

        vocabulary = _vocabulary()
        ids = np.array([[0, *(vocabulary[symbol] for symbol, _ in symbols), 0]], np.int64)
        inputs = {"ids": ids, "speed": np.array([min(max(speed, SLOWEST), FASTEST)], np.float32)}
        *spectra, steps = session.run(None, inputs)
        samples = dsp.synth(*(part[0] for part in spectra), np.random.default_rng(seed))
        audio = AudioClip(np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False), SAMPLE_RATE)
        durations_s = steps.ravel() * (SAMPLES_PER_STEP / SAMPLE_RATE)
        tokens = [("_", ""), *symbols, ("_", "")]
        timed = [TimedSymbol(symbol, float(s), word) for (symbol, word), s in zip(tokens, durations_s, strict=True)]
        return Speech(audio, "", timed_phones(timed, audio.duration_s))


def _emphasised(pieces: list[Speech], sentence: Sentence) -> list[Speech]:
    """The pieces of a sentence, whose words are said with the weight that its mark-up asks for."""
    written = list(re.finditer(r"[^\W_]+(?:['’][^\W_]+)*", sentence.written))
    levels = [
        next((level for start, end, level in sentence.emphasis if start <= word.start() < end), "") for word in written
    ]  # fmt: skip
    spoken = [(k, word) for k, piece in enumerate(pieces) for word in words_of_phones(piece.phones)]
    # places among the spoken words stand for times, which every piece counts from its own beginning
    numbered = [replace(word, start_s=float(i), end_s=float(i + 1)) for i, (_, word) in enumerate(spoken)]
    chosen: dict[int, str] = {}
    for level, place in zip(levels, times_of([word[0] for word in written], numbered), strict=True):
        if level and place is not None:
            chosen |= dict.fromkeys(range(round(place[0]), round(place[1])), level)
    return [
        with_emphasis(piece, [(spoken[i][1], level) for i, level in sorted(chosen.items()) if spoken[i][0] == k])
        for k, piece in enumerate(pieces)
    ]


def _named(speech: Speech, text: str) -> Speech:
    return replace(speech, text=text, audio=replace(speech.audio, name=text))


def _caption(symbols: list[tuple[str, str]]) -> str:
    """The words of a piece of a sentence."""
    words = [word for (_, word), (_, before) in zip(symbols, [("", ""), *symbols], strict=False) if word and word != before]
    return " ".join(words)


def with_output(model: bytes, tensor: str) -> bytes:
    """Make a tensor inside an ONNX model an output of its graph.

    Protobuf merges a repeated field of a message into it, so appending ``graph { output { name } }`` is enough;
    fields 7, 12 and 1 are ModelProto.graph, GraphProto.output and ValueInfoProto.name of onnx.proto.

    Args:
        model: the file's bytes.
        tensor: the tensor's name.

    Returns:
        Bytes of a model with one more output, the last one.
    """

    def field(number: int, data: bytes) -> bytes:
        return _varint(number << 3 | 2) + _varint(len(data)) + data

    return model + field(7, field(12, field(1, tensor.encode())))


def _varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def _open_model(path: Path, voice_id: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # the arena would keep what the longest sentence needed for good: 25 MB after one line, and it saves 3 % of the time
    options.enable_cpu_mem_arena = False
    try:
        model = with_output(path.read_bytes(), DURATIONS_TENSOR)
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        # the file's bytes are kept for another try elsewhere, should this processor fail
        session.disable_fallback()
        session._model_bytes = None
        return session
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise SpeechError(f"The voice “{voice_id}” is damaged; delete {path} and install it again.") from error


def _registry() -> dict[str, Any]:
    from app.speech.lexicon.library import voices

    made: dict[str, Any] = voices.VOICES
    return made


_vocabulary_cache: dict[str, int] = {}


def _vocabulary() -> dict[str, int]:
    if not _vocabulary_cache:
        from app.speech.lexicon.library import voices

        _vocabulary_cache.update(json.loads((Path(voices.ASSETS) / "vocab.json").read_text(encoding="utf-8")))
    return _vocabulary_cache


def _tokens(g2p: Any, text: str) -> list[Any]:
    from app.speech.lexicon.library import normalize

    made: list[Any] = g2p.phonemize_tokens(g2p.tokenize(normalize(text)))
    return made


def _symbols(g2p: Any, text: str) -> list[tuple[str, str]]:
    """(symbol, word) for a sentence, only symbols the voice knows."""
    symbols: list[tuple[str, str]] = []
    for token in _tokens(g2p, text):
        word = token.text if re.search(r"\w", token.text) else ""
        symbols += [(char, "" if char == " " else word) for char in token.phonemes or ""]
        if token.whitespace:
            symbols.append((" ", ""))
    known = [item for item in symbols if item[0] in _vocabulary()]
    while known and known[-1][0] == " ":
        known.pop()
    while known and known[0][0] == " ":
        known.pop(0)
    return known


def _pieces(symbols: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Cut what is too long for the network after a clause, else at a space, else anywhere."""
    pieces = []
    while len(symbols) > _MAX_SYMBOLS:
        window = symbols[:_MAX_SYMBOLS]
        spaces = [i for i, (symbol, _) in enumerate(window) if symbol == " "]
        clauses = [i for i in spaces if i and window[i - 1][0] in _CLAUSE_MARKS]
        cut = (clauses or spaces or [_MAX_SYMBOLS])[-1]
        pieces.append(symbols[:cut])
        symbols = symbols[cut:]
        while symbols and symbols[0][0] == " ":
            symbols = symbols[1:]
    if any(symbol.isalpha() for symbol, _ in symbols):
        pieces.append(symbols)
    return pieces
