"""``preview``: the window; without a display, a film of the demo line instead."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from app.startup.collector import leave_a_core, rest_collector
from app.startup.hand_over import files_of
from app.startup.screen import has_display

DEMO_OUT = Path("visemesync-demo.mp4")


def film_demo(options: Namespace) -> int:
    """Render the demo line (or ``--text``) to a film in the current folder."""
    from app.commands.options.face import avatar_of
    from app.commands.pipeline import animation_of, source_or_default, speech_from_text
    from app.commands.progress import Progress
    from app.commands.render import film_of, write_film
    from app.speech.greeting import GREETING

    print(f"There is no display, so the demo line is rendered to {DEMO_OUT} instead of opening the window.", file=sys.stderr)
    progress = Progress(options.progress)
    speech = speech_from_text(options.text or GREETING, None, 1.0, progress)
    spec = source_or_default(options.a)
    avatar = avatar_of(options)
    settings = Namespace(avatar=options.avatar, size=(1280, 720), fps=30.0, framing=None, burn_in=False)
    animation = animation_of(spec, speech, 60.0, progress)
    write_film(DEMO_OUT, film_of(settings, avatar, [animation], curves=True), speech.audio, settings, progress)
    print(f"{DEMO_OUT}: {speech.audio.duration_s:.1f} s with sound")
    return 0


def run(options: Namespace) -> int:
    """Open the window, or film the demo line where there is no display."""
    if not has_display():
        return film_demo(options)
    rest_collector()
    leave_a_core()
    from app.desktop import Wishes, run_desktop

    return run_desktop(Wishes(files_of(options.files), options.text, options.avatar, options.a, options.b))
