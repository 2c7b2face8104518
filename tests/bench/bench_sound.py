"""How late each kind of sound file is read beside the recording that it was made from, and how long an hour of film takes."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from app.audio.clips import read_clip
from app.core.speech import MAX_CLIP_S
from tests.sounds.encoding import RATE, Kind, measured, voice, write
from tests.sounds.kinds import ASKED, IN_PLACE

_WORDS = {
    "aac": "AAC", "alac": "Apple Lossless", "libopus": "Opus", "ac3": "AC-3", "eac3": "E-AC-3", "libmp3lame": "MP3", "flac": "FLAC",
    "mp2": "MP2",
    "pcm_s16le": "16-bit", "pcm_s24le": "24-bit", "adpcm_ima_qt": "IMA ADPCM", "adpcm_ima_wav": "IMA ADPCM", "adpcm_ms": "Microsoft ADPCM",
    "g722": "G.722", "g723_1": "G.723.1", "g726": "G.726", "libopencore_amrnb": "AMR", "wavpack": "WavPack", "VORBIS": "Vorbis",
    "PCM_16": "16-bit", "PCM_24": "24-bit", "PCM_32": "32-bit", "FLOAT": "32-bit float", "DOUBLE": "64-bit float", "ALAW": "G.711 A-law",
    "ULAW": "G.711 µ-law", "GSM610": "GSM 06.10", "G721_32": "G.721", "ALAC_24": "Apple Lossless",
}  # fmt: skip


def run() -> list[dict[str, Any]]:
    """Measure every kind."""
    said = voice()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for kinds, asked in ((IN_PLACE, False), (ASKED, True)):
            for kind in kinds:
                late_ms = measured(Path(folder) / kind.name, kind, said)
                rows.append(
                    {"name": kind.name, "value": late_ms, "unit": "ms", "codec": _WORDS[kind.codec], "rate": kind.rate, "asked": asked}
                )
        hour = np.tile(said, int((MAX_CLIP_S - 1) / (len(said) / RATE)))
        for kind in (Kind("hour.m4a", "aac", "ipod"), Kind("hour.mp4", "aac", "mp4", film=True)):
            path = write(Path(folder) / kind.name, kind, hour)
            started_s = time.perf_counter()
            read_clip(path)
            rows.append({"name": f"one hour of {path.suffix[1:]} is read in", "value": time.perf_counter() - started_s, "unit": "s"})
            path.unlink()
    return rows


def text(rows: list[dict[str, Any]]) -> str:
    """The table of docs/sound.md."""
    lines = ["| File | Codec | Rate | Off by |", "| --- | --- | ---: | ---: |"]
    for row in rows:
        if "codec" in row:
            after = " after the choice" if row["asked"] else ""
            lines.append(f"| {row['name']} | {row['codec']} | {row['rate']} Hz | {abs(row['value']):.1f} ms{after} |")
    return "\n".join([*lines, "", *(f"{row['name']} {row['value']:.1f} {row['unit']}" for row in rows if "codec" not in row)])
