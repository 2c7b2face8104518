"""What a process of its own does that finds the phones of a recording: pocketsphinx keeps the interpreter to itself meanwhile."""

from __future__ import annotations

from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np

from app.audio.priority import give_way_as_process
from app.core.errors import PreviewError
from app.core.speech import AudioClip


def send_phones(sound: Path, rate: int, text: str, report: Connection, cancel: Event) -> None:
    """Find the phones of a sound, and give way to the window and its sound.

    Args:
        sound: a file of its samples, float32.
        rate: of them, a second.
        text: what is said, "" where that is not known.
        report: gets ``("progress", share)`` of a long sound, then ``("done", phones)`` or ``("failed", sentence)``.
        cancel: set to stop between two passes.
    """
    give_way_as_process()
    from app.speech.align import align, recognise_phones

    clip = AudioClip(np.fromfile(sound, np.float32), rate)
    try:
        phones = align(clip, text, cancel) if text else recognise_phones(clip, cancel, lambda share: report.send(("progress", share)))
    except PreviewError as error:
        report.send(("failed", str(error)))
    else:
        report.send(("done", phones))
