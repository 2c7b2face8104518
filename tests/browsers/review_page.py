"""A take to review with everything in it, its page, and waiting for what happens there."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.side import SideChannels
from app.core.speech import AudioClip, Phone, Speech
from app.core.track import Animation, BlendshapeTrack
from app.formats.notes import FacePoint, Note, PointerMove, Reference, Reply
from app.formats.project import Project, ProjectSide
from app.formats.takes.take import AvatarReference, Lane, SavedTake
from app.review.page.writing import PageReport
from tests.browsers.chromium import Page

HOSTILE = "</script><img src=x onerror=window.hacked=1><!-- {{take}} ${1} \u2028"


@dataclass(frozen=True)
class Written:
    """A take, and its page on the disk."""

    take: SavedTake
    report: PageReport

    @property
    def url(self) -> str:
        """As a browser's address line shows it."""
        return self.report.path.as_uri()


def smooth(rng: np.random.Generator, n: int, columns: int) -> np.ndarray:
    """(n, columns) weights 0 to 1 that wander as a face does."""
    keys = rng.random((n // 12 + 3, columns)) ** 3
    places = np.arange(n) / 12
    return np.stack([np.interp(places, np.arange(len(keys)), keys[:, i]) for i in range(columns)], axis=1).astype(np.float32)


def remarks() -> tuple[Note, ...]:
    """A note with hostile words, and one with everything."""
    return (
        Note(
            "n1",
            "Ann",
            "2026-01-01T10:00:00+00:00",
            "2026-01-01T10:00:00+00:00",
            2.0,
            None,
            text=HOSTILE,
            replies=[Reply("r1", HOSTILE, "", HOSTILE)],
        ),
        Note(
            "n2",
            "Bo",
            "",
            "",
            4.0,
            5.0,
            "A",
            "jawOpen",
            text="too wide",
            point=FacePoint("Head_Mesh", (7846, 2452, 7897), (0.3, 0.1, 0.6), 12753),
            voice="said.wav",
            pointer=[PointerMove(0.0, 0.2, 0.2), PointerMove(0.3, 0.6, 0.6)],
            reference=Reference("look.png", corner="top right", share=0.25),
        ),
    )


def lively_take(avatar: Path, folder: Path) -> SavedTake:
    """Ten seconds in which every shape moves, at 48 kHz: as large as such a take gets.

    Args:
        avatar: its file.
        folder: takes the media of a note.
    """
    rng = np.random.default_rng(14)
    t = np.arange(480_000) / 48_000
    sound = 0.2 * np.sin(2 * np.pi * 150 * t) * (1 + np.sin(2 * np.pi * 3 * t)) / 2 + 0.02 * rng.standard_normal(len(t))
    arkit = smooth(rng, 600, len(ARKIT_CHANNELS)) * 0.6
    spoken = Animation(BlendshapeTrack(arkit, 60.0), BlendshapeTrack(smooth(rng, 600, 15) * 0.5, 60.0, channels=VISEME_CHANNELS), "Visemes")
    turns = SideChannels(("HeadYaw", "HeadPitch"), np.stack([0.3 * np.sin(np.arange(300) / 20), 0.1 * np.cos(np.arange(300) / 20)], axis=1))
    captured = Animation(BlendshapeTrack(smooth(rng, 300, 52) * 0.4, 30.0, side=turns), label=f"Capture {HOSTILE}")
    media = {"said.wav": folder / "said.wav", "look.png": folder / "look.png"}
    soundfile.write(media["said.wav"], sound[:24_000], 48_000)
    Image.new("RGB", (64, 48), (200, 40, 40)).save(media["look.png"])
    notes = remarks()
    project = Project({"A": ProjectSide("visemes"), "B": ProjectSide("mock")}, avatar=avatar)
    phones = (Phone("B", 0.5, 0.6, "bob"), Phone("AA1", 0.6, 0.8, "bob"), Phone("B", 0.8, 0.9, "bob"))
    return SavedTake(
        "take-1", f"Line 12 {HOSTILE}", project, Speech(AudioClip(sound.astype(np.float32), 48_000, "x"), HOSTILE, phones),
        {"A": Lane(spoken, spoken, "visemes"), "B": Lane(captured, captured, "file", {"strength": 1.25})},
        AvatarReference(avatar.name, "", avatar), notes, media, fps=29.97, start_timecode="01:00:00;00",
    )  # fmt: skip


def wait_for(page: Page, condition: str, limit_s: float = 60.0) -> None:
    """Wait until something is true in the page."""
    give_up_s = time.monotonic() + limit_s
    while not page.run(f"Boolean({condition})"):
        assert time.monotonic() < give_up_s, condition
        threading.Event().wait(0.02)
