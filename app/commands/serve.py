"""``serve``: the A2F server."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.commands.options.face import face_report, named_avatar
from app.core.errors import ServiceError
from app.core.installation import how_to_get

if TYPE_CHECKING:
    from app.remote.server.settings import ServerSettings

#: what tells an installation that can serve; a supervisor reads none of them itself
_PACKAGES = ("fastapi", "uvicorn", "websockets", "prometheus_client")


def run(options: Namespace) -> int:
    """Serve until stopped; the token may also come from VISEMESYNC_TOKEN, which does not show in the process list."""
    if options.check:
        return _check(options)
    if any(importlib.util.find_spec(name) is None for name in _PACKAGES):
        raise ServiceError(f"The server's packages are not installed; {how_to_get('server', 'server')}.")
    if options.as_worker:
        from app.remote.fleet.worker_process import run_worker

        return run_worker(scripted_answer)
    settings = _settings(options)
    avatar = named_avatar(options)
    if avatar is not None and options.json:
        print(json.dumps(face_report(avatar)), flush=True)
    if options.workers is not None or options.cluster == "local":
        from app.remote.fleet.supervisor import serve_fleet

        serve_fleet(settings, options.replicas if options.workers is None else options.workers)
        return 0
    if options.cluster:
        from app.remote.cluster.serving import ClusterSettings, serve_cluster

        cluster = ClusterSettings(options.cluster, options.replicas, options.gpu_share)
        serve_cluster(settings, cluster)
        return 0
    from app.remote.server.serving import serve

    with contextlib.suppress(KeyboardInterrupt):  # uvicorn passes Ctrl+C on once all streams are closed
        serve(settings, scripted_answer)
    return 0


def _settings(options: Namespace) -> ServerSettings:
    """What the options say.

    Raises:
        SettingsError: it cannot be served.
    """
    from app.remote.server.settings import ServerSettings, SettingsError

    settings = ServerSettings(
        source=options.source,
        device=options.device,
        host=options.host,
        port=options.port,
        token=options.token or os.environ.get("VISEMESYNC_TOKEN", ""),
        token_file=options.token_file,
        cors=tuple(options.cors or ()),
        hosts=tuple(options.allow_host or ()),
        per_address=options.per_address,
        tls_certificate=options.tls_cert,
        tls_key=options.tls_key,
        max_streams=options.max_streams,
        fixed_streams=options.fixed_streams,
        trace=options.trace,
        proxies=tuple(options.behind_proxy or ()),
    )
    if settings.proxies and (options.workers is not None or options.cluster):
        raise SettingsError(
            "Several workers stand behind a HAProxy of their own; start single servers for --behind-proxy, see docs/deploy."
        )
    return settings


def _check(options: Namespace) -> int:
    """Ask the server that these options start, or that says in a file where it is, whether it serves voices."""
    from app.remote.server import whereabouts

    url = whereabouts.told() or whereabouts.url_of(options.host, options.port, options.tls_cert is not None)
    sentence = whereabouts.ask(url)
    if sentence:
        raise ServiceError(sentence)
    print(json.dumps({"ready": True, "url": url}) if options.json else f"The server at {url} serves voices.")
    return 0


def scripted_answer(lines: Sequence[tuple[str, str]]) -> str:
    """What the scripted persona says to a page that has no chat model.

    Args:
        lines: role and text of the conversation.
    """
    from app.conversation.chat.scripted import ScriptedChat
    from app.conversation.steps import Message

    return ScriptedChat().answer([Message("user", text) for role, text in lines if role == "user"])
