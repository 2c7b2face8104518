"""Runs a source off the caller's thread and hands over what it makes."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

from app.core.errors import PreviewError, SourceError
from app.core.speech import Speech
from app.core.track import Animation
from app.lipsync.source import LipSyncSource

_ids = itertools.count(1)


class GenerationThread(threading.Thread):
    """One generation of one source; every callback runs in this thread and names the job.

    A receiver that lives elsewhere posts the calls to its own thread and drops those whose ``job_id`` is not the
    one it waits for: after ``cancel`` at most one call can still be under way.

    Args:
        source: makes the animation.
        speech: what is spoken.
        on_chunk: called with the job id and each chunk.
        on_done: called with the job id after the last chunk; not after an error or a cancellation.
        on_error: called with the job id and the error, whose text is a sentence for the user.
    """

    def __init__(
        self,
        source: LipSyncSource,
        speech: Speech,
        on_chunk: Callable[[int, Animation], None],
        on_done: Callable[[int], None],
        on_error: Callable[[int, PreviewError], None],
    ) -> None:
        self.job_id = next(_ids)
        super().__init__(name=f"generation-{self.job_id}", daemon=True)
        self._source = source
        self._speech = speech
        self._on_chunk = on_chunk
        self._on_done = on_done
        self._on_error = on_error
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask to stop; returns at once, the thread ends within a chunk."""
        self._cancelled.set()

    def run(self) -> None:
        """Generate until the end, an error or a cancellation."""
        try:
            for chunk in self._source.generate(self._speech, self._cancelled):
                if self._cancelled.is_set():
                    return
                self._on_chunk(self.job_id, chunk)
        except PreviewError as error:
            self._fail(error)
        except Exception as error:
            self._fail(SourceError(f"The source {self._source.label} failed unexpectedly ({type(error).__name__}); choose another one."))
            raise
        else:
            if not self._cancelled.is_set():
                self._on_done(self.job_id)

    def _fail(self, error: PreviewError) -> None:
        if not self._cancelled.is_set():
            self._on_error(self.job_id, error)
