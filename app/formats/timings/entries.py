"""The formats that hold words and phones with times, as the registry knows them."""

from __future__ import annotations

from app.formats.dialect import Dialect
from app.formats.timings import timed_text as text

#: read in this order, before the lists of mouth cues and the formats of weights
DIALECTS: tuple[Dialect, ...] = (
    Dialect("textgrid", text.GRID_NAME, "timings", text.looks_like_grid, text.read_phones, ".TextGrid", text.write_grid),
    Dialect("srt", text.SRT_NAME, "timings", text.looks_like_srt, text.read_words, ".srt", text.write_srt),
    Dialect("vtt", text.VTT_NAME, "timings", text.looks_like_vtt, text.read_words, ".vtt", text.write_vtt),
    Dialect("phones", text.PHONES_NAME, "timings", text.looks_like_phones, text.read_phones, ".phones.json", text.write_phones),
)
