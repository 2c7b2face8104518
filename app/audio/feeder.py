"""The thread that makes sound ready ahead of the playhead."""

from __future__ import annotations

import threading

from app.audio.cue import Cue
from app.audio.outputs import DeviceOutput

#: sound kept ready ahead of the playhead
AHEAD_S = 2.0


class Feeder:
    """A thread that keeps the wanted cue's sound ready ahead of the playhead."""

    def __init__(self) -> None:
        self._job: tuple[Cue, DeviceOutput] | None = None
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def follow(self, cue: Cue | None, output: DeviceOutput | None) -> None:
        """Keep this cue ready from now on; None rests."""
        self._job = None if cue is None or output is None else (cue, output)
        if self._job is not None and self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="audio-feeder")
            self._thread.start()
        self._wake.set()

    def wake(self) -> None:
        """There is more to read."""
        self._wake.set()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(None if self._job is None else AHEAD_S / 20)
            self._wake.clear()
            job = self._job
            if job is not None:
                self._feed(*job)

    def _feed(self, cue: Cue, output: DeviceOutput) -> None:
        head = output.head
        is_live = head.live is cue
        cue.forget(head.block_index if is_live else 0)
        cue.produce_until((head.position if is_live else 0) + round(AHEAD_S * output.rate))
