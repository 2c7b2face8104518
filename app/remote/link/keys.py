"""Tokens and API keys of servers, by their names."""

from __future__ import annotations

from app.core.errors import ServiceError
from app.keys.kept import Keys
from app.remote.link.addresses import KINDS, kind_of, server_name, split_token
from app.remote.link.trust import TRUSTED, split_fingerprint, without_fingerprint

#: token of our servers for those that have none of their own; only ever sent to a server that the user named
TOKEN_VARIABLE = "VISEMESYNC_REMOTE_TOKEN"
NIM_VARIABLE = "NVIDIA_API_KEY"
_VARIABLES = {"remote": TOKEN_VARIABLE, "nim": NIM_VARIABLE}


def variables_of(server: str) -> tuple[str, ...]:
    """Which variables of the environment may hold the key of a server, by its name."""
    return (_VARIABLES.get(server.partition(":")[0], TOKEN_VARIABLE),)


#: of this process
KEYS = Keys(variables_of)


def without_key(spec: str) -> str:
    """A source's words without a token and a fingerprint; both are used until the program ends.

    Args:
        spec: any source; all but ``remote:URL/t/TOKEN#sha256=FINGERPRINT`` stay as they are.
    """
    if kind_of(spec) is not KINDS["remote"]:
        return spec
    try:
        plain, fingerprint = split_fingerprint(spec)
    except ServiceError:  # it trusts nobody; the server's certificate says what to do
        plain, fingerprint = without_fingerprint(spec), ""
    clean, token = split_token(plain)
    if token:
        KEYS.use(server_name(clean), token)
    if fingerprint:
        TRUSTED.learn(server_name(clean), fingerprint)
    return clean
