"""The server as a Ray Serve deployment: the same application in every replica, one address in front of them."""

from __future__ import annotations

import logging
import logging.config
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from app.core.errors import ServiceError
from app.remote.cluster.attach import LOCAL, attached
from app.remote.cluster.sessions import SharedSessions, drop_store, open_store
from app.remote.server.application import create_app, load_engine
from app.remote.server.logs import LOG_CONFIG
from app.remote.server.serving import bind
from app.remote.server.settings import ServerSettings, SettingsError

APPLICATION = "visemesync"
#: requests that are no streams (health, metrics, pages) a replica answers beside its streams
_SMALL_REQUESTS = 64
#: streams that Ray lets through to a replica where no ceiling was set; the replica itself knows how many it carries
_MOST_VOICES = 256
#: a replica is asked this often whether it lives
_HEALTH_S = 2.0
_ROUTER = "ray.serve.experimental.consistent_hash_router:ConsistentHashRouter"


@dataclass(frozen=True)
class ClusterSettings:
    """How many replicas there are, and what each of them gets.

    Attributes:
        address: ``local`` for a cluster of this machine alone; else see attach.attached.
        replicas: that always run.
        most_replicas: up to this many are started while streams are many; the same number switches that off.
        gpu_share: of one GPU that a replica takes: 1, or a part such as 0.25; 0 runs without.
        cpus: processors that a replica takes.
    """

    address: str = LOCAL
    replicas: int = 2
    most_replicas: int = 0
    gpu_share: float = 0.0
    cpus: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= self.replicas <= self.most or self.most > 1000:
            raise SettingsError("Replicas are from 1 to 1000, and --max-replicas is not below --replicas.")
        if self.gpu_share < 0 or (self.gpu_share > 1 and self.gpu_share != int(self.gpu_share)) or self.cpus <= 0:
            raise SettingsError("A replica takes a part of a GPU from 0 to 1, or whole GPUs; choose --gpu-share accordingly.")

    @property
    def most(self) -> int:
        """Replicas at most."""
        return self.most_replicas or self.replicas


def deployment_options(settings: ServerSettings, cluster: ClusterSettings) -> dict[str, Any]:
    """What Ray Serve is told about the deployment.

    A stream is one request for as long as it runs, so that the load that scales replicas is the number of streams; a new replica is wanted
    when the present ones are three quarters full. Connections with the same ``x-session-id`` go to the same replica.

    Args:
        settings: of the server.
        cluster: replicas and their share.
    """
    most = settings.max_streams or _MOST_VOICES
    options: dict[str, Any] = {
        "name": "server",
        "ray_actor_options": {"num_cpus": cluster.cpus, "num_gpus": cluster.gpu_share},
        "max_ongoing_requests": most + _SMALL_REQUESTS,
        "max_queued_requests": _SMALL_REQUESTS,
        "health_check_period_s": _HEALTH_S,
        "graceful_shutdown_timeout_s": settings.drain_s,
        "graceful_shutdown_wait_loop_s": 0.5,
        "request_router_config": {"request_router_class": _ROUTER},
    }
    if cluster.most == cluster.replicas:
        return {**options, "num_replicas": cluster.replicas}
    scaling = {
        "min_replicas": cluster.replicas, "max_replicas": cluster.most, "target_ongoing_requests": max(0.75 * most, 1.0),
        "upscale_delay_s": 5.0, "downscale_delay_s": 300.0, "metrics_interval_s": 2.0, "look_back_period_s": 5.0,
    }  # fmt: skip
    return {**options, "autoscaling_config": scaling}


def application_builder(settings: ServerSettings) -> Callable[[], FastAPI]:
    """A function that builds the application inside a replica; it travels there.

    Args:
        settings: of the server.
    """

    def build() -> FastAPI:
        from ray import serve

        logging.config.dictConfig(LOG_CONFIG)
        # loaded here and not when the application starts, so that Ray is told the reason when it cannot be
        app = create_app(settings, load_engine(settings), SharedSessions(settings.session_s))
        app.state.server.replica = serve.get_replica_context().replica_tag
        return app

    return build


def deploy(settings: ServerSettings, cluster: ClusterSettings) -> None:
    """Start the replicas and wait until all of them serve; Ray is attached already.

    Args:
        settings: of the server.
        cluster: replicas and their share.

    Raises:
        ServiceError: the port is taken, or the replicas do not start.
    """
    from ray import serve

    logging.getLogger("ray.serve").setLevel(logging.ERROR)
    quiet = {"log_level": "WARNING", "enable_access_log": False}
    http: dict[str, Any] = {"host": settings.host, "port": settings.port, "keep_alive_timeout_s": 5}
    if settings.tls_certificate and settings.tls_key:
        http |= {"ssl_certfile": str(settings.tls_certificate), "ssl_keyfile": str(settings.tls_key)}
    where = "HeadOnly" if cluster.address == LOCAL else "EveryNode"
    open_store(settings.session_s)
    deployment = serve.deployment(serve.ingress(application_builder(settings))(), **deployment_options(settings, cluster))
    try:
        serve.start(proxy_location=where, http_options=http, logging_config=quiet)
        serve.run(deployment.bind(), name=APPLICATION, route_prefix="/", logging_config=quiet)
    except (RuntimeError, TimeoutError, ValueError) as error:
        raise ServiceError(f"The replicas did not start: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """The last line of what Ray found, which is the cause."""
    status = _status_message() or str(error)
    lines = [line.strip() for line in status.splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__).rpartition("Error: ")[2].rstrip(".")


def _status_message() -> str:
    from ray import serve

    application = serve.status().applications.get(APPLICATION)
    deployments = application.deployments.values() if application else ()
    return next((deployment.message for deployment in deployments if deployment.message), "")


def serve_cluster(settings: ServerSettings, cluster: ClusterSettings) -> None:
    """Serve until the process is told to stop (SIGINT, SIGTERM).

    Args:
        settings: of the server; a port of 0 takes a free one.
        cluster: replicas and their share.

    Raises:
        ServiceError: Ray is missing, the cluster cannot be reached, the port is taken, or the replicas do not start.
    """
    listener = bind(settings)  # asks early whether the port is free, and finds one where none was named
    port = listener.getsockname()[1]
    listener.close()
    settings = ServerSettings(**{**vars(settings), "port": port})
    stopped = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with attached(cluster.address, int(cluster.most * cluster.cpus) + 1):
            try:
                deploy(settings, cluster)
                scheme = "https" if settings.tls_certificate else "http"
                replicas = f"{cluster.replicas}" if cluster.most == cluster.replicas else f"{cluster.replicas} to {cluster.most}"
                print(f"Serving {settings.source} on {scheme}://{settings.host}:{port} with {replicas} replicas (Ctrl+C stops)", flush=True)
                while not stopped.wait(1.0):  # in short waits, so that signals are handled on every system
                    continue
            finally:
                _withdraw(cluster.address == LOCAL)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _withdraw(everything: bool) -> None:
    """Take the application away; on a cluster of our own all of Ray Serve."""
    from ray import serve

    if everything:
        serve.shutdown()
    else:
        serve.delete(APPLICATION)
    drop_store()
