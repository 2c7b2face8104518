"""How well the lips of every source follow exact phones, and how fast the sources are that need no network.

The shared recordings of people are used when they lie beside the checkout, else the four bundled clips. The measures are those of
models.measure; visemes get the exact phones, Audio2Face gets the sound alone. Where the lips of people lie beside the checkout too, every
source is held against them.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.audio.clips import read_clip, resample
from app.core.speech import AudioClip, Phone, Speech
from app.core.track import concatenate
from app.lipsync.mock import MockSource
from app.lipsync.registry import make_source
from app.lipsync.source import LipSyncSource
from app.lipsync.visemes import VisemeSource
from models.measure import mean_measures, measures
from tests.bench import human_lips
from tests.bench.budgets import Budget
from tests.bench.human_lips import HumanLips

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
DATA = SHARED / "data"
SOURCES = ("visemes", "visemes:visemesync", "a2f", "a2f:light")
#: what the table shows: key of mean_measures -> unit
SHOWN = {"score": "", "lowest": "", "closure": "", "correlation": "r", "lag_ms": "ms", "rest": "", "spurious": "", "jitter": ""}
#: folder of the shared recordings -> what it holds
GROUPS = {"nvidia": "five clips of two actors", "librivox": "three LibriVox sentences"}
#: sources that are asked to move as people do, and how near they have to come
LIKE_PEOPLE = ("visemes", "a2f", "a2f:light")
BUDGETS = tuple(
    Budget(f"{source}; {human_lips.GROUP}; {name}", unit, most, least)
    for source in LIKE_PEOPLE
    for name, unit, most, least in (
        ("gap r", "r", None, 0.72),
        ("width r", "r", None, 0.65),
        ("shut F1", "", None, 0.80),
        ("width size", "", 1.4, None),
    )
)
FPS = 60.0
DURATION_S = 30.0
PHONE_S = 0.08


def _phones(rows: list[dict]) -> tuple[Phone, ...]:
    """Phones of an alignment file."""
    return tuple(Phone("sil" if r["phone"].lower() in ("sil", "sp", "") else r["phone"], r["start"], r["end"]) for r in rows)


def _recorded() -> Iterator[tuple[str, Speech]]:
    """The shared recordings that have exact phones, with their group."""
    for folder, group in GROUPS.items():
        for sound in sorted((DATA / "speech" / folder).glob("*.wav")):
            aligned = DATA / "alignments" / f"{sound.stem}.json"
            if aligned.exists():
                yield group, Speech(resample(read_clip(sound), 16000), phones=_phones(json.loads(aligned.read_text())))


def _bundled() -> Iterator[tuple[str, Speech]]:
    """The clips that come with the checkout."""
    for sound in sorted((ROOT / "assets" / "eval").glob("*.flac")):
        yield (
            "four bundled clips, synthetic voices",
            Speech(read_clip(sound), phones=_phones(json.loads(sound.with_suffix(".json").read_text())["phones"])),
        )


def _lips() -> list[dict]:
    """The measures of every source on every group."""
    speeches = list(_recorded()) or list(_bundled())
    rows = []
    for spec in SOURCES:
        source = make_source(spec, FPS)
        found: dict[str, list[dict[str, float | None]]] = {}
        for group, speech in speeches:
            heard = replace(speech, phones=()) if spec.startswith("a2f") else speech
            weights = concatenate(list(source.generate(heard, threading.Event()))).arkit.weights
            phones = [(p.symbol, p.start_s, p.end_s) for p in speech.phones]
            found.setdefault(group, []).append(measures(weights, phones, FPS))
        for group, judged in found.items():
            means = mean_measures(judged)
            rows += [{"name": f"{source.name}; {group}; {key}", "value": means[key], "unit": unit} for key, unit in SHOWN.items()]
    return rows


def _like_people() -> list[dict]:
    """The measures of every source beside the lips of the people who spoke."""
    if not HumanLips.lie_in(SHARED):
        return []
    people, rows = HumanLips(SHARED), []
    for spec in SOURCES:
        source = make_source(spec, FPS)

        def weights_of(speech: Speech, source: LipSyncSource = source, by_ear: bool = spec.startswith("a2f")) -> np.ndarray:
            heard = replace(speech, phones=()) if by_ear else speech
            return concatenate(list(source.generate(heard, threading.Event()))).arkit.weights

        found = people.measures(weights_of, FPS)
        rows += [
            {"name": f"{source.name}; {human_lips.GROUP}; {key}", "value": found[key], "unit": unit}
            for key, (_, unit) in human_lips.SHOWN.items()
        ]
    return rows


def _speech() -> Speech:
    symbols = ("HH", "AH0", "L", "OW1", "M", "AY1", "F", "R", "EH1", "N", "D", "sil")
    phones = tuple(Phone(symbols[i % len(symbols)], i * PHONE_S, (i + 1) * PHONE_S) for i in range(int(DURATION_S / PHONE_S)))
    return Speech(AudioClip(np.zeros(int(DURATION_S * 16000), np.float32), 16000), phones=phones)


def _speed() -> list[dict]:
    """Time to the first chunk and to the whole clip, for every source that needs no model."""
    speech = _speech()
    rows = []
    for source in (VisemeSource(), VisemeSource("visemesync"), MockSource()):
        list(source.generate(speech, threading.Event()))
        started_s = time.perf_counter()
        chunks = source.generate(speech, threading.Event())
        next(chunks)
        first_s = time.perf_counter() - started_s
        for _ in chunks:
            pass
        whole_s = time.perf_counter() - started_s
        rows.append({"name": f"{source.name}: first chunk", "value": first_s * 1e3, "unit": "ms"})
        rows.append({"name": f"{source.name}: {DURATION_S:g} s of speech", "value": whole_s * 1e3, "unit": "ms"})
    return rows


def run() -> list[dict]:
    """Measures of all sources, then times."""
    return _lips() + _like_people() + _speed()


def text(rows: list[dict]) -> str:
    """The measures as one table per group, the times as a list."""
    tables: dict[str, dict[str, dict[str, float]]] = {}
    lines = []
    for row in rows:
        if row["name"].count("; ") == 2:
            source, group, key = row["name"].split("; ")
            tables.setdefault(group, {}).setdefault(source, {})[key] = row["value"]
        else:
            lines.append(f"  {row['name']:<58} {row['value']:>10.4g} {row['unit']}")
    out = []
    for group, sources in tables.items():
        keys = list(next(iter(sources.values())))
        out.append(f"  {group:<36}" + "".join(f"{key.removesuffix('_ms')[:10]:>11}" for key in keys))
        for source, means in sources.items():
            cells = (f"{means[key]:>11.3f}" if abs(means[key]) < 5 else f"{means[key]:>11.1f}" for key in keys)
            out.append(f"    {source:<34}" + "".join(cells))
    lost = [f"  {row['name']}: {row['value']:.3g} [{row['budget']}: NOT KEPT]" for row in rows if not row.get("kept", True)]
    return "\n".join([*out, *lines, *lost])
