"""Work spread over the processors of a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from app.core.errors import ServiceError
from app.remote.cluster.attach import attached

Piece = TypeVar("Piece")
Result = TypeVar("Result")
#: pieces handed out beyond those being worked on, so that no processor waits while few lie in memory
_AHEAD = 2
#: a piece whose worker died is given to another one this often
_TRIES_MORE = 2
_DIED = "Its worker on the cluster died; give the workers more memory, or run it with --jobs 1."


def spread(work: Callable[[Piece], Result | str], pieces: Iterable[Piece], address: str) -> Iterator[tuple[int, Result | str]]:
    """Do work on every piece, as many at once as the cluster has processors.

    Args:
        work: a function of a module, so that the workers can import it; a sentence as its result means that the piece failed.
        pieces: taken when there is room for them.
        address: see attach.attached.

    Yields:
        Number of the piece and its result, in the order in which they are done.

    Raises:
        ServiceError: Ray is missing, the cluster cannot be reached or was lost, or its machines lack this program.
    """
    with attached(address) as ray:
        task = ray.remote(num_cpus=1, max_retries=_TRIES_MORE)(work)
        most = max(int(ray.cluster_resources().get("CPU", 1)), 1) + _AHEAD
        waiting: dict[Any, int] = {}
        coming = enumerate(pieces)
        done = False
        while not done or waiting:
            while not done and len(waiting) < most:
                number, piece = next(coming, (-1, None))
                done = number < 0
                if not done:
                    waiting[task.remote(piece)] = number
            if waiting:
                # a timeout, so that Ctrl+C is heard on every system
                for answer in ray.wait(list(waiting), timeout=0.5)[0]:
                    yield waiting.pop(answer), _result(ray, answer)


def _result(ray: Any, answer: Any) -> Any:
    """What came back.

    Raises:
        ServiceError: nothing can come back from this cluster.
    """
    try:
        return ray.get(answer)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, ModuleNotFoundError):
            name = error.cause.name or "a module"
            raise ServiceError(f"The cluster's machines lack {name}; install this program there, with the same extras.") from error
        raise
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError):
        return _DIED
    except ray.exceptions.RayError as error:
        raise ServiceError("The cluster was lost; run the same command again when it is back, and it goes on from here.") from error
