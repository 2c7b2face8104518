"""Entra ID in place of a key: tokens of whoever is signed in on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.core.errors import ServiceError
from app.keys.secret import REDACTION

#: for whom a token is: chat and Voice Live, and the Speech service
CHAT_SCOPE = "https://ai.azure.com/.default"
SPEECH_SCOPE = "https://cognitiveservices.azure.com/.default"


class EntraTokens:
    """Gives bearer tokens, each kept by azure-identity until it runs out; imports that package when the first one is wanted.

    Args:
        scope: for whom.
    """

    def __init__(self, scope: str) -> None:
        self._scope = scope
        self._lock = threading.Lock()
        self._give: Callable[[], str] | None = None

    def __call__(self) -> str:
        """A token; may ask the network, so call it on a worker thread.

        Raises:
            ServiceError: nobody is signed in, or the package is missing.
        """
        with self._lock:
            if self._give is None:
                self._give = self._made()
            give = self._give
        from azure.core.exceptions import AzureError

        try:
            token = give()
        except AzureError as error:
            raise ServiceError(
                "Entra ID gave no token: sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, "
                "and check this machine's clock and network."
            ) from error
        REDACTION.learn((token,))
        return token

    def _made(self) -> Callable[[], str]:
        try:
            from azure.identity import DefaultAzureCredential, get_bearer_token_provider
        except ModuleNotFoundError as error:
            raise ServiceError("Entra ID needs the package azure-identity: run python3 run.py again, which installs it.") from error
        return get_bearer_token_provider(DefaultAzureCredential(), self._scope)


#: one per scope for the life of the process, so that its token is kept
_TOKENS = {scope: EntraTokens(scope) for scope in (CHAT_SCOPE, SPEECH_SCOPE)}


def entra_token(scope: str) -> EntraTokens:
    """Who gives tokens for a scope."""
    return _TOKENS[scope]
