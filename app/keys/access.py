"""What is needed to reach a service. Objects of this module must never be printed, logged or kept: their keys are left out of ``repr``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SpeechAccess:
    """The way to Azure's Speech service.

    Attributes:
        key: a resource's key, or "" where ``token`` is used.
        region: like ``westeurope``; "" where ``endpoint`` says it all.
        endpoint: an address in place of the region's: ``https://…`` of a resource, or ``ws://127.0.0.1:PORT`` of a server that
            speaks the same protocol; "" for the region's own.
        token: gives a bearer token from Entra ID, or None for the key.
    """

    key: str = field(default="", repr=False)
    region: str = ""
    endpoint: str = ""
    token: Callable[[], str] | None = field(default=None, repr=False)

    @property
    def usable(self) -> bool:
        """Whether it names a place and something to be let in with."""
        return bool((self.region or self.endpoint) and (self.key or self.token is not None))


@dataclass(frozen=True)
class ChatAccess:
    """The way to a chat model: Azure OpenAI, or any address that speaks like it.

    Attributes:
        endpoint: of an Azure resource (``https://NAME.openai.azure.com``) or a base address that ends in ``/v1``.
        deployment: the name that the user gave the model there.
        key: "" where ``token`` is used, or where the address asks for none.
        token: gives a bearer token from Entra ID, or None for the key.
    """

    endpoint: str = ""
    deployment: str = ""
    key: str = field(default="", repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)

    @property
    def usable(self) -> bool:
        """Whether it names a place and a model."""
        return bool(self.endpoint and self.deployment)
