"""Work in a process of its own, which a worker thread watches: what computes for seconds never makes the window or its sound wait."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

from app.core.errors import PreviewError, RenderError
from app.session.base.workers import Job

#: how often the worker looks whether it was cancelled while the process is silent
POLL_S = 0.05
#: how long cancelled work may take to clean up before its process is ended
GRACE_S = 5.0


def in_own_process(job: Job, work: Callable[..., None], *arguments: Any, stopped: str, grace_s: float = GRACE_S) -> Any:
    """Run work in a new process and pass on its progress, in a worker thread.

    Args:
        job: is told the progress, and says when to stop.
        work: a function of a module; it is given the arguments, a connection and an event. Through the connection it sends
            ``("progress", fraction)``, then ``("done", result)`` or ``("failed", sentence)``; when the event is set it stops.
        arguments: what can cross to another process.
        stopped: what to say when the process ends without a word.
        grace_s: how long cancelled work may take to clean up.

    Returns:
        The result; None when the job was cancelled.

    Raises:
        PreviewError: the work failed.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    stop = context.Event()
    process = context.Process(target=work, args=(*arguments, theirs, stop), daemon=True)
    process.start()
    theirs.close()
    outcome, value = "", None
    try:
        while outcome not in ("done", "failed") and not job.cancel.is_set():
            if not ours.poll(POLL_S):
                continue
            outcome, value = ours.recv()
            if outcome == "progress":
                job.progress(value)
    except EOFError:
        raise RenderError(stopped) from None
    finally:
        stop.set()
        process.join(grace_s)
        if process.is_alive():
            process.terminate()
            process.join()
        process.close()
        ours.close()
    if outcome == "failed":
        raise PreviewError(str(value))
    return value if outcome == "done" else None
