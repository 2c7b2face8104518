"""What stands at the door of one server, and how uvicorn is told of it."""

from __future__ import annotations

import ssl
from typing import Any

import uvicorn

from app.remote.server.door.intake import Intake
from app.remote.server.door.origins import Origins
from app.remote.server.door.patience import Patience
from app.remote.server.door.places import Places
from app.remote.server.door.refusals import Refusals
from app.remote.server.door.tokens import Tokens
from app.remote.server.metrics import Metrics
from app.remote.server.settings import ServerSettings


class Door:
    """All that decides who comes in.

    Args:
        settings: limits, tokens, names.
        metrics: counts refusals.

    Raises:
        SettingsError: the file of tokens holds none.
    """

    def __init__(self, settings: ServerSettings, metrics: Metrics) -> None:
        self.settings = settings
        self.tokens, self.origins, self.patience = Tokens(settings), Origins(settings), Patience()
        # all connections through a proxy come from its address; it counts those of its callers itself
        self.places = Places(settings.connections, 0 if settings.behind_proxy else settings.per_address, settings.proxies)
        self.refusals = Refusals(metrics)
        self.intake = Intake(settings.max_clip_s)

    def look(self) -> None:
        """End what took too long; called every now and then."""
        self.places.look()
        self.refusals.look()


class DoorConfig(uvicorn.Config):
    """uvicorn's settings, with the door in front.

    Args:
        app: what is served.
        door: in front of it.
        options: uvicorn's.
    """

    def __init__(self, app: Any, door: Door, **options: Any) -> None:
        self.door = door
        self.tls: ssl.SSLContext | None = None
        super().__init__(app, **options)

    def load(self) -> None:
        """See uvicorn.Config; TLS is spoken behind the door, so that whoever does not finish its handshake is counted too."""
        super().load()
        self.tls, self.ssl = self.ssl, None
