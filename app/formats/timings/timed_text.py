"""Words and phones as formats of a performance: TextGrids, lists of phones in JSON, SubRip and WebVTT."""

from __future__ import annotations

import json

from app.core.errors import SpeechError, TrackError
from app.core.speech import Phone
from app.formats.cues.made_motion import Cues, track_of_cues
from app.formats.cues.spoken import spoken_end_s
from app.formats.cues.words import require_words, words_of
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.timings import subtitles
from app.formats.timings.alignment import MAX_BYTES, alignment_of
from app.formats.timings.text_grid import Tier, text_of_tiers
from app.formats.track_file import TrackFile
from app.formats.tracks.json_text import is_json

GRID_NAME, PHONES_NAME, SRT_NAME, VTT_NAME = "Praat TextGrid", "Phones (JSON)", "SubRip subtitles", "WebVTT subtitles"


# -- reading


def looks_like_grid(data: bytes) -> bool:
    """Whether it is a TextGrid in either form."""
    head = _text(data[:1000])
    return "ooTextFile" in head and "TextGrid" in head


def looks_like_phones(data: bytes) -> bool:
    """Whether it is JSON with a list of phones."""
    return is_json(data) and b'"phone"' in data[:4000]


def looks_like_srt(data: bytes) -> bool:
    """Whether it is SubRip."""
    text = _text(data[:8000])
    return subtitles.looks_like(text) and not subtitles.is_web_vtt(text)


def looks_like_vtt(data: bytes) -> bool:
    """Whether it is WebVTT."""
    text = _text(data[:8000])
    return subtitles.is_web_vtt(text) and subtitles.looks_like(text)


def read_phones(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Motion made of the phones of a TextGrid or of a list.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second wanted; None makes 60.

    Raises:
        TrackError: it is broken, too large, or holds no phones.
    """
    if len(data) > MAX_BYTES:
        raise TrackError(f"{name} is too large for a file of phones; choose an alignment of one recording.")
    try:
        found = alignment_of(_text(data), name)
    except SpeechError as error:
        raise TrackError(str(error)) from error
    spoken = sum(not phone.is_silence for phone in found.phones)
    if not spoken:
        raise TrackError(f"{name} holds no phones; align the recording again, or give the file as the transcript of its recording.")
    return track_of_cues(Cues("phones", found.phones, spoken, words=found.words, notes=found.notes), name, fps)


def read_words(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Subtitles say what is spoken, not how the mouth moves.

    Raises:
        TrackError: always; the sentence says what they are good for.
    """
    raise TrackError(
        f"{name} holds words and no motion; give it as the transcript of its recording, on the command line with --transcript."
    )


def _text(data: bytes) -> str:
    """Text in any of the usual encodings, line ends as ``\\n``; what cannot be read is marked."""
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


# -- writing


def write_grid(performance: Performance, options: WriteOptions) -> Written:
    """A tier of words and one of phones, each where it is known."""
    words, phones = words_of(performance), _phones(performance)
    if not words and not phones:
        raise TrackError(f"A {GRID_NAME} holds words and phones, and neither is known for this motion; {_GIVE}.")
    tiers = [Tier("words", tuple((word.text, word.start_s, word.end_s) for word in words))] if words else []
    rows = tuple(("" if phone.is_silence else phone.symbol, phone.start_s, phone.end_s) for phone in phones)
    tiers += [Tier("phones", rows)] if phones else []
    text = text_of_tiers(tiers, spoken_end_s(performance))
    return Written(text.encode(), (_note(GRID_NAME, "weights"), *_stand_ins(performance)))


def write_phones(performance: Performance, options: WriteOptions) -> Written:
    """A list of phones: ``{"phone": "AA1", "start": 0.25, "end": 0.4, "word": "father"}``, in seconds."""
    phones = _phones(performance)
    if not phones:
        raise TrackError(f"{PHONES_NAME} needs phones, and none are known for this motion; {_GIVE}.")
    rows = [
        json.dumps(
            {"phone": phone.symbol, "start": round(phone.start_s, 9), "end": round(phone.end_s, 9), "word": phone.word}, ensure_ascii=False
        )
        for phone in phones
    ]
    return Written(("[\n" + ",\n".join(rows) + "\n]\n").encode(), (_note(PHONES_NAME, "weights"), *_stand_ins(performance)))


def write_srt(performance: Performance, options: WriteOptions) -> Written:
    """An entry for each word."""
    return Written(subtitles.srt_text(require_words(performance, SRT_NAME)).encode(), (_note(SRT_NAME, "weights and phones"),))


def write_vtt(performance: Performance, options: WriteOptions) -> Written:
    """Lines with the time of each word in them."""
    return Written(subtitles.web_vtt_text(require_words(performance, VTT_NAME)).encode(), (_note(VTT_NAME, "weights and phones"),))


_GIVE = "give the transcript of the recording first"


def _phones(performance: Performance) -> list[Phone]:
    return sorted(performance.phones, key=lambda phone: phone.start_s)


def _note(format_name: str, what: str) -> str:
    return f"{format_name}: no room for {what}."


def _stand_ins(performance: Performance) -> tuple[str, ...]:
    kind = performance.phones_stand_for
    return (f"The phones stand for mouth shapes ({kind}) and are no transcription.",) if kind else ()
