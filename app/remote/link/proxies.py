"""Whether the way to a server goes through a proxy: one rule for requests and for streams."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from app.core.hosts import is_loopback


def proxy_for(url: str) -> str | None:
    """The proxy that this computer names for a server: ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, or the system's settings.

    Args:
        url: of the server.

    Returns:
        Its address; None for a server on this machine, for one that ``NO_PROXY`` names, and where there is no proxy.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or host.endswith(".localhost"):
        return None
    found = getproxies()
    proxy = found.get(parts.scheme) or found.get("all")
    if not proxy or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def proxy_name(proxy: str) -> str:
    """Host and port of a proxy, for people; never the password that its address may hold."""
    return urlsplit(proxy).netloc.rpartition("@")[2]
