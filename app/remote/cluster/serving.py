"""Workers on the machines of a Ray cluster: Ray finds a place for each of them, and HAProxy here sends streams straight there."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any

from app.remote.cluster.attach import attached
from app.remote.cluster.placing import Nodes
from app.remote.fleet.supervisor import MOST_WORKERS, serve_placed
from app.remote.server.settings import ServerSettings, SettingsError

_OPEN = "The Ray cluster asks nobody for a token: whoever reaches its ports can run programs on its machines; see docs/cluster.md."


@dataclass(frozen=True)
class ClusterSettings:
    """How many workers there are on a cluster, and what each of them gets.

    Attributes:
        address: see attach.attached.
        workers: that run.
        gpu_share: of one GPU that a worker takes: 1, or a part such as 0.25; 0 runs without.
        cpus: processors that a worker takes.
    """

    address: str
    workers: int = 2
    gpu_share: float = 0.0
    cpus: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= self.workers <= MOST_WORKERS:
            raise SettingsError(f"There are from 1 to {MOST_WORKERS} workers, not {self.workers}; choose --replicas accordingly.")
        if self.gpu_share < 0 or (self.gpu_share > 1 and self.gpu_share != int(self.gpu_share)) or self.cpus <= 0:
            raise SettingsError("A worker takes a part of a GPU from 0 to 1, or whole GPUs; choose --gpu-share accordingly.")

    @property
    def share(self) -> dict[str, Any]:
        """As Ray is told."""
        return {"num_cpus": self.cpus, "num_gpus": self.gpu_share}


def serve_cluster(settings: ServerSettings, cluster: ClusterSettings) -> None:
    """Serve with workers on a cluster until told to stop, as app.remote.fleet.supervisor.serve_fleet does on this machine alone.

    Args:
        settings: of the server; a port of 0 takes a free one.
        cluster: where the workers are, and their share.

    Raises:
        ServiceError: Ray or HAProxy is missing, the cluster cannot be reached or has no room, or the port is taken.
        SettingsError: there is no token.
        PreviewError: the workers cannot serve.
    """
    if not settings.guarded:
        raise SettingsError("Workers on other machines can be reached by others; give the server a token with --token.")
    with attached(cluster.address) as ray:
        if os.environ.get("RAY_AUTH_MODE", "").lower() != "token":
            print(_OPEN, file=sys.stderr, flush=True)
        serve_placed(settings, cluster.workers, lambda _: Nodes(ray, cluster.share))
