"""Papagayo's projects: voices, phrases and words on frames counted from 0, and the mouth of every frame on which it changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.errors import TrackError
from app.core.mouths.alphabets import PRESTON_BLAIR, arpabet, shown
from app.core.mouths.cues import MouthCue
from app.core.speech import Phone, Word
from app.formats.cues.frames import framed, lost_note, track_of_counted, written_rate
from app.formats.cues.made_motion import MOST_CUES, Cues
from app.formats.cues.spoken import spoken_cues
from app.formats.cues.words import words_of
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import TrackFile, decode_text

NAME = "Papagayo project"
KIND = "mouth cues (Papagayo)"
_HEAD = "lipsync version 1"
#: a pause that begins a new phrase
_PHRASE_S = 0.4
#: what a stretch of mouths is called whose words are not known; a word holds no space
_UNKNOWN = "sound"


@dataclass(frozen=True)
class PapagayoVoice:
    """One speaker of a project.

    Attributes:
        name: as written.
        words: (text, first frame, last frame, mouths as (frame, name)) of every word, in order.
    """

    name: str
    words: tuple[tuple[str, int, int, tuple[tuple[int, str], ...]], ...]

    @property
    def speaks(self) -> bool:
        """Whether any word was broken down into mouths."""
        return any(mouths for *_, mouths in self.words)


@dataclass(frozen=True)
class PapagayoProject:
    """What a file holds.

    Attributes:
        sound: path of the sound, as written.
        fps: frames per second.
        n_frames: length of the sound.
        voices: its speakers.
    """

    sound: str
    fps: float
    n_frames: int
    voices: tuple[PapagayoVoice, ...]


# -- reading


def looks_like(data: bytes) -> bool:
    """Whether it begins as a project does."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_HEAD.encode())


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Make motion of the first voice that speaks.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the file's own.

    Raises:
        TrackError: it is broken, or nobody speaks in it.
    """
    cues, own_fps = cues_of_project(decode_text(data, name), name, fps)
    return track_of_counted(cues, name, fps or own_fps, "stated" if fps else "header")


def cues_of_project(text: str, name: str, fps: float | None = None, voice: str | None = None) -> tuple[Cues, float]:
    """The mouths and words of one voice, and the file's own frames per second.

    Args:
        text: the file.
        name: for messages.
        fps: frames per second to read it at; None takes the file's own.
        voice: whose mouths to take; None takes the first who speaks.

    Raises:
        TrackError: it is broken, nobody speaks in it, or there is no such voice.
    """
    project = read_project(text, name)
    rate = fps or project.fps
    if not 0 < rate <= 1000:
        raise TrackError(f"{name} has an impossible frame rate ({rate:g}); state it with --in-fps.")
    speaking = [each for each in project.voices if each.speaks]
    known = ", ".join(each.name for each in speaking)
    if voice is not None:
        speaking = [each for each in speaking if each.name.lower() == voice.lower()]
    if not speaking:
        raise TrackError(
            f"{name} has no voice {voice!r} with words; its voices are {known}." if known else
            f"In {name} nobody speaks; break its text down into mouths in Papagayo."
        )  # fmt: skip
    others = ", ".join(each.name for each in speaking[1:])
    notes = (f"The mouths are those of {speaking[0].name}; left out: {others}.",) if others else ()
    cues = _cues(speaking[0], rate, project.n_frames / rate, name)
    return replace(cues, notes=notes, sound=project.sound), project.fps


def _cues(voice: PapagayoVoice, rate: float, end_s: float, name: str) -> Cues:
    symbols = [mouth for _, _, _, mouths in voice.words for _, mouth in mouths]
    stand_ins = shown(symbols)
    known = stand_ins if stand_ins is not None else arpabet(symbols)
    if known is None:
        strange = next(mouth for mouth in symbols if shown([mouth]) is None and arpabet([mouth]) is None)
        raise TrackError(f"{name} has mouths of no known set ({strange[:20]}); break it down with Preston Blair's mouths in Papagayo.")
    phones: list[Phone] = []
    spelling = iter(known)
    for text, _first, last, mouths in voice.words:
        ends = [*(frame for frame, _ in mouths[1:]), last + 1]
        for (frame, _), end in zip(mouths, ends, strict=True):
            symbol = next(spelling)
            phones.append(Phone(symbol, frame / rate, max(frame, end) / rate, "" if symbol == "sil" or text == _UNKNOWN else text))
    phones.sort(key=lambda phone: phone.start_s)
    if phones and phones[-1].end_s < end_s <= phones[-1].end_s + 3600:
        phones.append(Phone("sil", phones[-1].end_s, end_s))
    words = tuple(Word(text, first / rate, (max(last, first) + 1) / rate) for text, first, last, _ in voice.words if text != _UNKNOWN)
    return Cues(KIND, tuple(phones), len(symbols), PRESTON_BLAIR.name if stand_ins is not None else "", words)


def read_project(text: str, name: str) -> PapagayoProject:
    """All of a project.

    Raises:
        TrackError: it ends early, or a line is not what belongs there.
    """
    lines = iter(text.lstrip("\ufeff \t\r\n").splitlines())
    next(lines, "")
    sound = next(lines, "").strip()
    fps, n_frames = _integer(lines, name), _integer(lines, name)
    voices = tuple(_voice(lines, name) for _ in range(_count(lines, name)))
    if sum(len(mouths) for voice in voices for *_, mouths in voice.words) > MOST_CUES:
        raise TrackError(f"{name} holds too many mouths; split it.")
    return PapagayoProject(sound, float(fps), n_frames, voices)


def _voice(lines: Iterator[str], name: str) -> PapagayoVoice:
    who, _text = _line(lines, name).strip(), _line(lines, name)
    words = []
    for _phrase in range(_count(lines, name)):
        _line(lines, name), _integer(lines, name), _integer(lines, name)
        for _word in range(_count(lines, name)):
            cells = _line(lines, name).split()
            if len(cells) < 4 or not all(_is_frame(cell) for cell in cells[-3:]):
                raise TrackError(f"{name} has a word without its frames ({' '.join(cells)[:40]!r}); save it again in Papagayo.")
            first, last, count = map(int, cells[-3:])
            words.append((" ".join(cells[:-3]), first, last, tuple(_mouth(lines, name) for _ in range(count))))
    return PapagayoVoice(who or "the voice without a name", tuple(words))


def _mouth(lines: Iterator[str], name: str) -> tuple[int, str]:
    cells = _line(lines, name).split()
    if len(cells) < 2 or not _is_frame(cells[0]):
        raise TrackError(f"{name} has a mouth without its frame ({' '.join(cells)[:40]!r}); save it again in Papagayo.")
    return int(cells[0]), cells[1]


def _is_frame(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 9


def _line(lines: Iterator[str], name: str) -> str:
    line = next(lines, None)
    if line is None:
        raise TrackError(f"{name} ends early; save it again in Papagayo.")
    return line


def _integer(lines: Iterator[str], name: str) -> int:
    text = _line(lines, name).strip()
    if not _is_frame(text):
        raise TrackError(f"{name} has {text[:40]!r} where a number of frames belongs; save it again in Papagayo.")
    return int(text)


def _count(lines: Iterator[str], name: str) -> int:
    return min(_integer(lines, name), MOST_CUES)


# -- writing


def write(performance: Performance, options: WriteOptions) -> Written:
    """One voice with its phrases, words and mouths; stretches between pauses stand for words where those are not known."""
    said = written_rate(options)
    rate = max(round(said), 1)
    spoken = spoken_cues(performance, PRESTON_BLAIR, options.extended)
    rest = PRESTON_BLAIR.rest
    frames, lost = framed(spoken.cues, rate, truncated=False)
    total = max(round(spoken.end_s * rate), frames[-1][0] + 1)
    words = _words(performance, frames, rest, total, rate)
    text = "".join(f"{line}\n" for line in _lines(performance, words, rate, total))
    whole = (f"Papagayo counts whole frames a second: {rate} were taken instead of {said:g}.",) if rate != said else ()
    unknown = () if words_of(performance) else (f"No words are known, so each stretch of speech is a word called {_UNKNOWN}.",)
    return Written(text.encode(), (spoken.note(NAME), *whole, *unknown, *lost_note(lost, rate)))


_Framed = tuple[str, int, int, list[tuple[int, str]]]


def _words(performance: Performance, frames: Sequence[tuple[int, MouthCue]], rest: str, total: int, rate: int) -> list[_Framed]:
    """Words on frames that do not overlap, with the mouths inside them; mouths between words are a word of their own."""
    bounds = [(frame, end, cue.shape) for (frame, cue), end in zip(frames, [*(frame for frame, _ in frames[1:]), total], strict=True)]
    spans: list[tuple[str, int, int]] = []
    now = 0
    for word in words_of(performance):
        first, end = max(round(word.start_s * rate), now), round(word.end_s * rate)
        text = "_".join(word.text.split())
        if end > first and text and first < total:
            spans.append((text, first, min(end, total)))
            now = end
    edges = [*spans, ("", total, total)]
    out: list[_Framed] = []
    now = 0
    for text, first, end in edges:
        out += _stretches(bounds, now, first, rest)
        if text:
            out.append((text, first, end - 1, _inside(bounds, first, end, exact=bool(performance.phones))))
        now = end
    return out


def _inside(bounds: Sequence[tuple[int, int, str]], first: int, end: int, *, exact: bool) -> list[tuple[int, str]]:
    """The mouths of a word, the first on its first frame.

    Args:
        bounds: first frame, end and shape of every mouth.
        first: frame of the word.
        end: just behind its last frame.
        exact: mouths are known to begin with words; else one that only reaches into the word belongs to its neighbour.
    """
    inside = [(start, until, shape) for start, until, shape in bounds if start < end and until > first]
    own = [each for each in inside if exact or 2 * (min(each[1], end) - max(each[0], first)) >= each[1] - each[0]] or inside[:1]
    return [(first if i == 0 else start, shape) for i, (start, _, shape) in enumerate(own)]


def _stretches(bounds: Sequence[tuple[int, int, str]], first: int, end: int, rest: str) -> list[_Framed]:
    """Mouths that belong to no known word, between rests."""
    out: list[_Framed] = []
    for own_start, own_end, shape in bounds:
        start, until = max(own_start, first), min(own_end, end)
        if until <= start or shape == rest:
            continue
        if out and out[-1][2] == start - 1:
            out[-1] = (_UNKNOWN, out[-1][1], until - 1, [*out[-1][3], (start, shape)])
        else:
            out.append((_UNKNOWN, start, until - 1, [(start, shape)]))
    return out


def _lines(performance: Performance, words: list[_Framed], rate: int, total: int) -> Iterator[str]:
    phrases: list[list[_Framed]] = []
    for word in words:
        if phrases and word[1] - phrases[-1][-1][2] - 1 < _PHRASE_S * rate:
            phrases[-1].append(word)
        else:
            phrases.append([word])
    yield from (_HEAD, performance.sound.replace("\n", " "), str(rate), str(total), "1", "\tVoice 1")
    yield "\t" + "|".join(" ".join(text for text, *_ in phrase) for phrase in phrases)
    yield f"\t{len(phrases)}"
    for phrase in phrases:
        yield from ("\t\t" + " ".join(text for text, *_ in phrase), f"\t\t{phrase[0][1]}", f"\t\t{phrase[-1][2]}", f"\t\t{len(phrase)}")
        for text, first, last, mouths in phrase:
            yield f"\t\t\t{text} {first} {last} {len(mouths)}"
            yield from (f"\t\t\t\t{frame} {mouth}" for frame, mouth in mouths)
