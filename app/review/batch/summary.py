"""How a line stands, in numbers that a list can show: curves of jaw and lips, the wave, findings, notes, status."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.core.lips import lip_opening
from app.core.speech import AudioClip
from app.core.track import BlendshapeTrack
from app.formats.plain import Remembered
from app.formats.takes.take import SavedTake, TakeStatus
from app.review.batch.stamp import BatchStamp, open_conflicts, stamp_of
from app.review.finding import SEVERITIES, Finding
from app.review.lint import lint

#: columns of a sparkline
POINTS = 96
#: what a finding of each kind counts when the worst stand first
WEIGHTS = {"error": 5.0, "warning": 2.0, "note": 0.0}
CONFLICT_WEIGHT, FAILED_WEIGHT, MOCK_WEIGHT = 8.0, 1000.0, 20.0
#: findings that are told of a line
MOST_FINDINGS = 12
THUMB_PX = 96


@dataclass
class LineFinding(Remembered):
    """A finding as a report tells it; see review.finding.Finding."""

    time_s: float = 0.0
    severity: str = "note"
    rule: str = ""
    sentence: str = ""


@dataclass
class LineSummary(Remembered):
    """A line of a batch, or a take of a playlist.

    Attributes:
        line: its id; row: of the table, 0 for none.
        character: who speaks; text: what is said.
        fate: what the last run did: ``made``, ``kept`` or ``failed``.
        error: why it failed, one sentence; "" when all is well.
        take: its file below the folder, with forward slashes; film: likewise, "" for none.
        size: of the take's file in bytes; with ``changed_ns`` it tells whether the take is as it was summed up.
        changed_ns: when it was last written.
        key: see BatchStamp.line.
        duration_s: of the sound; frames: of the motion.
        label: who made the motion; mock: whether it ignores the sound.
        preset: as the table calls it; voice: who speaks; source: as it was asked for.
        status: how far the review is.
        notes: how many are open.
        edits: how many stretches are edited by hand.
        errors: findings of this severity; warnings: likewise.
        findings: the worst of them.
        conflicts: of hand work with the last run, a sentence each.
        remarks: what else was noticed, a sentence each.
        score: the higher, the more there is to do.
        jaw: 0-99 over the line; lips: how far they are open; wave: how loud it is.
        thumb: a small JPEG, base64.
        columns: further columns of the table.
    """

    line: str = ""
    row: int = 0
    character: str = ""
    text: str = ""
    fate: str = "made"
    error: str = ""
    take: str = ""
    film: str = ""
    size: int = 0
    changed_ns: int = 0
    key: str = ""
    duration_s: float = 0.0
    frames: int = 0
    label: str = ""
    mock: bool = False
    preset: str = ""
    voice: str = ""
    source: str = ""
    status: TakeStatus = "to do"
    notes: int = 0
    edits: int = 0
    errors: int = 0
    warnings: int = 0
    findings: list[LineFinding] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    score: float = 0.0
    jaw: list[int] = field(default_factory=list)
    lips: list[int] = field(default_factory=list)
    wave: list[int] = field(default_factory=list)
    thumb: str = ""
    columns: dict[str, str] = field(default_factory=dict)


def summary_of(take: SavedTake) -> LineSummary:
    """How a take stands; its motion is checked as it was tuned.

    Args:
        take: with side A.
    """
    stamp = stamp_of(take.unknown) or BatchStamp()
    side, lane = take.project.sides.get("A"), take.lanes.get("A")
    made = LineSummary(
        take.line, stamp.row, stamp.character, take.speech.text or take.speech.audio.name, key=stamp.line, preset=stamp.preset,
        duration_s=round(take.speech.audio.duration_s, 3), voice=stamp.voice, source=stamp.source, status=take.status,
        columns=dict(stamp.columns), thumb=small_picture(take.thumbnail),
    )  # fmt: skip
    made.notes = sum(note.status == "open" for note in take.notes)
    made.edits = 0 if side is None else len(side.edits)
    made.conflicts = [each.sentence for each in open_conflicts(stamp, take.notes)]
    made.wave = wave_of(take.speech.audio)
    if lane is not None:
        track, visemes = lane.tuned.arkit, lane.tuned.visemes
        made.frames, made.label, made.mock = len(track), lane.tuned.label, lane.tuned.is_mock
        made.jaw, made.lips = curves_of(track, made.duration_s)
        take_findings(made, lint(track, take.speech.audio, take.speech.phones, visemes))
    made.score = score_of(made)
    return made


def take_findings(summary: LineSummary, findings: Iterable[Finding]) -> None:
    """Put findings into a summary, the worst first."""
    found = list(findings)
    counts = Counter(finding.severity for finding in found)
    summary.errors, summary.warnings = counts["error"], counts["warning"]
    worst = sorted(found, key=lambda each: (SEVERITIES.index(each.severity), each.time_s))[:MOST_FINDINGS]
    summary.findings = [LineFinding(round(each.time_s, 3), each.severity, each.rule, each.sentence) for each in worst]


def score_of(summary: LineSummary) -> float:
    """How much there is to do: findings by their weight, conflicts, and failures before all."""
    if summary.error:
        return FAILED_WEIGHT
    found = WEIGHTS["error"] * summary.errors + WEIGHTS["warning"] * summary.warnings
    return found + CONFLICT_WEIGHT * len(summary.conflicts) + (MOCK_WEIGHT if summary.mock else 0.0)


def _percent(values: np.ndarray) -> list[int]:
    return [int(each) for each in np.clip(np.nan_to_num(values) * 99, 0, 99).round()]


def curves_of(track: BlendshapeTrack, duration_s: float) -> tuple[list[int], list[int]]:
    """Jaw and opening of the lips over a line, each ``POINTS`` numbers of 0-99: the largest of each column, so that no peak is lost.

    Args:
        track: the 52 channels.
        duration_s: of the sound.
    """
    if not len(track):
        return [], []
    times = (np.arange(POINTS * 4) + 0.5) / (POINTS * 4) * max(duration_s, 1e-3)
    weights = track.sample(times)
    jaw, lips = weights[:, track.index["jawOpen"]], lip_opening(weights)
    return _percent(jaw.reshape(POINTS, 4).max(axis=1)), _percent(1.4 * lips.reshape(POINTS, 4).max(axis=1))


def wave_of(clip: AudioClip) -> list[int]:
    """How loud a sound is over a line, ``POINTS`` numbers of 0-99; quiet recordings are shown as loud as others."""
    if not len(clip.samples):
        return []
    edges = np.linspace(0, len(clip.samples), POINTS + 1).astype(int)
    peaks = np.maximum.reduceat(np.abs(clip.samples), np.minimum(edges[:-1], len(clip.samples) - 1))
    return _percent(peaks / max(float(peaks.max()), 0.02))


def small_picture(png: bytes) -> str:
    """A thumbnail as a small JPEG in base64, "" for none or what is no picture."""
    from PIL import Image

    if not png:
        return ""
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            small = picture.convert("RGB")
            small.thumbnail((THUMB_PX * 2, THUMB_PX))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return base64.b64encode(out.getvalue()).decode("ascii")


def plain_counts(lines: Iterable[LineSummary]) -> dict[str, Any]:
    """How many lines were made, kept and failed, and how many stand at each status."""
    found = list(lines)
    fates, statuses = Counter(each.fate for each in found), Counter(each.status for each in found if not each.error)
    return {**{fate: fates[fate] for fate in ("made", "kept", "failed")}, "statuses": dict(statuses)}
