"""Tokens and API keys of servers, by their names."""

from __future__ import annotations

from app.keys.kept import Keys
from app.remote.link.addresses import KINDS, kind_of, server_name, split_token

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
    """A source's words without a token; the token is used until the program ends.

    Args:
        spec: any source; all but ``remote:URL/t/TOKEN`` stay as they are.
    """
    if kind_of(spec) is not KINDS["remote"]:
        return spec
    clean, token = split_token(spec)
    if token:
        KEYS.use(server_name(clean), token)
    return clean
