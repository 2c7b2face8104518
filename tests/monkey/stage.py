"""Where the monkey plays: a home of its own, files of all kinds, and the program's real window in it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

#: fewer pictures than the program draws: what is tested is what hands do
TICK_MS = 120


def set_home(folder: Path) -> None:
    """Everything that the program keeps, and every dialog of files, begins in a folder; nobody outside is reached.

    Args:
        folder: made.
    """
    (folder / "home").mkdir(parents=True, exist_ok=True)
    os.environ["VISEMESYNC_PLACES"] = str(folder / "kept")
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(folder / "home")
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        os.environ[name] = "http://127.0.0.1:9"
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost"


def fill(folder: Path, has_voices: bool = True) -> None:
    """Recordings, a track, texts and what is no file of ours, in a folder.

    Args:
        folder: made.
        has_voices: two recordings of a voice with their words, and broken files, are among them.
    """
    from app.audio.clips import write_wav
    from app.core.arkit import ARKIT_INDEX
    from app.core.speech import AudioClip, joined
    from app.core.track import BlendshapeTrack
    from app.formats.registry import write_track
    from app.session.base.opening import make_engine

    folder.mkdir(parents=True, exist_ok=True)
    if has_voices:
        engine = make_engine()
        for name, line in (("voice.wav", "Bob may buy a map."), ("other.wav", "Why not?")):
            write_wav(folder / name, joined(list(engine.synthesize(line, engine.voices()[0].id))).audio)
            (folder / name).with_suffix(".txt").write_text(line)
        (folder / "broken.vsync").write_text("{")
        (folder / "broken.glb").write_bytes(b"glTF" + bytes(40))
    t = np.arange(24_000) / 24_000
    write_wav(folder / "tone.wav", AudioClip((0.3 * np.sin(2 * np.pi * 180 * t)).astype(np.float32), 24_000))
    weights = np.zeros((60, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, 0.8, 60)
    write_track(folder / "jaw.csv", BlendshapeTrack(weights, 60.0))


def open_window(*, is_quiet: bool = False) -> tuple[Any, Any]:
    """The application and its window, begun as the program begins it, with what opens other programs left out.

    Args:
        is_quiet: without avatar, voice and sound, for those who start it over and over.
    """
    from PySide6.QtCore import QCoreApplication, Qt
    from PySide6.QtGui import QDesktopServices

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    from app.desktop import DEFAULT_AVATAR, begin, make_application, make_window
    from app.settings import Settings
    from app.ui.window import frame_loop

    frame_loop.TICK_MS = TICK_MS
    QDesktopServices.openUrl = lambda _url: True
    app = make_application()
    settings = Settings.load()
    settings.picture.renderer = "software"
    window = make_window(settings)
    window.show()
    window.activateWindow()
    if is_quiet:
        window.session.autosave.begin()
        window.controls.loop.start()
    else:
        begin(window, DEFAULT_AVATAR)
    return app, window


def has_display() -> bool:
    """Whether a window can be shown."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY"))
