"""What the program keeps for itself: settings of all versions, ledgers, habits, spoken lines; damage costs the piece, never the start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.conversation.chat.habits import Habits
from app.conversation.cost.ledger import Ledger, MonthCounts
from app.core.speech import AudioClip, FacialFrames, Speech, VisemeEvent, Word
from app.remote.server.streams.neighbouring import LeftClips
from app.settings import Settings
from app.speech.azure.cache import LineCache
from tests.fuzz import boxes, mutating
from tests.fuzz.mutating import Mutator
from tests.fuzz.target import Place, Target

_VALUES: tuple[Mutator, ...] = (mutating.values,) * 5 + (mutating.text,)


def targets() -> Iterator[Target]:
    """All of them; they may raise nothing at all."""
    yield Target("settings", ".json", _settings, _all_settings, _VALUES, ())
    yield Target("ledger", ".json", _ledger, _ledgers, _VALUES, ())
    yield Target("habits", ".json", lambda place: Habits(place.file)._stored(), _habits, _VALUES, ())
    yield Target("spoken-line", ".npz", _line, _lines, (boxes.npz,) * 3 + (mutating.plain,), ())
    yield Target("left-frames", ".npz", _left, _frames, (boxes.npz,) * 3 + (mutating.plain,), ())


def _settings(place: Place) -> None:
    settings = Settings.load(place.file)
    settings.save(place.folder / "again.json")
    again = Settings.load(place.folder / "again.json")
    assert again.sound == settings.sound and again.picture == settings.picture


def _all_settings(folder: Path) -> Iterator[bytes]:
    Settings().save(folder / "s.json")
    yield (folder / "s.json").read_bytes()
    full = Settings(voice="heart", line="Hello.", recent=["/a/b.glb", "c.wav"], updates=True)
    full.remember(folder / "x.vsync")
    full.save(folder / "s.json")
    yield (folder / "s.json").read_bytes()
    studio = {"late_ms": 20, "scrub_sound": True, "tools": True, "compare": {}, "tunings": "{}"}
    former = {
        "geometry": "AAAA", "splitter": [1, 2], "paired": True, "collapsed": [], "avatar": "a.glb", "life": True,
        "corrections": {"a": "{}"}, "volume": 0.5, "device": "", "source": "a2f", "bundles": [], "servers": [], "emotion": "{}",
        "voice": "", "line": "", "recent": [],
        "studio": json.dumps(studio), "life_strengths": [100, 50, 20, 0],
    }  # fmt: skip
    yield json.dumps(former).encode()


def _ledger(place: Place) -> None:
    place.file.rename(place.folder / "2026-11.json")
    ledger = Ledger(place.folder)
    ledger.read("2026-11")
    ledger.add(MonthCounts("2026-11", 1, {"azure speech": 2.0}))


def _ledgers(folder: Path) -> Iterator[bytes]:
    ledger = Ledger(folder)
    ledger.add(MonthCounts("2026-11", 3, {"azure speech": 12.5, "openai tokens": 1000.0}))
    yield ledger.path("2026-11").read_bytes()


def _habits(folder: Path) -> Iterator[bytes]:
    yield json.dumps({"https://a/b": {"limit": "", "limit_tokens": 4096, "dropped": ["temperature"]}}).encode()


def _line(place: Place) -> None:
    cache = LineCache(place.folder)
    place.file.rename(cache._path("x"))
    speech = cache.find("x")
    if speech is not None:
        assert np.isfinite(speech.audio.samples).all()


def _lines(folder: Path) -> Iterator[bytes]:
    clip = AudioClip(np.zeros(2400, np.float32), 24000, "Hi.")
    facial = (FacialFrames(np.zeros((3, 55), np.float32), 0),)
    LineCache(folder).keep("x", Speech(clip, "Hi.", (), (VisemeEvent(3, 0.1),), (Word("Hi", 0.0, 0.1),), facial))
    yield LineCache(folder)._path("x").read_bytes()


def _left(place: Place) -> None:
    place.file.rename(place.folder / "w1-0123abcd.npz")
    LeftClips(place.folder, 10.0).find("w1-0123abcd")


def _frames(folder: Path) -> Iterator[bytes]:
    LeftClips(folder, 10.0).leave("w1-0123abcd", np.zeros((4, 52), np.float32), 60)
    yield (folder / "w1-0123abcd.npz").read_bytes()
